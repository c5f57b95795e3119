"""Losses over a sample of many classes, and the samplers that draw them.

For the same seeds the samplers draw TensorFlow's classes.
"""

import csv
from collections import namedtuple
from math import log

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec
from ..core.tensor import convert_to_tensor
from ._kernels import philox
from .cast import cast, stop_gradient
from .compare import equal
from .create import ones_like, range_, zeros_like
from .elementwise import expm1, log1p
from .elementwise import log as log_of
from .index import gather
from .join import concat
from .matmul import matmul
from .nn import sigmoid_cross_entropy_with_logits, softmax_cross_entropy_with_logits
from .reduce import reduce_any, reduce_max, reduce_sum
from .scatter import gather_nd
from .seeding import next_state
from .select import where
from .shape import expand_dims

_BLOCKS = 512  # of the stream that TensorFlow sets aside for each class that is drawn
_INT64 = np.dtype("int64")
_FIELDS = ["sampled_candidates", "true_expected_count", "sampled_expected_count"]
_RESULTS = {
    kind: namedtuple(f"{kind.title().replace('_', '')}CandidateSampler", _FIELDS)
    for kind in ("all", "fixed_unigram", "log_uniform", "uniform")
}
ComputeAccidentalHits = namedtuple("ComputeAccidentalHits", ["indices", "ids", "weights"])


def _alias_table(weights):
    """(chances, alternatives): a class stays itself with its chance, else it is the alternative."""
    n, total = len(weights), float(np.sum(weights))
    left = [float(w) * n / total for w in weights]
    low = [i for i in range(n) if left[i] < 1.0]
    high = [i for i in range(n) if left[i] >= 1.0]
    chance, other = np.ones(n, np.float32), np.arange(n)
    while low and high:
        small, large = low.pop(), high.pop()
        chance[small], other[small] = left[small], large
        left[large] -= 1.0 - left[small]
        (low if left[large] < 1.0 else high).append(large)
    return chance, other


def _classes(kind, count, table, stream, size):
    """`size` classes of a distribution, which may be an alias table, drawn from a stream."""
    if kind == "log_uniform":
        draws = philox.uniform(*stream, size, np.dtype("float64"))
        return (np.exp(draws * log(count + 1)).astype(_INT64) - 1) % count
    if kind == "uniform":
        return philox.uniform_int(*stream, size, _INT64.type(0), _INT64.type(count))
    chance, other = table
    words = philox.words(*stream, 2 * size)
    draws = (words[::2] & np.uint32(0x7FFFFF)).astype(np.float32) * np.float32(2.0**-23)
    places = (words[1::2] % np.uint32(count)).astype(_INT64)
    return np.where(draws < chance[places], places, other[places])


def _kernel(state, *table, kind, range_max, number, unique):
    stream = philox.from_state(state)
    tries = size = number
    while True:
        classes = _classes(kind, range_max, table, stream, size)
        if not unique:
            break
        found, first = np.unique(classes, return_index=True)
        if len(found) >= number:
            places = np.sort(first)[:number]
            classes, tries = classes[places], places[-1] + 1 if number else 0
            break
        size *= 4  # the same draws, and more
    return classes.astype(_INT64), np.array(tries, _INT64)


_draw = Op(
    "draw_candidates",
    _kernel,
    lambda state, *table, number, **attrs: (Spec((number,), _INT64), Spec((), _INT64)),
    samples=lambda rng: [
        (
            (np.array([5, 0, 7]), *table),
            {"kind": kind, "range_max": 9, "number": 4, "unique": True},
        )
        for kind, table in (
            ("log_uniform", ()),
            ("uniform", ()),
            ("fixed_unigram", _alias_table([1.0] * 9)),
        )
    ],
    doc="Classes drawn by a distribution, and how many draws it took.",
    why_no_gradient="it draws classes",
)


def _sampler(kind, true_classes, num_true, num_sampled, unique, range_max, seed, weights, chances):
    """The namedtuple of a sampler; `chances(classes)` are the classes' probabilities."""
    classes = cast(tensor_of(true_classes), "int64")
    if len(classes._shape) != 2 or classes._shape[1] != num_true:
        raise InvalidArgumentError(
            f"[{kind}_candidate_sampler] true_classes must be (batch, num_true = {num_true}), got "
            f"{classes.shape}."
        )
    if unique and num_sampled > range_max:
        raise InvalidArgumentError(
            f"[{kind}_candidate_sampler] When unique is True, num_sampled {num_sampled} must be "
            f"<= range_max {range_max}."
        )
    if unique and weights and num_sampled > np.count_nonzero(weights):
        raise InvalidArgumentError(
            f"[{kind}_candidate_sampler] When unique is True, num_sampled {num_sampled} must be "
            f"<= the number of classes with a weight, {np.count_nonzero(weights)}."
        )
    own = (num_true, num_sampled, unique, range_max, weights)
    state = next_state(f"{kind}_candidate_sampler", own, seed, _BLOCKS * num_sampled)
    attrs = {"kind": kind, "range_max": int(range_max), "number": int(num_sampled)}
    attrs["unique"] = bool(unique)
    table = map(convert_to_tensor, _alias_table(weights)) if weights else ()
    sampled, tries = apply(_draw, (state, *table), attrs)

    def expected(of):
        p, count = chances(of), cast(tries, "float32")
        return where(tries == num_sampled, p * count, -expm1(count * log1p(-p)))

    return _RESULTS[kind](sampled, expected(classes), expected(sampled))


