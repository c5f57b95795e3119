"""One GPU: the op table, and training in tensorbrook, Keras on JAX and PyTorch (torch.compile).

    python benchmarks/gpu.py                          on a machine with a GPU; about 10 minutes
    python benchmarks/gpu.py --dry                    the same turns on the CPU, models made small
    python benchmarks/gpu.py --rows gpt2 --python torch=/venvs/torch/bin/python

Each turn is a fresh process, and turns alternate. Prints a line of JSON a turn, then the table:
milliseconds a step, the share of the card's bfloat16 peak, the most memory, whether it stays.
All frameworks may use TensorFloat-32 for float32.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FRAMEWORKS = ("tensorbrook", "jax", "torch")
PRECISIONS = ("float32", "bfloat16")
PEAKS = {  # dense bfloat16 operations a second
    "H200": 989e12, "H100": 989e12, "A100": 312e12, "A10": 125e12, "L40": 181e12, "L4": 121e12,
    "4090": 165e12, "3090": 71e12, "MI300X": 1307e12, "MI250X": 383e12,
}  # fmt: skip
SIZES = {  # row -> what a GPU gets, and what a dry run does
    "cnn": ({"batch": 1024, "side": 28}, {"batch": 16, "side": 28}),
    "resnet50": ({"batch": 128, "side": 224}, {"batch": 2, "side": 32}),
    "gpt2": (
        {"batch": 8, "time": 1024, "blocks": 12, "width": 768, "heads": 12, "words": 50257},
        {"batch": 2, "time": 16, "blocks": 2, "width": 32, "heads": 2, "words": 100},
    ),
    "lstm": (
        {"batch": 256, "time": 256, "width": 512, "words": 10_000},
        {"batch": 4, "time": 8, "width": 8, "words": 100},
    ),
}
STEPS = 20, 2  # of an epoch, on a GPU and dry
EPOCHS = 3, 1


def operations(row, size):
    """Of a step: each product forward and for two gradients."""
    if row == "cnn":
        products = 26 * 26 * 9 * 32 + 11 * 11 * 9 * 32 * 64 + 5 * 5 * 64 * 10
    elif row == "resnet50":
        products = 4.09e9 * (size["side"] / 224) ** 2
    elif row == "gpt2":
        width, time_ = size["width"], size["time"]
        block = 12 * width * width + 2 * time_ * width
        products = time_ * (size["blocks"] * block + width * size["words"])
    else:
        products = size["time"] * 8 * size["width"] ** 2
    return 6 * size["batch"] * products


def samples(row, size, count):
    """`count` inputs and labels."""
    rng = np.random.default_rng(13)
    if row in ("cnn", "resnet50"):
        channels = 1 if row == "cnn" else 3
        x = rng.standard_normal((count, size["side"], size["side"], channels), np.float32)
        return x, rng.integers(0, 10, count, np.int32)
    x = rng.integers(0, size["words"], (count, size["time"]), np.int32)
    return (x, np.roll(x, -1, 1)) if row == "gpt2" else (x, x[:, 0] % 2)


# -- Keras's words: tensorbrook's and Keras's on JAX -----------------------------------------------


def keras_model(keras, row, size):
    """The model of a row."""
    k = keras.layers
    if row == "cnn":
        parts = [k.Conv2D(32, 3, activation="relu"), k.MaxPooling2D(2)]
        parts += [k.Conv2D(64, 3, activation="relu"), k.MaxPooling2D(2), k.Flatten(), k.Dense(10)]
        return keras.Sequential([keras.Input((size["side"], size["side"], 1)), *parts])
    if row == "resnet50":
        shape = (size["side"], size["side"], 3)
        return keras.applications.ResNet50(
            weights=None, input_shape=shape, classes=10, classifier_activation=None
        )
    inputs, width = keras.Input((size["time"],), dtype="int32"), size["width"]
    x = k.Embedding(size["words"], width)(inputs)
    if row == "lstm":
        return keras.Model(inputs, k.Dense(2)(k.LSTM(width)(x)))
    places = k.Embedding(size["time"], width)(keras.ops.arange(size["time"]))
    x = x + places
    for _ in range(size["blocks"]):
        y = k.LayerNormalization()(x)
        heads, each = size["heads"], width // size["heads"]
        x = x + k.MultiHeadAttention(heads, each)(y, y, use_causal_mask=True)
        y = k.Dense(4 * width, activation="gelu")(k.LayerNormalization()(x))
        x = x + k.Dense(width)(y)
    return keras.Model(inputs, k.Dense(size["words"])(k.LayerNormalization()(x)))


def keras_trainer(framework, row, size, precision):
    """(train(x, y) -> losses, memory() -> (now, peak))."""
    if framework == "jax":
        os.environ["KERAS_BACKEND"] = "jax"
        import jax
        import keras

        def memory():
            stats = jax.devices()[0].memory_stats() or {}
            return stats.get("bytes_in_use"), stats.get("peak_bytes_in_use")

    else:
        import tensorbrook as tf

        keras = tf.keras

        def memory():
            if not tf.config.list_physical_devices("GPU"):
                return None, None
            found = tf.config.experimental.get_memory_info("GPU:0")
            return found["current"], found["peak"]

    keras.utils.set_random_seed(13)
    if precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = keras_model(keras, row, size)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-4), loss)

    def train(x, y):
        return model.fit(x, y, batch_size=size["batch"], verbose=0, shuffle=False).history["loss"]

    return train, memory


# -- turns -----------------------------------------------------------------------------------------


def turn(row, framework, precision, dry):
    """What one process measures."""
    if row == "ops":
        return op_table(dry)
    size = SIZES[row][dry]
    x, y = samples(row, size, size["batch"] * STEPS[dry])
    begin = time.perf_counter()
    if framework == "torch":
        from gpu_torch import trainer

        train, memory = trainer(row, size, precision)
    else:
        train, memory = keras_trainer(framework, row, size, precision)
    train(x[: size["batch"]], y[: size["batch"]])
    first = time.perf_counter() - begin
    losses = [*train(x, y)]
    before, times = memory()[0], []
    for _ in range(EPOCHS[dry]):
        begin = time.perf_counter()
        losses += train(x, y)
        times.append((time.perf_counter() - begin) / STEPS[dry])
    now, peak = memory()
    if not np.isfinite(losses).all():
        raise SystemExit(f"{row}: the losses are {losses}")
    found = {"seconds": statistics.median(times), "first": first, "peak": peak}
    return found | {"grown": None if now is None else now - before}


def op_table(dry):
    """Each sample of each primitive on the GPU, beside NumPy's kernel."""
    import tensorbrook as tf
    from tensorbrook.core.dispatch import apply
    from tensorbrook.core.op import OPS, Spec
    from tensorbrook.core.tensor import wrap

    if dry:
        from tensorbrook.core.backend import register
        from tensorbrook.xla.backend import Accelerator

        register(Accelerator("GPU", "cpu", 1))
    importable = ("keras", "data", "signal", "image", "linalg")
    assert all(getattr(tf, name) for name in importable)  # noqa: S101  all primitives are entered
    far, count, begin = {}, 0, time.perf_counter()
    for op in list(OPS.values()):
        if op.effect or op.name.startswith("random"):
            continue
        for arrays, attrs in op.samples(np.random.default_rng(13)):
            if any(np.asarray(a).dtype == object for a in arrays):
                continue
            if dry and count % 20:
                count += 1
                continue
            count += 1
            problem = differs(tf, apply, wrap, Spec, op, [np.asarray(a) for a in arrays], attrs)
            if problem:
                far.setdefault(op.name, problem)
    seconds = time.perf_counter() - begin
    return {"samples": count, "far": far, "seconds": seconds, "first": None, "peak": None}


