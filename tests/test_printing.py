"""repr, str, format and tf.print of tensors and variables write what TensorFlow 2.21 writes."""

import collections

import numpy as np
import pytest

import tensorbrook as tf

NUMBERS = [1 / 3, 1e6, 1e-8, 123456789.0, 1234567.0, 0.1, 999999.9, 1e-4, 0.0001234567, 16777216.0]
NUMBERS += [1e10, 1e15, np.inf, -np.inf, np.nan, -0.0, 2.0, 12345.678, 99999.99, 1e8]
PRINTED = {
    "float32": "0.333333343 1e+06 1e-08 123456792 1234567 0.1 999999.875 0.0001 0.000123456703 "
    "16777216 1e+10 1e+15 inf -inf nan -0 2 12345.6777 99999.9922 1e+08",
    "float64": "0.33333333333333331 1000000 1e-08 123456789 1234567 0.1 999999.9 0.0001 "
    "0.0001234567 16777216 10000000000 1e+15 inf -inf nan -0 2 12345.678 99999.99 100000000",
    "float16": "0.333251953 inf 0 inf inf 0.0999755859 inf 0.000100016594 0.000123500824 inf inf "
    "inf inf -inf nan -0 2 12344 inf inf",
    "bfloat16": "0.333984375 999424 1.00117177e-08 123207680 1236992 0.100097656 999424 "
    "0.000100135803 0.000123023987 16777216 9.99922074e+09 9.98356558e+14 inf -inf nan -0 2 12352 "
    "99840 100139008",
}


def printed(*args, **options):
    """What tf.print writes, the same eagerly and in a graph."""
    written = []

    class Stream:
        write = staticmethod(written.append)

    tf.print(*args, output_stream=Stream, **options)
    tf.function(lambda: tf.print(*args, output_stream=Stream, **options))()
    assert written[0] == written[1]
    return written[0]


@pytest.mark.parametrize("dtype", PRINTED)
def test_print_of_numbers(dtype):
    values = tf.cast(tf.constant(NUMBERS, tf.float64), dtype)
    assert printed(values, summarize=-1) == f"[{PRINTED[dtype]}]\n"
    for value, text in zip(values, PRINTED[dtype].split()):
        assert printed(value) == text + "\n"


@pytest.mark.parametrize(
    "args, text",
    [
        ((tf.constant("a"),), "a"),
        (("s", tf.constant("a")), 's "a"'),
        ((tf.constant(["a", 'b"\n'], tf.string),), r'["a" "b\"\n"]'),
        (("a", ["x", tf.constant("y")]), "a ['x', \"y\"]"),
        (([tf.constant(1), tf.constant([2.0])],), "[1, [2]]"),
        (({"k": [1, tf.constant(2)], "b": "s"},), "{'b': 's', 'k': [1, 2]}"),
        (((1, tf.constant("q")),), '(1, "q")'),
        ((1.5, True, None, "x"), "1.5 True None x"),
        ((tf.constant([True, False]),), "[1 0]"),
        ((tf.constant([[1, 2], [3, 4]]),), "[[1 2]\n [3 4]]"),
        ((tf.constant([[[1], [2]], [[3], [4]]]),), "[[[1]\n  [2]]\n\n [[3]\n  [4]]]"),
        ((tf.constant([[[["a"]], [["b"]]]]),), '[[[["a"]]\n\n  [["b"]]]]'),
        ((tf.constant([[[[1]]], [[[2]]]]),), "[[[[1]]]\n\n\n [[[2]]]]"),
        ((tf.range(7),), "[0 1 2 ... 4 5 6]"),
        ((tf.zeros([0, 2]),), "[]"),
        ((np.array([1.0, 0.1]),), "array([1. , 0.1])"),
        ((tf.Variable(1.5),), "1.5"),
        ((), ""),
    ],
)
def test_print_of_structures(args, text):
    assert printed(*args) == text + "\n"


def test_print_with_other_separators():
    assert printed("a", tf.constant(1), sep="|", end="!") == "a|1!"
    assert printed(tf.range(10), summarize=1) == "[0 ... 9]\n"


