"""Small self-contained SVG pictures: elements, scales, axes, PNG tiles and the picture object.

Nothing here needs a plotting library, a font file or the network. Colours follow the reader's
light or dark setting through one style sheet that every picture carries.
"""

from __future__ import annotations

import base64
import math
import os
import unicodedata

import numpy as np

from ..base.files import replacing
from ..formats.png import written
from .terminal import encodable

COLORS = (
    "#2f7ed8",
    "#e8743b",
    "#2ca07a",
    "#c94f7c",
    "#8a6fd1",
    "#b58a00",
    "#1f9fc4",
    "#7a8794",
    "#9c6644",
    "#5f8f2f",
)
"""Colours of series and classes, in order; readable on white and on near-black."""

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif"

STYLE = (
    f".tb{{font-family:{FONT}}}"
    ".tb-paper{fill:#ffffff}.tb-tile{fill:#ffffff;stroke:#c9d0d8}.tb-box{fill:#ffffff;stroke:#8794a3}"
    ".tb-text{fill:#27313d}.tb-soft{fill:#5c6875}.tb-bad{fill:#c62f3b}.tb-on{fill:#ffffff}"
    ".tb-grid{stroke:#e3e8ee}.tb-axis{stroke:#8794a3}.tb-rim{stroke:#ffffff}"
    ".tb-arrow{stroke:#5c6875;fill:none}.tb-head{fill:#5c6875}"
    ".tb-group{fill:#f4f7fa;stroke:#8794a3}"
    "@media(prefers-color-scheme:dark){"
    ".tb-paper{fill:#161b22}.tb-tile{stroke:#47525f}.tb-box{fill:#1f2630;stroke:#6d7a89}"
    ".tb-text{fill:#e2e8ef}.tb-soft{fill:#a3afbc}.tb-bad{fill:#ff7b85}"
    ".tb-grid{stroke:#2b333d}.tb-axis{stroke:#6d7a89}.tb-rim{stroke:#161b22}"
    ".tb-arrow{stroke:#a3afbc}.tb-head{fill:#a3afbc}"
    ".tb-group{fill:#1b2129;stroke:#6d7a89}}"
)


def escape(text: object) -> str:
    """Return `text` as XML text: markup escaped, characters that XML forbids replaced.

    Example:

    >>> from tensorbrook.charts.svg import escape
    >>> escape("a < b & \\x00")
    'a &lt; b &amp; \\ufffd'
    """
    import html  # with its table of all entities

    safe = "".join(
        c if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff" else "\ufffd"
        for c in str(text).replace("\n", " ").replace("\t", " ")
    )
    return html.escape(safe)


