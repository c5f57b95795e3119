"""NumPy kernels of convolutions over channels-last arrays: columns of patches, and matmul.

Work goes in blocks of images, or of rows of one image, so that the columns stay in the cache.
"""

from itertools import pairwise
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .halves import rounded_once
from .windows import crop, output_shape, padded, tap_slices, taps_of

BLOCK = 1 << 19  # elements of one block's columns: 2 MiB of float32


def _blocks(images, rows, row_size):
    """(images, rows) slices that cover all, of at most BLOCK elements unless one row has more."""
    row_size = max(row_size, 1)
    if row_size * rows <= BLOCK:
        step = max(1, BLOCK // (row_size * rows))
        for i in range(0, images, step):
            yield slice(i, min(i + step, images)), slice(0, rows)
        return
    count = -(-row_size * rows // BLOCK)
    cuts = sorted({rows * i // count for i in range(count + 1)})
    for i in range(images):
        for start, stop in pairwise(cuts):
            yield slice(i, i + 1), slice(start, stop)


def _patches(x, kernel, out, strides, dilations):
    """A view (N, *out, *kernel, C) of what each output position sees of a padded array."""
    spatial = x.strides[1:-1]
    moves = [a * s for a, s in zip(spatial, strides)]
    steps = [a * d for a, d in zip(spatial, dilations)]
    shape = (x.shape[0], *out, *kernel, x.shape[-1])
    return as_strided(x, shape, (x.strides[0], *moves, *steps, x.strides[-1]), writeable=False)


def _split_groups(x, groups):
    """(..., C) as a view (G, ..., C // G)."""
    split = x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)
    return np.moveaxis(split, -2, 0)


def _columns(patches, groups, size):
    """A block of patches as (G, positions, kernel * C // G); copied only where it must be."""
    return _split_groups(patches, groups).reshape(groups, -1, size)


def _filter_matrix(w, groups):
    """(*K, C // G, F) as (G, K * C // G, F // G)."""
    return _split_groups(w, groups).reshape(groups, -1, w.shape[-1] // groups)


def _is_depthwise(w_shape, groups):
    return groups > 1 and w_shape[-2] == 1


@rounded_once
def convolve(x, w, strides, padding, dilations, groups):
    """The kernel of conv_general."""
    kernel = w.shape[:-2]
    out = output_shape(x.shape[1:-1], kernel, strides, padding, dilations)
    x = padded(x, padding)
    y = np.zeros((x.shape[0], *out, w.shape[-1]), x.dtype)
    if not y.size or not w.size:
        return y
    if _is_depthwise(w.shape, groups):
        _depthwise(x, w, y, strides, dilations)
        return y
    patches, matrix = _patches(x, kernel, out, strides, dilations), _filter_matrix(w, groups)
    for images, rows in _blocks(len(x), out[0], matrix.shape[1] * groups * prod(out[1:])):
        columns, block = _columns(patches[images, rows], groups, matrix.shape[1]), y[images, rows]
        if groups == 1:  # a block is contiguous: it has whole images, or rows of one
            np.matmul(columns[0], matrix[0], out=block.reshape(-1, w.shape[-1]))
        else:
            result = np.matmul(columns, matrix)
            _split_groups(block, groups)[...] = result.reshape(groups, *block.shape[:-1], -1)
    return y


@rounded_once
def convolve_input_gradient(g, w, input_shape, strides, padding, dilations, groups):
    """The kernel of conv_input_gradient."""
    kernel, out = w.shape[:-2], g.shape[1:-1]
    sizes = [d + low + high for d, (low, high) in zip(input_shape[1:-1], padding)]
    x = np.zeros((input_shape[0], *sizes, input_shape[-1]), g.dtype)
    if x.size and w.size and g.size:
        if _is_depthwise(w.shape, groups):
            _depthwise_input_gradient(g, w, x, strides, dilations)
        else:
            _spread(g, w, x, out, kernel, strides, dilations, groups)
    return crop(x, padding)


def _spread(g, w, x, out, kernel, strides, dilations, groups):
    """Adds to `x` what each output position gives to the positions it sees."""
    matrix = _filter_matrix(w, groups).swapaxes(1, 2)
    channels, size = x.shape[-1], matrix.shape[2] * groups * prod(out[1:])
    for images, rows in _blocks(len(x), out[0], size):
        block = g[images, rows]
        flat = _split_groups(block, groups).reshape(groups, -1, matrix.shape[1])
        columns = np.matmul(flat, matrix)
        columns = columns.reshape(groups, *block.shape[:-1], prod(kernel), channels // groups)
        first = rows.start * strides[0]
        target = x[images, first:]
        for k, tap in enumerate(taps_of(kernel)):
            seen = target[tap_slices(tap, block.shape[1:-1], strides, dilations)]
            if groups == 1:
                seen += columns[0, ..., k, :]
            else:
                seen += np.moveaxis(columns[..., k, :], 0, -2).reshape(seen.shape)


@rounded_once
def convolve_filter_gradient(x, g, filter_shape, strides, padding, dilations, groups):
    """The kernel of conv_filter_gradient."""
    kernel, out = filter_shape[:-2], g.shape[1:-1]
    x = padded(x, padding)
    if not x.size or not g.size:
        return np.zeros(filter_shape, g.dtype)
    if _is_depthwise(filter_shape, groups):
        return _depthwise_filter_gradient(x, g, filter_shape, strides, dilations)
    patches = _patches(x, kernel, out, strides, dilations)
    size, filters = prod(kernel) * filter_shape[-2], filter_shape[-1] // groups
    total = np.zeros((groups, size, filters), g.dtype)
    for images, rows in _blocks(len(x), out[0], size * groups * prod(out[1:])):
        columns = _columns(patches[images, rows], groups, size)
        flat = _split_groups(g[images, rows], groups).reshape(groups, -1, filters)
        total += np.matmul(columns.swapaxes(1, 2), flat)
    return np.moveaxis(total, 0, 1).reshape(filter_shape)


# -- depthwise: each channel has filters of its own, and nothing is contracted ---------------------


def _depthwise(x, w, y, strides, dilations):
    channels, w = x.shape[-1], w[..., 0, :]
    out, several = y.shape[1:-1], w.shape[-1] != channels
    scratch = None
    for images, rows in _blocks(len(x), out[0], y.shape[-1] * prod(out[1:])):
        block, source = y[images, rows], x[images, rows.start * strides[0] :]
        if scratch is None or scratch.shape != block.shape:
            scratch = np.empty_like(block)
        for tap in taps_of(w.shape[:-1]):
            seen = source[tap_slices(tap, block.shape[1:-1], strides, dilations)]
            if several:
                shape = (*block.shape[:-1], channels, -1)
                np.multiply(
                    seen[..., None], w[tap].reshape(channels, -1), out=scratch.reshape(shape)
                )
            else:
                np.multiply(seen, w[tap], out=scratch)
            block += scratch


def _depthwise_input_gradient(g, w, x, strides, dilations):
    channels, w = x.shape[-1], w[..., 0, :]
    out, several = g.shape[1:-1], w.shape[-1] != channels
    for images, rows in _blocks(len(x), out[0], g.shape[-1] * prod(out[1:])):
        block, target = g[images, rows], x[images, rows.start * strides[0] :]
        for tap in taps_of(w.shape[:-1]):
            part = block * w[tap]
            if several:
                part = part.reshape(*block.shape[:-1], channels, -1).sum(axis=-1)
            seen = target[tap_slices(tap, block.shape[1:-1], strides, dilations)]
            seen += part


def _depthwise_filter_gradient(x, g, filter_shape, strides, dilations):
    channels, out = x.shape[-1], g.shape[1:-1]
    total = np.zeros((*filter_shape[:-2], channels, filter_shape[-1] // channels), g.dtype)
    axes = "nijk"[: g.ndim - 1]
    formula = f"{axes}c,{axes}cm->cm"
    for images, rows in _blocks(len(x), out[0], g.shape[-1] * prod(out[1:])):
        block, source = g[images, rows], x[images, rows.start * strides[0] :]
        block = block.reshape(*block.shape[:-1], channels, -1)
        for tap in taps_of(filter_shape[:-2]):
            seen = source[tap_slices(tap, block.shape[1:-2], strides, dilations)]
            total[tap] += np.einsum(formula, seen, block)
    return total.reshape(filter_shape)
