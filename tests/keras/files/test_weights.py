"""Loading weights is all or a report; layers, shards, names; the editor of files; wrong calls."""

import re

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras.files import legacy
from tensorbrook.keras.layers.weights import weights_of_keras_2

pytest.importorskip("h5py")
keras = tf.keras
layers = keras.layers


def net(units=2, more=(), name="net"):
    stack = [keras.Input((3,)), layers.Dense(4, name="a"), layers.Dense(units, name="b"), *more]
    return keras.Sequential(stack, name=name)


@pytest.mark.parametrize("ending", [".weights.h5", ".h5", ".keras"])
def test_what_does_not_fit_is_told_before_anything_changes(ending, tmp_path):
    path, model = str(tmp_path / f"m{ending}"), net()
    (model.save_weights if ending == ".weights.h5" else model.save)(path)
    other = net(5)
    before = other.get_weights()
    with pytest.raises(ValueError, match="Nothing was changed") as fault:
        other.load_weights(path)
    told = str(fault.value)
    assert "Of another shape: 2" in told and "net/b/kernel: (4, 5) here, (4, 2) in the file" in told
    assert "2 fit" in told and "skip_mismatch=True" in told
    for one, two in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    report = other.load_weights(path, skip_mismatch=True)
    assert report.loaded == ["net/a/kernel", "net/a/bias"] and not report.fits
    assert [path for path, _, _ in report.misshapen] == ["net/b/kernel", "net/b/bias"]
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    np.testing.assert_array_equal(other.get_weights()[2], before[2])


def test_what_is_missing_and_too_much_is_listed(tmp_path):
    path = tmp_path / "m.weights.h5"
    net(more=[layers.Dense(1, name="c")]).save_weights(path)
    with pytest.raises(ValueError, match="Too much in the file: 2\n  layers/dense_2/vars/0"):
        net().load_weights(path)
    net().save_weights(path)
    with pytest.raises(ValueError, match=r"Missing in the file: 2\n  net/c/kernel"):
        net(more=[layers.Dense(1, name="c")]).load_weights(path)


def test_layers_are_found_by_name(tmp_path):
    path, model = tmp_path / "m.h5", net()
    model.save_weights(path)
    other = keras.Sequential(
        [keras.Input((3,)), layers.Dense(4, name="x"), layers.Dense(4, name="y"), layers.Dense(2)]
    )
    other.add(layers.Dense(2, name="z"))
    with pytest.raises(ValueError, match="2 of its layers have weights, of the model"):
        other.load_weights(path)
    some = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="q"), layers.Dense(2)])
    some.add(layers.Dense(3, name="r"))
    named = keras.Sequential([keras.Input((3,)), layers.Dense(4, name="a"), layers.Dense(7)])
    report = named.load_weights(path, by_name=True)
    assert report.loaded == [w.path for w in named.layers[0].weights]
    assert ("b", "the model has no layer of this name") in report.skipped
    np.testing.assert_array_equal(named.get_weights()[0], model.get_weights()[0])
    wrong = keras.Sequential([keras.Input((3,)), layers.Dense(5, name="a")])
    with pytest.raises(ValueError, match="Of another shape: 2"):
        wrong.load_weights(path, by_name=True)
    assert wrong.load_weights(path, by_name=True, skip_mismatch=True).loaded == []


def test_shards_are_no_larger_than_asked(tmp_path):
    model = net()
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=70e-9)
    shards = sorted(p.name for p in tmp_path.glob("*.h5"))
    assert shards[0] == "m_00000.weights.h5" and len(shards) > 1
    other = net()
    assert other.load_weights(tmp_path / "m.weights.json").fits
    np.testing.assert_array_equal(other.get_weights()[2], model.get_weights()[2])
    (tmp_path / shards[1]).unlink()
    with pytest.raises(FileNotFoundError, match="00001"):
        other.load_weights(tmp_path / "m.weights.json")
    with pytest.raises(ValueError, match=r"more than|a shard"):
        model.save_weights(tmp_path / "n.weights.json", max_shard_size=1e-9)
    assert not list(tmp_path.glob("n*")) and not list(tmp_path.glob(".*"))


