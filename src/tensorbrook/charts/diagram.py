"""Pictures of layered graphs: boxes with rows, arrows, nested groups; as SVG, DOT and text.

The layout is Sugiyama's: longest-path layers, dummy places for long arrows, barycentre sweeps
against crossings, then repeated pulling of boxes towards the mean of their neighbours.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from ..base.files import replacing
from .svg import (
    COLORS,
    Picture,
    document,
    element,
    escape,
    number,
    text,
    text_width,
)

ROW, PAD, GAP, LAYER_GAP = 20.0, 12.0, 26.0, 40.0
DIRECTIONS = ("TB", "LR", "BT", "RL")


@dataclass
class Node:
    """One box: a title, a softer word beside it, rows under it, or a whole diagram inside it.

    `kind` picks the colour of its bar: equal kinds, equal colours.
    """

    key: str
    title: str
    subtitle: str = ""
    rows: tuple[str, ...] = ()
    kind: str = ""
    inside: Diagram | None = None


@dataclass
class Diagram:
    """A directed graph to be drawn.

    Args:
        nodes: the boxes; their keys are unique.
        edges: (key, key) pairs, drawn as arrows; loops back are drawn against the flow.
        direction: "TB", "LR", "BT" or "RL", as Graphviz's rankdir.

    Raises:
        ValueError: when drawn, for an unknown direction, equal keys, or an edge to no box.

    Example:

    >>> from tensorbrook.charts.diagram import Diagram, Node
    >>> diagram = Diagram([Node("a", "input"), Node("b", "dense", "Dense")], [("a", "b")])
    >>> print(diagram.text())
    input
    dense (Dense) <- input
    """

    nodes: list[Node]
    edges: list[tuple[str, str]]
    title: str = ""
    direction: str = "TB"
    places: dict[str, tuple[float, float, float, float]] = field(default_factory=dict, repr=False)

    def picture(self) -> Picture:
        """Return the drawing, with the text form for terminals."""
        body, width, height = self._draw(self._kinds())
        margin = 16.0
        top = margin + (30 if self.title else 0)
        width = max(width, text_width(self.title, 15))
        heading = text(margin, 30, self.title, size=15, font_weight="600") if self.title else ""
        arrow = element(
            "marker",
            element("path", d="M0,0 L8,4 L0,8 z", class_="tb-head"),
            id="tb-arrow",
            viewBox="0 0 8 8",
            refX=7,
            refY=4,
            markerWidth=7,
            markerHeight=7,
            orient="auto",
        )
        moved = element("g", body, transform=f"translate({number(margin)} {number(top)})")
        size = width + 2 * margin, height + top + margin
        svg = document(*size, element("defs", arrow), heading, moved, title=self.title)
        return Picture(svg, self.text(), self.title)

    def _repr_svg_(self) -> str:
        return self.picture().svg

    def save(self, path) -> str:
        """Write .svg, .html, .txt or .dot by the ending of `path`; return the path."""
        path = os.fspath(path)
        if os.path.splitext(path)[1].lower() != ".dot":
            return self.picture().save(path)
        with replacing(path, synced=False) as new, open(new, "w", encoding="utf-8") as file:
            file.write(self.dot())
        return path

    def text(self, indent: str = "") -> str:
        """Return one line a box: its words, and what flows into it."""
        names = {node.key: node.title for node in self.nodes}
        lines = []
        for node in self.nodes:
            line = indent + node.title + (f" ({node.subtitle})" if node.subtitle else "")
            if node.rows:
                line += "  [" + "; ".join(node.rows) + "]"
            sources = [names[a] for a, b in self.edges if b == node.key]
            lines.append(line + (" <- " + ", ".join(sources) if sources else ""))
            if node.inside:
                lines.append(node.inside.text(indent + "    "))
        return "\n".join(lines)

    def dot(self) -> str:
        """Return the graph in Graphviz's language.

        Example:

        >>> from tensorbrook.charts.diagram import Diagram, Node
        >>> print(Diagram([Node("a", "x"), Node("b", "y")], [("a", "b")]).dot())
        digraph {
          rankdir="TB"; compound=true; node [shape=box fontname="Helvetica"];
          "a" [label="x"];
          "b" [label="y"];
          "a" -> "b";
        }
        <BLANKLINE>
        """
        head = f'  rankdir="{self.direction}"; compound=true; '
        head += 'node [shape=box fontname="Helvetica"];'
        return "\n".join(["digraph {", head, *self._dot_lines("", "  "), "}"]) + "\n"

    def _dot_lines(self, prefix: str, indent: str) -> Iterable[str]:
        inner = {node.key: node for node in self.nodes}

        def entrance(key: str, end: int) -> tuple[str, str]:
            """Return the box that stands for `key` in an edge and the cluster it was cut at."""
            place, name, cluster = prefix + key, inner[key], ""
            while name.inside and name.inside.nodes:
                cluster = cluster or "cluster_" + place
                name = name.inside.nodes[end]
                place += "/" + name.key
            return place, cluster

        for node in self.nodes:
            if node.inside:
                yield f"{indent}subgraph {_quoted('cluster_' + prefix + node.key)} {{"
                yield f"{indent}  label={_quoted(node.title)}; style=dashed;"
                yield from node.inside._dot_lines(prefix + node.key + "/", indent + "  ")
                yield indent + "}"
            else:
                words = "\n".join(
                    [node.title + (f" ({node.subtitle})" * bool(node.subtitle)), *node.rows]
                )
                yield f"{indent}{_quoted(prefix + node.key)} [label={_quoted(words)}];"
        for a, b in self.edges:
            (tail, cut_a), (head, cut_b) = entrance(a, -1), entrance(b, 0)
            cuts = [f"ltail={_quoted(cut_a)}"] * bool(cut_a) + [f"lhead={_quoted(cut_b)}"] * bool(
                cut_b
            )
            more = f" [{' '.join(cuts)}]" if cuts else ""
            yield f"{indent}{_quoted(tail)} -> {_quoted(head)}{more};"

    def _check(self) -> None:
        keys = [node.key for node in self.nodes]
        if len(set(keys)) != len(keys):
            raise ValueError(f"Diagram: keys of boxes must differ, got {keys}.")
        strangers = sorted({k for edge in self.edges for k in edge} - set(keys))
        if strangers:
            raise ValueError(f"Diagram: edges name boxes that do not exist: {strangers}.")
        if self.direction not in DIRECTIONS:
            raise ValueError(
                f"Diagram: direction must be one of {', '.join(DIRECTIONS)}, "
                f"got {self.direction!r}."
            )

    def _kinds(self) -> list[str]:
        nested = [kind for n in self.nodes if n.inside for kind in n.inside._kinds()]
        return sorted({n.kind for n in self.nodes if n.kind} | set(nested))

    def _draw(self, kinds: list[str]) -> tuple[str, float, float]:
        """Return (markup, width, height) and note every box's place."""
        self._check()
        inner = {n.key: n.inside._draw(kinds) for n in self.nodes if n.inside}
        sizes = {n.key: _size(n, inner.get(n.key)) for n in self.nodes}
        sideways = self.direction in ("LR", "RL")
        across = {k: (h, w) if sideways else (w, h) for k, (w, h) in sizes.items()}
        centers, paths, (width, height) = arrange(across, _unique(self.edges))
        flip = self.direction in ("BT", "RL")

        def turned(x: float, y: float) -> tuple[float, float]:
            y = height - y if flip else y
            return (y, x) if sideways else (x, y)

        parts = []
        for path in paths:
            parts.append(_arrow([turned(*place) for place in path], sideways))
        for node in self.nodes:
            (x, y), (w, h) = turned(*centers[node.key]), sizes[node.key]
            self.places[node.key] = x - w / 2, y - h / 2, w, h
            color = COLORS[kinds.index(node.kind) % len(COLORS)] if node.kind else None
            parts.append(_box(node, x - w / 2, y - h / 2, w, h, color, inner.get(node.key)))
        return ("".join(parts), height, width) if sideways else ("".join(parts), width, height)


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _unique(edges) -> list[tuple[str, str]]:
    return list(dict.fromkeys(tuple(edge) for edge in edges))


