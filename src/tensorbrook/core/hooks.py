"""Hooks: what a lower layer calls and a higher one brings, since imports go downwards only.

Each is listed here once, with the module that calls it and the one that provides it.
"""


class Hooks:
    """The functions provided, by name; None before the module that provides one is imported."""

    import_operations = None  # core/tables.py: all operations; ops/__init__.py
    pack = None  # core/tensor.py: nested lists of tensors as one tensor; ops/join.py
    trace_cond = None  # ops/control.py: a conditional as a node of a trace; graph/structured.py
    trace_while_loop = None  # the same of a loop
    trace_scan = None  # the same of map_fn, scan and their kin
    vectorized_map = None  # ops/control.py: a function of all slices at once; graph/__init__.py
    trace_zeros = None  # keras/layers/recurrent/loop.py: zeros like a function's results; as above
    trace_custom_gradient = None  # autodiff/custom.py: a call as a node; graph/custom.py
    recompute_grad = None  # ops/attention.py: tiles that are computed again; autodiff/custom.py
    flash_attention = None  # ops/attention.py: it as one primitive on a GPU; xla/attention.py
    run_compiled = None  # core/op.py: an operation as a program; compiler/native.py
    random_blocks = None  # ops/_kernels/philox.py: a long stream's; compiler/native.py
    function_layer = None  # keras/layers/symbolic.py: a function's layer; keras/layers/function.py


hooks = Hooks()


def provide(name):
    """Decorates the function that is the hook `name`, which is to be listed in Hooks.

    Raises:
      ValueError: no such hook is listed, or it was provided before.
    """

    def enter(function):
        if getattr(hooks, name, enter) is not None:
            raise ValueError(
                f"The hook {name!r} is not listed in core/hooks.py, or provided twice."
            )
        setattr(hooks, name, function)
        return function

    return enter