@public("random.log_uniform_candidate_sampler")
def log_uniform_candidate_sampler(
    true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None
):
    """Classes drawn with a chance of about 1 / (class + 1), as words by their rank are.

    Args:
      true_classes: int64 (batch, num_true): the classes to tell the expected counts of.
      num_true, num_sampled: how many classes a row of these has, and how many to draw.
      unique: draw no class twice.
      range_max: the number of classes.
      seed: an integer, see `tf.random.set_seed`.

    Returns:
      (sampled_candidates, true_expected_count, sampled_expected_count).

    Raises:
      InvalidArgumentError: more unique classes than there are, or another shape.

    Example:
    >>> found = tf.random.log_uniform_candidate_sampler([[1]], 1, 3, True, 100, seed=1)
    >>> found.sampled_candidates.shape, found.true_expected_count.shape
    (TensorShape([3]), TensorShape([1, 1]))
    """
    scale = log(range_max + 1)

    def chances(classes):
        classes = cast(classes, "float32")
        return log_of((classes + 2.0) / (classes + 1.0)) / scale

    return _sampler(
        "log_uniform", true_classes, num_true, num_sampled, unique, range_max, seed, (), chances
    )


@public("random.uniform_candidate_sampler")
def uniform_candidate_sampler(
    true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None
):
    """`log_uniform_candidate_sampler` with equal chances for all classes.

    Example:
    >>> found = tf.random.uniform_candidate_sampler([[1]], 1, 3, False, 10, seed=1)
    >>> found.true_expected_count.numpy()
    array([[0.3]], dtype=float32)
    """
    return _sampler(
        *("uniform", true_classes, num_true, num_sampled, unique, range_max, seed, ()),
        lambda classes: zeros_like(classes, "float32") + 1.0 / range_max,
    )


@public("nn.all_candidate_sampler", "random.all_candidate_sampler")
def all_candidate_sampler(true_classes, num_true, num_sampled, unique, seed=None, name=None):
    """All `num_sampled` classes, each once: for tests.

    Example:
    >>> tf.nn.all_candidate_sampler([[1]], 1, 3, True).sampled_candidates.numpy()
    array([0, 1, 2])
    """
    classes, sampled = tensor_of(true_classes), range_(num_sampled, dtype="int64")
    counts = ones_like(classes, "float32"), ones_like(sampled, "float32")
    return _RESULTS["all"](sampled, *counts)


@public("nn.fixed_unigram_candidate_sampler", "random.fixed_unigram_candidate_sampler")
def fixed_unigram_candidate_sampler(
    true_classes,
    num_true,
    num_sampled,
    unique,
    range_max,
    vocab_file="",
    distortion=1.0,
    num_reserved_ids=0,
    num_shards=1,
    shard=0,
    unigrams=(),
    seed=None,
    name=None,
):
    """`log_uniform_candidate_sampler` with chances by the weights that are given.

    Args:
      vocab_file: a CSV file whose rows end with a weight; or else `unigrams`, a list of weights.
      distortion: the power that weights are raised to.
      num_reserved_ids: so many classes before the weights' own are never drawn.
      num_shards, shard: draw only classes whose number modulo `num_shards` is `shard`.

    Raises:
      InvalidArgumentError: not one of vocab_file and unigrams, or another number of weights.
      NotImplementedError: several shards.

    Example:
    >>> found = tf.nn.fixed_unigram_candidate_sampler([[1]], 1, 2, True, 2, unigrams=[3.0, 1.0])
    >>> sorted(found.sampled_candidates.numpy().tolist())
    [0, 1]
    """
    if (num_shards, shard) != (1, 0):
        raise NotImplementedError("[fixed_unigram_candidate_sampler] num_shards must be 1.")
    if bool(vocab_file) == bool(len(unigrams)):
        raise InvalidArgumentError(
            "[fixed_unigram_candidate_sampler] Must provide exactly one of vocab_file and unigrams."
        )
    if vocab_file:
        with open(vocab_file, newline="", encoding="utf-8") as file:
            unigrams = [float(row[-1]) for row in csv.reader(file) if row]
    weights = [0.0] * num_reserved_ids + [float(u) ** distortion for u in unigrams]
    if len(weights) != range_max:
        raise InvalidArgumentError(
            f"[fixed_unigram_candidate_sampler] range_max is {range_max}, but there are "
            f"{len(weights)} weights, reserved ones included."
        )
    table = convert_to_tensor(np.float32(weights) / np.float32(sum(weights)))
    return _sampler(
        *("fixed_unigram", true_classes, num_true, num_sampled, unique, range_max, seed),
        tuple(weights),
        lambda classes: gather(table, classes),
    )