@pytest.mark.parametrize(
    "value, dtype, shown",
    [
        (27.3, None, "27.299999237060547"),
        (27.3, "float64", "27.3"),
        (27.3, "float16", "27.296875"),
        (27.3, "bfloat16", "27.25"),
        (1e20, None, "1.0000000200408773e+20"),
        (1e6, None, "1000000.0"),
        (np.nan, None, "nan"),
        (True, None, "True"),
        (255, "uint8", "255"),
        ("a", None, "b'a'"),
        (1 + 2j, None, "(1+2j)"),
        ([27.3], None, "array([27.3], dtype=float32)"),
    ],
)
def test_repr(value, dtype, shown):
    tensor = tf.constant(value, dtype)
    where = f"shape={tensor.shape}, dtype={tensor.dtype.name}, numpy={shown}>"
    assert repr(tensor) == f"<tf.Tensor: {where}"
    assert repr(tf.Variable(tensor)) == "<tf.Variable 'Variable:0' " + where.replace(", d", " d", 1)
    if not tensor.shape.rank:
        assert format(tensor) == shown


def test_str_and_format():
    assert str(tf.constant(27.3)) == "tf.Tensor(27.3, shape=(), dtype=float32)"
    assert f"{tf.constant(0.25):.3f} {tf.constant(3):05} {tf.constant([1.5, 2.0])}" == (
        "0.250 00003 [1.5 2. ]"
    )
    with pytest.raises(TypeError):
        format(tf.constant([1, 2]), ".2f")


def test_an_assignment_returns_the_variable_unread():
    v = tf.Variable([1.0, 2.0])
    first = v.assign([3.0, 4.0])
    text = "<tf.Variable 'UnreadVariable' shape=(2,) dtype=float32, numpy=array(["
    assert repr(first).startswith(text + "3., 4.]") and first.name == "UnreadVariable"
    assert isinstance(first, tf.Variable) and first.ref() == v.ref()
    second = first.assign_add([1.0, 1.0]).scatter_nd_update([[0]], [9.0])
    assert repr(second).startswith(text + "9., 5.]") and repr(first) == repr(second)
    assert v[1].assign(0.0).numpy().tolist() == v.numpy().tolist() == [9, 0]
    assert v.assign([1.0, 1.0], read_value=False) is None
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(first * first)
    assert tape.gradient(loss, v).numpy().tolist() == [2, 2]
    f = tf.function(lambda: v.assign([5.0, 6.0]) * 2 + v.assign_add([1.0, 1.0]))
    assert f().numpy().tolist() == [16, 19]


Point = collections.namedtuple("Point", ["x", "y"])
STRUCTURES = [  # what TensorFlow 2.21 writes
    ((1,), "(1,)"),
    ((1, 2), "(1, 2)"),
    ((), "()"),
    ([(1,)], "[(1,)]"),
    (
        {"z": 1, "a": "t", "b": {"d": [], "c": (1,)}},
        "{'a': 't', 'b': {'c': (1,), 'd': []}, 'z': 1}",
    ),
    ({2: 1, 1: 2}, "{1: 2, 2: 1}"),
    (({},), "({},)"),
    ([Point(1.5, "s")], "[Point(x=1.5, y='s')]"),
    (Point(1, (2,)), "Point(x=1, y=(2,))"),
    (collections.OrderedDict(b=1, a=2), repr(collections.OrderedDict(b=1, a=2))),
]


@pytest.mark.parametrize(("value", "text"), STRUCTURES)
def test_print_of_nested_values(value, text):
    assert printed(value) == text + "\n"


def test_print_of_tensors_in_structures():
    one, rows = tf.constant(1), tf.ragged.constant([[1], [2, 3]])
    assert printed(Point(one, [one])) == "Point(x=1, y=[1])\n"
    assert printed({"b": one, "a": (one,)}) == "{'a': (1,), 'b': 1}\n"
    assert printed([rows, (rows,)]) == "[[[1], [2, 3]], ([[1], [2, 3]],)]\n"
