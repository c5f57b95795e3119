"""GPTQ and AWQ: integers for a matrix of weights, chosen by what the matrix is multiplied with.

All is NumPy: weights are float32 of shape (outputs, inputs), and each row, in groups of
`group_size` inputs, has a scale and a zero.
"""

from typing import NamedTuple

import numpy as np

BLOCK = 128  # columns after which GPTQ's errors go on to the columns behind


class Integers(NamedTuple):
    """What stands for a matrix: (values - zero) * scale, each column with those of its group.

    AWQ has multiplied each column by `scales` before.
    """

    values: np.ndarray
    scale: np.ndarray
    zero: np.ndarray
    groups: np.ndarray
    scales: np.ndarray | None = None


def grid_of(weights, bits, symmetric=False, per_channel=True):
    """The scale and the zero of each row: its values span all numbers of `bits` bits.

    Args:
      weights: a matrix.
      bits: of a number.
      symmetric: the middle number is 0.
      per_channel: each row by itself; else one scale for all.
    """
    axis = 1 if per_channel else None
    low, high = weights.min(axis, keepdims=True), weights.max(axis, keepdims=True)
    if symmetric:
        high = np.maximum(np.abs(low), high)
        low = np.where(low < 0, -high, low)
    low, high = np.where(low == high, (low - 1, high + 1), (low, high)).astype("float32")
    most = np.float32(2**bits - 1)
    # the zero is a byte: Keras's overflows where all weights have one sign
    low = np.minimum(low, 0)
    high = np.where(-low * most > 255 * (high - low), 0, high)
    scale = (high - low) / most
    scale = np.where(scale <= 0, np.float32(1e-8), scale)
    zero = np.full_like(scale, (most + 1) / 2) if symmetric else np.round(-low / scale)
    size = (len(weights), 1)
    return np.broadcast_to(scale, size), np.broadcast_to(zero, size).astype("uint8")


def _to_numbers(weights, scale, zero, bits):
    return np.clip(np.round(weights / scale + zero), 0, 2**bits - 1)


def _to_floats(numbers, scale, zero):
    return (numbers - zero.astype("float32")) * scale


class InputsOfGPTQ:
    """The mean of products of inputs, which `integers` makes good for each column's error with."""

    def __init__(self, size, config):
        self.config, self.count = config, 0
        self.products = np.zeros((size, size), "float32")

    def see(self, inputs):
        """Takes rows of inputs into account."""
        products = inputs.T @ inputs
        before, self.count = self.count, self.count + len(inputs)
        self.products = self.products * np.float32(before / self.count)
        self.products += np.float32(2 / self.count) * (products + products.T) / 2

    def integers(self, weights):
        """The Integers of a matrix."""
        config, hessian = self.config, self.products.copy()
        diagonal = hessian.diagonal().copy()
        diagonal[diagonal == 0] = 1  # inputs that are always 0
        diagonal += np.float32(config.hessian_damping) * diagonal.mean()
        np.fill_diagonal(hessian, diagonal)
        inverse = np.linalg.inv(hessian)
        order = np.arange(len(diagonal))
        if config.activation_order:
            order = np.argsort(-diagonal, kind="stable")
        found = self._in_order(weights[:, order].copy(), inverse[np.ix_(order, order)])
        back = np.argsort(order)
        return found._replace(values=found.values[:, back], groups=found.groups[back])

    def _in_order(self, weights, inverse):
        config, size = self.config, weights.shape[1]
        group_size = size if config.group_size == -1 else config.group_size
        groups, grids = np.arange(size) // group_size, []
        numbers = np.zeros(weights.shape, "uint8")
        for start in range(0, size, BLOCK):
            block, errors = weights[:, start : start + BLOCK].copy(), []
            for i in range(block.shape[1]):
                at = start + i
                if at % group_size == 0:
                    group = weights[:, at : at + group_size]
                    grids.append(
                        grid_of(group, config.weight_bits, config.symmetric, config.per_channel)
                    )
                column = block[:, i : i + 1]
                found = _to_numbers(column, *grids[-1], config.weight_bits)
                numbers[:, at] = found[:, 0]
                error = (column - _to_floats(found, *grids[-1])) / inverse[at, at]
                errors.append(error)
                block[:, i + 1 :] -= error * inverse[at, at + 1 : start + block.shape[1]]
            stop = start + block.shape[1]
            weights[:, stop:] -= np.concatenate(errors, 1) @ inverse[start:stop, stop:]
        scale, zero = (np.concatenate(parts, 1) for parts in zip(*grids))
        return Integers(numbers, scale, zero, groups)


