"""Expressions of tf.io whose results make_files.py records, and the rows that they name.

files_cases.txt has those that succeed, and after an empty line those that fail. Rows of examples
are made by each side's own tf.train classes: that their bytes agree is tested too.
"""

import pathlib

_TEXT = pathlib.Path(__file__).with_suffix(".txt").read_text()
EXPRESSIONS, WRONG = (part.splitlines() for part in _TEXT.strip().split("\n\n"))


def feature(tf, value):
    """A tf.train.Feature of a list of values of one kind."""
    train, kind = tf.train, type(value[0]) if value else int
    if kind is bytes:
        return train.Feature(bytes_list=train.BytesList(value=value))
    if kind is float:
        return train.Feature(float_list=train.FloatList(value=value))
    return train.Feature(int64_list=train.Int64List(value=value))


def example(tf, **features):
    """A tf.train.Example of lists of values."""
    made = {name: feature(tf, value) for name, value in features.items()}
    return tf.train.Example(features=tf.train.Features(feature=made))


def sequence(tf, context, **lists):
    """A tf.train.SequenceExample of lists of lists of values."""
    row = tf.train.SequenceExample()
    for name, value in context.items():
        row.context.feature[name].CopyFrom(feature(tf, value))
    for name, steps in lists.items():
        for value in steps:
            row.feature_lists.feature_list[name].feature.add().CopyFrom(feature(tf, value))
    return row


def messages(tf):
    """The rows that expressions name."""
    return {
        "a": example(tf, a=[1, 2], s=[b"x", b"y"], f=[1.5], n=[7]),
        "b": example(tf, a=[3, 4], s=[b"z"], f=[2.5]),
        "big": example(tf, a=[-1, 2**40], s=[b"long" * 100], f=[0.1, -1e30, float("inf")]),
        "sp": example(tf, ix=[0, 2], v=[1.0, 2.0]),
        "sp2": example(tf, ix=[3], v=[5.0]),
        "sp3": example(tf, ix=[4, 2], v=[1.0, 2.0]),
        "e": example(tf),
        "r": example(
            tf,
            v=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            ls=[2, 4],
            sp=[0, 2, 6],
            i=[0, 0, 1, 1, 1, 2],
            st=[0, 2],
            li=[2, 6],
            ll=[2],
            l2=[1, 1],
        ),
        "s": sequence(tf, {"k": [b"v"]}, ids=[[1], [2, 3], []], fl=[[1.0, 2.0], [3.0, 4.0]]),
        "s2": sequence(tf, {}, ids=[[9]]),
    }


def names(tf):
    """What expressions may name."""
    io = tf.io
    rows = {name: row.SerializeToString() for name, row in messages(tf).items()}
    kinds = {
        "Fixed": io.FixedLenFeature,
        "Var": io.VarLenFeature,
        "Ragged": io.RaggedFeature,
        "Padded": io.FixedLenSequenceFeature,
        "Sparse": io.SparseFeature,
    }
    return {"tf": tf, "io": io, "train": tf.train, **kinds, **rows}


def shown(tf, value):
    """[dtype, shape, values] of each tensor in a value, texts as latin-1."""
    out = []
    for tensor in tf.nest.flatten(value, expand_composites=True):
        array = tensor.numpy()
        kind, shape = tensor.dtype.name, list(tensor.shape)
        flat = [array] if not shape else array.ravel().tolist()
        if kind == "string":
            flat = [text.decode("latin-1") for text in flat]
        else:
            flat = [str(x) for x in (array.ravel().tolist() if shape else [array.item()])]
        out.append([kind, shape, flat])
    return out