def _size(node: Node, inner) -> tuple[float, float]:
    title = text_width(node.title, 13) * 1.14
    title += text_width(f" {node.subtitle}", 12) if node.subtitle else 0
    rows = max((text_width(r, 11.5) for r in node.rows), default=0)
    width = max(title, rows) + 2 * PAD + 6
    height = 30 + ROW * len(node.rows) + (4 if node.rows else 0)
    if inner:
        width, height = max(width, inner[1] + 2 * PAD), height + inner[2] + 2 * PAD
    return max(width, 70.0), height


def _box(node: Node, x, y, width, height, color, inner) -> str:
    group = (
        {"class_": "tb-group", "stroke_dasharray": "6 4"} if node.inside else {"class_": "tb-box"}
    )
    parts = [element("rect", x=x, y=y, width=width, height=height, rx=6, **group)]
    if color:
        parts.append(element("rect", x=x, y=y, width=5, height=height, rx=2.5, fill=color))
    title = element("tspan", escape(node.title), font_weight="600")
    if node.subtitle:
        title += element("tspan", escape(f" {node.subtitle}"), class_="tb-soft", font_size=12)
    parts.append(element("text", title, x=x + PAD + 2, y=y + 20, class_="tb-text", font_size=13))
    for index, row in enumerate(node.rows):
        parts.append(text(x + PAD + 2, y + 40 + ROW * index, row, size=11.5, kind="soft"))
    if inner:
        left, top = x + (width - inner[1]) / 2, y + height - inner[2] - PAD
        parts.append(element("g", inner[0], transform=f"translate({number(left)} {number(top)})"))
    return element("g", *parts)


