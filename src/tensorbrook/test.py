"""tf.test: test cases that compare tensors, numerical gradients, what the installation can do."""

import contextlib
import io
import os
import platform
import random
import re
import shutil
import sys
import tempfile
import unittest
from types import SimpleNamespace

import numpy as np

from . import ops
from .autodiff.tape import GradientTape
from .base import nest
from .base.errors import InvalidArgumentError, OpError
from .config import list_physical_devices
from .core.dispatch import tensor_of
from .core.tensor import Tensor, convert_to_tensor
from .ops.seeding import set_seed

_SEED = 87654321  # of each test, TensorFlow's


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """Whether there is a GPU.

    Example:
    >>> tf.test.is_gpu_available()
    False
    """
    return bool(list_physical_devices("GPU"))


def gpu_device_name():
    """The first GPU's name; an empty string where there is none."""
    return "/device:GPU:0" if is_gpu_available() else ""


def is_built_with_cuda():
    """False: there is no CUDA in it."""
    return False


is_built_with_gpu_support = is_built_with_rocm = is_built_with_xla = is_built_with_cuda


def is_cpu_target_available(target):
    """Whether programs can be compiled for a kind of processor: this machine's own."""
    own = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower())
    return target == (own or platform.machine().lower())


def main(argv=None):
    """Runs the test cases of the program's own file, as `unittest.main`.

    Args:
      argv: the command line, by default the program's.
    """
    return unittest.main(argv=argv)


def compute_gradient(f, x, delta=None):
    """(the Jacobians of a function by its gradients, the same by differences).

    Args:
      f: a function of tensors that returns one.
      x: a list of its arguments.
      delta: the step of the differences; by default a power of 2 by the dtype.

    Returns:
      Two tuples with a matrix for each argument: (size of the result, size of the argument).

    Raises:
      ValueError: `x` is no list.

    Example:
    >>> by_tape, by_steps = tf.test.compute_gradient(lambda x: x * x, [tf.constant([1.0, 2.0])])
    >>> by_tape[0]
    array([[2., 0.],
           [0., 4.]], dtype=float32)
    """
    if not isinstance(x, list | tuple):
        raise ValueError(f"[compute_gradient] `x` must be a list or tuple of tensors, got {x!r}.")
    xs = [convert_to_tensor(value) for value in x]
    return tuple(_by_tape(f, xs, k) for k in range(len(xs))), tuple(
        _by_differences(f, xs, k, delta) for k in range(len(xs))
    )


def _by_tape(f, xs, k):
    with GradientTape(persistent=True) as tape:
        tape.watch(xs)
        y = f(*xs)
        rows = ops.unstack(ops.reshape(y, (-1,)))
    size = int(np.prod(xs[k]._shape))
    found = [tape.gradient(row, xs[k], unconnected_gradients="zero") for row in rows]
    found = [convert_to_tensor(g).numpy().reshape(size) for g in found]
    return np.stack(found) if found else np.zeros((0, size), xs[k]._dtype)


def _by_differences(f, xs, k, delta):
    x = xs[k]
    step = delta or {"f2": 2.0**-7, "f4": 2.0**-10}.get(x._dtype.str[1:], 2.0**-17)
    columns = []
    for place in range(int(np.prod(x._shape))):
        ends = []
        for sign in (1, -1):
            moved = x.numpy().reshape(-1)
            moved[place] += sign * step
            args = [*xs[:k], convert_to_tensor(moved.reshape(x._shape)), *xs[k + 1 :]]
            ends.append(np.asarray(f(*args)).reshape(-1))
        columns.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(columns, 1).astype(x._dtype) if columns else np.zeros((0, 0), x._dtype)


def assert_equal_graph_def(expected, actual):
    """There are no GraphDefs.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError(
        "[assert_equal_graph_def] there is no GraphDef: compare the texts that "
        "f.get_concrete_function(...).graph_text() gives."
    )


def create_local_cluster(*args, **kwargs):
    """Clusters are not built.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError("[create_local_cluster] clusters are not built: use one process.")


def disable_with_predicate(pred, skip_message):
    """Decorates a test to be skipped where `pred()` is true."""

    def decorate(test):
        def run(self, *args, **kwargs):
            if pred():
                self.skipTest(skip_message)
            return test(self, *args, **kwargs)

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return decorate


