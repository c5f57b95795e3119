"""Random numbers equal to TensorFlow's, from golden/random.json (see oracles/make_random.py)."""

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras.seeds import EpochOrder
from tensorbrook.ops._kernels import philox
from tensorbrook.ops.seeding import FunctionSeeds

sys.path.insert(0, str(Path(__file__).parent / "oracles"))
from make_random import summarize

GOLDEN = json.loads((Path(__file__).parent / "oracles/golden/random.json").read_text())
ROUNDED = ("normal", "gamma", "beta")  # where logarithm, sine and cosine come in


def agree(got, want, exact):
    if isinstance(want, list):
        assert isinstance(got, list) and len(got) == len(want)
        for g, w in zip(got, want):
            agree(g, w, exact)
        return
    assert (got["shape"], got["dtype"]) == (want["shape"], want["dtype"])
    if exact:
        assert got == want
        return
    rtol = 1e-14 if want["dtype"] == "float64" else 5e-7
    for part in ("values", "ends", "sums"):
        if part in want:
            np.testing.assert_allclose(got[part], want[part], rtol, atol=rtol)


@pytest.mark.parametrize("title", GOLDEN["sessions"])
def test_sessions_give_the_numbers_of_tensorflow(title):
    names = {"tf": tf, "np": np, "keras": tf.keras}
    for line, want in GOLDEN["sessions"][title]:
        if want is None:
            exec(line, names)
            continue
        got = summarize(eval(line, names))
        exact = title != "function" and not any(word in line for word in ROUNDED)
        try:
            agree(got, want, exact)
        except AssertionError as error:
            raise AssertionError(f"{line}: got {got}, want {want}") from error


@pytest.mark.parametrize("case", GOLDEN["epochs"], ids=lambda case: str(list(case.values())[:4]))
def test_order_of_samples_in_fit(case):
    tf.keras.utils.set_random_seed(case["seed"])
    order = EpochOrder(case["size"], case["shuffle"], case["batch_size"])
    assert [order.indices().tolist() for _ in case["orders"]] == case["orders"]


def test_order_of_batches_of_a_py_dataset_is_drawn_from_pythons_random():
    class Numbers(tf.keras.utils.PyDataset):
        def __len__(self):
            return 7

        def __getitem__(self, i):
            seen.append(i)
            return np.full((1, 1), float(i)), np.zeros((1, 1))

    seen = []
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    tf.keras.utils.set_random_seed(3)
    model.fit(Numbers(), epochs=2, shuffle=True, verbose=0)
    twin, orders = random.Random(3), [list(range(7)), list(range(7))]
    for order in orders:
        twin.shuffle(order)
    assert seen[-14:] == orders[0] + orders[1]


def test_order_of_samples_without_a_seed():
    tf.random.set_seed(None)
    order = EpochOrder(50, True, 8)
    first, second = order.indices(), order.indices()
    assert sorted(first) == sorted(second) == list(range(50))
    assert first.tolist() != second.tolist()
    assert EpochOrder(3, False, 2).indices().tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="shuffle must be True, False or 'batch'"):
        EpochOrder(3, "batches", 2)


def one_block(key, counter):
    """Philox4x32-10 by the book, on Python integers."""
    c = [counter >> 32 * i & 0xFFFFFFFF for i in range(4)]
    k = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        first, second = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [second >> 32 ^ c[1] ^ k[0], second, first >> 32 ^ c[3] ^ k[1], first]
        c = [word & 0xFFFFFFFF for word in c]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


@pytest.mark.parametrize("counter", [0, 2**32 - 2, 2**64 - 2, 2**128 - 3])
def test_blocks_carry_over_every_word(counter):
    key = 0x0123456789ABCDEF
    got = philox.blocks(key, counter, 9000)
    for i in (0, 1, 2, 3, 4, 8191, 8192, 8999):
        assert got[i].tolist() == one_block(key, counter + i)


