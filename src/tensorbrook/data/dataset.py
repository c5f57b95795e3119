"""tf.data.Dataset: pipelines of elements, written as a chain of methods."""

from __future__ import annotations

import bisect
import itertools
import os
import pathlib

import numpy as np

from ..base import dtypes
from ..base.context import context
from ..base.errors import InvalidArgumentError, TraceBreak
from ..base.files import glob
from ..base.shapes import TensorShape
from ..core.composite import TypeSpec
from ..core.spec import TensorSpec
from ..core.tensor import wrap
from ..core.variable import Stateful
from . import batching, functional, nested, reorder, sources
from .given import Given, derived_in_trace, given_in
from .iterator import Iterator, IteratorOfTrace, NumpyIterator, TracedData
from .nodes import INFINITE, UNKNOWN, DatasetSpec, Node
from .options import Options
from .prefetch import Prefetch
from .resample import resample
from .rounds import trace_reduce
from .sampling import Selector
from .structure import Structure, map_specs, to_leaf


class Dataset(TracedData, Stateful):
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
        structure = Structure(tensors)
        if not structure.is_plain:
            return Dataset(batching.CompositeSlices(sources.Tensors(tensors)), name)
        given = [leaf for leaf in structure.leaves if leaf is not None]
        if given and len(given) < len(structure.leaves):

            def with_nones(*row):
                rest = iter(row)
                leaves = [None if leaf is None else next(rest) for leaf in structure.leaves]
                return structure.pack(leaves)

            rows = sources.TensorSlices(tuple(given))
            return Dataset(functional.Map(rows, with_nones), name)
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

        The function runs as plain Python, one call for each element. Only where it uses nothing but
        tensors, constants and functions of `tf` it is compiled, as `tf.function` would: for many
        rows at once where the elements are 1000 rows of arrays or more, for single elements once
        the calls have taken long; not under a debugger, nor after
        `tf.data.experimental.enable_debug_mode()`.

        With `num_parallel_calls` that many calls run at once in threads (AUTOTUNE takes threads
        only where the calls are long enough to gain by them; so do such functions without it), the
        order being kept unless `deterministic=False`. A list at the top counts as a tuple, a list
        deeper in becomes one tensor.

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

    # -- nested, grouped, mixed, stored ----------------------------------------------------------

    def flat_map(self, map_func, name=None):
        """The elements of the data sets that `map_func` returns, one data set after the other.

        Example:
        >>> dataset = tf.data.Dataset.range(1, 4).flat_map(lambda n: tf.data.Dataset.range(n))
        >>> [int(x) for x in dataset]
        [0, 0, 1, 0, 1, 2]
        """
        return Dataset(nested.FlatMap(self._node, map_func), name)

    def interleave(
        self,
        map_func,
        cycle_length=None,
        block_length=None,
        num_parallel_calls=None,
        deterministic=None,
        name=None,
    ):
        """Elements of the data sets that `map_func` returns, taken in turn from several of them.

        Args:
          map_func: gives a data set for an element.
          cycle_length: how many are open at once; by default a number like that of the CPU cores.
          block_length: how many elements to take from one before going on to the next.
          num_parallel_calls: when given, each open data set is read ahead in a thread of its own.
          deterministic: False gives elements in the order in which the threads have them.

        Example:
        >>> dataset = tf.data.Dataset.range(1, 4)
        >>> repeated = lambda x: tf.data.Dataset.from_tensors(x).repeat(3)
        >>> [int(x) for x in dataset.interleave(repeated, cycle_length=2, block_length=2)]
        [1, 1, 2, 2, 1, 2, 3, 3, 3]
        """
        node = nested.Interleave(
            self._node,
            map_func,
            cycle_length,
            block_length,
            num_parallel_calls,
            deterministic is not False,
        )
        return Dataset(node, name)

    def window(self, size, shift=None, stride=1, drop_remainder=False, name=None):
        """Runs of `size` elements; each component of a run is a data set of its own.

        Args:
          size: elements in a window.
          shift: how far the next one begins; `size` by default.
          stride: distance of the elements within a window.
          drop_remainder: whether to leave out windows that are not full.

        Example:
        >>> windows = tf.data.Dataset.range(4).window(3, shift=1, drop_remainder=True)
        >>> [x.numpy().tolist() for x in windows.flat_map(lambda w: w.batch(3))]
        [[0, 1, 2], [1, 2, 3]]
        """
        node = batching.Window(self._node, size, shift, stride, drop_remainder)
        return Dataset(node, name)

    def group_by_window(
        self, key_func, reduce_func, window_size=None, window_size_func=None, name=None
    ):
        """Elements gathered by `key_func`; each full group becomes the elements of a data set.

        Args:
          key_func: the int64 key of an element.
          reduce_func: `reduce_func(key, dataset)` gives a data set for a full group.
          window_size: how many elements make a group full.
          window_size_func: the same, as a function of the key.

        Example:
        >>> dataset = tf.data.Dataset.range(6).group_by_window(
        ...     lambda x: x % 2, lambda key, group: group.batch(3), window_size=3)
        >>> [x.numpy().tolist() for x in dataset]
        [[0, 2, 4], [1, 3, 5]]
        """
        if (window_size is None) == (window_size_func is None):
            raise ValueError(
                "Either the `window_size` argument or the `window_size_func` argument must be "
                "specified."
            )
        size = window_size_func or (lambda key: window_size)
        node = nested.GroupByWindow(self._node, key_func, reduce_func, size)
        return Dataset(node, name)

    def bucket_by_sequence_length(
        self,
        element_length_func,
        bucket_boundaries,
        bucket_batch_sizes,
        padded_shapes=None,
        padding_values=None,
        pad_to_bucket_boundary=False,
        no_padding=False,
        drop_remainder=False,
        name=None,
    ):
        """Padded batches of elements of similar length.

        Args:
          element_length_func: the length of an element, an int.
          bucket_boundaries: upper ends of the lengths of the buckets, none included.
          bucket_batch_sizes: the batch size of each bucket: one more than boundaries.
          padded_shapes, padding_values, drop_remainder: as in `padded_batch`.
          pad_to_bucket_boundary: pads unknown dimensions to the bucket's largest length.
          no_padding: stacks the elements as they are.

        Example:
        >>> rows = [[0], [1, 2, 3, 4], [5, 6, 7], [8, 9]]
        >>> dataset = tf.data.Dataset.from_generator(lambda: rows, tf.int32, [None])
        >>> for batch in dataset.bucket_by_sequence_length(lambda x: len(x), [3], [2, 2]):
        ...     print(batch.numpy().tolist())
        [[1, 2, 3, 4], [5, 6, 7, 0]]
        [[0, 0], [8, 9]]
        """
        if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
            raise ValueError(
                "`len(bucket_batch_sizes)` must equal `len(bucket_boundaries) + 1` but "
                f"`len(bucket_batch_sizes)={len(bucket_batch_sizes)}` and "
                f"`len(bucket_boundaries)={len(bucket_boundaries)}`."
            )

        def bucket(*element):
            length = int(element_length_func(*element))
            return np.int64(bisect.bisect_right(bucket_boundaries, length))

        def pack(key, group):
            size = bucket_batch_sizes[int(key)]
            if no_padding:
                return group.batch(size, drop_remainder)
            shapes = padded_shapes
            if pad_to_bucket_boundary:
                if int(key) == len(bucket_boundaries):
                    raise InvalidArgumentError(
                        "When pad_to_bucket_boundary=True, elements must have length < "
                        f"max(bucket_boundaries), which is {bucket_boundaries[-1]}."
                    )
                shapes = _filled_shapes(group.element_spec, shapes, bucket_boundaries[int(key)] - 1)
            return group.padded_batch(size, shapes, padding_values, drop_remainder)

        if pad_to_bucket_boundary or padded_shapes is not None:
            self._node.spec  # noqa: B018  the groups need it: they see concrete elements only
        return self.group_by_window(
            bucket, pack, window_size_func=lambda key: bucket_batch_sizes[int(key)], name=name
        )

    def scan(self, initial_state, scan_func, name=None):
        """The outputs of `state, output = scan_func(state, element)`, element by element.

        Example:
        >>> dataset = tf.data.Dataset.range(4).scan(
        ...     np.int64(10), lambda total, x: (total + x, total + x))
        >>> [int(x) for x in dataset]
        [10, 11, 13, 16]
        """
        return Dataset(functional.Scan(self._node, initial_state, scan_func), name)

    def take_while(self, predicate, name=None):
        """The elements before the first for which `predicate` returns False.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(9).take_while(lambda x: x < 2)]
        [0, 1]
        """
        return Dataset(functional.TakeWhile(self._node, predicate), name)

    def unique(self, name=None):
        """Each value once, where it first occurs; elements of one component only.

        Example:
        >>> [int(x) for x in tf.data.Dataset.from_tensor_slices([1, 37, 2, 37, 1]).unique()]
        [1, 37, 2]
        """
        return Dataset(reorder.Unique(self._node), name)

    def ignore_errors(self, log_warning=False, name=None):
        """The elements whose making raises no error; with `log_warning` each error is printed.

        Example:
        >>> dataset = tf.data.Dataset.range(3).map(lambda x: 6 // int(x)).ignore_errors()
        >>> [int(x) for x in dataset]
        [6, 3]
        """
        return Dataset(reorder.IgnoreErrors(self._node, log_warning), name)

    @staticmethod
    def choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset=True):
        """Elements of `datasets` in the order of the indices in `choice_dataset`.

        Example:
        >>> a, b = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 13)
        >>> choice = tf.data.Dataset.from_tensor_slices(np.array([0, 1, 1, 0]))
        >>> [int(x) for x in tf.data.Dataset.choose_from_datasets([a, b], choice)]
        [0, 10, 11, 1]
        """
        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        spec = choice_dataset.element_spec
        if not (isinstance(spec, TensorSpec) and spec.shape == () and spec.dtype == "int64"):
            raise TypeError(
                "Invalid `choice_dataset`. Elements of `choice_dataset` must be scalar `tf.int64` "
                f"tensors but are {spec}."
            )
        nodes = [dataset._node for dataset in datasets]
        node = nested.DirectedInterleave(choice_dataset._node, nodes, stop_on_empty_dataset)
        return Dataset(node)

    @staticmethod
    def sample_from_datasets(
        datasets,
        weights=None,
        seed=None,
        stop_on_empty_dataset=False,
        rerandomize_each_iteration=None,
    ):
        """Elements of `datasets`, one of them chosen at random for each: TensorFlow's choices.

        Args:
          datasets: data sets of the same structure.
          weights: the probability of each; equal by default. Or a data set of such vectors.
          seed: with `tf.random.set_seed` it fixes the choices.
          stop_on_empty_dataset: whether to end with the first that ends.
          rerandomize_each_iteration: whether each pass chooses anew.

        Example:
        >>> a, b = tf.data.Dataset.range(2), tf.data.Dataset.range(10, 12)
        >>> dataset = tf.data.Dataset.sample_from_datasets([a, b], seed=3)
        >>> sorted(int(x) for x in dataset)
        [0, 1, 10, 11]
        """
        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        datasets = list(datasets)
        if weights is not None and not hasattr(weights, "_node"):
            if len(datasets) != len(weights):
                raise ValueError(
                    "Invalid `weights`. `weights` should have the same length as `datasets` but "
                    f"got `len(weights)={len(weights)}` vs. `len(datasets)={len(datasets)}`."
                )
            pairs = [(d, float(w)) for d, w in zip(datasets, weights) if float(w) > 0]
            datasets = [d for d, _ in pairs] or [datasets[0].take(0)]
            weights = [w for _, w in pairs] or [1.0]
        if len(datasets) == 1:
            return datasets[0]
        weights_node = getattr(weights, "_node", None)
        chooser = Selector(
            weights_node or weights, len(datasets), seed, bool(rerandomize_each_iteration)
        )
        nodes = [dataset._node for dataset in datasets]
        return Dataset(nested.DirectedInterleave(chooser, nodes, stop_on_empty_dataset))

    def save(self, path, compression=None, shard_func=None, checkpoint_args=None):
        """Writes all elements into the folder `path` as TensorFlow does; `Dataset.load` reads it.

        Args:
          path: a folder, which is made.
          compression: None or "GZIP".
          shard_func: the number of the file for each element; all go into one by default.
          checkpoint_args: must be left out.

        Example:
        >>> tf.data.Dataset.range(3).save("numbers")
        >>> [int(x) for x in tf.data.Dataset.load("numbers")]
        [0, 1, 2]
        """
        _refuse(checkpoint_args=checkpoint_args)
        from . import saved

        saved.write(path, self._node, compression, shard_func)

    @staticmethod
    def load(path, element_spec=None, compression=None, reader_func=None, wait=False):
        """The elements that `save`, ours or TensorFlow's, wrote into the folder `path`.

        Args:
          path: the folder.
          element_spec: the specs of an element; by default those that were saved.
          compression: what `save` was given.
          reader_func: makes a data set of elements of one with a data set for each file.
          wait: whether to wait until there is a saved data set.

        Raises:
          NotFoundError: there is no saved data set.
        """
        from . import saved

        return Dataset(saved.read(path, element_spec, compression, reader_func, wait))

    def snapshot(self, path, compression="AUTO", reader_func=None, shard_func=None, name=None):
        """The elements of the first whole pass, kept in the folder `path` for later programs.

        The file is of this project's own layout and not packed, whatever `compression` says.
        `reader_func` and `shard_func` must be left out.
        """
        _refuse(reader_func=reader_func, shard_func=shard_func)
        from . import storage

        file = pathlib.Path(path) / storage.FILE
        return Dataset(storage.FileCache(self._node, file, "_SnapshotDataset"), name)

    def rejection_resample(self, class_func, target_dist, initial_dist=None, seed=None, name=None):
        """Pairs of class and element, some left out so that classes come as often as wanted.

        Args:
          class_func: the class of an element, an integer scalar from 0.
          target_dist: the wanted share of each class, floats.
          initial_dist: their shares in the data; by default estimated from what has come so far.
          seed: with `tf.random.set_seed` it fixes the choices, which are TensorFlow's.

        Example:
        >>> data = tf.data.Dataset.from_tensor_slices(np.arange(400) % 4 // 3)
        >>> even = data.rejection_resample(lambda x: x, [0.5, 0.5], [0.75, 0.25], seed=1)
        >>> classes = [int(c) for c, _ in even]
        >>> 0.4 < sum(classes) / len(classes) < 0.6
        True
        """
        return resample(self, class_func, target_dist, initial_dist, seed)

    def fingerprint(self):
        """Not built: pipelines are Python objects and have no serialized form."""
        raise NotImplementedError(
            "Dataset.fingerprint is not built: a pipeline has no serialized form to hash. Hash the "
            "elements of as_numpy_iterator() instead."
        )


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


def _refuse(**arguments):
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(
                f"{name}={value!r} is not built for stored data sets. Leave the argument out."
            )


def _filled_shapes(spec, shapes, size):
    """The shapes of `spec`, or the ones given, with `size` for unknown dimensions."""

    def fill(shape):
        return TensorShape([size if d in (None, -1) else d for d in shape])

    if shapes is None:
        return map_specs(lambda leaf: fill(leaf.shape), spec)
    if isinstance(spec, TensorSpec):
        return fill(shapes)
    return map_specs(fill, shapes)
