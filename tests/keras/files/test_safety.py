"""Files made to do harm: each is refused, and nothing but the named file is opened on the way.

One crafted file for each hole of Keras's that concerns its files (USERS.md, H), and for each of the
requirements R33 to R38. All loads run in one process under an audit hook, which notes every file
opened, every connection, every process started, every compilation, and every import by name.
"""

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pytest

import tensorbrook as tf

h5py = pytest.importorskip("h5py")
keras = tf.keras

CODE = "4wEAAAAAAAAAAAAAAAIAAAADAAAA8w=="  # the beginning of marshalled code
INPUT = {"class_name": "InputLayer", "module": "keras.layers", "config": {"batch_shape": [None, 3]}}


def layer(class_name, place="keras.layers", /, **config):
    named = {"module": place, "class_name": class_name}
    return {**named, "config": config, "registered_name": None}


def sequential(*layers):
    stack = {"name": "s", "layers": [layer("InputLayer", batch_shape=[None, 3]), *layers]}
    return {**layer("Sequential", "keras", **stack), "build_config": {"input_shape": [None, 3]}}


def weights_file(write=lambda file: None):
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_group("vars")
        write(file)
    return stream.getvalue()


def archive(config=None, weights=None, more=(), metadata="{}"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("metadata.json", metadata)
        config = sequential(layer("Dense", units=2)) if config is None else config
        file.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        file.writestr("model.weights.h5", weights_file() if weights is None else weights)
        for member, data in more:
            file.writestr(member, data)
    return stream.getvalue()


def dense_weights(write=None, shape=(3, 2)):
    def fill(file):
        group = file.create_group("layers/dense/vars")
        if write is None:
            group["0"] = np.ones(shape, "float32")
        else:
            write(group)
        group["1"] = np.ones(2, "float32")

    return weights_file(fill)


def external(group):
    group.create_dataset("0", (3, 2), "float32", external=[("/etc/passwd", 0, 24)])


def virtual(group):
    layout = h5py.VirtualLayout((3, 2), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 2))
    group.create_virtual_dataset("0", layout)


def soft(group):
    group["0"] = h5py.SoftLink("/layers/dense/vars/1")


def elsewhere(group):
    group["0"] = h5py.ExternalLink("/etc/passwd", "/x")


def texts(group):
    group.create_dataset("0", (3, 2), h5py.string_dtype())


def references(group):
    group.create_dataset("0", (3, 2), h5py.ref_dtype)


def huge(group):
    group.create_dataset("0", (1 << 20, 1 << 20), "float32")


def huge_chunks(group):
    group.create_dataset("0", (1 << 20, 1 << 20), "float32", chunks=(1, 64), compression="gzip")


def lzf(group):
    group.create_dataset("0", data=np.ones((3, 2), "float32"), compression="lzf")


def cycle(file):
    file["layers"] = file.create_group("x")
    file["x/again"] = file["x"]


def deep(file):
    group = file
    for _ in range(150):
        group = group.create_group("a")


def patched(data, name, size):
    """An archive whose list of members says another size of one."""
    at = data.rindex(name.encode(), 0, len(data)) - 46
    return data[: at + 20] + struct.pack("<I", size) * 2 + data[at + 28 :]


def named(member, data=b"x"):
    return archive(more=[(member, data)])


def link():
    info = zipfile.ZipInfo("assets/passwd")
    info.external_attr = 0o120777 << 16
    return archive(more=[(info, b"/etc/passwd")])


def bomb():
    stream = io.BytesIO(archive())
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("assets/layers/dense/bomb.txt", bytes(30_000_000))
    return stream.getvalue()


def h5_model(config, attribute="model_config", more=None):
    def fill(file):
        file.attrs[attribute] = config if isinstance(config, str) else json.dumps(config)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = []
        (more or (lambda file: None))(file)

    return weights_file(fill)


