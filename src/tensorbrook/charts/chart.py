"""Charts as self-contained SVG pictures: curves, points, boundaries, matrices, images, bars."""

from __future__ import annotations

import math

import numpy as np

from .svg import (
    COLORS,
    Frame,
    Picture,
    document,
    element,
    finite_range,
    image,
    marker,
    text,
    text_width,
    tick_label,
)
from .textchart import series, text_chart, text_matrix

WIDTH, HEIGHT = 560, 340


def _heading(title: str, entries, width: float) -> tuple[str, float]:
    """Return title and legend markup with the height they take; entries: (name, mark markup)."""
    parts, y = [], 16.0
    if title:
        y = 28.0
        parts.append(text(16, y, title, size=15, font_weight="600"))
    if entries:
        x, y = 16.0, y + 22 if title else 24.0
        for name, mark in entries:
            needed = 24 + text_width(name) + 18
            if x + needed > width and x > 16:
                x, y = 16.0, y + 20
            parts.append(element("g", mark, transform=f"translate({x:g} {y - 4:g})"))
            parts.append(text(x + 24, y, name))
            x += needed
    return "".join(parts), y + (14 if parts else 0)


def _line_key(color: str, dashed: bool = False) -> str:
    return element(
        "line",
        x1=0,
        x2=18,
        y1=0,
        y2=0,
        stroke=color,
        stroke_width=2.6,
        stroke_dasharray="5 3" if dashed else None,
    )


def _sized(title: str, entries, width: int, height: int, **axes):
    """Return (heading markup, frame): the plotting area left under the heading."""
    heading, top = _heading(title, entries, width)
    frame = Frame((64, top + 4, width - 84, height - top - 52), **axes)
    return heading, frame


