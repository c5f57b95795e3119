"""The methods of Dataset that nest, group, mix, number and store data sets."""

from __future__ import annotations

import bisect
import pathlib

import numpy as np

from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.spec import TensorSpec
from . import batching, functional, nested, reorder
from .nodes import Node
from .resample import resample
from .sampling import Selector
from .structure import map_specs


class GroupingMethods:
    """Half of `Dataset`, apart only to keep files short."""

    _node: Node

    def flat_map(self, map_func, name=None):
        """The elements of the data sets that `map_func` returns, one data set after the other.

        Example:
        >>> dataset = tf.data.Dataset.range(1, 4).flat_map(lambda n: tf.data.Dataset.range(n))
        >>> [int(x) for x in dataset]
        [0, 0, 1, 0, 1, 2]
        """
        return self._node.public(nested.FlatMap(self._node, map_func), name)

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
        return self._node.public(node, name)

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
        return self._node.public(node, name)

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
        return self._node.public(node, name)

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
        return self._node.public(functional.Scan(self._node, initial_state, scan_func), name)

    def take_while(self, predicate, name=None):
        """The elements before the first for which `predicate` returns False.

        Example:
        >>> [int(x) for x in tf.data.Dataset.range(9).take_while(lambda x: x < 2)]
        [0, 1]
        """
        return self._node.public(functional.TakeWhile(self._node, predicate), name)

    def unique(self, name=None):
        """Each value once, where it first occurs; elements of one component only.

        Example:
        >>> [int(x) for x in tf.data.Dataset.from_tensor_slices([1, 37, 2, 37, 1]).unique()]
        [1, 37, 2]
        """
        return self._node.public(reorder.Unique(self._node), name)

    def ignore_errors(self, log_warning=False, name=None):
        """The elements whose making raises no error; with `log_warning` each error is printed.

        Example:
        >>> dataset = tf.data.Dataset.range(3).map(lambda x: 6 // int(x)).ignore_errors()
        >>> [int(x) for x in dataset]
        [6, 3]
        """
        return self._node.public(reorder.IgnoreErrors(self._node, log_warning), name)

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
        return Node.public(node)

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
        return Node.public(nested.DirectedInterleave(chooser, nodes, stop_on_empty_dataset))

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

        return Node.public(saved.read(path, element_spec, compression, reader_func, wait))

    def snapshot(self, path, compression="AUTO", reader_func=None, shard_func=None, name=None):
        """The elements of the first whole pass, kept in the folder `path` for later programs.

        The file is of this project's own layout and not packed, whatever `compression` says.
        `reader_func` and `shard_func` must be left out.
        """
        _refuse(reader_func=reader_func, shard_func=shard_func)
        from . import storage

        file = pathlib.Path(path) / storage.FILE
        return self._node.public(storage.FileCache(self._node, file, "_SnapshotDataset"), name)

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