LAMBDA_3 = layer(
    "Lambda", name="l", function={"class_name": "__lambda__", "config": {"code": CODE}}
)
LAMBDA_2 = layer("Lambda", name="l", function=[CODE, None, None], function_type="lambda")


def call_of(module, name):
    return layer("Lambda", name="l", function={**layer("function", module), "config": name})


def function_layer(path):
    places = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    x = {**layer("InputLayer", batch_shape=[None, 3], name="x"), "name": "x", "inbound_nodes": []}
    f = layer("FunctionLayer", function=path, name="f")
    f |= {"name": "f", "inbound_nodes": [{"args": [places], "kwargs": {}}]}
    ends = {"input_layers": ["x", 0, 0], "output_layers": ["f", 0, 0]}
    return layer("Functional", "keras.src.models.functional", name="m", layers=[x, f], **ends)


nest = json.dumps(sequential()).replace('"s"', "[" * 5000 + "]" * 5000)
DENSE = dense_weights()
FILES = {  # name: (bytes, what the refusal says)
    # CVE-2024-3660, CVE-2025-9905, CVE-2025-9906: code of a lambda, in each format
    "lambda.keras": (archive(sequential(LAMBDA_3)), "custom_objects={'l': "),
    "lambda2.keras": (archive(sequential(LAMBDA_2)), "custom_objects={'l': "),
    "lambda.h5": (h5_model(sequential(LAMBDA_2)), "custom_objects={'l': "),
    "lambda3.h5": (h5_model(sequential(LAMBDA_3)), "custom_objects={'l': "),
    # CVE-2025-1550, CVE-2025-8747, CVE-2025-49655, GHSA-pwq7-2gvj-vg9v: names of modules, functions
    "os_system.keras": (archive(sequential(layer("system", "os", command="id"))), "Unknown"),
    "function.keras": (archive(sequential(call_of("os", "system"))), "Unknown function"),
    "builtin.keras": (archive(sequential(call_of("builtins", "eval"))), "Unknown function"),
    "class.keras": (archive(sequential(layer("Popen", "subprocess", args="id"))), "Unknown"),
    "get_file.keras": (archive(sequential(call_of("keras.utils", "get_file"))), "Unknown function"),
    "torch.keras": (archive(sequential(layer("TorchModuleWrapper", module="x"))), "not built"),
    "unsafe.keras": (
        archive(sequential(call_of("keras.config", "enable_unsafe_deserialization"))),
        "Unknown function",
    ),
    "write.keras": (archive(function_layer("io.write_file")), "no public function that only"),
    "py.keras": (archive(function_layer("numpy_function")), "no public function that only"),
    "seed.keras": (archive(function_layer("random.set_seed")), "no public function that only"),
    "dunder.keras": (archive(function_layer("math.__loader__")), "no public function that only"),
    # CVE-2026-1462, CVE-2025-12058: fields that name files
    "saved_model.keras": (archive(sequential(layer("TFSMLayer", filepath="/tmp"))), ""),
    "vocabulary.keras": (
        archive(sequential(layer("StringLookup", name="v", vocabulary="/etc/passwd"))),
        "Files that a configuration names are not read",
    ),
    "vocabulary2.keras": (
        archive(sequential(layer("TextVectorization", name="v", vocabulary="http://localhost/x"))),
        "Files that a configuration names are not read",
    ),
    "vocabulary.h5": (
        h5_model(sequential(layer("IntegerLookup", name="v", vocabulary="/etc/passwd"))),
        "Files that a configuration names are not read",
    ),
    # CVE-2026-0897, CVE-2026-1669, K#22899, R37: HDF5
    "huge.keras": (archive(weights=dense_weights(huge)), "needs"),
    "huge_chunks.keras": (archive(weights=dense_weights(huge_chunks)), "needs"),
    "external.keras": (archive(weights=dense_weights(external)), "another file"),
    "virtual.keras": (archive(weights=dense_weights(virtual)), "virtual data set"),
    "soft.keras": (archive(weights=dense_weights(soft)), "a link"),
    "elsewhere.keras": (archive(weights=dense_weights(elsewhere)), "a link"),
    "texts.keras": (archive(weights=dense_weights(texts)), "no numbers"),
    "references.keras": (archive(weights=dense_weights(references)), "no numbers"),
    "lzf.keras": (archive(weights=dense_weights(lzf)), "packed by filter"),
    "cycle.keras": (archive(weights=weights_file(cycle)), "two names"),
    "deep.keras": (archive(weights=weights_file(deep)), "deep"),
    "external.h5": (
        h5_model(sequential(), more=lambda f: external(f.create_group("x"))),
        "another file",
    ),
    "none.keras": (archive(weights=b"\x89HDF\r\n\x1a\n" + bytes(100)), "no HDF5 file"),
    # CVE-2026-12479, KERAS-MFV-001, R36: names and sizes in archives
    "dots.keras": (named("assets/../../../tmp/x"), "no plain path"),
    "absolute.keras": (named("/tmp/x"), "no plain path"),
    "drive.keras": (named("C:\\x"), "no plain path"),
    "unknown.keras": (named("other.txt"), "does not belong"),
    "link.keras": (link(), "a link or a device"),
    "bomb.keras": (bomb(), "bytes"),
    "size.keras": (patched(archive(), "config.json", 1 << 31), ""),
    "crc.keras": (archive().replace(b'"units": 2', b'"units": 3'), "checksum"),
    "torn.keras": (archive()[:-30], ""),
    # R36, R38: JSON and configurations that use up memory or time
    "nest.keras": (archive(nest), "levels"),
    "many.keras": (archive("[" + "[]," * 2_100_000 + "[]]"), "values"),
    "parameters.keras": (
        archive(sequential(layer("Dense", units=1 << 40)), DENSE),
        "more weights than the file holds",
    ),
    "parameters.h5": (
        h5_model(sequential(layer("Embedding", input_dim=1 << 30, output_dim=1 << 10))),
        "more weights than the file holds",
    ),
    "tensor.keras": (
        archive(
            sequential(layer("Dense", units=layer("__numpy__", value=[1], dtype="U999999999")))
        ),
        "",
    ),
    "shape.keras": (archive(weights=dense_weights(shape=(3, 5))), "Of another shape: 1"),
    "no_dict.keras": (archive("[1]"), "describes no model"),
    "no_call.keras": (
        archive(json.dumps(function_layer("abs")).replace('"x", 0, 0', '"x", 9, 0')),
        "",
    ),
}

