"""`tensorbrook lesson`: from a tensor to a network that reads digits, run, measured and drawn."""

from __future__ import annotations

import argparse
import contextlib
import io
import platform
import re
import sys
import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ... import version
from ...base.files import replacing
from ...charts import terminal
from . import basics, classify, digits
from .chapter import Chapter
from .data import load
from .report import Told, page

CHAPTERS: list[Chapter] = [*basics.CHAPTERS, *classify.CHAPTERS, *digits.CHAPTERS]
TITLE = "From a tensor to a network that reads pictures"
LEAD = (
    "A lesson in {count} short chapters, run from beginning to end just now on this computer. Each "
    "chapter shows the code that ran, what it printed, what was measured, and pictures where they "
    "help."
)


class _Screen:
    """The lesson's progress: a moving line on a terminal, one line a chapter everywhere."""

    def __init__(self, stream):
        import rich.console

        self.stream = stream
        color = terminal.wants_color(stream)
        self.console = rich.console.Console(
            file=stream, highlight=False, no_color=not color, legacy_windows=False
        )

    def print(self, words: str) -> None:
        """Print one line; `[...]` is rich's markup."""
        words = terminal.encodable(words, getattr(self.stream, "encoding", None))
        self.console.print(words, soft_wrap=True)

    @contextlib.contextmanager
    def listening(self, title: str):
        """Collect what is printed meanwhile; its last line is shown beside the title."""
        if not terminal.is_terminal(self.stream):
            collected = io.StringIO()
            with contextlib.redirect_stdout(collected):
                yield collected
            return
        # "line" is a spinner of ASCII characters, which every terminal has.
        with self.console.status(title, spinner="line") as status:
            collected = _Listener(lambda line: status.update(f"{title} [dim]{_plain(line)}[/]"))
            with contextlib.redirect_stdout(collected):
                yield collected


class _Listener(io.StringIO):
    def __init__(self, heard):
        super().__init__()
        self.heard = heard

    def write(self, words: str) -> int:
        if words.strip():
            self.heard(words.strip().splitlines()[-1][:70])
        return super().write(words)


def _plain(words: str) -> str:
    """Return `words` with nothing that rich would take for markup."""
    return words.replace("[", "(").replace("]", ")")


def _cleaned(printed: str) -> str:
    """Return what a terminal would show in the end: no colours, lines drawn over only once."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).split("\n")
    return "\n".join(line.rsplit("\r", 1)[-1].rstrip() for line in lines)


def tell(pictures: dict, quick: bool = False, stream=None) -> tuple[list[Told], dict]:
    """Run all chapters; return how each went and all results.

    Args:
        pictures: what the last chapters learn from; see `load`.
        quick: fewer epochs and, of a large set, fewer pictures.
        stream: where progress is shown; default standard output.
    """
    screen = _Screen(stream or sys.stdout)
    results = dict(pictures)
    small = len(results["images"]) < 10_000
    if quick and not small:
        results |= {key: results[key][:12_000] for key in ("images", "classes")}
    results["epochs"] = (16 if quick else 30) if small else (3 if quick else 5)
    results["batch_size"] = 32 if small else 128
    told = []
    for number, chapter in enumerate(CHAPTERS, 1):
        title = f"{number:2d} {chapter.title}"
        started = time.perf_counter()
        with screen.listening(title) as printed:
            results |= chapter.run(results)
        seconds = time.perf_counter() - started
        facts = chapter.facts(results)
        figures = chapter.figures(results)
        told.append(Told(chapter, _cleaned(printed.getvalue()), figures, facts, seconds))
        screen.print(f"[bold]{title}[/]  [dim]{seconds:.2f} s[/]")
        for fact in facts:
            screen.print(f"     {_plain(fact)}")
    return told, results


def write_report(told: list[Told], results: dict, path) -> Path:
    """Write the report of `tell` to `path`; return the file."""
    seconds = sum(part.seconds for part in told)
    cards = {
        "test accuracy, a loop of one's own": f"{results['tape_accuracy']:.1%}",
        "test accuracy, fit": f"{results['fit_accuracy']:.1%}",
        f"{results['set_name']}: pictures": f"{len(results['images']):,}",
        f"all {len(told)} chapters": f"{seconds:.1f} s",
    }
    footer = (
        f"tensorbrook {version.TENSORBROOK} (follows TensorFlow {version.VERSION}), NumPy "
        f"{np.__version__}, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}."
    )
    path = Path(path)
    lead = LEAD.format(count=len(told))
    with replacing(path, synced=False) as new:
        Path(new).write_text(page(told, TITLE, lead, cards, footer), encoding="utf-8")
    return path


def main(argv: Sequence[str] | None = None) -> None:
    """Carry out `tensorbrook lesson`."""
    parser = argparse.ArgumentParser(
        prog="tensorbrook lesson",
        description="From a tensor to a trained network: every chapter is run, and one HTML page "
        "shows the code, the figures it gave, and pictures.",
    )
    parser.add_argument(
        "--data",
        default="digits",
        metavar="SET",
        help="digits (scikit-learn's, no network needed), mnist, fashion-mnist, or a folder with "
        "IDX files; default digits",
    )
    parser.add_argument("--out", default="report.html", help="the report; default report.html")
    parser.add_argument("--quick", action="store_true", help="fewer epochs")
    parser.add_argument("--open", action="store_true", help="show the report in a browser")
    given = parser.parse_args(argv)
    try:
        pictures = load(given.data)
    except (ModuleNotFoundError, OSError, ValueError) as error:
        raise SystemExit(f"tensorbrook lesson: {error}") from error
    Path(given.out).parent.mkdir(parents=True, exist_ok=True)
    told, results = tell(pictures, given.quick)
    path = write_report(told, results, given.out)
    seconds = sum(part.seconds for part in told)
    print(f"\n{len(told)} chapters in {seconds:.1f} s. The report: {path}")
    if given.open:
        webbrowser.open(path.resolve().as_uri())