def _arrow(path, sideways: bool) -> str:
    """Return a smooth arrow through `path`, leaving and arriving along the flow."""
    words = [f"M{number(path[0][0])},{number(path[0][1])}"]
    for (ax, ay), (bx, by) in pairwise(path):
        if sideways:
            middle = (ax + bx) / 2
            bend = (middle, ay), (middle, by)
        else:
            middle = (ay + by) / 2
            bend = (ax, middle), (bx, middle)
        places = [*bend, (bx, by)]
        words.append("C" + " ".join(f"{number(px)},{number(py)}" for px, py in places))
    return element(
        "path",
        d=" ".join(words),
        class_="tb-arrow",
        stroke_width=1.5,
        marker_end="url(#tb-arrow)",
    )


def arrange(sizes, edges):
    """Lay out boxes from top to bottom.

    Args:
        sizes: `{key: (width, height)}`.
        edges: list of distinct (key, key).

    Returns:
        (centres `{key: (x, y)}`, one path of points for each edge, (width, height) of all).

    Example:

    >>> from tensorbrook.charts.diagram import arrange
    >>> arrange({"a": (10, 10), "b": (10, 10)}, [("a", "b")])
    ({'a': (5.0, 5.0), 'b': (5.0, 55.0)}, [[(5.0, 10.0), (5.0, 50.0)]], (10.0, 60.0))
    """
    back = _back_edges(list(sizes), edges)
    forward = [(b, a) if (a, b) in back else (a, b) for a, b in edges if a != b]
    level = _levels(list(sizes), forward)
    links: list[tuple] = []
    chains = {}
    boxes = {key: (float(w), float(h)) for key, (w, h) in sizes.items()}
    for a, b in forward:
        chain = [a, *((a, b, depth) for depth in range(level[a] + 1, level[b])), b]
        for place in chain[1:-1]:
            boxes[place], level[place] = (8.0, 0.0), place[2]
        chains[a, b] = chain
        links += pairwise(chain)
    layers = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for place, depth in level.items():
        layers[depth].append(place)
    layers = _fewest_crossings(layers, links)
    x = _columns(layers, links, boxes)
    tops, y = [], 0.0
    for layer in layers:
        tops.append(y)
        y += max(boxes[p][1] for p in layer) + LAYER_GAP
    depth_of = {
        p: (tops[i], max(boxes[q][1] for q in layer))
        for i, layer in enumerate(layers)
        for p in layer
    }
    centers = {p: (x[p], depth_of[p][0] + depth_of[p][1] / 2) for p in x}
    left = min((x[p] - boxes[p][0] / 2 for p in x), default=0.0)
    centers = {p: (cx - left, cy) for p, (cx, cy) in centers.items()}
    width = max((centers[p][0] + boxes[p][0] / 2 for p in centers), default=0.0)
    paths = [_path(a, b, back, chains, centers, boxes, depth_of) for a, b in edges if a != b]
    return {k: centers[k] for k in sizes}, paths, (width, max(y - LAYER_GAP, 0.0))


def _path(a, b, back, chains, centers, boxes, depth_of):
    chain = chains[(b, a) if (a, b) in back else (a, b)]
    first, last = chain[0], chain[-1]
    path = [(centers[first][0], centers[first][1] + boxes[first][1] / 2)]
    for place in chain[1:-1]:
        # A long arrow runs straight past the whole layer, so that it cannot cut a tall neighbour.
        top, tall = depth_of[place]
        path += [(centers[place][0], top), (centers[place][0], top + tall)]
    path.append((centers[last][0], centers[last][1] - boxes[last][1] / 2))
    return path[::-1] if (a, b) in back else path


