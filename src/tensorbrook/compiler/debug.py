"""TENSORBROOK_DEBUG: what programs are made of and where their time goes, on stderr.

From level 1 on a table of times is printed when the process ends; from 2 on also each program's
steps when it is compiled, from 3 on its graph before and after the passes (see graph/passes), and
from 4 on its kernels in LLVM's language and in the processor's.
"""

import atexit
import sys
from collections import Counter
from math import prod
from time import perf_counter_ns

from ..base.config import settings
from . import engine
from .emit import native_dtype
from .lower import RULES
from .target import llvm, new_machine

_ROW_BYTES, _MOST_ROWS = 64, 20
_tables = []  # of the programs that were measured


def watched(program, execute):
    """The driver's `execute` for a program, or what also measures it, as the level asks."""
    if settings.debug >= 2:
        print(program_text(program), file=sys.stderr)
    if settings.debug >= 4:
        print(code_text(program), file=sys.stderr)
    return _Watch(program, execute) if settings.debug >= 1 else execute


# -- time ------------------------------------------------------------------------------------------


class Row:
    """The times of one step.

    Attributes:
      kind, what: the kind of its kernel, and what it computes.
      flops, bytes: of one run; 0 where they are not known.
      calls, nanoseconds: so far.
    """

    def __init__(self, step):
        self.kind, self.what = kind_of(step), " ".join(words_of(step))
        self.flops = getattr(step.kernel, "flops", 0)
        self.bytes = sum(map(_touched, (*step.reads, *step.writes)))
        self.calls = self.nanoseconds = 0


class Table:
    """The times of one program, a Row a step."""

    def __init__(self, program):
        self.name, self.rows = program.graph.name, [Row(s) for s in program.steps]
        self.about = _about(program)

    def text(self):
        """The rows by share of the time, aligned."""
        total = sum(r.nanoseconds for r in self.rows) or 1
        calls = max((r.calls for r in self.rows), default=0)
        lines = [
            f"{self.name}: {calls} calls of {total / max(calls, 1) / 1e3:.1f} us; {self.about}"
        ]
        lines.append("  share  calls   total ms    mean us  GFLOP/s   GB/s  kernel    what")
        rows = sorted(self.rows, key=lambda r: -r.nanoseconds)
        for r in rows[:_MOST_ROWS]:
            time = max(r.nanoseconds, 1)
            flops = f"{r.flops * r.calls / time:.1f}" if r.flops else ""
            speed = f"{r.bytes * r.calls / time:.1f}" if r.bytes else ""
            lines.append(
                f"  {r.nanoseconds / total:5.1%} {r.calls:6} {time / 1e6:10.3f} "
                f"{time / max(r.calls, 1) / 1e3:10.2f} {flops:>8} {speed:>6}  {r.kind:9} {r.what}"
            )
        if len(rows) > _MOST_ROWS:
            rest = sum(r.nanoseconds for r in rows[_MOST_ROWS:]) / total
            lines.append(f"  {rest:5.1%} {len(rows) - _MOST_ROWS} more steps")
        return "\n".join(lines)


class _Watch:
    """The driver, called once a step, with the time of each taken."""

    def __init__(self, program, execute):
        self._execute, self._table = execute, Table(program)
        self._heads = []
        at = 0
        for step in program.steps:
            head = program._head.copy()
            head[0] += _ROW_BYTES * at
            head[1] = 1
            self._heads.append((at, head))
            at += len(list(_walk([step])))  # the steps within a loop follow it
        if not _tables:
            atexit.register(report)
        _tables.append(self._table)

    def __call__(self, head, *arrays):
        if not self._heads:
            return self._execute(head, *arrays)
        for (at, mine), row in zip(self._heads, self._table.rows, strict=True):
            started = perf_counter_ns()
            status = self._execute(mine, *arrays)
            row.nanoseconds += perf_counter_ns() - started
            if status:
                head[6] = at + mine[6]
                return status
            row.calls += 1
            arrays = ()  # the first step has told the program where they are
        return 0


def report(file=None):
    """Prints the times of all programs that ran since TENSORBROOK_DEBUG was 1 or more.

    Args:
      file: where to; by default stderr.
    """
    ran = [t for t in _tables if any(r.calls for r in t.rows)]
    for table in sorted(ran, key=lambda t: -sum(r.nanoseconds for r in t.rows)):
        print(table.text(), file=file or sys.stderr)


# -- words -----------------------------------------------------------------------------------------


def _walk(steps, depth=0):
    """(depth, step) of all steps, those within loops and branches after the one that holds them."""
    for step in steps:
        yield depth, step
        for part in step.parts:
            yield from _walk(part, depth + 1)


