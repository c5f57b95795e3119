"""tf.data.Dataset: pipelines of elements, written as a chain of methods."""

from __future__ import annotations

import itertools
import os
import pathlib

import numpy as np

from ..base import dtypes
from ..base.context import context
from ..base.errors import InvalidArgumentError, TraceBreak
from ..base.files import glob
from ..core.composite import TypeSpec
from ..core.tensor import wrap
from ..core.variable import Stateful
from . import batching, functional, reorder, sources
from .given import Given, derived_in_trace, given_in
from .grouping import GroupingMethods
from .iterator import Iterator, IteratorOfTrace, NumpyIterator, TracedData
from .nodes import INFINITE, UNKNOWN, DatasetSpec, Node
from .options import Options
from .prefetch import Prefetch
from .rounds import trace_reduce
from .structure import Structure, to_leaf


class Dataset(GroupingMethods, TracedData, Stateful):
    """A sequence of elements, each a tensor or a nesting of them in tuples and dicts.

    A data set is made from arrays, a generator or files, and changed step by step; every method
    gives a new one and nothing runs before it is iterated over. Functions given to `map` and the
    like are ordinary Python, called eagerly with tensors: the components of a tuple come as
    separate arguments. Iterating ends silently; it can be begun again as often as wanted. Within a
    `tf.function` a loop over it is part of the graph, and each run of the graph a pass.

    Example:
    >>> dataset = tf.data.Dataset.from_tensor_slices(([1, 2, 3], [4.0, 5.0, 6.0]))
    >>> dataset = dataset.map(lambda x, y: (x * 10, y)).batch(2)
    >>> for x, y in dataset:
    ...     print(x.numpy(), y.numpy())
    [10 20] [4. 5.]
    [30] [6.]
    >>> dataset.element_spec[0]
    TensorSpec(shape=(None,), dtype=tf.int32, name=None)
    """

    def __init__(self, node, name=None):
        if not isinstance(node, Node):
            raise TypeError(
                f"A Dataset is made by Dataset.from_tensor_slices and its like, not from {node!r}."
            )
        self._node, self._name = node, name

    # -- use -----------------------------------------------------------------------------------

    def __iter__(self):
        return Iterator(self._node)

    # In a trace: what a graph loops over, and its place among a tf.function's arguments.

    @property
    def _rows_alike(self):
        return self._node.rows_alike()

    @property
    def _of_trace(self):
        return self._node.made_in_trace() or bool(given_in(self._node))

    def _number(self):
        if self._node.made_in_trace():
            raise TraceBreak("a function of a data set uses tensors of the function it is made in")
        places = given_in(self._node)
        return derived_in_trace(self._node, places) if places else super()._number()

    @property
    def _type_spec(self):
        return DatasetSpec(self.element_spec)

    def _begun(self):
        return iter(self)._begun()

    def _new_pass(self):
        return iter(self)

    def _traced_iterator(self):
        return IteratorOfTrace(self)

    def _stand_in(self):
        return _StandIn(self)

    def make_one_shot_iterator(self):
        """TensorFlow 1's `iter(dataset)`."""
        return iter(self)

    def __len__(self):
        """The number of elements; TypeError when it is unknown or infinite."""
        size = self._node.size()
        if size == INFINITE:
            raise TypeError("The dataset is infinite.")
        if size == UNKNOWN:
            raise TypeError("The dataset length is unknown.")
        return size

    def __bool__(self):
        return True

    def __repr__(self):
        return f"<{self._node.shown} element_spec={self.element_spec}>"

    @property
    def element_spec(self):
        """The specs of an element, nested like it.

        After `map` it is found by running the function on an example, when it is first asked for.

        Example:
        >>> tf.data.Dataset.range(5).batch(2).element_spec
        TensorSpec(shape=(None,), dtype=tf.int64, name=None)
        """
        return self._node.spec

    def cardinality(self, name=None):
        """The number of elements as an int64 tensor; `tf.data.INFINITE_CARDINALITY` (-1) or
        `tf.data.UNKNOWN_CARDINALITY` (-2) where there is no number.

        Example:
        >>> tf.data.Dataset.range(42).cardinality().numpy()
        np.int64(42)
        """
        return wrap(np.int64(self._node.size()))

    def as_numpy_iterator(self):
        """An iterator over the elements with NumPy values in place of tensors.

        Raises:
          TypeError: the elements hold data sets.

        Example:
        >>> list(tf.data.Dataset.range(3).as_numpy_iterator())
        [np.int64(0), np.int64(1), np.int64(2)]
        """
        return NumpyIterator(self._node)

    def reduce(self, initial_state, reduce_func, name=None):
        """The last state of `state = reduce_func(state, element)` over all elements.

        Raises:
          TypeError: a new state has another structure or dtype than the initial one.

        Example:
        >>> tf.data.Dataset.range(5).reduce(np.int64(0), lambda total, x: total + x).numpy()
        np.int64(10)
        """
        if context.traces:
            return trace_reduce(self, initial_state, reduce_func)
        return functional.reduce(self._node, initial_state, reduce_func)

    def get_single_element(self, name=None):
        """The only element.

        Raises:
          InvalidArgumentError: there is none, or more than one.

        Example:
        >>> tf.data.Dataset.from_tensors([1, 2]).get_single_element().numpy()
        array([1, 2], dtype=int32)
        """
        elements = list(itertools.islice(self._node.iterate(), 2))
        if len(elements) != 1:
            found = "had more than one element" if elements else "was empty"
            raise InvalidArgumentError(f"Dataset {found}.")
        return self._node.structure.tensors(elements[0])

    def apply(self, transformation_func):
        """`transformation_func(self)`, which must be a data set.

        Example:
        >>> list(tf.data.Dataset.range(9).apply(lambda d: d.skip(7)).as_numpy_iterator())
        [np.int64(7), np.int64(8)]
        """
        result = transformation_func(self)
        if not isinstance(result, Dataset):
            raise TypeError(
                f"`transformation_func` must return a `tf.data.Dataset` object. Got {type(result)}."
            )
        return result

    def with_options(self, options, name=None):
        """The same elements with `options`, a `tf.data.Options`, over those set before."""
        return Dataset(reorder.Options(self._node, self._merged_options().merge(options)), name)

    def options(self):
        """The options set so far."""
        return self._merged_options()._freeze()

    def _merged_options(self):
        merged, todo = Options(), [self._node]
        while todo:
            node = todo.pop()
            if node.options is not None:
                merged = node.options.merge(merged)
            todo.extend(node.inputs)
        return merged

    # -- sources -------------------------------------------------------------------------------

    @staticmethod
    def from_tensors(tensors, name=None):
        """One element, `tensors`.

        Example:
        >>> [x.numpy() for x in tf.data.Dataset.from_tensors([1, 2])]
        [array([1, 2], dtype=int32)]
        """
        return Dataset(sources.Tensors(tensors), name)

    @staticmethod
    def from_tensor_slices(tensors, name=None):
        """The rows of arrays, of each one or of several nested in tuples and dicts.

        Raises:
          ValueError: a scalar component, or components whose first dimensions differ.

        Example:
        >>> dataset = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": [[3], [4]]})
        >>> next(dataset.as_numpy_iterator())
        {'a': np.int32(1), 'b': array([3], dtype=int32)}
        """
        if not Structure(tensors).is_plain:
            return Dataset(batching.CompositeSlices(sources.Tensors(tensors)), name)
        return Dataset(sources.TensorSlices(tensors), name)

    @staticmethod
    def from_generator(
        generator,
        output_types=None,
        output_shapes=None,
        args=None,
        output_signature=None,
        name=None,
    ):
        """What the iterable that `generator(*args)` returns yields; called anew for each pass.

        Args:
          generator: a function, such as a generator function.
          output_types, output_shapes: the older way to say what `output_signature` says.
          args: what it is called with, as NumPy values.
          output_signature: a `tf.TensorSpec`, or a nesting of them, that every element fits.

        Raises:
          TypeError: no signature, or `generator` is no function.
          InvalidArgumentError: while iterating, an element that does not fit the signature.

        Example:
        >>> def squares(n):
        ...     for i in range(n):
        ...         yield i * i
        >>> signature = tf.TensorSpec(shape=(), dtype=tf.int32)
        >>> dataset = tf.data.Dataset.from_generator(squares, args=(3,), output_signature=signature)
        >>> [int(x) for x in dataset]
        [0, 1, 4]
        """
        if not callable(generator):
            raise TypeError("`generator` must be a Python callable.")
        if output_signature is not None:
            for argument, given in (("types", output_types), ("shapes", output_shapes)):
                if given is not None:
                    raise TypeError(
                        f"The `output_{argument}` argument can not be used together with the "
                        "`output_signature` argument."
                    )
            if isinstance(output_signature, list):
                output_signature = tuple(output_signature)
            for spec in Structure(output_signature).leaves:
                if not isinstance(spec, TypeSpec):
                    raise TypeError(
                        "`output_signature` must contain objects that are subclass of "
                        f"`tf.TypeSpec` but found {type(spec)} which is not."
                    )
        elif output_types is None:
            raise TypeError(
                "To specify the output signature you need to provide either the `output_signature` "
                "argument or the `output_types` argument."
            )
        else:
            output_signature = sources.legacy_signature(output_types, output_shapes)
        return Dataset(sources.Generator(generator, output_signature, tuple(args or ())), name)

    @staticmethod
    def range(*args, output_type=dtypes.int64, name=None):
        """The numbers of Python's `range(*args)`.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(1, 10, 3)]
        [1, 4, 7]
        """
        return Dataset(sources.Range(*args, output_type=output_type), name)

    @staticmethod
    def counter(start=0, step=1, dtype=dtypes.int64, name=None):
        """`start`, `start + step` and so on for ever.

        Example:
        >>> [int(x) for x in tf.data.Dataset.counter(start=2, step=5).take(3)]
        [2, 7, 12]
        """
        return Dataset(sources.Counter(start, step, dtype), name)

    @staticmethod
    def random(seed=None, rerandomize_each_iteration=None, name=None):
        """Endless random int64 numbers in [0, 2**32): TensorFlow's own for the same seeds.

        Example:
        >>> [int(x) for x in tf.data.Dataset.random(seed=4).take(2)]
        [3128586565, 2023892699]
        """
        return Dataset(sources.RandomNumbers(seed, rerandomize_each_iteration), name)

    @staticmethod
    def zip(*args, datasets=None, name=None):
        """Elements of several data sets (separate arguments, or a nesting) side by side.

        Example:
        >>> a, b = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 20)
        >>> [(int(x), int(y)) for x, y in tf.data.Dataset.zip(a, b)]
        [(0, 10), (1, 11), (2, 12)]
        """
        if not args and datasets is None:
            raise TypeError("Must pass at least one dataset to `zip`.")
        if args and datasets is not None:
            raise TypeError("Both `*args` and `datasets` cannot be set.")
        if args:
            datasets = args[0] if len(args) == 1 else args
        structure = Structure(datasets)
        for leaf in structure.leaves:
            if isinstance(leaf, list):
                raise TypeError(
                    "Invalid input to `zip`. Inputs are expected to be (nested) structures of "
                    "`tf.data.Dataset` objects. Python `list` is not supported and you should use "
                    "`tuple` instead."
                )
            if not isinstance(leaf, Dataset):
                raise TypeError(
                    "Invalid input to `zip`. Inputs are expected to be (nested) structures of "
                    f"`tf.data.Dataset` objects but encountered object of type {type(leaf)}."
                )
        return Dataset(sources.Zip(structure.pack([d._node for d in structure.leaves])), name)

    @staticmethod
    def list_files(file_pattern, shuffle=None, seed=None, name=None):
        """The names of the files that match glob patterns, shuffled unless `shuffle=False`.

        Raises:
          InvalidArgumentError: no file matches.

        Example:
        >>> tf.io.write_file("notes/a.txt", "")
        >>> tf.io.write_file("notes/b.txt", "")
        >>> list(tf.data.Dataset.list_files("notes/*.txt", shuffle=False).as_numpy_iterator())
        [b'notes/a.txt', b'notes/b.txt']
        """
        patterns = np.atleast_1d(to_leaf(file_pattern)).tolist()
        names = glob(patterns)
        if not names:
            shown = ", ".join(os.fsdecode(pattern) for pattern in patterns)
            raise InvalidArgumentError(f"No files matched pattern: {shown}")
        files = Dataset.from_tensor_slices(list(map(os.fsencode, names)), name)
        return files.shuffle(len(names), seed) if shuffle in (None, True) else files

    # -- element by element --------------------------------------------------------------------

    def map(
        self,
        map_func,
        num_parallel_calls=None,
        deterministic=None,
        synchronous=None,
        use_unbounded_threadpool=False,
        name=None,
    ):
        """`map_func` of each element; what it returns becomes tensors, nested as it is.

        The function runs as plain Python, one call for each element. Only where the elements are
        1000 rows of arrays or more, and the function uses nothing but tensors, constants and
        functions of `tf`, one compiled program runs it on many rows at once, as `tf.function`
        would; not under a debugger, nor after `tf.data.experimental.enable_debug_mode()`.

        With `num_parallel_calls` that many calls run at once in threads (AUTOTUNE takes threads
        only where the calls are long enough to gain by them), the order being kept unless
        `deterministic=False`. A list at the top counts as a tuple, a list deeper in becomes one
        tensor.

        Args:
          map_func: takes an element; the components of a tuple as separate arguments.
          num_parallel_calls: a number of threads or `tf.data.AUTOTUNE`.
          deterministic: False allows results in the order they are done.
          synchronous: True keeps all calls in the consumer's thread.
          use_unbounded_threadpool: the threads are this data set's own in any case.

        Raises:
          TypeError: while iterating, when a value can be no tensor.

        Example:
        >>> dataset = tf.data.Dataset.range(3).map(lambda x: {"x": x, "square": x * x})
        >>> [int(element["square"]) for element in dataset]
        [0, 1, 4]
        """
        if synchronous and num_parallel_calls is not None:
            raise ValueError(
                "`synchronous` is not supported with `num_parallel_calls`, but "
                f"`num_parallel_calls` was set to {num_parallel_calls}."
            )
        ordered = deterministic is not False
        return Dataset(functional.Map(self._node, map_func, num_parallel_calls, ordered), name)

    def filter(self, predicate, name=None):
        """The elements for which `predicate` returns True (a bool, or a scalar bool tensor).

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(8).filter(lambda x: x % 3 == 0)]
        [0, 3, 6]
        """
        return Dataset(functional.Filter(self._node, predicate), name)

    def enumerate(self, start=0, name=None):
        """Pairs of a number, counted from `start`, and the element.

        Example:
        >>> dataset = tf.data.Dataset.from_tensor_slices([7, 8]).enumerate(start=5)
        >>> [(int(i), int(x)) for i, x in dataset]
        [(5, 7), (6, 8)]
        """
        return Dataset(sources.Zip((sources.Counter(start, 1), self._node)), name)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Elements drawn at random from a buffer of `buffer_size`: TensorFlow's order, bit for bit.

        Args:
          buffer_size: how many elements to choose from; the data set's size for a full shuffle.
          seed: with `tf.random.set_seed` it fixes the order.
          reshuffle_each_iteration: whether each pass has an order of its own.

        Example:
        >>> dataset = tf.data.Dataset.range(5).shuffle(5, seed=1)
        >>> sorted(int(x) for x in dataset)
        [0, 1, 2, 3, 4]
        """
        node = reorder.Shuffle(self._node, buffer_size, seed, reshuffle_each_iteration)
        return Dataset(node, name)

    def repeat(self, count=None, name=None):
        """All elements `count` times over; for ever when it is None or -1.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(2).repeat(2)]
        [0, 1, 0, 1]
        """
        return Dataset(reorder.Repeat(self._node, count), name)

    def take(self, count, name=None):
        """The first `count` elements; all when it is -1.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(9).take(2)]
        [0, 1]
        """
        return Dataset(reorder.Take(self._node, count), name)

    def skip(self, count, name=None):
        """All but the first `count` elements; none when it is -1.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(5).skip(3)]
        [3, 4]
        """
        return Dataset(reorder.Skip(self._node, count), name)

    def shard(self, num_shards, index, name=None):
        """Every `num_shards`-th element, beginning with number `index`.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(10).shard(num_shards=3, index=1)]
        [1, 4, 7]
        """
        return Dataset(reorder.Shard(self._node, num_shards, index), name)

    def concatenate(self, dataset, name=None):
        """These elements, then those of `dataset`, which need the same structure and dtypes.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(2).concatenate(tf.data.Dataset.range(7, 9))]
        [0, 1, 7, 8]
        """
        node = sources.Concatenate(self._node, dataset._node)
        return Dataset(node, name)

    def cache(self, filename="", name=None):
        """The elements of the first whole pass again in later ones, without making them anew.

        With a `filename` they are kept in the file `filename`.npz, for later programs too.

        Example:
        >>> dataset = tf.data.Dataset.range(3).map(lambda x: print(int(x)) or x).cache()
        >>> len(list(dataset)), len(list(dataset))
        0
        1
        2
        (3, 3)
        """
        if not filename:
            return Dataset(reorder.Cache(self._node), name)
        from .storage import FileCache

        return Dataset(FileCache(self._node, pathlib.Path(f"{os.fspath(filename)}.npz")), name)

    def prefetch(self, buffer_size, name=None):
        """The same elements, up to `buffer_size` of them made ahead in a background thread.

        The thread ends with the elements, or when the iterator is dropped.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(3).prefetch(tf.data.AUTOTUNE)]
        [0, 1, 2]
        """
        return Dataset(Prefetch(self._node, buffer_size), name)

    # -- batches -------------------------------------------------------------------------------

    def batch(
        self,
        batch_size,
        drop_remainder=False,
        num_parallel_calls=None,
        deterministic=None,
        name=None,
    ):
        """Every `batch_size` elements stacked along a new first axis; the last may be smaller.

        `num_parallel_calls` and `deterministic` are hints: rows are gathered in one call anyway.

        Raises:
          InvalidArgumentError: while iterating, when shapes within a batch differ.

        Example:
        >>> [x.numpy().tolist() for x in tf.data.Dataset.range(5).batch(2)]
        [[0, 1], [2, 3], [4]]
        """
        parallel = num_parallel_calls is not None
        return Dataset(batching.Batch(self._node, batch_size, drop_remainder, parallel), name)

    def padded_batch(
        self, batch_size, padded_shapes=None, padding_values=None, drop_remainder=False, name=None
    ):
        """Batches of elements whose shapes differ, each padded at the ends to a common shape.

        Args:
          batch_size: elements in a batch.
          padded_shapes: the shape of each component; None or -1 in it, like no shape at all, means
            the largest size in the batch.
          padding_values: a scalar for each component, zero (or b"") where it is None.
          drop_remainder: whether to leave out a smaller last batch.

        Raises:
          ValueError: a shape that does not go with the component's.
          DataLossError: while iterating, an element larger than the shape asked for.

        Example:
        >>> dataset = tf.data.Dataset.range(1, 4).map(lambda n: tf.fill([int(n)], n))
        >>> [x.numpy().tolist() for x in dataset.padded_batch(2)]
        [[[1, 0], [2, 2]], [[3, 3, 3]]]
        """
        node = batching.PaddedBatch(
            self._node, batch_size, padded_shapes, padding_values, drop_remainder
        )
        return Dataset(node, name)

    def unbatch(self, name=None):
        """The rows of each element, one by one.

        Example:
        >>> dataset = tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4]])
        >>> [int(x) for x in dataset.unbatch()]
        [1, 2, 3, 4]
        """
        return Dataset(batching.Unbatch(self._node), name)

    def rebatch(self, batch_size, drop_remainder=False, name=None):
        """The rows of batches in batches of another size, or of sizes taken in turn from a list.

        Example:
        >>> [x.numpy().tolist() for x in tf.data.Dataset.range(5).batch(3).rebatch(2)]
        [[0, 1], [2, 3], [4]]
        """
        return Dataset(batching.Rebatch(self._node, batch_size, drop_remainder), name)

    def ragged_batch(
        self, batch_size, drop_remainder=False, row_splits_dtype=dtypes.int64, name=None
    ):
        """Batches in which what differs in shape makes the rows of a `tf.RaggedTensor`.

        Args:
          batch_size: how many elements a batch holds.
          drop_remainder: whether to leave out a last batch that is smaller.
          row_splits_dtype: tf.int64 or tf.int32.

        Example:
        >>> words = tf.data.Dataset.from_tensor_slices(["a b", "c"]).map(tf.strings.split)
        >>> next(iter(words.ragged_batch(2)))
        <tf.RaggedTensor [[b'a', b'b'], [b'c']]>
        """
        node = batching.RaggedBatch(self._node, batch_size, drop_remainder, row_splits_dtype)
        return Dataset(node, name)

    def sparse_batch(self, batch_size, row_shape, name=None):
        """Batches of tensors of different shapes, as `tf.SparseTensor`s of all their values.

        Args:
          batch_size: how many elements a batch holds.
          row_shape: the dense shape of one row; None for what the largest of a batch needs.

        Raises:
          DataLossError: an element is larger than that.

        Example:
        >>> dataset = tf.data.Dataset.range(1, 3).map(lambda n: tf.range(n))
        >>> tf.sparse.to_dense(next(iter(dataset.sparse_batch(2, [3])))).numpy()
        array([[0, 0, 0],
               [0, 1, 0]])
        """
        return Dataset(batching.SparseBatch(self._node, batch_size, row_shape), name)


class _StandIn(Dataset):
    """A data set among the arguments of a tf.function: any of the same kind comes in its place."""

    element_spec = None
    _rows_alike = False

    def __init__(self, data):
        self.element_spec, self._rows_alike = data.element_spec, data._rows_alike
        self._known_handle = data._handle._stand_in()
        super().__init__(Given(self, data._node.shown))

    _number = TracedData._number


Node.public = staticmethod(Dataset)
