"""The file `checkpoint` of a folder: which checkpoints it holds, as text of a protocol buffer.

Names in it are taken for files of the same folder, wherever they say that these lie.
"""

import os
import re
import time
from typing import NamedTuple

from ..base.errors import DataLossError, NotFoundError
from ..base.files import opened, path_of, replacing

_LONGEST = 1 << 24
_LINE = re.compile(r'\s*(\w+)\s*:\s*(?:"((?:[^"\\]|\\.)*)"|([-+.\w]+))\s*')
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f"}


class CheckpointState(NamedTuple):
    """The checkpoints of a folder.

    Args:
      model_checkpoint_path: the latest; "" where there is none.
      all_model_checkpoint_paths: all of them, the latest last.
      all_model_checkpoint_timestamps: when each was written, in seconds since 1970.
      last_preserved_timestamp: when the last was written that is kept for good.
    """

    model_checkpoint_path: str = ""
    all_model_checkpoint_paths: tuple = ()
    all_model_checkpoint_timestamps: tuple = ()
    last_preserved_timestamp: float = 0.0


def _unquoted(text):
    def one(match):
        code = match[1]
        if code.isdigit():
            return bytes([int(code, 8) & 255])
        if len(code) > 1:
            return bytes([int(code[1:], 16)])
        return _LETTERS.get(code, code)

    return _ESCAPE.sub(one, text.encode()).decode(errors="surrogateescape")


def _quoted(text):
    shown = (
        chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03o}" for b in os.fsencode(text)
    )
    return '"' + "".join(shown) + '"'


def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """What a folder's file `checkpoint` says.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the file's name; "checkpoint" by default.

    Returns:
      A CheckpointState whose paths lie in the folder; None where there is no such file.

    Raises:
      DataLossError: the file is damaged.

    Example:
    >>> path = tf.train.Checkpoint(v=tf.Variable(1.0)).save("runs/model")
    >>> tf.train.get_checkpoint_state("runs").model_checkpoint_path
    'runs/model-1'
    """
    folder = path_of(checkpoint_dir)
    path = os.path.join(folder, latest_filename or "checkpoint")
    try:
        with opened(path) as file:
            text = file.read(_LONGEST).decode()
    except NotFoundError:
        return None
    except UnicodeDecodeError:
        raise DataLossError(f"{path}; the file is no text.") from None
    fields = {name: [] for name in CheckpointState._fields}
    for line in filter(str.strip, text.split("\n")):
        match = _LINE.fullmatch(line)
        if match is None or match[1] not in fields:
            raise DataLossError(f"{path}; this line is not of a checkpoint's state: {line[:80]!r}.")
        try:
            value = float(match[3]) if match[2] is None else _unquoted(match[2])
        except ValueError:
            raise DataLossError(f"{path}; no number: {line[:80]!r}.") from None
        if isinstance(value, str) != match[1].endswith(("path", "paths")):
            raise DataLossError(f"{path}; a value of another kind: {line[:80]!r}.")
        fields[match[1]].append(value)

    def place(name):
        return os.path.join(folder, os.path.basename(name))

    latest = fields["model_checkpoint_path"][-1:]
    preserved = fields["last_preserved_timestamp"][-1:]
    return CheckpointState(
        place(latest[0]) if latest and latest[0] else "",
        tuple(map(place, fields["all_model_checkpoint_paths"])),
        tuple(fields["all_model_checkpoint_timestamps"]),
        preserved[0] if preserved else 0.0,
    )


def write_state(folder, state):
    """Writes a folder's file `checkpoint`."""
    lines = [f"model_checkpoint_path: {_quoted(os.path.basename(state.model_checkpoint_path))}"]
    for path in state.all_model_checkpoint_paths:
        lines.append(f"all_model_checkpoint_paths: {_quoted(os.path.basename(path))}")
    for stamp in state.all_model_checkpoint_timestamps:
        lines.append(f"all_model_checkpoint_timestamps: {stamp!r}")
    if state.last_preserved_timestamp:
        lines.append(f"last_preserved_timestamp: {state.last_preserved_timestamp!r}")
    path = os.path.join(folder, "checkpoint")
    with replacing(path) as new, open(new, "w") as file:
        file.writelines(line + "\n" for line in lines)


def exists(prefix):
    """Whether there are files of a checkpoint."""
    return os.path.isfile(prefix + ".index")


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """The prefix of a folder's latest checkpoint; None where there is none.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the name of the file that says so; "checkpoint" by default.

    Example:
    >>> path = tf.train.Checkpoint(v=tf.Variable(1.0)).save("latest/model")
    >>> tf.train.latest_checkpoint("latest")
    'latest/model-1'
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    found = state and state.model_checkpoint_path
    return found if found and exists(found) else None


def checkpoints_iterator(checkpoint_dir, min_interval_secs=0, timeout=None, timeout_fn=None):
    """Gives each new checkpoint of a folder, as training writes them.

    Args:
      checkpoint_dir: the folder.
      min_interval_secs: the least time between two of them.
      timeout: how many seconds to wait for a new one; None to wait for ever.
      timeout_fn: called when no new one came in time; where it returns True the iterator ends, else
        it waits again. Without it, it ends.

    Example:
    >>> path = tf.train.Checkpoint(v=tf.Variable(1.0)).save("watched/model")
    >>> list(tf.train.checkpoints_iterator("watched", timeout=0))
    ['watched/model-1']
    """
    last = None
    while True:
        begun = time.time()
        found = latest_checkpoint(checkpoint_dir)
        while found is None or found == last:
            if timeout is not None and time.time() + 1 > begun + timeout:
                break
            time.sleep(1)
            found = latest_checkpoint(checkpoint_dir)
        if found is None or found == last:
            if timeout_fn is None or timeout_fn():
                return
            continue
        last, begun = found, time.time()
        yield found
        time.sleep(max(0, begun + min_interval_secs - time.time()))
