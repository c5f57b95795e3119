"""Composite tensors at every border, and IndexedSlices, the gradient of lookups; TF's figures."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = Path(__file__).parent / "oracles"
sys.path.insert(0, str(ORACLES))
import make_sparse  # noqa: E402

golden = json.loads((ORACLES / "golden" / "sparse_optimizers.json").read_text())
ROWS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


def slices(values=ROWS, indices=(1, 3, 1), shape=(6, 2)):
    """Rows 1, 3 and again 1 of a matrix of 6 rows."""
    return tf.IndexedSlices(tf.constant(values), tf.constant(indices), tf.constant(shape))


def parts(composite):
    """(class name, values, indices, dense shape) of an IndexedSlices."""
    components = tf.nest.flatten(composite, expand_composites=True)
    return type(composite).__name__, *[c.numpy().tolist() for c in components]


def dense(values=ROWS, indices=(1, 3, 1), shape=(6, 2)):
    table = np.zeros(shape, np.float32)
    np.add.at(table, list(indices), values)
    return table


# -- what an IndexedSlices is ----------------------------------------------------------------------


def test_attributes_text_and_dense_value():
    g = slices()
    assert g.shape == [6, 2] and g.dtype is tf.float32 and g.dense_shape.numpy().tolist() == [6, 2]
    np.testing.assert_array_equal(tf.convert_to_tensor(g), dense())
    assert str(slices(ROWS[:1], [2])) == (
        "IndexedSlices(indices=tf.Tensor([2], shape=(1,), dtype=int32), "
        "values=tf.Tensor([[1. 2.]], shape=(1, 2), dtype=float32), "
        "dense_shape=tf.Tensor([6 2], shape=(2,), dtype=int32))"
    )
    assert tf.is_tensor(g) and not isinstance(g, tf.Tensor) and not tf.nest.is_nested(g)
    with pytest.raises(ValueError, match="without dense_shape"):
        tf.convert_to_tensor(tf.IndexedSlices(g.values, g.indices))
    with pytest.raises(ValueError, match="dtype float64"):
        tf.convert_to_tensor(g, tf.float64)
    with pytest.raises(TypeError):
        g * 2
    with pytest.raises(TypeError):
        g + g


def test_functions_that_keep_slices():
    g = slices()
    assert parts(-g) == ("IndexedSlices", (-ROWS).tolist(), [1, 3, 1], [6, 2])
    assert parts(tf.clip_by_value(g, 2.0, clip_value_max=5.0))[1] == [[2, 2], [3, 4], [5, 5]]
    assert tf.cast(g, tf.float64).values.dtype is tf.float64
    assert type(tf.identity(g)) is type(tf.stop_gradient(g)) is tf.IndexedSlices
    clipped = tf.clip_by_norm(g, 1.0)
    np.testing.assert_allclose(clipped.values[0], [0.10482848, 0.20965695], rtol=1e-6)
    assert float(tf.linalg.global_norm([g, g])) == pytest.approx(13.490737915, rel=1e-6)
    (first, none, last), norm = tf.clip_by_global_norm([g, None, tf.ones([2])], 1.0)
    assert none is None and float(norm) == pytest.approx(9.643651, rel=1e-6)
    np.testing.assert_allclose(first.values[2], [0.51847583, 0.622171], rtol=1e-6)
    np.testing.assert_allclose(last, [0.10369517] * 2, rtol=1e-6)


def test_other_functions_get_the_dense_tensor():
    g, v = slices(), tf.Variable(tf.ones([6, 2]))
    np.testing.assert_array_equal(tf.square(g), dense() ** 2)
    np.testing.assert_array_equal(tf.stack([g, g]), [dense()] * 2)
    np.testing.assert_array_equal(tf.add_n([g, tf.ones([6, 2])]), dense() + 1)
    np.testing.assert_array_equal(v - g, 1 - dense())
    np.testing.assert_array_equal(g - v, dense() - 1)
    np.testing.assert_array_equal(tf.constant(2.0) * g, 2 * dense())
    assert float(tf.reduce_sum(g)) == 21.0
    np.testing.assert_array_equal(v.assign_sub(g), 1 - dense())


def test_variables_scatter_slices():
    v = tf.Variable(tf.ones([6, 2]))
    np.testing.assert_array_equal(v.scatter_sub(slices()), 1 - dense())
    np.testing.assert_array_equal(v.scatter_add(slices()), np.ones((6, 2)))
    want = np.ones((6, 2))
    want[[1, 3]] = ROWS[:2]
    np.testing.assert_array_equal(v.scatter_update(slices(ROWS[:2], [1, 3])), want)
    np.testing.assert_array_equal(v.scatter_max(slices(ROWS[2:], [0]))[0], [5, 6])
    np.testing.assert_array_equal(v.scatter_min(slices(ROWS[:1], [0]))[0], [1, 2])


# -- specs and nesting -----------------------------------------------------------------------------


def test_specs():
    spec = tf.type_spec_from_value(slices())
    assert repr(spec) == (
        "IndexedSlicesSpec(TensorShape([6, 2]), tf.float32, tf.int32, tf.int32, TensorShape([3]))"
    )
    same = tf.IndexedSlicesSpec([6, 2], tf.float32, tf.int32, tf.int32, [3])
    assert spec == same and hash(spec) == hash(same) and isinstance(spec, tf.TypeSpec)
    assert spec.is_compatible_with(slices()) and not spec.is_compatible_with(tf.zeros([6, 2]))
    wider = spec.most_specific_compatible_type(tf.type_spec_from_value(slices(ROWS[:2], [1, 3])))
    assert wider == tf.IndexedSlicesSpec([6, 2], tf.float32, tf.int32, tf.int32, [None])
    assert wider.is_compatible_with(slices()) and spec.value_type is tf.IndexedSlices
    with pytest.raises(ValueError, match="no common spec"):
        spec.most_specific_compatible_type(tf.TensorSpec([6, 2]))
    assert tf.type_spec_from_value(3) == tf.TensorSpec([], tf.int32)
    assert issubclass(tf.TensorSpec, tf.TypeSpec)
    with pytest.raises(TypeError, match="Could not build a TypeSpec"):
        tf.type_spec_from_value(object())


def test_nest_opens_composites_on_demand():
    g = slices()
    nested = {"b": g, "a": (tf.constant(0), None)}
    assert tf.nest.flatten(nested)[2] is g and tf.nest.flatten(g) == [g]
    flat = tf.nest.flatten(nested, expand_composites=True)
    assert [type(x).__name__ for x in flat] == ["Tensor", "NoneType", "Tensor", "Tensor", "Tensor"]
    again = tf.nest.pack_sequence_as(nested, flat, expand_composites=True)
    assert parts(again["b"]) == parts(g) and again["a"][1] is None
    doubled = tf.nest.map_structure(lambda x: x * 2, [g], expand_composites=True)
    assert parts(doubled[0])[1:] == ((2 * ROWS).tolist(), [2, 6, 2], [12, 4])
    tf.nest.assert_same_structure(g, slices(ROWS[:2], [0, 0]), expand_composites=True)
    tf.nest.assert_same_structure(g, 1.0)
    with pytest.raises(ValueError, match="same nested structure"):
        tf.nest.assert_same_structure(g, 1.0, expand_composites=True)


# -- gradients -------------------------------------------------------------------------------------


def gradient(function, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


X = np.arange(12, dtype=np.float32).reshape(6, 2)


@pytest.mark.parametrize("make", [tf.constant, tf.Variable])
def test_gradient_of_lookups_is_sparse(make):
    def two(x):
        a, b = tf.gather(x, [1, 3, 1]), tf.nn.embedding_lookup(x, [[0, 3]])
        return tf.reduce_sum(a * a) + tf.reduce_sum(b)

    want = [[4, 6], [12, 14], [4, 6], [1, 1], [1, 1]]
    assert parts(gradient(two, make(X))) == ("IndexedSlices", want, [1, 3, 1, 0, 3], [6, 2])
    scalar = gradient(lambda x: tf.reduce_sum(tf.gather(x, 2) ** 2), make(X))
    assert parts(scalar) == ("IndexedSlices", [[8, 10]], [2], [6, 2])
    rows = gradient(lambda x: tf.reduce_sum(tf.gather_nd(x, [[1], [1]]) ** 2), make(X))
    assert parts(rows) == ("IndexedSlices", [[4, 6], [4, 6]], [1, 1], [6, 2])
    passed = gradient(lambda x: tf.reduce_sum(-(tf.gather(tf.identity(x), [1]) ** 2)), make(X))
    assert parts(passed) == ("IndexedSlices", [[-4, -6]], [1], [6, 2])
    vector = gradient(lambda x: tf.reduce_sum(tf.gather(x, [0, 0]) ** 2), make([1.0, 2.0, 3.0]))
    assert parts(vector) == ("IndexedSlices", [2, 2], [0, 0], [3])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.gather(x * 2, [1, 3, 1]),
        lambda x: tf.gather(tf.reshape(x, [6, 2]), [1, 3, 1]),
        lambda x: tf.gather(x, [1, 1], axis=1),
        lambda x: tf.gather(x, [[0, 1]] * 6, batch_dims=1),
        lambda x: tf.boolean_mask(x, [True, False] * 3),
        lambda x: tf.repeat(x, 2, axis=0),
        lambda x: tf.sort(x[:, 0]),
        lambda x: tf.concat([tf.gather(x, [1]), x], 0),
    ],
)
def test_gradient_is_dense_where_tensorflows_is(function):
    found = gradient(lambda x: tf.reduce_sum(function(x) ** 2), tf.Variable(X))
    assert isinstance(found, tf.Tensor) and found.shape == [6, 2]
    index = (1, 0) if function(tf.constant(X)).shape.rank == 1 else (1, 1)
    moved = [X.copy(), X.copy()]
    for sign, x in zip((1, -1), moved):
        x[index] += sign * 0.5
    up, down = (float(tf.reduce_sum(function(tf.constant(x)) ** 2)) for x in moved)
    assert float(found[index]) == pytest.approx(up - down, rel=1e-4)


def test_second_derivatives_and_jacobians_through_slices():
    v = tf.Variable(X)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(tf.gather(v, [1, 1, 3]) ** 3)
        total = tf.reduce_sum(tf.convert_to_tensor(inner.gradient(y, v)) ** 2)
    want = [[576, 1944], [576, 1944], [7776, 12348]]
    assert parts(outer.gradient(total, v)) == ("IndexedSlices", want, [1, 1, 3], [6, 2])
    with tf.GradientTape() as tape:
        y = tf.gather(v, [1, 1])[:, 0]
    jacobian = tape.jacobian(y, v).numpy()
    assert jacobian.shape == (2, 6, 2) and jacobian.sum() == 2 and jacobian[:, 1, 0].sum() == 2


def test_composites_as_sources_and_targets():
    g, v = slices(), tf.Variable(tf.ones([6, 2]))
    with tf.GradientTape() as tape:
        tape.watch(g)
        y = tf.reduce_sum(tf.convert_to_tensor(g) ** 2)
    assert parts(tape.gradient(y, g))[1] == [[12, 16], [6, 8], [12, 16]]
    with tf.GradientTape() as tape:
        target = tf.IndexedSlices(
            tf.gather(v, [1, 1]) * 3, tf.constant([0, 1]), tf.constant([6, 2])
        )
    assert parts(tape.gradient([target], v))[1:3] == ([[3, 3], [3, 3]], [1, 1])


# -- tf.function and control flow ------------------------------------------------------------------


def test_functions_take_and_return_composites():
    traces = []

    @tf.function
    def f(g):
        traces.append(g.shape)
        return {"a": tf.IndexedSlices(g.values + 1, g.indices, g.dense_shape), "b": [g.values]}

    for _ in range(2):
        found = f(slices())
    assert traces == [[6, 2]]
    assert parts(found["a"])[1:] == ((ROWS + 1).tolist(), [1, 3, 1], [6, 2])
    spec = tf.type_spec_from_value(slices())
    concrete = f.get_concrete_function(spec)
    assert len(traces) == 1 and concrete.structured_outputs["a"] == spec
    assert concrete.structured_input_signature == ((spec,), {})
    assert parts(concrete(slices())["a"]) == parts(found["a"])
    signed = tf.function(tf.convert_to_tensor, input_signature=[spec])
    np.testing.assert_array_equal(signed(slices()), dense())
    for wrong in (slices(ROWS[:2], [0, 1]), tf.zeros([6, 2])):
        with pytest.raises(TypeError, match="does not fit IndexedSlicesSpec"):
            signed(wrong)


def test_gradients_leave_functions_as_slices():
    v = tf.Variable(tf.ones([6, 2]))

    @tf.function
    def f(ids):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.gather(v, ids) ** 2)
        return tape.gradient(y, v)

    assert parts(f(tf.constant([1, 1]))) == ("IndexedSlices", [[2, 2], [2, 2]], [1, 1], [6, 2])
    with tf.GradientTape() as tape:
        y = tf.function(lambda ids: tf.reduce_sum(tf.gather(v, ids) ** 2))(tf.constant([2]))
    assert parts(tape.gradient(y, v)) == ("IndexedSlices", [[2, 2]], [2], [6, 2])


def doubled(g):
    return tf.IndexedSlices(g.values * 2, g.indices, g.dense_shape)


FLOW = {
    "while_loop": lambda n: tf.while_loop(
        lambda i, g: i < n, lambda i, g: (i + 1, doubled(g)), [tf.constant(0), slices()]
    )[1],
    "cond": lambda n: tf.cond(n > 2, lambda: doubled(doubled(doubled(slices()))), slices),
    "foldl": lambda n: tf.foldl(lambda g, _: doubled(g), tf.zeros([3]), initializer=slices()),
    "switch_case": lambda n: tf.switch_case(
        n - 2, [slices, lambda: doubled(doubled(doubled(slices())))]
    ),
}


@pytest.mark.parametrize("name", FLOW)
@pytest.mark.parametrize("traced", [False, True])
def test_control_flow_carries_composites(name, traced):
    function = tf.function(FLOW[name]) if traced else FLOW[name]
    found = function(tf.constant(3))
    assert parts(found) == ("IndexedSlices", (8 * ROWS).tolist(), [1, 3, 1], [6, 2])
    assert not traced or "eagerly" not in function.explain()


def test_autograph_carries_composites():
    @tf.function
    def f(n):
        g = slices()
        for _ in tf.range(n):
            g = doubled(g)
        if n > 2:
            g = -g
        return g

    assert parts(f(tf.constant(3)))[1] == (-8 * ROWS).tolist()
    assert "eagerly" not in f.explain()


def test_map_and_scan_see_the_dense_tensor():
    np.testing.assert_array_equal(tf.scan(lambda a, x: a + x, slices())[-1], dense().sum(0))
    found = tf.function(lambda: tf.map_fn(lambda x: slices(), tf.range(2), tf.float32))()
    np.testing.assert_array_equal(found, [dense()] * 2)


# -- data sets -------------------------------------------------------------------------------------


def test_datasets_hold_composites():
    spec = tf.type_spec_from_value(slices())
    data = tf.data.Dataset.from_tensors((1.0, {"g": slices()}))
    assert data.element_spec == (tf.TensorSpec([]), {"g": spec})
    ((one, nested),) = data.repeat(2).shuffle(2).take(1)
    assert float(one) == 1.0 and parts(nested["g"]) == parts(slices())
    mapped = tf.data.Dataset.range(2).map(lambda i: slices(ROWS * 2))
    assert mapped.element_spec == spec
    pairs = tf.data.Dataset.zip((mapped, mapped.map(lambda g: tf.reduce_sum(g.values))))
    assert [(parts(g)[0], float(s)) for g, s in pairs] == [("IndexedSlices", 42.0)] * 2
    generated = tf.data.Dataset.from_generator(lambda: iter([slices()]), output_signature=spec)
    assert [parts(g) for g in generated] == [parts(slices())]
    (window,) = mapped.window(2)
    assert [parts(g)[0] for g in window] == ["IndexedSlices"] * 2
    for method in ("batch", "rebatch"):
        with pytest.raises(TypeError, match="IndexedSlices"):
            list(getattr(mapped, method)(2))
        with pytest.raises(TypeError, match="IndexedSlices"):
            _ = getattr(mapped, method)(2).element_spec


# -- optimizers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("case", golden, ids=lambda c: f"{c['class_name']}-{c['arguments']}")
def test_optimizers_follow_keras(case, traced):
    v = tf.Variable(make_sparse.start())
    optimizer = getattr(tf.keras.optimizers, case["class_name"])(0.1, **case["arguments"])
    optimizer.build([v])

    def apply(gradient):
        optimizer.apply([gradient], [v])

    if traced:
        apply = tf.function(apply)
    for step in range(make_sparse.STEPS):
        apply(slices(make_sparse.values(step), make_sparse.ROWS, make_sparse.SHAPE))
    np.testing.assert_allclose(v.numpy().ravel(), case["weights"], rtol=2e-6, atol=1e-6)


def test_loss_scale_takes_slices():
    v = tf.Variable(tf.ones([6, 2]))
    optimizer = tf.keras.optimizers.LossScaleOptimizer(tf.keras.optimizers.SGD(1.0), 2.0)
    optimizer.apply([slices()], [v])
    np.testing.assert_array_equal(v, 1 - dense() / 2)
    optimizer.apply([slices(ROWS * np.inf)], [v])
    np.testing.assert_array_equal(v, 1 - dense() / 2)
    assert float(optimizer.dynamic_scale) == 1.0


def test_fit_of_an_embedding_is_the_dense_formula():
    ids = np.array([[1], [3], [1], [0]], np.int32)
    model = tf.keras.Sequential(
        [tf.keras.Input((1,), dtype="int32"), tf.keras.layers.Embedding(6, 2)]
    )
    model.compile(tf.keras.optimizers.SGD(0.5), "mse")
    want = model.layers[0].embeddings.numpy()
    model.fit(ids, np.ones((4, 1, 2), np.float32), batch_size=2, epochs=3, shuffle=False, verbose=0)
    for _ in range(3):
        for batch in (ids[:2, 0], ids[2:, 0]):
            np.subtract.at(want, batch, 0.5 * 2 * (want[batch] - 1) / 4)
    np.testing.assert_allclose(model.layers[0].embeddings, want, rtol=1e-5)


def test_a_step_does_no_work_of_the_tables_size():
    def kernels(rows):
        v = tf.Variable(tf.zeros([rows, 4]))
        optimizer = tf.keras.optimizers.SGD(0.5)
        optimizer.build([v])

        @tf.function
        def steps(ids):
            for _ in tf.range(3):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(tf.gather(v, ids) ** 2 + tf.gather(v, ids))
                optimizer.apply_gradients([(tape.gradient(loss, v), v)])

        steps(tf.constant([1, 1]))
        assert v[1].numpy().tolist() == [-1.0] * 4 and v[0].numpy().tolist() == [0.0] * 4
        return steps.get_concrete_function(tf.TensorSpec([2], tf.int32))._run

    program = kernels(4096)
    if hasattr(program, "arena_bytes"):  # the native backend
        assert program.arena_bytes < 4096
        assert not any(step.kernel is None for step in program.steps if not step.parts)


def test_keras_trains_on_composites():
    class Model(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf.keras.layers.Dense(1, kernel_initializer="ones")

        def call(self, inputs):
            return self.dense(inputs.values)

    data = tf.data.Dataset.from_tensors((slices(), tf.zeros([3, 1]))).repeat(2)
    model = Model()
    np.testing.assert_array_equal(model(slices()), [[3], [7], [11]])
    model.compile("sgd", "mse")
    assert model.evaluate(data, verbose=0) == pytest.approx((9 + 49 + 121) / 3)
    predicted = model.predict(data.map(lambda x, y: x), verbose=0)
    np.testing.assert_array_equal(predicted, [[3], [7], [11]] * 2)
    history = model.fit(data, verbose=0, epochs=2).history["loss"]
    assert history[1] < history[0]
    dense_model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    np.testing.assert_array_equal(dense_model(slices()), dense_model(tf.constant(dense())))


# -- what runs in a variable's memory --------------------------------------------------------------


def in_a_loop(v, w):
    for _ in tf.range(3):
        v.assign_add(w[::-1])
        w.assign(v * 2.0)
    return v + w


def old_values_stay(v, w):
    before = tf.identity(v)
    for _ in tf.range(2):
        v.scatter_nd_add([[0], [0]], w[:2])
    return before, v.value()


def two_keep_one(v, w):
    half = v * 0.5
    v.assign(tf.tensor_scatter_nd_add(half, [[1], [1]], w[:2]))
    w.assign(half)
    return tf.reduce_sum(half)


def swapped(v, w):
    for _ in tf.range(3):
        old = v.value()
        v.assign(w)
        w.assign(old)
    return v - w


def scattered_after_decay(v, w):
    v.assign(tf.tensor_scatter_nd_sub(v - v * 0.1, [[2], [2], [0]], w))
    return tf.gather(v, [2])


@pytest.mark.parametrize(
    "f", [in_a_loop, old_values_stay, two_keep_one, swapped, scattered_after_decay]
)
def test_programs_write_variables_in_place_and_nothing_else(f):
    rng = np.random.default_rng(3)
    arrays = [rng.normal(size=(3, 4)).astype(np.float32) for _ in range(2)]
    runs = []
    for function in (f, tf.function(f)):
        v, w = map(tf.Variable, arrays)
        kept = v.value(), w.numpy()
        results = [tf.nest.map_structure(np.array, function(v, w)) for _ in range(3)]
        np.testing.assert_array_equal(kept[0], arrays[0])
        runs.append([*tf.nest.flatten(results), v.numpy(), w.numpy()])
    for eager, traced in zip(*runs):
        np.testing.assert_allclose(traced, eager, rtol=1e-6)