def number(value: float) -> str:
    """Return a coordinate with at most two decimals and nothing needless.

    Example:

    >>> from tensorbrook.charts.svg import number
    >>> number(3.0), number(2.346), number(-0.001)
    ('3', '2.35', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(tag: str, *children: str, **attributes: object) -> str:
    """Return one SVG element; `class_` means `class`, underscores become dashes.

    Children are ready markup: pass text through `escape` first. None leaves an attribute out.

    Example:

    >>> from tensorbrook.charts.svg import element, text
    >>> element("circle", cx=1.5, cy=2, class_="tb-text", fill=None)
    '<circle cx="1.5" cy="2" class="tb-text"/>'
    """
    parts = [tag]
    for name, value in attributes.items():
        if value is None:
            continue
        text = number(value) if isinstance(value, int | float | np.number) else escape(value)
        parts.append(f'{name.rstrip("_").replace("_", "-")}="{text}"')
    head = " ".join(parts)
    return f"<{head}>{''.join(children)}</{tag}>" if children else f"<{head}/>"


def text(x: float, y: float, words: object, *, size=12, anchor="start", kind="text", **more) -> str:
    """Return a text element whose baseline starts at (x, y); `kind` picks the text's colour class.

    Example:

    >>> from tensorbrook.charts.svg import text
    >>> text(1, 2, "loss")
    '<text x="1" y="2" class="tb-text" font-size="12">loss</text>'
    """
    anchor_attribute = None if anchor == "start" else anchor
    return element(
        "text",
        escape(words) or " ",
        x=x,
        y=y,
        class_=f"tb-{kind}",
        font_size=size,
        text_anchor=anchor_attribute,
        **more,
    )


def text_width(words: object, size: float = 12) -> float:
    """Estimate the width of `words` in pixels, wide (East Asian) characters counted as such.

    Example:

    >>> from tensorbrook.charts.svg import text_width
    >>> text_width("dense", 10) < text_width("dense_12", 10)
    True
    """
    units = 0.0
    for c in str(words):
        if unicodedata.east_asian_width(c) in "WF":
            units += 1.0
        elif c in "iljtfrI.,:;'|!()[] ":
            units += 0.36
        elif c in "mwMW@%":
            units += 0.9
        else:
            units += 0.68 if c.isupper() else 0.585
    return units * size


def document(width: float, height: float, *body: str, title: str = "") -> str:
    """Return a whole SVG document of that size with the style sheet and a paper behind `body`.

    Example:

    >>> from tensorbrook.charts.svg import document
    >>> document(10, 10, "", title="empty").startswith("<svg ")
    True
    """
    return element(
        "svg",
        element("title", escape(title)) if title else "",
        element("style", STYLE),
        element("rect", width=width, height=height, rx=6, class_="tb-paper"),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        class_="tb",
    )


def png(pixels: np.ndarray) -> bytes:
    """Return `pixels` as a PNG file: uint8, (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA.

    Raises:
        ValueError: for another dtype or shape, or an image without pixels.

    Example:

    >>> from tensorbrook.charts.svg import png
    >>> png(np.zeros((2, 3), np.uint8))[:4]
    b'\\x89PNG'
    """
    pixels = np.asarray(pixels)
    fits = (pixels.ndim, pixels.shape[2:]) in ((2, ()), (3, (3,)), (3, (4,)))
    if pixels.dtype != np.uint8 or not fits or pixels.size == 0:
        raise ValueError(
            f"png: expected uint8 pixels of shape (height, width), (height, width, 3) or "
            f"(height, width, 4), got shape {pixels.shape}, dtype {pixels.dtype}."
        )
    return written(pixels.reshape(*pixels.shape[:2], -1))


def image(x: float, y: float, width: float, height: float, pixels: np.ndarray, smooth=False) -> str:
    """Return an image element that carries `pixels` (see `png`) inside itself.

    Example:

    >>> from tensorbrook.charts.svg import image, png
    >>> "data:image/png;base64," in image(0, 0, 8, 8, np.zeros((2, 2), np.uint8))
    True
    """
    return element(
        "image",
        x=x,
        y=y,
        width=width,
        height=height,
        preserveAspectRatio="none",
        style=None if smooth else "image-rendering:pixelated",
        href="data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii"),
    )


def ticks(low: float, high: float, count: int = 5, whole: bool = False) -> list[float]:
    """Return round values within [low, high], about `count`, a step of 1, 2, 2.5 or 5 times 10^k.

    Args:
        whole: only whole numbers (epochs, classes).

    Example:

    >>> from tensorbrook.charts.svg import ticks
    >>> ticks(0, 1), ticks(1, 12, whole=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [2.0, 4.0, 6.0, 8.0, 10.0, 12.0])
    """
    if not high > low:
        return [float(low)]
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    factors = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
    step = min((f * power for f in factors), key=lambda s: abs((high - low) / s - count))
    step = max(1.0, round(step)) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, last + 1)]


def tick_label(value: float) -> str:
    """Return a short label of a tick value.

    Example:

    >>> from tensorbrook.charts.svg import tick_label
    >>> [tick_label(v) for v in (0.0, 0.25, 1500.0, 2e6, 1e-5)]
    ['0', '0.25', '1500', '2e6', '1e-5']
    """
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:.6g}"


def finite_range(values, pad: float = 0.05) -> tuple[float, float]:
    """Return (low, high) around the finite `values`, widened by `pad` of their spread.

    Example:

    >>> from tensorbrook.charts.svg import finite_range
    >>> finite_range([0.0, 10.0, float("nan")], pad=0.1)
    (-1.0, 11.0)
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    spread = (high - low) or abs(high) or 1.0
    return low - pad * spread, high + pad * spread


class Frame:
    """Axes in a picture: maps data to pixels and collects grid, marks and labels.

    Args:
        box: (left, top, width, height) of the plotting area in pixels.
        x_range, y_range: (low, high) in data units.
        log_y: the vertical axis is logarithmic; values <= 0 are not drawn.
        whole_x: ticks of the horizontal axis are whole numbers.

    Example:

    >>> from tensorbrook.charts.svg import Frame
    >>> frame = Frame((10, 10, 100, 50), (0, 1), (0, 2))
    >>> frame.x(0.5), frame.y(0.0)
    (60.0, 60.0)
    """

    def __init__(self, box, x_range, y_range, *, log_y=False, whole_x=False):
        self.left, self.top, self.width, self.height = box
        self.x_range, self.log_y, self.whole_x = x_range, log_y, whole_x
        self.y_range = tuple(self._level(v) for v in y_range)
        self.marks: list[str] = []

    def _level(self, value: float) -> float:
        if not self.log_y:
            return float(value)
        return math.log10(value) if value > 0 else math.nan

    def x(self, value: float) -> float:
        """Return the pixel column of a data value."""
        low, high = self.x_range
        return self.left + (float(value) - low) / ((high - low) or 1.0) * self.width

    def y(self, value: float) -> float:
        """Return the pixel row of a data value; NaN where a logarithmic axis has none."""
        low, high = self.y_range
        share = (self._level(float(value)) - low) / ((high - low) or 1.0)
        return self.top + (1.0 - share) * self.height

    def line(self, xs, ys, color: str, dashed: bool = False, width: float = 2.2) -> None:
        """Draw a line; it breaks at values that are not finite, and a lone value becomes a dot."""
        run: list[tuple[float, float]] = []
        for x, y in [*zip(xs, ys), (math.nan, math.nan)]:
            place = self.x(x), self.y(y)
            if all(map(math.isfinite, place)):
                run.append(place)
                continue
            if len(run) == 1:
                self.marks.append(
                    element("circle", cx=run[0][0], cy=run[0][1], r=width * 1.6, fill=color)
                )
            elif run:
                self.marks.append(
                    element(
                        "polyline",
                        points=" ".join(f"{number(px)},{number(py)}" for px, py in run),
                        fill="none",
                        stroke=color,
                        stroke_width=width,
                        stroke_dasharray="6 4" if dashed else None,
                        stroke_linejoin="round",
                        stroke_linecap="round",
                    )
                )
            run = []

    def points(self, xs, ys, color: str, shape: int = 0, radius: float = 4.0) -> None:
        """Draw points; `shape` 0 to 3 picks circle, square, triangle or diamond."""
        for x, y in zip(xs, ys):
            px, py = self.x(x), self.y(y)
            if math.isfinite(px) and math.isfinite(py):
                self.marks.append(marker(px, py, color, shape, radius))

    def axes(self, x_label: str = "", y_label: str = "") -> str:
        """Return grid, tick labels and axis labels; draw it before the marks."""
        left, top, right, bottom = (
            self.left,
            self.top,
            self.left + self.width,
            self.top + self.height,
        )
        parts = []
        for value in self._y_ticks():
            y = self.y(value)
            parts.append(element("line", x1=left, x2=right, y1=y, y2=y, class_="tb-grid"))
            parts.append(
                text(left - 8, y + 4, tick_label(value), size=11, anchor="end", kind="soft")
            )
        room = max(2, int(self.width // 70))
        for value in ticks(*self.x_range, count=min(room, 8), whole=self.whole_x):
            x = self.x(value)
            parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="tb-grid"))
            parts.append(
                text(x, bottom + 17, tick_label(value), size=11, anchor="middle", kind="soft")
            )
        parts.append(element("line", x1=left, x2=right, y1=bottom, y2=bottom, class_="tb-axis"))
        if x_label:
            middle = left + self.width / 2
            parts.append(text(middle, bottom + 35, x_label, size=12, anchor="middle", kind="soft"))
        if y_label:
            x, y = left - 44, top + self.height / 2
            turn = f"rotate(-90 {number(x)} {number(y)})"
            parts.append(text(x, y, y_label, anchor="middle", kind="soft", transform=turn))
        return "".join(parts)

    def _y_ticks(self) -> list[float]:
        if not self.log_y:
            return ticks(*self.y_range, count=max(2, int(self.height // 48)))
        low, high = self.y_range
        powers = ticks(low, high, count=max(2, int(self.height // 48)), whole=True)
        if len(powers) >= 2:
            return [10.0**p for p in powers]
        return ticks(10.0**low, 10.0**high, count=max(2, int(self.height // 48)))


def marker(x: float, y: float, color: str, shape: int = 0, radius: float = 4.0) -> str:
    """Return one mark at pixel (x, y): circle, square, triangle or diamond by `shape` 0 to 3.

    Example:

    >>> from tensorbrook.charts.svg import marker
    >>> marker(1, 2, "red").startswith('<circle cx="1" cy="2"')
    True
    """
    style = {"fill": color, "fill_opacity": 0.85, "class_": "tb-rim", "stroke_width": 0.8}
    r = radius
    if shape % 4 == 0:
        return element("circle", cx=x, cy=y, r=r, **style)
    if shape % 4 == 1:
        side = 1.8 * r
        return element("rect", x=x - side / 2, y=y - side / 2, width=side, height=side, **style)
    if shape % 4 == 2:
        corners = ((0, -1.3 * r), (1.15 * r, 0.8 * r), (-1.15 * r, 0.8 * r))
    else:
        corners = ((0, -1.35 * r), (1.35 * r, 0), (0, 1.35 * r), (-1.35 * r, 0))
    places = " ".join(f"{number(x + dx)},{number(y + dy)}" for dx, dy in corners)
    return element("polygon", points=places, **style)


class Picture:
    """A finished picture: shown by notebooks, saved as SVG, HTML or text, printed as text.

    Args:
        svg: the SVG document.
        words: the same in plain text, for a terminal.
        title: title of a saved HTML page.

    Example:

    >>> from tensorbrook.charts.svg import Picture, document
    >>> print(Picture(document(10, 10), "one point"))
    one point
    """

    def __init__(self, svg: str, words: str = "", title: str = ""):
        self.svg, self.words, self.title = svg, words, title

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.words

    def __repr__(self) -> str:
        return self.words or f"<Picture {self.title!r}>"

    def text(self, encoding: str = "utf-8") -> str:
        """Return the text rendering; characters outside `encoding` become their ASCII likeness."""
        return encodable(self.words, encoding)

    def save(self, path) -> str:
        """Write the picture to `path` by its ending: .svg, .html or .txt; return the path.

        Raises:
            ValueError: for another ending.
        """
        path = os.fspath(path)
        ending = os.path.splitext(path)[1].lower()
        contents = {".svg": self.svg, ".html": self._page(), ".txt": self.words + "\n"}
        if ending not in contents:
            raise ValueError(
                f"Picture.save: cannot write {path!r}: the ending must be one of "
                f"{', '.join(contents)} (other formats need a converter: save the .svg first)."
            )
        with replacing(path, synced=False) as new, open(new, "w", encoding="utf-8") as file:
            file.write(contents[ending])
        return path

    def _page(self) -> str:
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(self.title or 'picture')}</title>"
            "<style>body{margin:2em;background:Canvas;color-scheme:light dark}"
            "svg{max-width:100%;height:auto}</style></head>"
            f"<body>{self.svg}</body></html>"
        )