def line_chart(
    curves,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    log_y: bool = False,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Picture:
    """Draw curves: `{name: ys}` (x counts from 1) or `{name: (xs, ys)}`.

    A curve whose name begins with `val_` or "validation" is dashed. Values that are not finite
    leave a gap. With `log_y`, values <= 0 leave a gap too.

    Raises:
        ValueError: without a curve, or where xs and ys differ in length.

    Example:

    >>> from tensorbrook.charts.chart import line_chart
    >>> picture = line_chart({"loss": [1.0, 0.5, 0.25]}, title="Loss")
    >>> picture.svg.count("<polyline")
    1
    """
    given = series(curves)
    if not given:
        raise ValueError("line_chart: expected at least one curve, got none.")
    every_x = [x for xs, _ in given.values() for x in xs]
    every_y = np.array([y for _, ys in given.values() for y in ys])
    looks = {
        name: (COLORS[i % len(COLORS)], name.startswith(("val_", "validation")))
        for i, name in enumerate(given)
    }
    entries = [(name, _line_key(*look)) for name, look in looks.items()]
    if log_y:
        low, high = finite_range(np.log10(every_y[every_y > 0]))
        y_range = 10.0**low, 10.0**high
    else:
        y_range = finite_range(every_y)
    heading, frame = _sized(
        title,
        entries,
        width,
        height,
        x_range=finite_range(every_x, pad=0.0),
        y_range=y_range,
        log_y=log_y,
        whole_x=all(x.is_integer() for x in every_x),
    )
    for name, (xs, ys) in given.items():
        frame.line(xs, ys, *looks[name])
    body = document(width, height, heading, frame.axes(x_label, y_label), *frame.marks, title=title)
    return Picture(body, text_chart(curves, title), title)


def scatter_chart(
    points,
    labels=None,
    lines=None,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    names=None,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Picture:
    """Draw points of shape (n, 2), coloured and shaped by their class, with lines over them.

    Args:
        points: array of shape (n, 2).
        labels: class of each point, or None for a single class.
        lines: `{name: (xs, ys)}` drawn over the points (a regression line, a boundary).
        names: what the classes are called in the legend, `{class: name}`; default the class.

    Raises:
        ValueError: for points of another shape or labels of another length.

    Example:

    >>> from tensorbrook.charts.chart import scatter_chart
    >>> scatter_chart([[0, 0], [1, 1]], labels=[0, 1]).svg.count("<circle")
    2
    """
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"scatter_chart: expected points of shape (n, 2), got {points.shape}.")
    lines = series(lines or {})
    heading, frame = _sized(
        title,
        _class_entries(labels, names) + _line_entries(lines),
        width,
        height,
        x_range=finite_range(points[:, 0]),
        y_range=finite_range(points[:, 1]),
    )
    _draw_classes(frame, points, labels)
    marks = [*frame.marks]
    frame.marks = []
    for index, (xs, ys) in enumerate(lines.values()):
        frame.line(xs, ys, _line_color(index), dashed=index > 0, width=2.6)
    over = element("g", *frame.marks, clip_path=_clip(frame)) if lines else ""
    axes = frame.axes(x_label, y_label)
    body = document(width, height, _clips(frame), heading, axes, *marks, over, title=title)
    return Picture(body, f"{title or 'points'}: {len(points)} points", title)


def _line_color(index: int) -> str:
    return (COLORS[3], COLORS[2], *COLORS[4:])[index % 8]


def _line_entries(lines) -> list[tuple[str, str]]:
    return [(name, _line_key(_line_color(i), dashed=i > 0)) for i, name in enumerate(lines)]


def _classes(labels) -> list:
    return [] if labels is None else sorted(set(np.asarray(labels).ravel().tolist()))


def _class_entries(labels, names) -> list[tuple[str, str]]:
    return [
        (str((names or {}).get(c, c)), marker(9, 0, COLORS[i % len(COLORS)], i, 5))
        for i, c in enumerate(_classes(labels))
    ]


def _draw_classes(frame: Frame, points, labels, radius: float = 4.5) -> None:
    if labels is None:
        frame.points(points[:, 0], points[:, 1], COLORS[0], 0, radius)
        return
    labels = np.asarray(labels).ravel()
    if len(labels) != len(points):
        raise ValueError(f"chart: {len(points)} points but {len(labels)} labels.")
    for index, value in enumerate(_classes(labels)):
        chosen = points[labels == value]
        color = COLORS[index % len(COLORS)]
        frame.points(chosen[:, 0], chosen[:, 1], color, index, radius)


def _clip(frame: Frame) -> str:
    return f"url(#{_clip_name(frame)})"


def _clip_name(frame: Frame) -> str:
    # Pictures share one page, so the name must tell frames of other places apart.
    return f"tb-clip-{frame.left:g}-{frame.top:g}-{frame.width:g}-{frame.height:g}".replace(
        ".", "_"
    )


def _clips(frame: Frame) -> str:
    area = element("rect", x=frame.left, y=frame.top, width=frame.width, height=frame.height)
    return element("defs", element("clipPath", area, id=_clip_name(frame)))


def decision_chart(
    probability,
    points,
    labels,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    names=None,
    threshold: float = 0.5,
    cells: int = 80,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Picture:
    """Draw what a two-class model says everywhere in the plane, its boundary, and the points.

    Args:
        probability: function from an array of shape (m, 2) to m probabilities of class 1.
        points, labels: the data, shapes (n, 2) and (n,), classes 0 and 1.
        threshold: the boundary is drawn where the probability crosses it.
        cells: the plane is sampled on a grid of cells x cells.

    Example:

    >>> from tensorbrook.charts.chart import decision_chart
    >>> chart = decision_chart(lambda at: at[:, 0], [[0.1, 0], [0.9, 1]], [0, 1], cells=4)
    >>> chart.svg.count("<image")
    1
    """
    points = np.asarray(points, dtype=np.float64)
    (x_low, x_high), (y_low, y_high) = (
        finite_range(points[:, 0], 0.08),
        finite_range(points[:, 1], 0.08),
    )
    xs, ys = np.linspace(x_low, x_high, cells), np.linspace(y_low, y_high, cells)
    places = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    values = np.asarray(probability(places), dtype=np.float64).reshape(cells, cells)
    heading, frame = _sized(
        title,
        [*_class_entries(labels, names), ("decision boundary", _line_key(COLORS[3]))],
        width,
        height,
        x_range=(x_low, x_high),
        y_range=(y_low, y_high),
    )
    heat = image(
        frame.left,
        frame.top,
        frame.width,
        frame.height,
        _two_sided_colors(values[::-1], threshold),
        smooth=True,
    )
    for (ax, ay), (bx, by) in contour(xs, ys, values, threshold):
        frame.line((ax, bx), (ay, by), COLORS[3], width=2.4)
    _draw_classes(frame, points, labels)
    axes = frame.axes(x_label, y_label)
    body = document(width, height, heading, axes, heat, *frame.marks, title=title)
    return Picture(body, f"{title or 'decision boundary'}: {len(points)} points", title)


def _two_sided_colors(values: np.ndarray, middle: float) -> np.ndarray:
    """Return RGBA cells: the colour of class 0 below `middle`, of class 1 above, faint near it."""
    spread = np.where(values < middle, middle, 1.0 - middle)
    strength = np.clip(np.abs(values - middle) / np.maximum(spread, 1e-9), 0.0, 1.0)
    low, high = (
        np.array([int(COLORS[i][k : k + 2], 16) for k in (1, 3, 5)], np.uint8) for i in (0, 1)
    )
    color = np.where((values < middle)[..., None], low, high)
    alpha = np.round(16 + 90 * np.nan_to_num(strength)).astype(np.uint8)
    return np.concatenate([color.astype(np.uint8), alpha[..., None]], axis=-1)


def contour(xs, ys, values, level: float) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the segments of the line where `values[row, column]` crosses `level`.

    Each cell between four samples is cut on its edges by linear interpolation.

    Example:

    >>> from tensorbrook.charts.chart import contour
    >>> contour([0.0, 1.0], [0.0, 1.0], np.array([[0.0, 1.0], [0.0, 1.0]]), 0.25)
    [((0.25, 0.0), (0.25, 1.0))]
    """
    segments = []
    above = np.asarray(values) > level
    for r in range(len(ys) - 1):
        for c in range(len(xs) - 1):
            corners = [(r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c)]
            if len({bool(above[at]) for at in corners}) == 1:
                continue
            cuts = []
            for (ra, ca), (rb, cb) in zip(corners, corners[1:] + corners[:1]):
                if above[ra, ca] != above[rb, cb]:
                    share = float((level - values[ra, ca]) / (values[rb, cb] - values[ra, ca]))
                    x = xs[ca] + share * (xs[cb] - xs[ca])
                    y = ys[ra] + share * (ys[rb] - ys[ra])
                    cuts.append((float(x), float(y)))
            segments.extend(zip(cuts[::2], cuts[1::2]))
    return segments


def matrix_chart(
    matrix,
    rows=None,
    columns=None,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    numbers: bool = True,
    width: int = WIDTH,
) -> Picture:
    """Draw a matrix as coloured cells with their numbers: a heat map, a confusion matrix.

    Args:
        rows, columns: names of the rows and columns; default their indices.
        numbers: write each value into its cell.

    Example:

    >>> from tensorbrook.charts.chart import matrix_chart
    >>> matrix_chart([[5, 1], [0, 4]], title="confusion").svg.count("<rect")
    5
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"matrix_chart: expected a matrix, got shape {matrix.shape}.")
    rows = [str(r) for r in (rows if rows is not None else range(matrix.shape[0]))]
    columns = [str(c) for c in (columns if columns is not None else range(matrix.shape[1]))]
    heading, top = _heading(title, [], width)
    left = 46 + max(text_width(r, 11) for r in rows)
    side = min((width - left - 20) / matrix.shape[1], 44.0)
    top += 8
    largest = float(np.nanmax(np.abs(matrix.astype(np.float64)))) or 1.0
    parts = [heading]
    for r, row in enumerate(matrix):
        middle = top + (r + 0.5) * side + 4
        parts.append(text(left - 8, middle, rows[r], size=11, anchor="end", kind="soft"))
        for c, value in enumerate(row):
            parts.append(_cell(left + c * side, top + r * side, side, value, largest, numbers))
    bottom = top + side * matrix.shape[0]
    for c, name in enumerate(columns):
        middle = left + (c + 0.5) * side
        parts.append(text(middle, bottom + 16, name, size=11, anchor="middle", kind="soft"))
    center = left + side * matrix.shape[1] / 2
    if x_label:
        parts.append(text(center, bottom + 36, x_label, anchor="middle", kind="soft"))
    if y_label:
        turn = f"rotate(-90 18 {(top + bottom) / 2:.1f})"
        middle = (top + bottom) / 2
        parts.append(text(18, middle, y_label, anchor="middle", kind="soft", transform=turn))
    height = bottom + (48 if x_label else 28)
    fitted = left + side * matrix.shape[1] + 20
    width = max(fitted, 32 + text_width(title, 15))
    return Picture(document(width, height, *parts, title=title), text_matrix(matrix), title)


def _cell(x: float, y: float, side: float, value, largest: float, numbers: bool) -> str:
    share = abs(float(value)) / largest
    # A square root keeps the few wrong answers of a good model visible beside the many right ones.
    strength = 0.04 + 0.9 * math.sqrt(share) if math.isfinite(share) else 0.0
    color = COLORS[0] if value >= 0 else COLORS[1]
    rect = element(
        "rect",
        x=x + 1,
        y=y + 1,
        width=side - 2,
        height=side - 2,
        rx=3,
        fill=color,
        fill_opacity=round(strength, 3),
    )
    if not numbers:
        return rect
    words = str(value) if np.issubdtype(type(value), np.integer) else f"{value:.2f}"
    size = min(12.0, side * 0.42, side * 0.86 / max(text_width(words, 1), 0.1))
    kind = "on" if strength > 0.6 else ("soft" if share == 0 else "text")
    place = x + side / 2, y + side / 2 + size * 0.36
    return rect + text(*place, words, size=round(size, 1), anchor="middle", kind=kind)


def image_grid(
    images, captions=None, wrong=None, columns: int = 8, title: str = "", tile: int = 60
) -> Picture:
    """Draw small images in rows with captions under them.

    Args:
        images: array of shape (n, height, width) or (n, height, width, 1 or 3). Grey images are
            drawn as ink on paper; values are scaled from the smallest to the largest of all.
        captions: n texts, such as "7" or "7, said 1".
        wrong: n truth values; captions of the true ones are drawn as errors.

    Example:

    >>> from tensorbrook.charts.chart import image_grid
    >>> image_grid(np.zeros((3, 8, 8)), captions="012", columns=2).svg.count("<image")
    3
    """
    images = np.asarray(images, dtype=np.float64)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim not in (3, 4) or not len(images):
        raise ValueError(
            "image_grid: expected images of shape (n, height, width) or (n, height, width, 3), "
            f"got {images.shape}."
        )
    low, high = float(images.min()), float(images.max())
    shades = np.round((images - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    if images.ndim == 3:
        shades = 255 - shades
    heading, top = _heading(title, [], 10_000)
    step_x, step_y = tile + 14, tile + (30 if captions is not None else 12)
    columns = min(columns, len(images))
    parts = [heading]
    for index, pixels in enumerate(shades):
        x = 16 + (index % columns) * step_x
        y = top + 8 + (index // columns) * step_y
        frame = element(
            "rect", x=x - 2, y=y - 2, width=tile + 4, height=tile + 4, rx=4, class_="tb-tile"
        )
        parts += [frame, image(x, y, tile, tile, pixels)]
        if captions is not None:
            kind = "bad" if wrong is not None and wrong[index] else "soft"
            place = x + tile / 2, y + tile + 17
            parts.append(text(*place, captions[index], size=11, anchor="middle", kind=kind))
    width = max(18 + columns * step_x, 32 + text_width(title, 15))
    height = top + 12 + math.ceil(len(images) / columns) * step_y
    words = f"{title or 'images'}: {len(images)} of {'x'.join(map(str, images.shape[1:]))}"
    return Picture(document(width, height, *parts, title=title), words, title)


def bar_chart(values, title: str = "", x_label: str = "", unit: str = "", width=WIDTH) -> Picture:
    """Draw horizontal bars: `{name: value}`, values finite and not negative.

    Example:

    >>> from tensorbrook.charts.chart import bar_chart
    >>> print(bar_chart({"tape": 0.96, "fit": 0.97}))
    tape ███████████████████████████████████████ 0.96
    fit  ████████████████████████████████████████ 0.97
    """
    values = {str(name): float(value) for name, value in values.items()}
    if not values or min(values.values()) < 0 or not all(map(math.isfinite, values.values())):
        raise ValueError(f"bar_chart: expected finite values >= 0, got {values}.")
    heading, top = _heading(title, [], width)
    left = 28 + max(text_width(name) for name in values)
    largest = max(values.values()) or 1.0
    room = width - left - 30 - max(text_width(tick_label(v) + unit) for v in values.values())
    parts = [heading]
    for index, (name, value) in enumerate(values.items()):
        y = top + 8 + index * 32
        length = max(room * value / largest, 1.0)
        color = COLORS[index % len(COLORS)]
        parts += [
            text(left - 10, y + 15, name, anchor="end"),
            element("rect", x=left, y=y, width=length, height=22, rx=3, fill=color),
            text(left + length + 8, y + 15, tick_label(value) + unit, kind="soft"),
        ]
    height = top + 16 + 32 * len(values) + (20 if x_label else 0)
    if x_label:
        parts.append(text(left, height - 10, x_label, kind="soft"))
    wide = max(len(name) for name in values)
    words = "\n".join(
        f"{name.ljust(wide)} {'█' * int(40 * v / largest)} {tick_label(v)}{unit}"
        for name, v in values.items()
    )
    return Picture(document(width, height, *parts, title=title), words, title)


def history_chart(history, title: str = "", across: int = 2) -> Picture:
    """Draw a training history: one panel for each quantity, training and validation together.

    Args:
        history: `{name: one value an epoch}`; `val_name` belongs to `name`.
        across: panels in a row.

    Raises:
        ValueError: for an empty history.

    Example:

    >>> from tensorbrook.charts.chart import history_chart
    >>> history = {"loss": [1.0, 0.5], "val_loss": [1.1, 0.7], "accuracy": [0.5, 0.9]}
    >>> history_chart(history).svg.count("<polyline")
    3
    """
    history = {name: values for name, values in history.items() if len(values)}
    if not history:
        raise ValueError("history_chart: the history is empty; call it after fit().")
    names = [n for n in history if not (n.startswith("val_") and n[4:] in history)]
    # The loss comes first, whatever order the metrics were logged in.
    names.sort(key=lambda name: name != "loss")
    across = min(len(names), across)
    width, height = (430, 290) if across > 1 else (WIDTH, 280)
    panels, words = [], []
    for index, name in enumerate(names):
        curves = {f"training {name}": history[name]}
        if f"val_{name}" in history:
            curves[f"validation {name}"] = history[f"val_{name}"]
        panel = line_chart(curves, x_label="epoch", width=width, height=height)
        x, y = (index % across) * width, (index // across) * height + (30 if title else 0)
        panels.append(panel.svg.replace("<svg ", f'<svg x="{x}" y="{y}" ', 1))
        words.append(panel.words)
    heading = text(16, 28, title, size=15, font_weight="600") if title else ""
    total = height * math.ceil(len(names) / across) + (30 if title else 0)
    body = document(width * across, total, heading, *panels, title=title or "training history")
    return Picture(body, "\n\n".join(words), title or "training history")