def test_known_answer_of_the_authors_of_philox():
    ones = 2**128 - 1
    assert philox.blocks(0, 0, 1)[0].tolist() == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert philox.blocks(ones >> 64, ones, 1)[0].tolist() == [
        0x408F276D,
        0x41C83B0E,
        0xA20BC7C6,
        0x6D5451FD,
    ]


def test_states_and_streams_are_inverse_and_skipping_carries():
    for key, counter in ((0, 0), (2**64 - 1, 2**128 - 1), (5, 2**64 - 1)):
        state = philox.to_state(key, counter)
        assert state.dtype == np.int64 and philox.from_state(state) == (key, counter)
        assert philox.from_state(philox.skip(state, 3)) == (key, (counter + 3) % 2**128)


def test_numbers_do_not_repeat_without_seeds():
    tf.random.set_seed(None)
    assert not np.array_equal(tf.random.normal((4,)), tf.random.normal((4,)))
    assert not np.array_equal(
        tf.random.Generator.from_non_deterministic_state().state,
        tf.random.get_global_generator().state,
    )


def test_a_traced_function_without_seeds_gives_fresh_numbers():
    tf.random.set_seed(None)
    f = tf.function(lambda: tf.random.uniform((4,)))
    assert len({tuple(f().numpy().tolist()) for _ in range(4)}) == 4


def test_a_function_within_a_function_counts_its_own_random_calls():
    # TensorFlow 2.21's numbers: each call of `inner` begins the stream of the seeds (5, 0).
    tf.random.set_seed(5)
    inner = tf.function(lambda: tf.random.uniform(()))
    outer = tf.function(
        lambda: tf.stack([tf.random.uniform(()), inner(), inner(), tf.random.uniform(())])
    )
    first, second = np.float32(0.18286479), np.float32(0.6730766)
    assert outer().numpy().tolist() == [first, first, first, np.float32(0.3875184)]
    assert outer().numpy().tolist() == [second, second, second, np.float32(0.98592305)]
    assert inner().numpy() == first


def test_seeds_of_a_function_end_with_it_even_when_it_calls_itself():
    tf.random.set_seed(5)
    eager = tf.random.uniform(()).numpy()
    seeds = FunctionSeeds()
    tf.random.set_seed(5)
    with seeds, seeds:
        assert tf.random.uniform(()).numpy() == np.float32(0.18286479)
    assert tf.random.uniform(()).numpy() == eager


def test_dropout_keeps_the_mean_and_its_gradient_is_the_mask():
    tf.random.set_seed(1)
    x = tf.Variable(tf.ones((400, 50)))
    with tf.GradientTape() as tape:
        y = tf.nn.dropout(x, 0.3)
    kept = np.asarray(y) > 0
    assert abs(kept.mean() - 0.7) < 0.01
    np.testing.assert_allclose(tape.gradient(y, x), kept / 0.7, rtol=1e-6)


def test_seed_generator():
    keras = tf.keras
    keras.utils.set_random_seed(3)
    seeds = keras.random.SeedGenerator(5, name="mine")
    f = tf.function(seeds.next)
    assert [f().numpy().tolist() for _ in range(2)] == [[5, 0], [5, 1]]
    assert seeds.next().numpy().tolist() == [5, 2]
    assert seeds.get_config() == {"seed": 5, "name": "mine"}
    assert not seeds.state.trainable
    with pytest.raises(ValueError, match="must be an integer"):
        keras.random.SeedGenerator("5")
    with pytest.raises(ValueError, match="must be either an integer or an instance of `SeedGen"):
        keras.random.uniform((2,), seed=1.5)
    with pytest.raises(ValueError, match="Expected `seed` argument to be an integer"):
        keras.utils.set_random_seed(1.5)


