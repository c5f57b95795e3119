"""Movements of elements: other strides over the same buffer."""

from ...ops.index import slice_key
from ..lower import native_rule


@native_rule("identity", "stop_gradient", "lay_out")
def same(lowering, node, views):
    """The operand itself."""
    return [views[0]]


@native_rule("reshape")
def reshape(lowering, node, views):
    """Another shape for the same order of elements, copied where strides cannot say it."""
    (x,), shape = views, node.attrs["shape"]
    found = x.reshape(shape)
    return [lowering.dense(x).reshape(shape) if found is None else found]


@native_rule("transpose")
def transpose(lowering, node, views):
    """Axes in another order."""
    return [views[0].transpose(node.attrs["perm"])]


@native_rule("broadcast_to")
def broadcast_to(lowering, node, views):
    """Elements read more than once."""
    return [views[0].broadcast(node.attrs["shape"])]


@native_rule("reverse")
def reverse(lowering, node, views):
    """Axes read from their ends."""
    return [views[0].reverse(node.attrs["axis"])]


@native_rule("strided_slice")
def strided_slice(lowering, node, views):
    """Some of the elements."""
    return [views[0].slice(slice_key(node.attrs["key"]))]