def differs(tf, apply, wrap, Spec, op, arrays, attrs):
    """In what a primitive on the GPU differs from its kernel, or None."""
    for kind in (None, np.int32, np.bool_):  # samples are drawn as floats
        given = arrays if kind is None else [a.astype(kind) for a in arrays]
        try:
            op.infer(*[Spec(a.shape, a.dtype) for a in given], **attrs)
            expected = op.kernel(*given, **attrs)
            break
        except (TypeError, ValueError):
            continue
    else:
        return "no dtype fits"
    arrays = given
    try:
        with tf.device("/GPU:0"):
            found = apply(op, tuple(map(wrap, arrays)), attrs)
    except Exception as fault:
        return f"{type(fault).__name__}: {str(fault)[:200]}"
    pairs = zip(*[x if isinstance(x, tuple) else (x,) for x in (found, expected)])
    for tensor, array in pairs:
        a, b = (np.asarray(v) for v in (tensor.host(), array))
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"{a.dtype}{a.shape}, not {b.dtype}{b.shape}"
        if a.dtype.kind not in "fcV":
            if not np.array_equal(a, b):
                return "other values"
            continue
        wide = np.complex128 if a.dtype.kind == "c" else np.float64
        a, b = a.astype(wide), b.astype(wide)
        scale = np.max(np.abs(b[np.isfinite(b)]), initial=1)
        loose = 2e-3 if tensor._dtype.itemsize > 2 else 5e-2  # TensorFloat-32, halves
        if not np.allclose(a, b, rtol=loose, atol=loose * scale, equal_nan=True):
            return f"off by {np.nanmax(np.abs(a - b)):.3g} of {scale:.3g}"
    return None