WRONG = [
    ("tf.random.uniform((2,), dtype=tf.int32)", ValueError, "Must specify maxval for integer"),
    ("tf.random.uniform((2,), 5, 5, tf.int32)", "InvalidArgumentError", "Need minval < maxval"),
    ("tf.random.uniform((2,), [1, 2], 9, tf.int32)", "InvalidArgumentError", "must be a scalar"),
    ("tf.random.uniform((2,), 0, 5, tf.uint8)", ValueError, "take int32 and int64|are drawn"),
    ("tf.random.normal((2,), dtype=tf.int32)", ValueError, "dtype must be one of float16"),
    ("tf.random.categorical([0.1, 0.2], 3)", "InvalidArgumentError", "should be a matrix"),
    ("tf.random.categorical([[0.1]], 3, tf.int8)", ValueError, "int32 or int64"),
    ("tf.random.stateless_uniform((2,), [1, 2, 3])", "InvalidArgumentError", "of shape .2."),
    ("tf.random.stateless_uniform((2,), [1.0, 2.0])", "InvalidArgumentError", "integers"),
    ("tf.random.stateless_uniform((2,), [1, 2], alg='x')", ValueError, "unsupported value x"),
    ("tf.random.Generator.from_seed(1, 'threefry')", NotImplementedError, "use alg='philox'"),
    ("tf.random.Generator()", ValueError, "from_seed"),
    ("tf.random.Generator.from_state([1, 2], 'philox')", ValueError, "3 integers"),
    ("tf.random.stateless_gamma((3,), [1, 2], [1.0, 2.0])", "InvalidArgumentError", "must end"),
    ("tf.random.gamma((3,), [1.0, 2.0], [1.0] * 3)", "InvalidArgumentError", "broadcast"),
    ("tf.nn.dropout([1.0], 1.0)", ValueError, "range .0, 1."),
    ("tf.nn.dropout([1], 0.5)", ValueError, "floating point"),
    ("tf.nn.dropout([1.0], 0.5, noise_shape=(1, 1))", ValueError, "differ in rank"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_use_is_explained(call, error, words):
    error = getattr(tf.errors, error) if isinstance(error, str) else error
    with pytest.raises(error, match=words):
        eval(call, {"tf": tf})


def test_long_streams_are_the_same_in_native_code():
    from tensorbrook.core.hooks import hooks
    from tensorbrook.ops._kernels import philox

    if hooks.random_blocks(1, 0, 1) is None:
        pytest.skip("there is no native code")
    for key, counter, count in ((123, 5, 131_073), (2**63 + 5, 2**64 - 1000, 131_072)):
        few = philox.blocks(key, counter + count - 9, 9)  # by Python's integers
        found = philox.blocks(key, counter, count)
        np.testing.assert_array_equal(found[-9:], few)
        offsets = np.arange(count, dtype=np.uint64)  # by NumPy
        np.testing.assert_array_equal(found, philox.blocks(key, counter, offsets))


def test_truncated_normal_numbers_are_of_their_distribution():
    x = tf.random.stateless_parameterized_truncated_normal([20_000], [1, 2], 1.0, 2.0, 0.0, 4.0)
    assert x.dtype == tf.float32 and x.numpy().min() >= 0 and x.numpy().max() <= 4
    assert abs(x.numpy().mean() - 1.7125) < 0.03 and abs(x.numpy().var() - 1.1210) < 0.03
    same = tf.random.stateless_parameterized_truncated_normal([3], [1, 2], [1.0, 2.0, 3.0], 0.1)
    np.testing.assert_array_less(same, 2.001)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_truncated_normal_numbers_far_from_the_mean_are_of_their_distribution(side):
    low, high = sorted((9.0 * side, 12.0 * side))
    x = tf.random.stateless_parameterized_truncated_normal([20_000], [1, 2], 0.0, 1.0, low, high)
    assert x.numpy().min() >= low and x.numpy().max() <= high
    assert abs(x.numpy().mean() * side - 9.1085) < 0.003
