"""tf.train.CheckpointManager: keeps the latest checkpoints of a folder, and removes older ones."""

import glob
import os
import time

from ..base.files import makedirs, path_of
from ..core.tensor import convert_to_tensor
from .state import CheckpointState, exists, get_checkpoint_state, write_state


class CheckpointManager:
    """Saves checkpoints into a folder, of which it keeps the latest.

    It goes on where another one of the same folder stopped. It removes nothing outside of its
    folder, and no checkpoint that the folder's file `checkpoint` does not list.

    Args:
      checkpoint: the `tf.train.Checkpoint`.
      directory: the folder.
      max_to_keep: how many checkpoints are kept; None for all.
      keep_checkpoint_every_n_hours: of those that would be removed, one each time after so many
        hours is kept for good.
      checkpoint_name: what the names of the files begin with.
      step_counter: a variable that counts steps; needed with `checkpoint_interval`.
      checkpoint_interval: `save` does nothing until so many steps were made since the last.
      init_fn: called by `restore_or_initialize` when there is no checkpoint.
      last_checkpoint_step: the step of the last checkpoint.

    Raises:
      ValueError: `max_to_keep` below 1, or an interval without a counter.

    Example:
    >>> checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    >>> manager = tf.train.CheckpointManager(checkpoint, "kept", max_to_keep=2)
    >>> for _ in range(3):
    ...     path = manager.save()
    >>> manager.checkpoints
    ['kept/ckpt-2', 'kept/ckpt-3']
    """

    def __init__(
        self,
        checkpoint,
        directory,
        max_to_keep,
        keep_checkpoint_every_n_hours=None,
        checkpoint_name="ckpt",
        step_counter=None,
        checkpoint_interval=None,
        init_fn=None,
        last_checkpoint_step=None,
    ):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(
                f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}."
            )
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError(
                "`step_counter` should be passed if `checkpoint_interval` is not None."
            )
        self._checkpoint, self._directory = checkpoint, path_of(directory)
        self._max_to_keep, self._name = max_to_keep, checkpoint_name
        self._hours = keep_checkpoint_every_n_hours
        self._step_counter, self._interval = step_counter, checkpoint_interval
        self._init_fn, self._last_step = init_fn, last_checkpoint_step
        state = get_checkpoint_state(self._directory) or CheckpointState()
        paths, stamps = state.all_model_checkpoint_paths, state.all_model_checkpoint_timestamps
        self._preserved = state.last_preserved_timestamp or time.time()
        if len(stamps) != len(paths):
            stamps = [time.time()] * len(paths)
        self._kept = {path: stamp for path, stamp in zip(paths, stamps) if exists(path)}
        self._latest = state.model_checkpoint_path if exists(state.model_checkpoint_path) else None

    directory = property(lambda self: self._directory, doc="The folder.")
    checkpoint = property(lambda self: self._checkpoint, doc="The Checkpoint.")
    checkpoint_interval = property(lambda self: self._interval, doc="Steps between checkpoints.")
    latest_checkpoint = property(
        lambda self: self._latest, doc="The prefix of the latest checkpoint; None without one."
    )
    checkpoints = property(
        lambda self: list(self._kept), doc="The prefixes of those that are kept, latest last."
    )

    def save(self, checkpoint_number=None, check_interval=True, options=None):
        """Writes a checkpoint, and removes those that are too many.

        Args:
          checkpoint_number: its number, an integer or variable; by default the checkpoint counts.
          check_interval: whether to heed `checkpoint_interval`.
          options: a CheckpointOptions.

        Returns:
          The path; None where the interval is not over.
        """
        if self._interval is not None:
            step = int(convert_to_tensor(self._step_counter))
            last = self._last_step
            if check_interval and last is not None and step < last + self._interval:
                return None
            self._last_step = step
        counter = self._checkpoint.save_counter
        before = int(counter)
        number = before + 1 if checkpoint_number is None else int(checkpoint_number)
        counter.assign(number if checkpoint_number is None else before + 1)
        prefix = os.path.join(self._directory, self._name)
        try:
            path = self._checkpoint.write(f"{prefix}-{number}", options)
        except BaseException:
            counter.assign(before)
            raise
        self._kept.pop(path, None)
        self._kept[path], self._latest = time.time(), path
        self._record()
        self._sweep()
        return path

    def _record(self, kept=None):
        kept = self._kept if kept is None else kept
        makedirs(self._directory)
        write_state(
            self._directory,
            CheckpointState(self._latest, tuple(kept), tuple(kept.values()), self._preserved),
        )

    def _sweep(self):
        """Removes the oldest checkpoints: first from the list, then from the disk."""
        if self._max_to_keep is None:
            return
        gone = []
        while len(self._kept) > self._max_to_keep:
            path = next(iter(self._kept))
            stamp = self._kept.pop(path)
            if self._hours is not None and stamp - self._hours * 3600 >= self._preserved:
                self._preserved = stamp
            else:
                gone.append(path)
        self._record()
        for path in gone:
            for name in [f"{path}.index", *glob.glob(glob.escape(path) + ".data-?????-of-?????")]:
                if os.path.exists(name):
                    os.unlink(name)

    def restore_or_initialize(self):
        """Restores the latest checkpoint, or calls `init_fn` when there is none.

        Returns:
          The path of the checkpoint; None without one.
        """
        if self._latest is not None:
            self._checkpoint.restore(self._latest)
            if self._step_counter is not None:
                self._last_step = int(convert_to_tensor(self._step_counter))
            return self._latest
        if self._init_fn is not None:
            self._init_fn()
        return None

    def sync(self):
        """Nothing is left to do: checkpoints are written when `save` returns."""
