"""tf.train.Checkpoint: saves and restores the values of objects, and of those below them."""

import os

from ..base.errors import TraceBreak
from ..base.files import makedirs, path_of
from ..core.dispatch import current_trace, init_scope
from ..core.trackable import AutoTrackable, children_of, extras_of, is_trackable, values_of
from ..core.variable import Variable
from ..formats.bundle import write_bundle
from .graph import ObjectGraph
from .restore import CheckpointLoadStatus, InitializationOnlyStatus, Restoration, files_of
from .state import CheckpointState, write_state


class CheckpointOptions:
    """How checkpoints are written; they are written at once, by this process.

    Args:
      experimental_io_device: changes nothing here: there is one device.
      experimental_enable_async_checkpoint, enable_async: change nothing here: when `save` returns
        the files are there.
      experimental_write_callbacks: functions that are called when a checkpoint is written, with
        its path or without arguments.
      experimental_skip_slot_variables, experimental_sharding_callback: change nothing here: a
        checkpoint is one file of data.

    Example:
    >>> options = tf.train.CheckpointOptions(experimental_write_callbacks=[print])
    >>> tf.train.Checkpoint(v=tf.Variable(1.0)).write("told", options)
    told
    'told'
    """

    def __init__(
        self,
        experimental_io_device=None,
        experimental_enable_async_checkpoint=False,
        experimental_write_callbacks=None,
        enable_async=False,
        experimental_skip_slot_variables=False,
        experimental_sharding_callback=None,
    ):
        self.experimental_io_device = experimental_io_device
        self.enable_async = enable_async or experimental_enable_async_checkpoint
        self.experimental_enable_async_checkpoint = self.enable_async
        self.experimental_write_callbacks = list(experimental_write_callbacks or ())
        self.experimental_skip_slot_variables = experimental_skip_slot_variables
        self.experimental_sharding_callback = experimental_sharding_callback

    def _written(self, path):
        for callback in self.experimental_write_callbacks:
            code = getattr(callback, "__code__", None)
            callback(*() if code is not None and code.co_argcount == 0 else (path,))


def write_checkpoint(prefix, root, as_keras_2=False):
    """Writes the values of all objects below a root; the old files or the new ones are there.

    Args:
      prefix: what the names of the files begin with.
      root: a Trackable, or a list, tuple or dict of some.
      as_keras_2: layers in lists and dicts are for Keras 2 to find, which Keras 3 would miss.
    """
    if current_trace() is not None:  # it is to be written at each call
        raise TraceBreak("writing a checkpoint")
    prefix = path_of(prefix)
    tensors = ObjectGraph(root, as_keras_2).tensors()
    makedirs(os.path.dirname(prefix) or ".")
    write_bundle(prefix, tensors)
    return prefix


def read_checkpoint(path, root):
    """Gives the objects below a root the values of a checkpoint; returns a CheckpointLoadStatus.

    Args:
      path: the prefix of a checkpoint, or the folder of a SavedModel.
      root: a Trackable, or a list, tuple or dict of some.
    """
    other = root._root if isinstance(root, Checkpoint) else None
    return CheckpointLoadStatus(Restoration(files_of(path_of(path)), root, other), root)