@public("nn.learned_unigram_candidate_sampler", "random.learned_unigram_candidate_sampler")
def learned_unigram_candidate_sampler(
    true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None
):
    """Not built: a sampler that learns the classes' chances.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError(
        "[learned_unigram_candidate_sampler] is not built: count the classes, and give the counts "
        "to tf.nn.fixed_unigram_candidate_sampler(unigrams=)."
    )


@public("nn.compute_accidental_hits")
def compute_accidental_hits(true_classes, sampled_candidates, num_true, seed=None, name=None):
    """Where sampled classes are among a row's true ones.

    Returns:
      (rows, places among the samples, the most negative float32 for each).

    Example:
    >>> hits = tf.nn.compute_accidental_hits([[1], [3]], [5, 3], 1)
    >>> hits.indices.numpy(), hits.ids.numpy()
    (array([1], dtype=int32), array([1]))
    """
    true, sampled = cast(true_classes, "int64"), cast(sampled_candidates, "int64")
    place = range_(sampled._shape[0], dtype="int64")
    last = reduce_max(where(equal(expand_dims(true, 2), sampled), place, -1), 2)
    hits = where(last >= 0)
    ids = gather_nd(last, hits)
    weights = zeros_like(ids, "float32") + np.finfo(np.float32).min
    return ComputeAccidentalHits(cast(hits[:, 0], "int32"), ids, weights)


def _whole(parts):
    """A table that may be given in parts, one after another."""
    return concat(list(parts), 0) if isinstance(parts, list | tuple) else tensor_of(parts)


def _sampled_logits(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true, values, remove, seed
):
    """(logits, labels) of the true classes and the sampled ones, side by side."""
    weights, biases, x = _whole(weights), _whole(biases), tensor_of(inputs)
    labels = cast(tensor_of(labels), "int64")
    labels = expand_dims(labels, 1) if len(labels._shape) == 1 else labels
    if values is None:
        values = log_uniform_candidate_sampler(
            labels, num_true, num_sampled, True, num_classes, seed=seed
        )
    sampled, true_count, sampled_count = (stop_gradient(tensor_of(v)) for v in values)
    sampled = cast(sampled, "int64")
    true = reduce_sum(expand_dims(x, 1) * gather(weights, labels), 2) + gather(biases, labels)
    others = matmul(x, gather(weights, sampled), transpose_b=True) + gather(biases, sampled)
    if remove:
        hit = reduce_any(equal(expand_dims(labels, 2), sampled), 1)
        others = others + where(hit, float(np.finfo(np.float32).min), 0.0)
    true = true - log_of(cast(true_count, x.dtype))
    others = others - log_of(cast(sampled_count, x.dtype))
    targets = concat([ones_like(true) / num_true, zeros_like(others)], 1)
    return concat([true, others], 1), targets


@public("nn.nce_loss")
def nce_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=False,
    name="nce_loss",
):
    """Noise-contrastive estimation: tells true classes from a few drawn ones.

    Args:
      weights, biases: (classes, inputs) and (classes,); lists of parts as well.
      labels: int64 (batch, num_true).
      inputs: (batch, inputs).
      num_sampled, num_classes: how many classes to draw, of how many.
      num_true: how many true classes a row has.
      sampled_values: what a candidate sampler returned; by default the log-uniform one's.
      remove_accidental_hits: leave out drawn classes that are true ones.

    Returns:
      One loss for each row.

    Example:
    >>> labels, x = tf.constant([[1]]), tf.ones([1, 2])
    >>> tf.nn.nce_loss(tf.ones([9, 2]), tf.zeros([9]), labels, x, 3, 9).shape
    TensorShape([1])
    """
    logits, targets = _sampled_logits(
        *(weights, biases, labels, inputs, num_sampled, num_classes, num_true),
        *(sampled_values, remove_accidental_hits, None),
    )
    return reduce_sum(sigmoid_cross_entropy_with_logits(targets, logits), 1)


@public("nn.sampled_softmax_loss")
def sampled_softmax_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=True,
    seed=None,
    name="sampled_softmax_loss",
):
    """The softmax cross entropy over the true classes and a few drawn ones, for training.

    Args: as `tf.nn.nce_loss`; seed: of the drawing.

    Example:
    >>> labels, x = tf.constant([[1]]), tf.ones([1, 2])
    >>> tf.nn.sampled_softmax_loss(tf.ones([9, 2]), tf.zeros([9]), labels, x, 3, 9).shape
    TensorShape([1])
    """
    logits, targets = _sampled_logits(
        *(weights, biases, labels, inputs, num_sampled, num_classes, num_true),
        *(sampled_values, remove_accidental_hits, seed),
    )
    return softmax_cross_entropy_with_logits(stop_gradient(targets), logits)
