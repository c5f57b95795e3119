"""A function's results with a gradient of their own: native code is past differentiating."""

from ..lower import native_rule


@native_rule("custom_gradient")
def custom_gradient(lowering, node, views):
    """The results, where they were computed."""
    first, count = node.attrs["n_inputs"], node.attrs["n_results"]
    return list(views[first : first + count])