CHILD = """
import resource, sys, time, json
import numpy, h5py, tensorbrook as tf
keras = tf.keras
keras.models.load_model, keras.ops, keras.layers
folder = sys.argv[1]
warm = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
warm.save(folder + "/warm.keras"); keras.models.load_model(folder + "/warm.keras")
warm.save(folder + "/warm.h5"); keras.models.load_model(folder + "/warm.h5")
seen, on = [], False
LOUD = ("socket", "subprocess", "os.system", "os.exec", "os.posix_spawn", "os.fork", "marshal",
        "pickle", "ctypes", "urllib", "shutil", "os.remove", "os.rename", "os.mkdir", "tempfile")
def hook(event, args):
    if not on:
        return
    if event == "open":
        seen.append(("open", str(args[0])))
    elif event.startswith(LOUD) or event in ("compile", "exec"):
        seen.append((event, repr(args)[:200]))
    elif event == "import":
        seen.append(("import", str(args[0])))
sys.addaudithook(hook)
for name in json.loads(sys.argv[2]):
    path = f"{folder}/{name}"
    seen.clear()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    on = True
    try:
        keras.models.load_model(path)
        said = None
    except Exception as fault:
        on = False
        said = f"{type(fault).__name__}: {fault}"
    on = False
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    bad = [e for e in seen if e != ("open", path)]
    print(json.dumps([name, said, bad, grown / 1024, time.process_time() - start]))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crafted")
    for name, (data, _) in FILES.items():
        (folder / name).write_bytes(data)
    command = [sys.executable, "-c", CHILD, str(folder), json.dumps([*FILES])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return {row[0]: row[1:] for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", FILES)
def test_a_crafted_file_is_refused_and_does_nothing(name, outcomes):
    said, events, megabytes, seconds = outcomes[name]
    assert said is not None, "it was loaded"
    assert FILES[name][1] in said
    refusals = {"ValueError", "Refused", "NotMade", "UnknownObject", "TypeError"}
    assert said.split(":")[0] in {*refusals, "NotImplementedError"}, said
    imports = [e for e in events if e[0] == "import"]
    assert [e for e in events if e not in imports] == []
    assert not [e for e in imports if not e[1].startswith(("tensorbrook", "h5py", "encodings"))]
    assert megabytes < 100
    assert seconds < 5  # on a busy machine


@pytest.mark.parametrize("call", ["model_from_json", "from_config", "deserialize", "clone"])
def test_code_is_refused_everywhere(call):
    config = sequential(LAMBDA_3)
    with pytest.raises(ValueError, match="never run"):
        if call == "model_from_json":
            keras.models.model_from_json(json.dumps(config))
        elif call == "from_config":
            keras.Sequential.from_config(config["config"])
        elif call == "deserialize":
            keras.layers.deserialize(LAMBDA_3)
        else:
            keras.layers.Lambda.from_config(LAMBDA_3["config"], safe_mode=False)


def test_a_lambda_takes_the_function_it_is_given(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: 2 * x, name="l")])
    model.save(tmp_path / "m.keras")
    given = {"l": lambda x: 3 * x}
    again = keras.models.load_model(tmp_path / "m.keras", custom_objects=given)
    assert again.predict(np.ones((1, 3)), verbose=0).tolist() == [[3.0, 3.0, 3.0]]
    clone = keras.models.clone_model(model)
    assert clone.layers[0].function is model.layers[0].function
    masked = keras.layers.Lambda(keras.ops.square, mask=tf.ones([2, 3]))
    again = keras.layers.Lambda.from_config(masked.get_config(), {"square": keras.ops.square})
    assert again.mask.numpy().tolist() == [[1.0] * 3] * 2


def test_weights_files_are_looked_through_too(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    before = model.get_weights()
    for kind in (external, virtual, soft, elsewhere, huge):
        path = tmp_path / f"{kind.__name__}.weights.h5"
        path.write_bytes(dense_weights(kind))
        with pytest.raises(ValueError, match="layers/dense/vars/0"):
            model.load_weights(path)
        with pytest.raises(ValueError, match="layers/dense/vars/0"):
            keras.saving.KerasFileEditor(path)
    index = tmp_path / "m.weights.json"
    index.write_text(json.dumps({"weight_map": {"/vars": ["../../etc/passwd"]}}))
    with pytest.raises(ValueError, match="its shards are"):
        model.load_weights(index)
    for one, two in zip(before, model.get_weights()):
        np.testing.assert_array_equal(one, two)


def test_a_folder_or_pipe_is_no_file(tmp_path):
    (tmp_path / "m.keras").mkdir()
    with pytest.raises(ValueError, match="it is no file"):
        keras.models.load_model(tmp_path / "m.keras")


def test_bits_that_changed_are_noticed(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(tmp_path / "m.keras")
    data = bytearray((tmp_path / "m.keras").read_bytes())
    at = bytes(data).index(model.get_weights()[0].tobytes())
    data[at] ^= 1
    (tmp_path / "m.keras").write_bytes(data)
    assert zlib.crc32(bytes(data))
    with pytest.raises(ValueError, match="checksum"):
        keras.models.load_model(tmp_path / "m.keras")
