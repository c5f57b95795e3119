"""What training on many chips costs: a model of compute, memory and interconnect, and its check.

`python benchmarks/scaling.py` prints what docs/scaling.md shows: first the model beside what XLA's
programs for 8 virtual devices of a CPU compute and exchange, then what it expects of real chips.
"""

import argparse
import os
import re
import sys
from dataclasses import dataclass
from math import log2

VIRTUAL = "--xla_force_host_platform_device_count=8"


# -- the model -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chip:
    """A chip and how it is wired, by its maker's own figures.

    Attributes:
      flops: products and sums a second, in bfloat16, dense.
      memory, bandwidth: bytes of HBM; bytes a second from and to it.
      near, group: bytes a second that it sends to others of its group while it receives as many;
        how many chips a group has.
      far: the same to chips of other groups.
    """

    name: str
    flops: float
    memory: float
    bandwidth: float
    near: float
    group: int
    far: float

    def link(self, count):
        """Bytes a second along a ring of so many chips: the slowest link counts."""
        return self.near if count <= self.group else self.far


H100 = Chip("H100 SXM", 989e12, 80e9, 3.35e12, 450e9, 8, 50e9)  # NVLink; 400 Gb/s a card
V5P = Chip("TPU v5p", 459e12, 102e9, 2.765e12, 200e9, 8, 600e9)  # one axis of the torus; all three
DELAY = 10e-6  # seconds of one round of messages, assumed


@dataclass(frozen=True)
class Work:
    """A model in training.

    Attributes:
      weights: how many there are.
      flops: those of the forward pass of one example.
      kept: bytes that one example keeps for the backward pass.
      passes: how often these are read or written in a step.
      layers, width, tokens: of a transformer, for tensor parallelism.
      examples, most: of a step, on each chip; on all of them.
      share: what of the peak the arithmetic reaches, where nothing else holds it up: assumed.
    """

    name: str
    weights: float
    flops: float
    kept: float
    passes: int
    layers: int
    width: int
    tokens: int
    examples: int
    most: int
    share: float

    def on(self, count):
        """How many examples a chip has of so many."""
        return min(self.examples, self.most / count)


RESNET = Work("ResNet50", 25.6e6, 8.2e9, 45e6, 6, 50, 0, 0, 256, 32768, 0.18)
LLM = Work(
    *("7 B transformer", 6.7e9, 2 * 6.7e9 * 2048, 32 * 34 * 2048 * 4096, 2),
    *(32, 4096, 2048, 4, 4096, 0.5),
)
STATE = 4 + 4 + 4  # bytes of a weight in float32 and of Adam's two moments
HALF = 2  # bytes of a weight, a gradient, an activation in bfloat16


def all_reduce(size, count):
    """Bytes that each of `count` chips sends so that all have the sum of `size` bytes."""
    return 2 * size * (count - 1) / count


def all_gather(size, count):
    """Bytes that each sends so that all have all `size` bytes; as many for a reduce-scatter."""
    return size * (count - 1) / count


@dataclass(frozen=True)
class Step:
    """What one step costs a chip: seconds of arithmetic, memory, exchange; bytes it holds."""

    compute: float
    hbm: float
    hidden: float
    exposed: float
    held: float

    @property
    def seconds(self):
        """Of the step: what can go on behind the arithmetic does."""
        return max(self.compute, self.hbm, self.hidden) + self.exposed


def step(work, chip, strategy, count, tensor=1):
    """The Step of a strategy.

    Args:
      strategy: "data" (all weights on each chip), "zero" (weights and Adam's moments divided, put
        together for each use), "tensor" (each layer divided over `tensor` chips, batches and
        gradients over the others as in "zero").
      count: how many chips.
    """
    copies, examples = count // tensor, work.on(count)
    compute = 3 * work.flops * examples / (chip.flops * work.share)
    own, kept = work.weights / tensor, work.kept * examples
    divided = own if strategy == "data" else work.weights / count
    held = (STATE + 2 * HALF) * divided + kept
    held += 0 if strategy == "data" else 2 * HALF * own / work.layers
    moved = (2 * STATE + 6 * HALF) * divided + 6 * HALF * own + work.passes * kept
    size = HALF * own
    if strategy == "data":
        sent, rounds = all_reduce(size, copies), 2
    else:
        sent, rounds = 3 * all_gather(size, copies), 3 * work.layers
    exposed = 0.0
    if tensor > 1:
        activations = HALF * work.tokens * work.width * examples * tensor
        each = all_reduce(activations, tensor) / chip.link(tensor) + 2 * log2(tensor) * DELAY
        exposed = 4 * work.layers * each
    hidden = sent / chip.link(count) + rounds * log2(copies) * DELAY if copies > 1 else 0.0
    return Step(compute, moved / chip.bandwidth, hidden, exposed, held)


COUNTS = (8, 64, 1024)


def expected():
    """Rows of what is expected: (work, chip, strategy, the Steps on COUNTS of chips)."""
    for work in (RESNET, LLM):
        for chip in (H100, V5P):
            for strategy, tensor in (("data", 1), ("zero", 1), ("tensor", 8)):
                if strategy != "tensor" or work.tokens:
                    yield (
                        work,
                        chip,
                        strategy,
                        [step(work, chip, strategy, count, tensor) for count in COUNTS],
                    )


# -- the check -------------------------------------------------------------------------------------