def test_parts_of_programs_keep_what_they_like(tmp_path):
    class Named(layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(2,), name="w")

        def call(self, x):
            return x + tf.reduce_sum(self.w)

        def save_own_variables(self, store):
            store["mine"] = self.w

        def load_own_variables(self, store):
            if "mine" not in store:
                raise ValueError("it lacks mine")
            self.w.assign(store["mine"])

        def save_assets(self, folder):
            with open(f"{folder}/note.txt", "w") as file:
                file.write("hello")

        def load_assets(self, folder):
            with open(f"{folder}/note.txt") as file:
                self.note = file.read()

    model = net(more=[Named(name="n")])
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras", custom_objects={"Named": Named})
    np.testing.assert_array_equal(again.layers[2].w, model.layers[2].w)
    assert again.layers[2].note == "hello"
    plain = net(more=[layers.Dense(1, name="n")])
    plain.save_weights(tmp_path / "p.weights.h5")
    before = model.get_weights()
    with pytest.raises(ValueError):
        model.load_weights(tmp_path / "p.weights.h5")
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("mode", ["int8", "int4", "float8", "lora", "bfloat16", "mixed_bfloat16"])
@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_weights_of_few_bits(mode, ending, tmp_path):
    policy = mode if "bfloat16" in mode else None
    model = keras.Sequential([keras.Input((8,)), layers.Dense(6, dtype=policy), layers.Dense(2)])
    if mode == "lora":
        model.layers[0].enable_lora(2, b_initializer="ones")
    elif policy is None:
        model.quantize(mode)
    model.save(tmp_path / f"m{ending}")
    if mode == "float8" and ending == ".h5":
        pytest.skip("such files have the weights in the order in which they were made")
    again = keras.models.load_model(tmp_path / f"m{ending}")
    x = np.linspace(-1, 1, 32, dtype="float32").reshape(4, 8)
    found, wanted = again.predict(x, verbose=0), model.predict(x, verbose=0)
    np.testing.assert_allclose(found, wanted, rtol=1e-6 if mode == "lora" else 0)


def test_the_editor_changes_what_a_file_holds(tmp_path, capsys):
    model = net()
    model.save_weights(tmp_path / "m.weights.h5")
    editor = keras.saving.KerasFileEditor(tmp_path / "m.weights.h5")
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": 4}
    editor.add_object("layers/dense_2", {"0": np.ones((2, 1), "float32")})
    editor.add_weights("dense_2", {"1": np.zeros(1, "float32")})
    assert editor.compare(model)["status"] == "error"
    assert "layers/dense_2/0: missing in the model" in capsys.readouterr().out
    editor.save(tmp_path / "n.weights.h5")
    assert net(more=[layers.Dense(1)]).load_weights(tmp_path / "n.weights.h5").fits
    editor.delete_weight("dense_2", "1")
    editor.delete_object("dense_2")
    editor.rename_object("layers/dense_1", "head")
    assert list(editor.weights_dict["layers"]) == ["dense", "head"]
    with pytest.raises(ValueError, match="Did you mean"):
        editor.delete_object("layers/dens")


class Unbuilt(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


WRONG = [
    (lambda m, p: m.save(f"{p}/m.txt"), "Invalid filepath extension"),
    (lambda m, p: m.save(f"{p}/m.keras", foo=1), "not supported: ['foo']"),
    (lambda m, p: m.save_weights(f"{p}/m.txt"), "must end in `.weights.h5`"),
    (lambda m, p: m.save_weights(f"{p}/m.weights.h5", max_shard_size=1), "`.weights.json`"),
    (lambda m, p: m.load_weights(f"{p}/m.txt"), "File format not supported"),
    (lambda m, p: m.load_weights(f"{p}/m.weights.json", by_name=True), "`by_name` only"),
    (lambda m, p: m.save_weights(f"{p}/m", objects_to_skip=[]), "`objects_to_skip` only supports"),
    (lambda m, p: keras.models.load_model(f"{p}/none.keras"), "File not found"),
    (
        lambda m, p: Unbuilt().save_weights(f"{p}/m.weights.h5"),
        "The model has not yet been built, and so has no variables: call it",
    ),
    (
        lambda m, p: (
            m.save_weights(f"{p}/m.weights.h5") or Unbuilt().load_weights(f"{p}/m.weights.h5")
        ),
        "not yet been built, and so has no variables: call it",
    ),
    (lambda m, p: keras.models.load_model(str(p)), "File format not supported"),
    (lambda m, p: keras.models.model_from_json("{"), "it is no JSON"),
    (lambda m, p: keras.saving.KerasFileEditor(__file__), "expected a `.keras`"),
]


@pytest.mark.parametrize(("call", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_calls_say_what_to_do(call, said, tmp_path):
    with pytest.raises(ValueError, match=re.escape(said)):
        call(net(), tmp_path)


def test_a_file_is_kept_where_asked(tmp_path):
    net().save(tmp_path / "new" / "folder" / "m.h5")  # as Keras does it for this format
    path = tmp_path / "m.keras"
    net().save(path)
    with pytest.raises(FileExistsError):
        net().save(path, overwrite=False)


@pytest.mark.parametrize("options", [{}, {"max_shard_size": 1.0}])
def test_objects_are_skipped(options, tmp_path):
    path = tmp_path / ("m.weights.json" if options else "m.weights.h5")
    model, other = net(), net()
    before = other.layers[0].get_weights()
    for skipped in ({"objects_to_skip": model.layers[:1]}, {}):
        model.save_weights(path, **options, **skipped)
        report = other.load_weights(path, objects_to_skip=other.layers[:1])
        assert report.loaded == [w.path for w in other.layers[1].weights]
        np.testing.assert_array_equal(other.layers[0].get_weights()[0], before[0])
        np.testing.assert_array_equal(other.get_weights()[2], model.get_weights()[2])
    with pytest.raises(ValueError, match="Missing in the file: 2"):
        model.save_weights(path, objects_to_skip=model.layers[:1], **options)
        other.load_weights(path)


def test_a_feature_space_is_kept_with_what_it_learnt(tmp_path):
    space = keras.utils.FeatureSpace(
        {
            "height": "float_normalized",
            "colour": keras.utils.FeatureSpace.string_categorical(),
            "depth": "float_discretized",
        }
    )
    table = {"height": [1.0, 2.0, 5.0], "colour": ["red", "blue", "red"], "depth": [1.0, 2.0, 3.0]}
    space.adapt(tf.data.Dataset.from_tensor_slices(table))
    space.save(tmp_path / "space.keras")
    again = keras.models.load_model(tmp_path / "space.keras")
    row = {name: np.array(column[:1]) for name, column in table.items()}
    np.testing.assert_array_equal(space(row), again(row))


def test_compiled_models_within_a_model_come_back_compiled(tmp_path):
    x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
    critic = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1)], name="critic")
    critic.compile(tf.keras.optimizers.Adam(0.5), "mse")
    critic.fit(x, y, verbose=0)
    given = tf.keras.Input((4,))
    both = tf.keras.Model(given, tf.keras.layers.Dense(1)(critic(given)))
    both.compile("sgd", "mse")
    both.save(tmp_path / "both.keras")
    again = tf.keras.models.load_model(tmp_path / "both.keras").get_layer("critic")
    assert again.compiled and int(again.optimizer.iterations) == 1
    assert again.train_on_batch(x, y) == critic.train_on_batch(x, y)
    for mine, theirs in zip(critic.optimizer.variables, again.optimizer.variables):
        np.testing.assert_array_equal(mine, theirs)


