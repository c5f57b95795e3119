"""What a chapter of the lesson is."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Chapter:
    """A function that is run and shown, and what is said and drawn of its results.

    Args:
        title: the heading.
        code: the function. Its parameters are named after earlier chapters' results; it returns
            a dict of its own results, and may print.
        words: what the chapter explains.
        figures: from all results so far to pictures.
        facts: from all results so far to sentences with measured values.
    """

    title: str
    code: Callable[..., dict]
    words: str
    figures: Callable[[dict], list] = lambda results: []
    facts: Callable[[dict], list] = lambda results: []

    @property
    def source(self) -> str:
        """The source of `code`, which is what runs."""
        return textwrap.dedent(inspect.getsource(self.code))

    def run(self, results: dict) -> dict:
        """Call `code` with the results that it names; return its own."""
        return self.code(
            **{name: results[name] for name in inspect.signature(self.code).parameters}
        )