class Checkpoint(AutoTrackable):
    """Objects whose values are saved and restored together, in files as TensorFlow has them.

    Objects are found again by the names on the way to them, not by their own: a variable that is
    the attribute `w` of an object given as `net` is "net/w". Objects that are made after `restore`
    get their values when they are made.

    Args:
      root: an object whose children are saved as the checkpoint's own.
      **kwargs: objects by their names: variables, modules, layers, models, optimizers, metrics,
        generators, tables, iterators of data sets; or lists, tuples and dicts of some.

    Raises:
      ValueError: checkpoints keep nothing of an object; or a name is another child of `root`.

    Example:
    >>> step, net = tf.Variable(1), tf.Module()
    >>> net.w = tf.Variable([1.0, 2.0])
    >>> checkpoint = tf.train.Checkpoint(step=step, net=net)
    >>> path = checkpoint.save("training/model")
    >>> step = step.assign_add(5)
    >>> checkpoint.restore(path).assert_consumed().__class__.__name__
    'CheckpointLoadStatus'
    >>> path, step.numpy()
    ('training/model-1', np.int32(1))
    """

    _root = None
    _NOT_CHILDREN = ("_root", "_counter")

    def __init__(self, root=None, **kwargs):
        for name, value in (("root", root), *kwargs.items()):
            given = isinstance(value, list | tuple | dict) or is_trackable(value)
            if not given and not (name == "root" and root is None):
                raise ValueError(
                    f"`Checkpoint` was expecting {name} to be a trackable object (an object "
                    f"derived from `Trackable`), got {value!r}. Give variables, modules, Keras "
                    "objects, tables, iterators, or containers of them; a number can be a "
                    "tf.Variable."
                )
        children = {} if root is None else children_of(root)
        for name in sorted(kwargs):
            if name in children and children[name] is not kwargs[name]:
                raise ValueError(
                    f"Cannot create a Checkpoint with keyword argument {name} if root.{name} "
                    "already exists: give it another name."
                )
            setattr(self, name, kwargs[name])
        self._root = root

    def _track_children(self):
        own = {n: v for n, v in vars(self).items() if n not in self._NOT_CHILDREN}
        found = {} if self._root is None else dict(children_of(self._root))
        found |= {name: value for name, value in own.items() if is_trackable(value)}
        return found | ({"save_counter": self._counter} if "_counter" in vars(self) else {})

    def _track_extras(self):
        return {} if self._root is None else extras_of(self._root)

    def _track_values(self):
        return values_of(self._root)

    def _track_restore(self, values):
        return self._root._track_restore(values)

    @property
    def save_counter(self):
        """A variable: how often `save` was called."""
        self._make_counter()
        return self._counter

    def _make_counter(self):
        if "_counter" not in vars(self):
            with init_scope():
                counter = Variable(0, trainable=False, name="save_counter", dtype="int64")
            self._counter = counter

    def write(self, file_prefix, options=None):
        """Writes the files of a checkpoint, under this very name.

        Args:
          file_prefix: what the names of the files begin with.
          options: a CheckpointOptions.

        Returns:
          `file_prefix`.

        Raises:
          OpError: of TensorFlow's kinds; the files are as they were then.
        """
        path = write_checkpoint(file_prefix, self)
        if options is not None:
            options._written(path)
        return path

    def save(self, file_prefix, options=None):
        """Writes a checkpoint with a number, which `tf.train.latest_checkpoint` finds.

        Args:
          file_prefix: what the names of the files begin with; "-" and the number follow.
          options: a CheckpointOptions.

        Returns:
          The path, for `restore`.
        """
        number = int(self.save_counter.assign_add(1))
        try:
            path = self.write(f"{path_of(file_prefix)}-{number}", options)
        except BaseException:
            self.save_counter.assign(number - 1)
            raise
        write_state(os.path.dirname(path), CheckpointState(path, (path,)))
        return path

    def read(self, save_path, options=None):
        """Gives the objects the values of a checkpoint, those that are made later too.

        Args:
          save_path: what `write` or `save` returned; or the folder of a SavedModel.
          options: a CheckpointOptions.

        Returns:
          A status with `assert_consumed()` and its like.

        Raises:
          NotFoundError: there are no such files.
          DataLossError: they are damaged.
          ValueError: an array has another shape or dtype than its variable. Nothing has changed
            then.
        """
        return read_checkpoint(save_path, self)

    def restore(self, save_path, options=None):
        """As `read`; goes on with the numbers of `save` as well.

        Args:
          save_path: what `save` returned; None to do nothing.
          options: a CheckpointOptions.

        Returns:
          A status with `assert_consumed()` and its like.
        """
        if save_path is None:
            return InitializationOnlyStatus()
        status = self.read(save_path, options)
        if "save_counter" in status._restoration.nodes[0].children:
            self._make_counter()
        return status

    def sync(self):
        """Nothing is left to do: checkpoints are written when `save` returns."""