def test_names_that_fill_attributes_are_kept_in_pieces(tmp_path):
    h5py = pytest.importorskip("h5py")
    stack = [keras.Input((2,)), *[layers.Dense(2, name=f"{i}" + "x" * 2**15) for i in range(5)]]
    model = keras.Sequential(stack)
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        names = file["model_weights"].attrs
        kept = [name for i in range(5) for name in names[f"layer_names{i}"]]
    assert [name.decode() for name in kept] == [layer.name for layer in model.layers]
    loaded = keras.models.load_model(tmp_path / "m.h5")
    np.testing.assert_array_equal(loaded(np.ones((1, 2))), model(np.ones((1, 2))))


class Heads(tf.keras.layers.Layer):
    """Layers in a dict, each with weights that are trained and others, and weights of its own."""

    def __init__(self, names, **kwargs):
        super().__init__(**kwargs)
        self.heads = {n: tf.keras.Sequential([tf.keras.layers.BatchNormalization()]) for n in names}

    def build(self, shape):
        self.count = self.add_weight(name="count", shape=(), trainable=False)
        self.gain = self.add_weight(name="gain", shape=(shape[-1],))
        super().build(shape)

    def call(self, x):
        return sum(head(x) for head in self.heads.values()) * self.gain


@pytest.mark.parametrize(("version", "sorts"), [("2.15.0", True), ("3.15.1", False)])
def test_h5_files_have_the_order_of_their_version(tmp_path, monkeypatch, version, sorts):
    def model(names):
        made = tf.keras.Sequential([tf.keras.Input((3,)), Heads(names, name="heads")])
        for i, weight in enumerate(made.weights):
            weight.assign(np.full(weight.shape, i, "float32"))
        return made

    monkeypatch.setattr(legacy, "VERSION", version)  # which wrote the layers of "kq" in this order
    wrote, reads = model("kq"), model("qk")
    wrote.save_weights(tmp_path / "m.h5")
    reads.load_weights(tmp_path / "m.h5")
    pairs = zip("kq" if sorts else "qk", "kq")
    for mine, theirs in pairs:
        mine, theirs = reads.layers[0].heads[mine], wrote.layers[0].heads[theirs]
        for w, v in zip(mine.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(w, v)


def test_the_order_of_weights_in_keras_2():
    class Owner(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.own = self.add_weight(name="own", shape=(9,))
            self.first, self.last = Heads("ba"), tf.keras.layers.Dense(4)

        def call(self, x):
            return self.last(self.first(x))

    model = Owner()
    model(np.ones((2, 3)))
    shapes = [w.shape.as_list() for w in weights_of_keras_2(model)]
    # Keras 2.15's: the gain, scales and offsets, the count, means and variances; the model's last
    assert shapes == [[3]] * 5 + [[]] + [[3]] * 4 + [[3, 4], [4], [9]]
    assert weights_of_keras_2(model)[1] is model.first.heads["a"].layers[0].gamma
