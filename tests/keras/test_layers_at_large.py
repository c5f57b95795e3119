"""Every layer with open sizes, in other precisions, on two threads: cases of test_layers.py."""

from itertools import groupby

import numpy as np
import pytest
from test_layers import array, call, case_id, close, draws, golden, layer_of

import tensorbrook as tf

FEW = 2  # cases of each layer


def first_of_each(wanted):
    cases = sorted(filter(wanted, golden), key=lambda c: c["layer"])
    return [c for _, group in groupby(cases, lambda c: c["layer"]) for c in list(group)[:FEW]]


def is_plain(case):
    return not case["masks"] and not case["call"].get("mask")


def tensors_of(case):
    return [tf.constant(array(x)) for x in case["inputs"]]


def compiled(layer, case, specs):
    def run(*tensors):
        inputs = list(tensors) if len(tensors) > 1 else tensors[0]
        return call(layer, case, inputs, **case["call"])

    return tf.function(run, input_signature=specs)


def spec_of(tensor, opened):
    shape = [None if axis in opened else size for axis, size in enumerate(tensor.shape)]
    return tf.TensorSpec(shape, tensor.dtype)


OPEN = first_of_each(lambda c: is_plain(c) and not draws(c))


@pytest.mark.parametrize("case", OPEN, ids=case_id)
def test_an_unknown_batch(case):
    if case["config"].get("batch_shape") or case["config"].get("stateful"):
        pytest.skip("it is for one size of batch")
    layer, _ = layer_of(case)
    function = compiled(layer, case, [spec_of(x, {0}) for x in tensors_of(case)])
    for output, stored in zip(function(*tensors_of(case)), case["outputs"][0], strict=True):
        close(output, stored)
    assert function.experimental_get_tracing_count() == 1


SEQUENCES = first_of_each(
    lambda c: is_plain(c) and not draws(c) and all(len(x["shape"]) == 3 for x in c["inputs"])
)


@pytest.mark.parametrize("case", SEQUENCES, ids=case_id)
def test_an_unknown_batch_and_time(case):
    first = case["config"].get("data_format") == "channels_first"
    time, config = (2 if first else 1), case["config"]
    layer, _ = layer_of(case)
    symbolic = [
        tf.keras.Input([None if a == time else n for a, n in enumerate(x["shape"]) if a])
        for x in case["inputs"]
    ]
    try:  # a layer that needs the size says so, in words
        call(type(layer).from_config(layer.get_config()), case, symbolic if len(symbolic) > 1 else
             symbolic[0])  # fmt: skip
    except ValueError as error:
        assert layer.name in str(error) or type(layer).__name__ in str(error), error
        return
    if config.get("stateful") or config.get("unroll"):
        return
    function = compiled(layer, case, [spec_of(x, {0, time}) for x in tensors_of(case)])
    for output, stored in zip(function(*tensors_of(case)), case["outputs"][0], strict=True):
        close(output, stored)


HALVES = first_of_each(
    lambda c: (
        is_plain(c)
        and not draws(c)
        and all(x["dtype"] == "float32" for x in c["inputs"])
        and all(y["dtype"] == "float32" for y in c["outputs"][0])
    )
)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
@pytest.mark.parametrize("case", HALVES, ids=case_id)
def test_other_precisions(case, policy):
    layer, _ = layer_of(case, dtype=policy)
    tensors = tensors_of(case)
    inputs = tensors if len(tensors) > 1 else tensors[0]
    unit = {"mixed_float16": 2**-10, "mixed_bfloat16": 2**-7, "float64": 2e-6}[policy]
    for output, stored in zip(call(layer, case, inputs, **case["call"]), case["outputs"][0]):
        if output.dtype.is_floating:
            assert output.dtype.name == policy.removeprefix("mixed_")
            wanted = array(stored)
            largest = max(1.0, np.abs(wanted).max(initial=0.0))
            np.testing.assert_allclose(
                tf.cast(output, "float64").numpy(), wanted, atol=20 * unit * largest
            )
    if policy.startswith("mixed"):
        assert {w.dtype for w in layer.trainable_weights} <= {"float32"}


THREADED = first_of_each(lambda c: is_plain(c) and c["weights"] and not draws(c))


@pytest.mark.parametrize("case", THREADED, ids=case_id)
def test_two_threads_give_the_bits_of_one(case):
    tensors = [tf.repeat(x, 64, axis=0) for x in tensors_of(case)]

    def step():
        layer, _ = layer_of(case)
        sources = [x for x in tensors if x.dtype.is_floating] + layer.trainable_weights

        @tf.function
        def gradients(*tensors):
            watched = [x for x in tensors if x.dtype.is_floating]
            with tf.GradientTape() as tape:
                tape.watch(watched)
                inputs = list(tensors) if len(tensors) > 1 else tensors[0]
                outputs = call(layer, case, inputs, **case["call"])
                loss = sum(tf.reduce_sum(tf.square(tf.cast(y, "float32"))) for y in outputs)
            return tape.gradient(loss, watched + layer.trainable_weights,
                                 unconnected_gradients="zero")  # fmt: skip

        assert sources
        return [tf.convert_to_tensor(g).numpy() for g in gradients(*tensors)]

    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        one = step()
        tf.config.threading.set_intra_op_parallelism_threads(2)
        two = step()
    finally:
        tf.config.threading.set_intra_op_parallelism_threads(0)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
