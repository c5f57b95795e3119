"""Rules of calls, branches and loops, and of the lists that loops fill."""

import sys

import numpy as np

from ... import ops
from ...core.dispatch import PUBLIC, current_trace
from ...core.tensor import Tensor, wrap
from ...ops.debugging import assert_, assert_equal
from ...ops.shape import static_int
from ...ops.tensor_array import TensorArray
from .rules import rule

MOST_ROUNDS = 1 << 30  # of one loop


@rule("PartitionedCall", "StatefulPartitionedCall", ignores="config config_proto executor_type")
def _call(args, f):
    return f(*args)


@rule("Identity", "IdentityN")
def _identity(input):
    return input  # values never change


@rule("If", "StatelessIf", ignores="output_shapes")
def _if(cond, input, then_branch, else_branch):
    return ops.cond(cond, lambda: then_branch(*input), lambda: else_branch(*input))


@rule("Case", "StatelessCase", ignores="output_shapes")
def _case(branch_index, input, branches):
    return ops.switch_case(branch_index, [lambda b=b: b(*input) for b in branches])


def _moves(value):
    return isinstance(value, Tensor | TensorArray)


@rule("While", "StatelessWhile", ignores="output_shapes parallel_iterations")
def _while(input, cond, body):
    """A loop over what its body changes; tables, variables and the like stay what they are."""
    unchanged = body.unchanged()
    moving = [n for n, value in enumerate(input) if _moves(value) and n not in unchanged]

    def all_of(values):
        given = list(input)
        for number, value in zip(moving, values):
            given[number] = value
        return given

    def step(*values):
        returned = body(*all_of(values))
        for number, (old, new) in enumerate(zip(input, returned)):
            if not _moves(old) and new is not old:
                raise NotImplementedError(f"[While] the variable {number} of the loop is replaced.")
        return [returned[number] for number in moving]

    def goes_on(*values):
        return cond(*all_of(values))[0]

    most = wrap(np.array(MOST_ROUNDS, np.int32))
    result = ops.while_loop(goes_on, step, [input[n] for n in moving], maximum_iterations=most)
    more = goes_on(*result)
    if not more.is_eager or more:
        problem = f"a loop goes on after {MOST_ROUNDS} rounds:"
        assert_equal(ops.cast(more, "bool"), False, message=problem)
    return all_of(result)


@rule("Assert", ignores="summarize")
def _assert(condition, data):
    assert_(condition, data)


@rule("PrintV2")
def _print(input, output_stream="stderr", end="\n"):
    if output_stream not in ("stderr", "stdout", "log(info)", "log(warning)", "log(error)"):
        raise NotImplementedError(
            f"[PrintV2] a graph of a file writes no files: output_stream={output_stream!r}."
        )
    stream = sys.stdout if output_stream == "stdout" else sys.stderr
    PUBLIC["print"](input, output_stream=stream, end=end)


@rule("Print", ignores="first_n")
def _print_and_pass(input, data, message="", summarize=3):
    PUBLIC["print"](message, *data, output_stream=sys.stderr, summarize=summarize)
    return input


# -- lists of tensors ------------------------------------------------------------------------------
# A list is a TensorArray. Nodes make new lists of old ones, so that what changes is a copy.


def _new(dtype, size, shape=None):
    known = None
    if shape is not None and shape._shape and all(d >= 0 for d in _ints(shape) or (-1,)):
        known = _ints(shape)
    return TensorArray(dtype, size, clear_after_read=False, element_shape=known, infer_shape=False)


def _ints(shape):
    return tuple(int(d) for d in shape.numpy()) if shape.is_eager else None


def _copied(handle):
    return handle if current_trace() is not None else handle._copy()


@rule("EmptyTensorList")
def _empty_list(element_shape, max_num_elements, element_dtype):
    return _new(element_dtype, 0, element_shape)


@rule("TensorListReserve")
def _reserve(element_shape, num_elements, element_dtype):
    return _new(element_dtype, static_int(num_elements, "num_elements"), element_shape)


@rule("TensorListFromTensor")
def _from_tensor(tensor, element_shape):
    return _new(tensor.dtype, tensor._shape[0]).unstack(tensor)


@rule("TensorListStack", ignores="num_elements")
def _stack(input_handle, element_shape, element_dtype):
    if not len(input_handle) or input_handle.known_shape() is not None:
        shape = element_shape
        if not len(input_handle) and shape.is_eager and shape._shape and min(_ints(shape)) >= 0:
            return ops.zeros((0, *_ints(shape)), element_dtype)
        return input_handle.stack()
    shape = _ints(element_shape) if element_shape._shape else None
    if shape is None or min(shape, default=0) < 0:
        return input_handle.stack()
    return input_handle.content(shape)


@rule("TensorListGetItem")
def _get_item(input_handle, index, element_shape, element_dtype):
    return input_handle.read(index)


@rule("TensorListSetItem")
def _set_item(input_handle, index, item, resize_if_index_out_of_bounds=False):
    array = _copied(input_handle)
    array.dynamic_size = array.dynamic_size or resize_if_index_out_of_bounds
    return array.write(index, item)


@rule("TensorListLength")
def _length(input_handle):
    return ops.convert_to_tensor(input_handle.size(), "int32")


@rule("TensorListPushBack")
def _push_back(input_handle, tensor):
    array = _copied(input_handle)
    array.dynamic_size = True
    return array.write(len(array), tensor)


@rule("TensorListPopBack")
def _pop_back(input_handle, element_shape, element_dtype):
    last = input_handle.read(len(input_handle) - 1)
    if input_handle._items is None:
        return input_handle.with_content(input_handle.stack()[:-1]), last
    array = input_handle._copy()
    array._items.pop()
    return array, last


@rule("TensorListElementShape")
def _element_shape(input_handle, shape_type):
    known = input_handle.known_shape()
    return ops.convert_to_tensor(-1 if known is None else list(known), shape_type)


@rule("TensorListGather")
def _gather(input_handle, indices, element_shape, element_dtype):
    return input_handle.gather(indices)


@rule("TensorListScatterV2")
def _scatter(tensor, indices, element_shape, num_elements):
    count = static_int(num_elements, "num_elements")
    if count < 0:
        count = int(ops.reduce_max(indices)) + 1
    return _new(tensor.dtype, count, element_shape).scatter(indices, tensor)


@rule("TensorListConcatV2", ignores="shape_type")
def _concat(input_handle, element_shape, leading_dims, element_dtype):
    lengths = [item._shape[0] for item in ops.unstack(input_handle.stack())]
    return input_handle.concat(), ops.convert_to_tensor(lengths, "int64")


@rule("TensorListResize")
def _resize(input_handle, size):
    size, array = static_int(size, "size"), input_handle._copy()
    array._items = (array._items + [None] * size)[:size]
    return array