def kind_of(step):
    """What runs a step, in a word: the kind of its kernel or of its loop, or NumPy."""
    if step.parts:
        return step.kind
    return "NumPy" if step.kernel is None else step.kernel.key.split()[0]


def words_of(step):
    """What a step computes: the names of its operations, in order."""
    if step.parts:
        return [f"{step.node.op.name} of {len(list(_walk([step]))) - 1} steps"]
    code = getattr(step.kernel, "code", None)
    if code is None:
        return [step.node.op.name if step.node is not None else "copy"]
    names = [s[1] if s[0] == "op" else f"reduce_{s[1]}" for s in code if s[0] in ("op", "reduce")]
    counts = Counter(names)
    return [name if n == 1 else f"{name}*{n}" for name, n in counts.items()]


def program_text(program):
    """A program's steps: kernel, iteration space, what it computes, what it reads and writes."""
    lines = [f"program {program.graph.name}: {_about(program)}"]
    for i, (depth, step) in enumerate(_walk(program.steps)):
        margin = "  " * (depth + 1)
        count = 1 if step.kernel is None else step.kernel.chunks
        chunks = f", {count} chunks" if count > 1 else ""
        words = " ".join(words_of(step))
        lines.append(f"{margin}{i} {kind_of(step)} {_space(step)}{chunks}: {words}")
        for verb, views in (("reads", step.reads), ("writes", step.writes)):
            lines.append(f"{margin}    {verb} {', '.join(_place(program, v) for v in views)}")
    return "\n".join(lines)


def code_text(program):
    """A program's kernels as LLVM's text and as assembly, each kernel once."""
    kernels = {s.kernel.key: s for _, s in _walk(program.steps) if s.kernel is not None}
    lines = [
        f"; {engine.kernel_name(key)}: {kind_of(s)} {' '.join(words_of(s))}"
        for key, s in kernels.items()
    ]
    text = engine.llvm_text([s.kernel for s in kernels.values()])
    assembly = new_machine().emit_assembly(llvm().parse_assembly(text))
    return "\n".join([*lines, text, assembly])


def explained(program):
    """Lines of text: the kernels, what was fused, and what runs on NumPy and why."""
    steps = [s for _, s in _walk(program.steps)]
    kinds = Counter(map(kind_of, steps))
    lines = ["native: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items())]
    groups = Counter(" ".join(words_of(s)) for s in steps if hasattr(s.kernel, "code"))
    lines += [f"  fused: {words}{_times(n)}" for words, n in groups.items() if " " in words]
    slow = Counter((words_of(s)[0], _why(s)) for s in steps if kind_of(s) == "NumPy")
    lines += [f"  on NumPy: {name}, {why}{_times(n)}" for (name, why), n in slow.items()]
    return lines


def _times(count):
    return f" ({count} times)" if count > 1 else ""


def _why(step):
    """Why a step runs its NumPy kernel."""
    views = (*step.reads, *step.writes)
    foreign = {v.dtype.name for v in views if not native_dtype(v.dtype)}
    if foreign:
        return f"{', '.join(sorted(foreign))} has no native code"
    if step.node is not None and step.node.op.name in RULES:
        return "no native code for these shapes or attributes"
    return "no native code"


def _about(program):
    steps = [s for _, s in _walk(program.steps)]
    slow = sum(kind_of(s) == "NumPy" for s in steps)
    return (
        f"{len(steps)} steps ({slow} NumPy), arena {program.arena_bytes} bytes, "
        f"{program._pool.threads} threads"
    )


def _space(step):
    """The iteration space; an axis that is reduced stands in brackets."""
    kernel = step.kernel
    if hasattr(kernel, "reduced"):
        axes = [f"[{d}]" if r else str(d) for d, r in zip(kernel.sizes, kernel.reduced)]
        return " x ".join(axes)
    if hasattr(kernel, "flops"):
        batch, m, k = (prod(s for s, *_ in axes) for axes in (kernel.batch, kernel.m, kernel.k))
        return f"{batch} x {m} x {kernel.n} x [{k}]"
    return " x ".join(map(str, step.writes[0].shape if step.writes else ())) or "1"


def _place(program, view):
    buffer, inputs = view.buffer, len(program.graph.inputs)
    while buffer.place[0] == "same":
        buffer = buffer.place[1]
    kind, where = buffer.place[:2]
    if kind == "array":
        place = f"input {where}" if where < inputs else f"output {where - inputs}"
    else:
        place = f"arena+{where}" if kind == "arena" else kind
    return f"{view.dtype.name}{list(view.shape)} {place}"


def _touched(view):
    """How many bytes of memory a view's elements take."""
    return prod(d for d, s in zip(view.shape, view.strides) if s) * view.dtype.itemsize