def _back_edges(keys, edges) -> set[tuple]:
    """Return the edges that close a cycle, found by one depth-first walk without recursion."""
    after = {key: [b for a, b in edges if a == key] for key in keys}
    state, back = dict.fromkeys(keys, 0), set()
    for root in keys:
        stack = [(root, iter(after[root]))] if state[root] == 0 else []
        state[root] = state[root] or 1
        while stack:
            key, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[key] = 2
                stack.pop()
            elif state[following] == 1:
                back.add((key, following))
            elif state[following] == 0:
                state[following] = 1
                stack.append((following, iter(after[following])))
    return back


def _levels(keys, edges) -> dict:
    """Return each key's layer: the longest path to it; sources stand just above their users."""
    before = {key: [a for a, b in edges if b == key] for key in keys}
    after = {key: [b for a, b in edges if a == key] for key in keys}
    waiting = {key: len(before[key]) for key in keys}
    order = [key for key in keys if not waiting[key]]
    for key in order:
        for following in after[key]:
            waiting[following] -= 1
            if not waiting[following]:
                order.append(following)
    level: dict = {}
    for key in order:
        level[key] = 1 + max((level[a] for a in before[key]), default=-1)
    for key in reversed(order):
        if not before[key] and after[key]:
            level[key] = min(level[b] for b in after[key]) - 1
    return level


def _crossings(layers, links) -> int:
    spot = {p: i for layer in layers for i, p in enumerate(layer)}
    depth = {p: d for d, layer in enumerate(layers) for p in layer}
    total = 0
    for d in range(len(layers) - 1):
        pairs = sorted((spot[a], spot[b]) for a, b in links if depth[a] == d)
        total += sum(
            later[1] < earlier[1] for i, later in enumerate(pairs) for earlier in pairs[:i]
        )
    return total


def _fewest_crossings(layers, links, sweeps: int = 8):
    """Return the layers ordered by barycentre sweeps, down and up; the best order seen is kept."""
    above: dict = {p: [] for layer in layers for p in layer}
    below: dict = {p: [] for layer in layers for p in layer}
    for a, b in links:
        above[b].append(a)
        below[a].append(b)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, links)
    current = [list(layer) for layer in layers]
    for sweep in range(sweeps):
        if not fewest:
            break
        near = above if sweep % 2 == 0 else below
        spot = {p: i for layer in current for i, p in enumerate(layer)}
        for d in range(len(current)) if sweep % 2 == 0 else reversed(range(len(current))):
            key = {
                p: sum(spot[q] for q in near[p]) / len(near[p]) if near[p] else spot[p]
                for p in current[d]
            }
            current[d].sort(key=key.__getitem__)
            spot.update((p, i) for i, p in enumerate(current[d]))
        count = _crossings(current, links)
        if count < fewest:
            best, fewest = [list(layer) for layer in current], count
    return best


def _columns(layers, links, boxes, rounds: int = 24) -> dict:
    """Return each box's centre x: pulled to the mean of its neighbours, never overlapping."""
    near: dict = {p: [] for layer in layers for p in layer}
    for a, b in links:
        near[a].append(b)
        near[b].append(a)
    x: dict = {}
    for layer in layers:
        edge = 0.0
        for place in layer:
            x[place] = edge + boxes[place][0] / 2
            edge += boxes[place][0] + GAP
        for place in layer:
            x[place] -= (edge - GAP) / 2
    for turn in range(rounds):
        for layer in layers if turn % 2 == 0 else reversed(layers):
            wish = [sum(x[q] for q in near[p]) / len(near[p]) if near[p] else x[p] for p in layer]
            x.update(zip(layer, _apart(wish, [boxes[p][0] for p in layer])))
    return x


def _apart(wish: list[float], widths: list[float]) -> list[float]:
    """Return places nearest to the wishes (least squares) in the same order without overlap.

    Subtracting the packed offsets turns it into isotonic regression: pool adjacent violators.
    """
    offsets, total = [], 0.0
    for width in widths:
        offsets.append(total + width / 2)
        total += width + GAP
    pools: list[list[float]] = []
    for index, value in enumerate(wish):
        pools.append([value - offsets[index], 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (m2, n2), (m1, n1) = pools.pop(), pools.pop()
            pools.append([(m1 * n1 + m2 * n2) / (n1 + n2), n1 + n2])
    free = [mean for mean, count in pools for _ in range(int(count))]
    return [mean + offset for mean, offset in zip(free, offsets)]
