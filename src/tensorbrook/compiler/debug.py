"""TENSORBROOK_DEBUG: what programs are made of and where their time goes, on stderr.

From level 1 on a table of times is printed when the process ends; from 2 on also each program's
steps when it is compiled, from 3 on its graph before and after the passes (see graph/passes), and
from 4 on its kernels in LLVM's language and in the processor's.
"""

import atexit
import ctypes
import sys
from collections import Counter
from math import prod
from time import perf_counter_ns

from ..base.config import settings
from ..base.dims import typical
from . import engine
from .emit import native_dtype
from .table import KINDS
from .target import llvm, new_machine

_ROW_BYTES, _MOST_ROWS = 64, 20
_NESTED = {KINDS[kind] for kind in ("loop", "while", "branch")}
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
    """The times of the steps that run one kernel.

    Attributes:
      kind, what: the kind of its kernel, and what it computes.
      flops, bytes: of one run, at the sizes of the first call; 0 where they are not known.
      key: what rows of one kernel have in common.
      calls, nanoseconds, shortest: how often it ran, how long in all, and at best.
    """

    def __init__(self, step):
        self.kind, self.what = kind_of(step), " ".join(words_of(step))
        if hasattr(step.kernel, "space"):
            self.what += f" {step.kernel.space()}"
        self.flops = getattr(step.kernel, "flops", 0)
        known = hasattr(step.kernel, "code") or self.flops  # others may read what they like
        self.bytes = typical(sum(map(_touched, (*step.reads, *step.writes)))) if known else 0
        self.key = self.kind, self.what, self.flops, self.bytes
        self.calls = self.nanoseconds = 0
        self.shortest = 1 << 62


class Table:
    """The times of one program.

    Attributes:
      rows: each once.
      of_steps: for each step that is no loop or branch its Row.
    """

    def __init__(self, program):
        self.name, self.calls, self.about = program.graph.name, 0, _about(program)
        made, rows = [Row(s) for s in program.steps if not s.parts], {}
        self.of_steps = [rows.setdefault(r.key, r) for r in made]
        self.rows = list(rows.values())

    def text(self):
        """The rows by share of the time, aligned; rates are those of the shortest run."""
        total = sum(r.nanoseconds for r in self.rows) or 1
        mean = total / max(self.calls, 1) / 1e3
        lines = [f"{self.name}: {self.calls} calls of {mean:.1f} us; {self.about}"]
        lines.append("  share  calls  total ms   mean us    min us  GFLOP/s   GB/s  kernel    what")
        rows = sorted([r for r in self.rows if r.calls], key=lambda r: -r.nanoseconds)
        for r in rows[:_MOST_ROWS]:
            mean, least = r.nanoseconds / r.calls, max(r.shortest, 1)
            flops = f"{r.flops / least:.1f}" if r.flops else ""
            speed = f"{r.bytes / least:.1f}" if r.bytes else ""
            lines.append(
                f"  {r.nanoseconds / total:5.1%} {r.calls:6} {r.nanoseconds / 1e6:9.3f} "
                f"{mean / 1e3:9.2f} {least / 1e3:9.2f} {flops:>8} {speed:>6}  {r.kind:9} {r.what}"
            )
        if len(rows) > _MOST_ROWS:
            rest = sum(r.nanoseconds for r in rows[_MOST_ROWS:]) / total
            lines.append(f"  {rest:5.1%} {len(rows) - _MOST_ROWS} more kernels")
        return "\n".join(lines)


class _Watch:
    """The driver, called once a step, with the time of each taken.

    Loops and branches are walked here as the driver walks them: see @steps in driver.ll.
    """

    def __init__(self, program, execute):
        self._execute, self.table = execute, Table(program)
        self._rows = program._table.rows[: len(program.steps)]  # as they are at the latest sizes
        measured = iter(self.table.of_steps)
        self._steps = [
            (None, None) if s.parts else (program._head.copy(), next(measured))
            for s in program.steps
        ]
        for at, (head, _) in enumerate(self._steps):
            if head is not None:
                head["steps"] += _ROW_BYTES * at
                head["step_count"] = 1
                head["relocation_count"] = 0  # the program is pointed at the arrays once a call
        self._first = program._head.copy()
        self._first["step_count"] = 0
        if not _tables:
            atexit.register(report)
        _tables.append(self.table)

    def __call__(self, head, *arrays):
        status = self._execute(self._first, *arrays)
        if status:
            return status
        refused = self._run(0, len(self._rows))
        if refused is not None:
            head["refused"] = refused
            return 1
        self.table.calls += 1
        return 0

    def _run(self, at, end):
        """Runs steps [at, end); returns the number of one that refused, or None."""
        while at < end:
            kind, body, arguments, rounds, count = self._rows[at, :5].tolist()
            inside, behind = at + 1, at + 1 + (body if kind in _NESTED else 0)
            refused = None
            if kind not in _NESTED:
                refused = self._measure(at)
            elif kind == KINDS["loop"]:
                for k in range(rounds):
                    _move(arguments, count, k)
                    refused = self._run(inside, behind)
                    if refused is not None:
                        break
            elif kind == KINDS["while"]:
                refused = self._run(inside, inside + count)
                while refused is None and _flag(arguments):
                    refused = self._run(inside + count, behind)
                    refused = self._run(inside, inside + count) if refused is None else refused
            else:
                first = _flag(arguments)
                refused = self._run(inside, behind) if first else self._run(behind, behind + count)
                behind += count
            if refused is not None:
                return refused
            at = behind
        return None

    def _measure(self, at):
        head, row = self._steps[at]
        started = perf_counter_ns()
        status = self._execute(head)
        took = perf_counter_ns() - started
        if status:
            return at
        row.calls += 1
        row.nanoseconds += took
        row.shortest = min(row.shortest, took)
        return None


