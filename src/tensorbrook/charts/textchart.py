"""Charts with characters, for a terminal."""

from __future__ import annotations

import math

import numpy as np

from .svg import finite_range, tick_label


def series(curves) -> dict[str, tuple[list[float], list[float]]]:
    """Return each curve as (xs, ys); a plain sequence of ys counts from 1, as epochs do."""
    result = {}
    for name, curve in curves.items():
        if isinstance(curve, tuple):
            xs, ys = curve
        else:
            xs, ys = range(1, len(curve) + 1), curve
        xs, ys = [float(x) for x in xs], [float(np.mean(y)) for y in ys]
        if len(xs) != len(ys):
            raise ValueError(f"line_chart: curve {name!r} has {len(xs)} xs but {len(ys)} ys.")
        result[str(name)] = xs, ys
    return result


def text_chart(curves, title: str = "", width: int = 60, height: int = 12) -> str:
    """Return curves drawn with characters, for a terminal.

    Example:

    >>> from tensorbrook.charts.textchart import text_chart
    >>> print(text_chart({"loss": [4.0, 2.0, 1.0]}, width=9, height=4))
    4 ┤●
      │
      │    ●
    1 ┤        ●
      └─────────
       1 .. 3   ● loss
    """
    given = series(curves)
    every_x = [x for xs, _ in given.values() for x in xs]
    finite = [y for _, ys in given.values() for y in ys if math.isfinite(y)]
    if not finite:
        return f"{title or 'chart'}: no finite values"
    (x_low, x_high), (low, high) = (min(every_x), max(every_x)), (min(finite), max(finite))
    rows = [[" "] * width for _ in range(height)]
    symbols = "●○x+*#"
    for index, (xs, ys) in enumerate(given.values()):
        for x, y in zip(xs, ys):
            if math.isfinite(y):
                column = round((x - x_low) / ((x_high - x_low) or 1.0) * (width - 1))
                row = round((high - y) / ((high - low) or 1.0) * (height - 1))
                rows[row][column] = symbols[index % len(symbols)]
    labels = [tick_label(high), *[""] * (height - 2), tick_label(low)]
    wide = max(map(len, labels))
    lines = [title] if title else []
    for label, row in zip(labels, rows):
        lines.append(f"{label.rjust(wide)} {'┤' if label else '│'}{''.join(row)}".rstrip())
    legend = "  ".join(f"{symbols[i % len(symbols)]} {name}" for i, name in enumerate(given))
    lines.append(f"{' ' * wide} └{'─' * width}")
    lines.append(f"{' ' * wide}  {tick_label(x_low)} .. {tick_label(x_high)}   {legend}")
    return "\n".join(lines)


def text_matrix(matrix: np.ndarray) -> str:
    words = [[tick_label(float(v)) for v in row] for row in matrix]
    wide = max(len(w) for row in words for w in row)
    return "\n".join(" ".join(w.rjust(wide) for w in row) for row in words)


def sparkline(values) -> str:
    """Return one character a value, its height by the value: for a line of progress.

    Example:

    >>> from tensorbrook.charts.textchart import sparkline
    >>> sparkline([3.0, 2.0, 1.0])
    '█▄▁'
    """
    steps = "▁▂▃▄▅▆▇█"
    low, high = finite_range(values, pad=0.0)
    scale = (len(steps) - 1) / ((high - low) or 1.0)
    return "".join(steps[int((v - low) * scale)] if math.isfinite(v) else "×" for v in values)