# -- the driver ------------------------------------------------------------------------------------


def card():
    """The name of the GPU; None where there is none that JAX can use."""
    from tensorbrook.xla.found import accelerators

    if not any(kind == "GPU" for kind, _, _ in accelerators()):
        return None
    try:
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "a GPU"


def measured(python, row, framework, precision, dry, timeout):
    """What a fresh process prints, or {"error": ...}."""
    environ = dict(os.environ)
    if dry:
        environ |= {
            "JAX_PLATFORMS": "cpu",
            "CUDA_VISIBLE_DEVICES": "",
            "TENSORBROOK_BACKEND": "xla",
        }
    command = [python, HERE / "gpu.py", "--turn", row, framework, precision]
    command += ["--dry"] if dry else []
    try:
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, env=environ, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return {"error": f"took more than {timeout} s"}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def line(row, precision, framework, found, peak, dry):
    """A row of the table."""
    if "error" in found:
        return [row, precision, framework, "failed: " + found["error"], "", "", ""]
    share = ""
    if peak and precision == "bfloat16":
        share = f"{operations(row, SIZES[row][dry]) / found['seconds'] / peak:.0%}"
    memory = f"{found['peak'] / 2**30:.2f} GiB" if found["peak"] else "not told"
    grown = found.get("grown")
    flat = "" if grown is None else "flat" if grown < 1 << 20 else f"grew by {grown >> 20} MiB"
    cells = f"{1e3 * found['seconds']:.2f} ms", f"{found['first']:.1f} s", share
    return [row, precision, framework, *cells, f"{memory} {flat}".strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="on the CPU, with small models")
    parser.add_argument("--rows", nargs="*", default=["ops", *SIZES], choices=["ops", *SIZES])
    parser.add_argument("--precisions", nargs="*", default=PRECISIONS, choices=PRECISIONS)
    parser.add_argument("--frameworks", nargs="*", default=FRAMEWORKS, choices=FRAMEWORKS)
    parser.add_argument("--python", nargs="*", default=[], help="framework=path of its Python")
    parser.add_argument("--timeout", type=int, default=180, help="seconds a turn")
    parser.add_argument("--turn", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        print(json.dumps(turn(*options.turn, options.dry)))
        return
    name = card()
    if name is None and not options.dry:
        raise SystemExit(
            "There is no GPU here that JAX can use, so nothing was measured. "
            "`python benchmarks/gpu.py --dry` runs the same turns on the CPU with small models."
        )
    print(f"# {'dry run on the CPU: the times mean nothing' if options.dry else name}", flush=True)
    peak = None if options.dry else next((p for k, p in PEAKS.items() if k in name), None)
    pythons = dict.fromkeys(FRAMEWORKS, sys.executable)
    pythons.update(pair.split("=", 1) for pair in options.python)
    lines = []
    for row in options.rows:
        turns = [(p, f) for p in options.precisions for f in options.frameworks]
        for precision, framework in [("", "tensorbrook")] if row == "ops" else turns:
            found = measured(
                pythons[framework], row, framework, precision, options.dry, options.timeout
            )
            print(json.dumps([row, precision, framework, found]), flush=True)
            if row != "ops":
                lines.append(line(row, precision, framework, found, peak, options.dry))
            elif "error" not in found:
                print(f"# ops: {found['samples']} samples, {len(found['far'])} primitives differ")
    head = ["row", "precision", "framework", "step", "first step", "of bf16 peak", "memory"]
    for cells in [head, ["---"] * len(head), *lines]:
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