def _word(address):
    return ctypes.c_int64.from_address(address)


def _move(entries, count, k):
    """Points what moves with a loop at its place in round k."""
    for entry in range(entries, entries + 24 * count, 24):
        slot, start, by = (_word(entry + 8 * i).value for i in range(3))
        _word(slot).value = start + by * k


def _flag(pointer):
    return bool(ctypes.c_int8.from_address(_word(pointer).value).value)


def report(file=None):
    """Prints the times of all programs that ran since TENSORBROOK_DEBUG was 1 or more.

    Args:
      file: where to; by default stderr.
    """
    ran = [t for t in _tables if t.calls]
    for table in sorted(ran, key=lambda t: -sum(r.nanoseconds for r in t.rows)):
        print(table.text(), file=file or sys.stderr)


# -- words -----------------------------------------------------------------------------------------


def _outermost(steps):
    """(number, step) of those of a program's steps that are within no other."""
    at = 0
    while at < len(steps):
        yield at, steps[at]
        at += len(list(_walk([steps[at]])))


def _walk(steps, depth=0):
    """(depth, step) of outermost steps, each followed by those within it."""
    for step in steps:
        yield depth, step
        for part in step.parts:
            yield from _walk(part, depth + 1)


def kind_of(step):
    """What runs a step, in a word: the kind of its kernel or of its loop, or NumPy."""
    if step.parts:
        return step.kind
    if step.kernel is None:
        return "NumPy"
    return "fused" if hasattr(step.kernel, "code") else step.kernel.key.split()[0]


def words_of(step):
    """What a step computes: the names of its operations, in order."""
    if step.parts:
        rounds = f" {step.rounds} times" if step.kind == "loop" else ""
        return [f"{step.node.op.name} of {len(list(_walk([step]))) - 1} steps{rounds}"]
    code = getattr(step.kernel, "code", None)
    if code is None:
        return [step.node.op.name if step.node is not None else "copy"]
    names = [s[1] if s[0] == "op" else f"reduce_{s[1]}" for s in code if s[0] in ("op", "reduce")]
    counts = Counter(names)
    return [name if n == 1 else f"{name}*{n}" for name, n in counts.items()]


def program_text(program):
    """A program's steps: kernel, iteration space, what it computes, what it reads and writes."""
    lines = [f"program {program.graph.name}: {_about(program)}"]
    for i, (depth, step) in enumerate(_walk([s for _, s in _outermost(program.steps)])):
        margin = "  " * (depth + 1)
        count = 1 if step.kernel is None else step.kernel.chunks
        chunks = f", {count} chunks" if count > 1 else ""
        words = " ".join(words_of(step))
        lines.append(f"{margin}{i} {kind_of(step)} {_space(step)}{chunks}: {words}")
        for verb, views in (("reads", step.reads), ("writes", step.writes)):
            if views:
                lines.append(f"{margin}    {verb} {', '.join(_place(program, v) for v in views)}")
    return "\n".join(lines)


def code_text(program):
    """A program's kernels as LLVM's text and as assembly, each kernel once."""
    kernels = {s.kernel.key: s for s in program.steps if s.kernel is not None}
    lines = [
        f"; {engine.kernel_name(key)}: {kind_of(s)} {' '.join(words_of(s))}"
        for key, s in kernels.items()
    ]
    text = engine.llvm_text([s.kernel for s in kernels.values()])
    assembly = new_machine().emit_assembly(llvm().parse_assembly(text))
    return "\n".join([*lines, text, assembly])


def explained(program):
    """Lines of text: the kernels, what was fused, and what runs on NumPy and why."""
    steps = program.steps
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
    if step.node is not None and "native" in step.node.op.rules:
        return "no native code for these shapes or attributes"
    return "no native code"


def _about(program):
    slow = sum(kind_of(s) == "NumPy" for s in program.steps)
    return (
        f"{len(program.steps)} steps ({slow} NumPy), arena {program.arena_bytes} bytes, "
        f"{program._pool.threads} threads"
    )


def _space(step):
    """The iteration space; an axis that is reduced stands in brackets."""
    kernel = step.kernel
    if hasattr(kernel, "reduced"):
        axes = [f"[{d}]" if r else str(d) for d, r in zip(kernel.sizes, kernel.reduced)]
        return " x ".join(axes)
    if hasattr(kernel, "space"):
        return kernel.space()
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