def with_eager_op_as_function(cls=None, only_as_function=False):
    """Decorates a test case, which stays as it is: there is one way to run operations."""
    return (lambda cls: cls) if cls is None else cls


def _sync_devices():
    """Nothing to wait for: operations are done when they return."""


experimental = SimpleNamespace(sync_devices=_sync_devices)


def _array(value):
    """A tensor, or what one can be made of, as an array; texts as objects."""
    if isinstance(value, list | tuple) and any(hasattr(v, "_shape") for v in value):
        value = ops.stack(value)
    found = np.asarray(value)
    return found.astype(object) if found.dtype.kind in "SU" else found


def _rows(value):
    """(the lengths of nested rows, their elements in one array) of a ragged value."""
    value = value.to_list() if hasattr(value, "to_list") else value

    def lengths(v):
        return [len(v), *map(lengths, v)] if isinstance(v, list | tuple) else 0

    return lengths(np.asarray(value).tolist() if hasattr(value, "shape") else value), np.array(
        nest.flatten(value)
    )


def _plain(value):
    """Texts as bytes, for comparing."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        encode = [v.encode() if isinstance(v, str) else v for v in value.ravel()]
        held = np.empty(value.size, object)
        held[:] = encode
        return held.reshape(value.shape)
    return value


class TestCase(unittest.TestCase):
    """unittest's TestCase with assertions about tensors, arrays and structures of them.

    Example:
    >>> class SquareTest(tf.test.TestCase):
    ...     def testSquare(self):
    ...         self.assertAllEqual(tf.square([2, 3]), [4, 9])
    >>> SquareTest("testSquare").run().wasSuccessful()
    True
    """

    def __init__(self, methodName="runTest"):
        super().__init__(methodName)
        self._directory = None

    def setUp(self):
        """Seeds Python's, NumPy's and our random numbers, as TensorFlow's test cases do."""
        super().setUp()
        random.seed(_SEED)
        np.random.seed(_SEED)
        set_seed(_SEED)

    # -- surroundings ------------------------------------------------------------------------------

    def get_temp_dir(self):
        """A directory for the files of this test, removed after it."""
        if self._directory is None:
            self._directory = tempfile.mkdtemp()
            self.addCleanup(self._remove_directory)
        return self._directory

    def _remove_directory(self):
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory = None

    def create_tempdir(self, name=None, cleanup=None):
        """An object whose `full_path` is a new directory, removed after the test."""
        path = os.path.join(self.get_temp_dir(), name or f"dir{len(os.listdir(self._directory))}")
        os.makedirs(path)
        return SimpleNamespace(full_path=path)

    def create_tempfile(self, file_path=None, content=None, encoding="utf8", errors="strict"):
        """An object whose `full_path` is a new file with some content."""
        name = file_path or f"file{len(os.listdir(self.get_temp_dir()))}"
        path = os.path.join(self.get_temp_dir(), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = content.encode(encoding, errors) if isinstance(content, str) else content or b""
        with open(path, "wb") as file:
            file.write(data)
        return SimpleNamespace(full_path=path)

    def enter_context(self, manager):
        """Enters a context until the end of the test."""
        return self.enterContext(manager)

    def evaluate(self, tensors):
        """A structure of tensors as one of arrays."""
        return nest.map_structure(lambda t: t.numpy() if hasattr(t, "numpy") else t, tensors)

    @contextlib.contextmanager
    def session(self, graph=None, config=None, use_gpu=True, force_gpu=False):
        """A context whose value's `run` evaluates tensors, which have their values already."""
        yield SimpleNamespace(run=self.evaluate)

    cached_session = session

    @contextlib.contextmanager
    def captureWritesToStream(self, stream):
        """A context whose value's `contents()` is what was written to sys.stdout or sys.stderr."""
        held = io.StringIO()
        redirect = (
            contextlib.redirect_stderr if stream is sys.stderr else contextlib.redirect_stdout
        )
        with redirect(held):
            yield SimpleNamespace(contents=held.getvalue)

    # -- arrays ------------------------------------------------------------------------------------

    def _pair(self, a, b, msg):
        if hasattr(a, "to_list") or hasattr(b, "to_list"):
            (lengths, a), (others, b) = _rows(a), _rows(b)
            self.assertEqual(lengths, others, msg)
        a, b = _plain(_array(a)), _plain(_array(b))
        shapes = f"Shape mismatch: expected {a.shape}, got {b.shape}."
        self.assertEqual(a.shape, b.shape, f"{msg or ''} {shapes}")
        return a, b

    def assertAllEqual(self, a, b, msg=None):
        """Fails unless shapes and elements are equal; NaN equals NaN."""
        a, b = self._pair(a, b, msg)
        same = a == b
        if a.dtype.kind in "fc" and b.dtype.kind in "fc":
            same = same | (np.isnan(a) & np.isnan(b))
        self._all(same, a, b, msg, "Arrays are not equal")

    def assertNotAllEqual(self, a, b, msg=None):
        """Fails if shapes and elements are all equal."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self.fail(msg or "The two values are equal at all elements.")

    def _all(self, holds, a, b, msg, what):
        holds = np.asarray(holds)
        if not holds.all():
            places = np.argwhere(~holds)[:10]
            rows = [f"{tuple(p.tolist())}: {a[tuple(p)]!r} and {b[tuple(p)]!r}" for p in places]
            self.fail(f"{msg + ': ' if msg else ''}{what} at\n" + "\n".join(rows))

    def assertAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):
        """Fails unless |a - b| <= atol + rtol |b| for all elements; structures leaf by leaf."""
        if isinstance(a, dict) or (
            isinstance(a, list | tuple)
            and any(nest.is_nested(v) or hasattr(v, "_shape") for v in a)
        ):
            return self._close_structures(a, b, rtol, atol, msg)
        a, b = self._pair(a, b, msg)
        if not (a.dtype == object or b.dtype == object):
            wide = np.result_type(a.dtype if a.dtype.kind in "fiucb" else np.float32, np.float32)
            a, b = a.astype(wide), b.astype(wide)
        close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
        what = f"Not all close (rtol {rtol}, atol {atol})"
        return self._all(close, a, b, msg, what)

    def _close_structures(self, a, b, rtol, atol, msg):
        if isinstance(a, dict):
            self.assertCountEqual(a, b, msg)
            pairs = [(a[key], b[key]) for key in a]
        else:
            self.assertLen(b, len(a), msg)
            pairs = zip(a, b)
        for x, y in pairs:
            self.assertAllClose(x, y, rtol, atol, msg)

    def assertNotAllClose(self, a, b, rtol=1e-6, atol=1e-6, msg=None):
        """Fails if all elements are close."""
        try:
            self.assertAllClose(a, b, rtol, atol)
        except AssertionError:
            return
        self.fail(msg or "The two values are close at all elements.")

    def assertAllCloseAccordingToType(
        self,
        a,
        b,
        rtol=1e-6,
        atol=1e-6,
        float_rtol=1e-6,
        float_atol=1e-6,
        half_rtol=1e-3,
        half_atol=1e-3,
        bfloat16_rtol=1e-2,
        bfloat16_atol=1e-2,
        msg=None,
    ):
        """`assertAllClose` with the tolerances of the less exact of the two dtypes."""
        a, b = _array(a), _array(b)
        kinds = {a.dtype.name, b.dtype.name}
        for kind, found in (
            ("float32", (float_rtol, float_atol)),
            ("complex64", (float_rtol, float_atol)),
            ("float16", (half_rtol, half_atol)),
            ("bfloat16", (bfloat16_rtol, bfloat16_atol)),
        ):
            if kind in kinds:
                rtol, atol = max(rtol, found[0]), max(atol, found[1])
        self.assertAllClose(a, b, rtol, atol, msg)

    def _compare_all(self, a, target, holds, sign):
        a = _array(a)
        self._all(holds(a, target), a, np.broadcast_to(target, a.shape), None, f"Not {sign}")

    def assertAllGreater(self, a, comparison_target):
        """Fails unless all elements are above a number."""
        self._compare_all(a, comparison_target, np.greater, ">")

    def assertAllGreaterEqual(self, a, comparison_target):
        """Fails unless all elements are at least a number."""
        self._compare_all(a, comparison_target, np.greater_equal, ">=")

    def assertAllLess(self, a, comparison_target):
        """Fails unless all elements are below a number."""
        self._compare_all(a, comparison_target, np.less, "<")

    def assertAllLessEqual(self, a, comparison_target):
        """Fails unless all elements are at most a number."""
        self._compare_all(a, comparison_target, np.less_equal, "<=")

    def assertAllInRange(
        self, target, lower_bound, upper_bound, open_lower_bound=False, open_upper_bound=False
    ):
        """Fails unless all elements lie between two numbers, which count unless they are open."""
        a = _array(target)
        above = a > lower_bound if open_lower_bound else a >= lower_bound
        below = a < upper_bound if open_upper_bound else a <= upper_bound
        what = f"Not within {lower_bound} and {upper_bound}"
        self._all(above & below, a, a, None, what)

    def assertAllInSet(self, target, expected_set):
        """Fails unless all elements are in a set."""
        self.assertLessEqual(set(_array(target).ravel().tolist()), set(expected_set))

    def assertNear(self, f1, f2, err, msg=None):
        """Fails unless two numbers differ by `err` at most."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, msg or f"{f1!r} != {f2!r} +/- {err!r}")

    def assertArrayNear(self, farray1, farray2, err, msg=None):
        """`assertNear` for two sequences, element by element."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1, ndarray2, err, msg=None):
        """Fails unless the length of the difference of two arrays is below `err`."""
        apart = float(np.linalg.norm(np.asarray(ndarray1) - np.asarray(ndarray2)))
        self.assertLess(apart, err, msg)

    def assertShapeEqual(self, input_a, input_b, msg=None):
        """Fails unless two arrays or tensors have the same shape."""
        self.assertEqual(tuple(input_a.shape), tuple(input_b.shape), msg)

    def assertDTypeEqual(self, target, expected_dtype):
        """Fails unless an array or tensor has a dtype."""
        self.assertEqual(tensor_of(target).dtype, expected_dtype)

    def assertDeviceEqual(self, device1, device2, msg=None):
        """Fails unless two names stand for one device."""
        short = [
            str(d).rsplit("/", 1)[-1].removeprefix("device:").lower() for d in (device1, device2)
        ]
        self.assertEqual(*short, msg)

    # -- errors ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type, expected_err_re_or_predicate):
        """A context that must raise an error which a pattern or function matches."""
        with self.assertRaises(exception_type) as caught:
            yield caught
        text, wanted = str(caught.exception), expected_err_re_or_predicate
        found = wanted(caught.exception) if callable(wanted) else re.search(wanted, text)
        self.assertTrue(found, f"{caught.exception!r} does not match {wanted!r}.")

    def assertRaisesOpError(self, expected_err_re_or_predicate):
        """A context that must raise an error of an operation."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(self, exception_type=InvalidArgumentError):
        """A context that must raise an error about shapes that do not fit."""
        text = "[Ii]ncompatible shapes|must be equal|broadcast"
        return self.assertRaisesWithPredicateMatch(exception_type, text)

    def assertRaisesWithLiteralMatch(
        self, expected_exception, expected_exception_message, callable_obj=None, *args, **kwargs
    ):
        """As `assertRaises`, for an error with exactly this message."""
        context = self.assertRaisesRegex(
            expected_exception, f"^{re.escape(expected_exception_message)}$"
        )
        if callable_obj is None:
            return context
        with context:
            callable_obj(*args, **kwargs)
        return None

    # -- containers and texts, as Abseil's test cases have them ------------------------------------

    def assertLen(self, container, expected_len, msg=None):
        """Fails unless something has so many elements."""
        got = len(container)
        self.assertEqual(got, expected_len, msg or f"{container!r} has {got} elements.")

    def assertEmpty(self, container, msg=None):
        """Fails unless something has no elements."""
        self.assertLen(container, 0, msg)

    def assertNotEmpty(self, container, msg=None):
        """Fails unless something has elements."""
        self.assertTrue(len(container), msg or f"{container!r} has no elements.")

    def assertBetween(self, value, minv, maxv, msg=None):
        """Fails unless minv <= value <= maxv."""
        self.assertTrue(minv <= value <= maxv, msg or f"{value!r} is not in [{minv!r}, {maxv!r}].")

    def assertStartsWith(self, actual, expected_start, msg=None):
        """Fails unless a text begins with another."""
        self.assertTrue(actual.startswith(expected_start), msg or f"{actual!r}: {expected_start!r}")

    def assertEndsWith(self, actual, expected_end, msg=None):
        """Fails unless a text ends with another."""
        self.assertTrue(actual.endswith(expected_end), msg or f"{actual!r}: {expected_end!r}")

    def assertContainsSubset(self, expected_subset, actual_set, msg=None):
        """Fails unless all of the first are among the second."""
        missing = set(expected_subset) - set(actual_set)
        self.assertFalse(missing, msg or f"{missing} are missing in {actual_set}.")

    def assertNoCommonElements(self, expected_seq, actual_seq, msg=None):
        """Fails if two sequences have elements in common."""
        common = set(expected_seq) & set(actual_seq)
        self.assertFalse(common, msg or f"both have {common}.")

    def assertSameElements(self, expected_seq, actual_seq, msg=None):
        """Fails unless both have the same elements, in any order and number."""
        self.assertEqual(set(expected_seq), set(actual_seq), msg)

    def assertItemsEqual(self, first, second, msg=None):
        """`assertCountEqual` by its older name."""
        self.assertCountEqual(first, second, msg)

    def assertSequenceAlmostEqual(
        self, expected_seq, actual_seq, places=None, msg=None, delta=None
    ):
        """`assertAlmostEqual` element by element."""
        self.assertLen(actual_seq, len(expected_seq), msg)
        for a, b in zip(expected_seq, actual_seq):
            self.assertAlmostEqual(a, b, places, msg, delta)

    def assertDictAlmostEqual(self, a, b, places=None, msg=None, delta=None):
        """`assertAlmostEqual` key by key."""
        self.assertCountEqual(a, b, msg)
        for key in a:
            self.assertAlmostEqual(a[key], b[key], places, msg, delta)

    def assertContainsInOrder(self, strings, target, msg=None):
        """Fails unless texts come one after the other in a text."""
        at = 0
        for text in [strings] if isinstance(strings, str) else strings:
            found = target.find(text, at)
            self.assertGreaterEqual(found, 0, msg or f"{text!r} is not in {target[at:]!r}.")
            at = found + len(text)

    def assertContainsSubsequence(self, container, subsequence, msg=None):
        """Fails unless elements come in this order, with others between."""
        rest = iter(container)
        missing = [x for x in subsequence if x not in rest]
        self.assertFalse(missing, msg or f"{missing} do not come in order in {container!r}.")

    def assertContainsExactSubsequence(self, container, subsequence, msg=None):
        """Fails unless elements come in this order, without others between."""
        held, want = list(container), list(subsequence)
        places = range(len(held) - len(want) + 1)
        found = any(held[k : k + len(want)] == want for k in places)
        self.assertTrue(found, msg or f"{want!r} is no part of {held!r}.")

    def assertSameStructure(self, a, b, aname="a", bname="b", msg=None):
        """Fails unless nested lists and dicts are equal."""
        self.assertEqual(a, b, msg or f"{aname} and {bname} differ.")

    def assertRegexMatch(self, actual_str, regexes, message=None):
        """Fails unless one of some patterns is found in a text."""
        found = any(re.search(regex, actual_str) for regex in regexes)
        self.assertTrue(found, message or f"{actual_str!r} matches none of {regexes}.")

    def assertProtoEquals(self, expected_message_maybe_ascii, validate_message, msg=None):
        """Fails unless two messages of tf.train are equal.

        Raises:
          NotImplementedError: the text of a message in the place of one.
        """
        if isinstance(expected_message_maybe_ascii, str):
            raise NotImplementedError("[assertProtoEquals] give a message, not its text.")
        self.assertEqual(expected_message_maybe_ascii, validate_message, msg)


class Benchmark:
    """The base of TensorFlow's benchmarks: measures a function with `run_op_benchmark`.

    Raises:
      NotImplementedError: on any use: the timeit module measures, `make bench` compares.
    """

    def __init__(self):
        raise NotImplementedError("[tf.test.Benchmark] use the timeit module.")


def benchmark_config():
    """There are no sessions to configure.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError("[benchmark_config] there are no sessions: use the timeit module.")