WIDTH, DEPTH, BATCH = 256, 4, 128
EXCHANGES = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute")
_SHAPE = re.compile(r"(f32|bf16|f64|s32|s64|pred)\[([\d,]*)\]")
_BYTES = {"f32": 4, "bf16": 2, "f64": 8, "s32": 4, "s64": 8, "pred": 1}


def exchanged(text):
    """Bytes of the results of each kind of exchange in a program's text."""
    found = dict.fromkeys(EXCHANGES, 0)
    for line in text.splitlines():
        match = re.search(rf"= (.*?) ({'|'.join(EXCHANGES)})(-start)?\(", line)
        if match:
            for kind, sizes in _SHAPE.findall(match[1]):
                count = 1
                for size in filter(None, sizes.split(",")):
                    count *= int(size)
                found[match[2]] += count * _BYTES[kind]
    return found


def predicted(way):
    """(operations, bytes reduced or gathered) that the model says of a device's part of a step."""
    products, biases = DEPTH * WIDTH * WIDTH, DEPTH * WIDTH
    flops = (3 * 2 * products - 2 * WIDTH * WIDTH) * BATCH / (1 if way == "one" else 8)
    size = 4 * (products + biases)
    if way == "one":
        return flops, 0
    if way == "data":
        return flops, size
    if way == "zero":  # gathered for both passes, but the first layer's; gradients reduced
        return flops, size + 4 * (2 * products - WIDTH * WIDTH)
    pairs = DEPTH // 2
    activations = 4 * BATCH // 2 * WIDTH * (2 * pairs - 1)
    return flops, size / 4 + activations


def _laid_out(keras, way):
    distribution = keras.distribution
    devices = distribution.list_devices("cpu")
    if way == "one":
        return None
    if way == "data":
        return distribution.DataParallel(devices=devices)
    if way == "zero":
        layouts = distribution.LayoutMap(distribution.DeviceMesh((8,), ["batch"], devices))
        layouts[".*/kernel"] = ("batch", None)
        return distribution.ModelParallel(layout_map=layouts)
    layouts = distribution.LayoutMap(distribution.DeviceMesh((2, 4), ["batch", "model"], devices))
    for i in range(DEPTH):
        wide = i % 2 == 0
        layouts[f".*/d{i}/kernel"] = (None, "model") if wide else ("model", None)
        layouts[f".*/d{i}/bias"] = ("model",) if wide else (None,)
        layouts[f".*/d{i}/output"] = ("batch", "model") if wide else ("batch", None)
    return distribution.ModelParallel(layout_map=layouts)


def counted(way):
    """What XLA says of the program of a step of training: (operations, exchanges, the rest)."""
    import numpy as np

    import tensorbrook as tf

    keras = tf.keras
    distribution = _laid_out(keras, way)
    keras.distribution.set_distribution(distribution)
    layers = [keras.layers.Dense(WIDTH, "relu", name=f"d{i}") for i in range(DEPTH)]
    model = keras.Sequential([keras.Input((WIDTH,)), *layers])
    model.compile("adam", "mse")
    batch = tuple([tf.constant(np.ones((BATCH, WIDTH), "float32"))] * 2)
    model.train_on_batch(*batch)
    of_batch = tuple if distribution is None else lambda b: tuple(map(distribution._batch, b))
    program = tf.function(lambda x, y: model.train_step(of_batch((x, y))))
    executable = program.get_concrete_function(*batch).executable(batch)
    compiled = executable.compiled(batch)
    keras.distribution.set_distribution(None)
    cost = compiled.cost_analysis()
    return cost["flops"], exchanged(compiled.as_text()), cost["bytes accessed"]


# -- tables ----------------------------------------------------------------------------------------


def check():
    """Rows beside XLA's figures; those of a program that it has partitioned are one device's."""
    print("| | operations, model | XLA | bytes exchanged, model | XLA | by |")
    print("|---|---|---|---|---|---|")
    for way in ("one", "data", "zero", "tensor"):
        (flops, size), (found, parts, _) = predicted(way), counted(way)
        by = ", ".join(f"{k} {v / 1e6:.2f}" for k, v in parts.items() if v) or "-"
        print(
            f"| {way} | {flops / 1e6:.1f} M | {found / 1e6:.1f} M | {size / 1e6:.2f} MB "
            f"| {sum(parts.values()) / 1e6:.2f} MB | {by} |"
        )


def table():
    """What is expected of real chips: a step's time, and what of it is arithmetic."""
    print("| model | chip | strategy | 8 chips | 64 | 1,024 | GB held, of 8 |")
    print("|---|---|---|---|---|---|---|")
    for work, chip, strategy, steps in expected():
        cells = [f"{1e3 * s.seconds:.0f} ms, {100 * s.compute / s.seconds:.0f} %" for s in steps]
        held = steps[0].held
        cells.append(f"{held / 1e9:.0f}" + ("" if held < chip.memory else ": too much"))
        print(f"| {work.name} | {chip.name} | {strategy} | {' | '.join(cells)} |")


def main():
    """Prints the tables; the first needs jax and 8 devices, which it asks for itself."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paper", action="store_true", help="the second table alone: needs no jax")
    paper = parser.parse_args().paper
    if not paper:
        if VIRTUAL not in os.environ.get("XLA_FLAGS", ""):
            environ = {"XLA_FLAGS": VIRTUAL, "TENSORBROOK_BACKEND": "xla", "JAX_PLATFORMS": "cpu"}
            os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | environ)
        check()
        print()
    table()


if __name__ == "__main__":
    main()