class InputsOfAWQ:
    """The largest input of each column, a power of which `integers` multiplies the column by."""

    def __init__(self, size, config):
        self.config = config
        self.largest = np.zeros(size, "float32")

    def see(self, inputs):
        """Takes rows of inputs into account."""
        self.largest = np.maximum(self.largest, np.abs(inputs).max(0))

    def integers(self, weights):
        """The Integers of a matrix: of the power whose error, in outputs, is least."""
        largest = np.where(self.largest < 1e-8, np.float32(1), self.largest)
        points, best, least = self.config.num_grid_points, None, np.inf
        for i in range(points + 1):
            scales = np.maximum(largest ** np.float32(i / points), np.float32(1e-4))
            scales = scales / max(np.sqrt(scales.max() * scales.min()), 1e-8)
            found = self._of(weights, scales.astype("float32"))
            error = weights - floats_of(found)
            loss = np.mean(np.square(error) * np.square(largest))
            if best is None or loss < least:
                best, least = found, loss
        return best

    def _of(self, weights, scales):
        size = weights.shape[1]
        group_size = size if self.config.group_size == -1 else self.config.group_size
        scaled = weights * scales
        filled = np.pad(scaled, [(0, 0), (0, -size % group_size)])
        filled = filled if size > group_size else scaled
        grids = [
            grid_of(filled[:, at : at + group_size], self.config.weight_bits)
            for at in range(0, size, group_size)
        ]
        scale, zero = (np.concatenate(parts, 1) for parts in zip(*grids))
        groups = np.arange(size) // group_size
        numbers = _to_numbers(scaled, scale[:, groups], zero[:, groups], self.config.weight_bits)
        return Integers(numbers.astype("uint8"), scale, zero, groups, scales)


def floats_of(found):
    """The matrix that Integers stand for."""
    floats = _to_floats(found.values, found.scale[:, found.groups], found.zero[:, found.groups])
    return floats if found.scales is None else floats / found.scales


OF_MODES = {"gptq": InputsOfGPTQ, "awq": InputsOfAWQ}


def samples_of(config):
    """The texts of a config as token ids, in windows spread evenly: (samples, 1, length) of int32.

    Raises:
      TypeError: a data set that cannot be gone through, such as a path.
      ValueError: no data set, no tokenizer, or nothing in it.
    """
    name = type(config).__name__
    if config.dataset is None or config.tokenizer is None:
        raise ValueError(
            f"{config.mode.upper()} quantization requires a dataset and a tokenizer. Please "
            f"provide them in the `{name}`."
        )
    if not hasattr(config.dataset, "__iter__") or isinstance(config.dataset, (str, bytes)):
        raise TypeError(
            f"{name}: the `dataset` argument must be an iterable of texts or of token ids. Got "
            f"type: {type(config.dataset).__name__}."
        )
    texts = [
        config.tokenizer.tokenize(text) if isinstance(text, str) else text
        for text in config.dataset
    ]
    if not texts:
        raise ValueError(f"{name}: the provided dataset is empty.")
    ids = np.concatenate([np.asarray(text).reshape(-1) for text in texts]).astype("int32")
    count, length = config.num_samples, config.sequence_length
    ids = np.tile(ids, -(-count * length // max(1, ids.size)))
    if ids.size < length:
        raise ValueError(f"{name}: no text of the dataset has a token.")
    places = ids.size - length + 1
    starts = np.arange(count) * max(1, places // count) % places
    return np.lib.stride_tricks.sliding_window_view(ids, length)[starts][:, None, :]
