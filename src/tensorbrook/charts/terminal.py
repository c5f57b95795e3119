"""What a text stream can show: its characters, colours and width. Nothing here ever raises."""

from __future__ import annotations

import os
import shutil
import sys

LIKENESS = str.maketrans(
    "●○━─═│┃→▁▂▃▄▅▆▇█…×²³µ" + "┌┐└┘├┤┬┴┼╪┏┓┗┛┡┩┳╇",
    "ox=-=||>..::++##.x23u" + "+" * 18,
)
"""Box, bar and dot characters, and what stands for them where they cannot be written."""


def encodable(words: str, encoding: str | None) -> str:
    """Return `words` with the characters that `encoding` lacks replaced by an ASCII likeness.

    An unknown or missing encoding counts as UTF-8.

    Example:

    >>> from tensorbrook.charts.terminal import encodable
    >>> encodable("9/9 ━━ 0s", "ascii")
    '9/9 == 0s'
    """
    try:
        words.encode(encoding or "utf-8")
        return words
    except LookupError:
        return words
    except UnicodeError:
        return (
            words.translate(LIKENESS)
            .encode(encoding or "utf-8", "replace")
            .decode(encoding or "utf-8")
        )


def is_terminal(stream) -> bool:
    """Return whether `stream` is a terminal (False for a closed or missing one)."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError, OSError):
        return False


def can_redraw(stream) -> bool:
    """Return whether a line on `stream` can be drawn over: a terminal, or a notebook's output."""
    return is_terminal(stream) or "ipykernel" in sys.modules or "PYCHARM_HOSTED" in os.environ


def wants_color(stream) -> bool:
    """Return whether colours may be written: a place to redraw, no NO_COLOR, no dumb terminal.

    The rule of https://no-color.org: NO_COLOR counts when it is set to anything but "".
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return can_redraw(stream)


def columns(default: int = 80) -> int:
    """Return the terminal's width (`COLUMNS` first), `default` where none is known."""
    return shutil.get_terminal_size((default, 24)).columns


def write(stream, words: str) -> bool:
    """Write `words` and flush; what the stream cannot encode is replaced, failures are swallowed.

    A lost pipe or a closed stream must not end a training run.

    Example:

    >>> import io
    >>> from tensorbrook.charts.terminal import write
    >>> stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    >>> write(stream, "50% ━━"), stream.buffer.getvalue()
    (True, b'50% ==')
    """
    try:
        stream.write(encodable(words, getattr(stream, "encoding", None)))
        stream.flush()
    except (AttributeError, ValueError, OSError):
        return False
    return True
