"""Pictures: well-formed, self-contained, and their marks where the numbers say."""

import base64
import itertools
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pytest

from tensorbrook.charts import chart, diagram, svg, terminal, textchart

SVG = "{http://www.w3.org/2000/svg}"
POINTS = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 1.0], [3.0, 4.0]])
LABELS = np.array([0, 1, 0, 1])


def nested_diagram():
    inner = diagram.Diagram([diagram.Node("a", "a"), diagram.Node("b", "b")], [("a", "b")])
    nodes = [
        diagram.Node("in", "input", "InputLayer", ("(None, 2)",), "InputLayer"),
        diagram.Node("mid", "block <1>", "Functional", inside=inner),
        diagram.Node("out", "dense & co", "Dense", ("activation relu", "float32"), "Dense"),
    ]
    edges = [("in", "mid"), ("mid", "out"), ("in", "out")]
    return diagram.Diagram(nodes, edges, title='a "model"')


PICTURES = {
    "line": lambda: chart.line_chart({"a < b": [1.0, 0.5, np.nan, 0.2], "val_b": [2, 1, 1, 1]}),
    "log line": lambda: chart.line_chart({"loss": ([0, 1, 2], [100.0, 0.0, 0.01])}, log_y=True),
    "scatter": lambda: chart.scatter_chart(POINTS, LABELS, lines={"fit": ([0, 3], [0, 4])}),
    "decision": lambda: chart.decision_chart(lambda at: at[:, 0] / 3, POINTS, LABELS),
    "matrix": lambda: chart.matrix_chart([[5, -1], [0, 2]], title="a&b", x_label="x", y_label="y"),
    "images": lambda: chart.image_grid(np.arange(32).reshape(2, 4, 4), ["7", "1, said 7"], [0, 1]),
    "color images": lambda: chart.image_grid(np.random.default_rng(0).random((3, 4, 5, 3))),
    "bars": lambda: chart.bar_chart({"one": 1, "two": 2.5}, title="bars", unit=" s"),
    "history": lambda: chart.history_chart({"accuracy": [0.5], "loss": [1.0], "val_loss": [2.0]}),
    "diagram": lambda: nested_diagram().picture(),
}


def tree(picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_well_formed_and_self_contained(name):
    picture = PICTURES[name]()
    root = tree(picture)
    assert root.tag == SVG + "svg"
    _, _, width, height = map(float, root.get("viewBox").split())
    assert width > 0 and height > 0
    for node in root.iter():
        for key, value in node.attrib.items():
            assert "nan" not in value and "inf" not in value.lower(), (node.tag, key, value)
            if key.endswith("href"):
                assert value.startswith(("#", "data:"))
    without_names = picture.svg.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|<script|@import|url\((?!#)", without_names)
    assert picture.words and str(picture) == picture.words
    assert picture._repr_svg_() == picture.svg


def test_line_goes_through_the_places_of_its_values():
    frame = svg.Frame((100, 20, 200, 80), (0.0, 10.0), (-1.0, 1.0))
    frame.line([0, 5, 10], [-1, 0, 1], "red")
    (mark,) = frame.marks
    assert ElementTree.fromstring(mark).get("points") == "100,100 200,60 300,20"


def test_log_axis_places_powers_of_ten_evenly():
    frame = svg.Frame((0, 0, 100, 90), (0, 1), (0.1, 100.0), log_y=True)
    assert [frame.y(v) for v in (0.1, 1.0, 10.0, 100.0)] == pytest.approx([90, 60, 30, 0])
    assert np.isnan(frame.y(0.0))
    assert frame._y_ticks() == pytest.approx([1.0, 100.0])


def test_a_gap_splits_the_line_and_a_lone_value_is_a_dot():
    frame = svg.Frame((0, 0, 100, 100), (0, 4), (0, 4))
    frame.line(range(5), [0, 1, np.nan, 3, np.inf], "red")
    assert [ElementTree.fromstring(m).tag for m in frame.marks] == ["polyline", "circle"]


def test_scatter_puts_points_and_line_on_one_scale():
    root = tree(chart.scatter_chart(POINTS, lines={"fit": ([0, 3], [0, 4])}))
    first, *_, last = [c for c in root.iter(SVG + "circle")]
    line = next(root.iter(SVG + "polyline")).get("points").split()
    for circle, end in ((first, line[0]), (last, line[-1])):
        assert (float(circle.get("cx")), float(circle.get("cy"))) == pytest.approx(
            tuple(map(float, end.split(","))), abs=0.02
        )


@pytest.mark.parametrize(
    "low, high, count, whole, expected",
    [
        (0.0, 1.0, 5, False, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.3, 0.31, 6, False, [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]),
        (1.0, 30.0, 6, True, [5.0, 10.0, 15.0, 20.0, 25.0, 30.0]),
        (1.0, 3.0, 8, True, [1.0, 2.0, 3.0]),
        (2.0, 2.0, 5, False, [2.0]),
        (0.0, 4e6, 4, False, [0.0, 1e6, 2e6, 3e6, 4e6]),
    ],
)
def test_ticks(low, high, count, whole, expected):
    assert svg.ticks(low, high, count, whole) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3), (3, 5, 4)])
def test_png_holds_the_pixels(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    data = svg.png(pixels)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (size,), name = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        chunks[name] = data[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(name + chunks[name])
        at += 12 + size
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (width, height, depth) == (5, 3, 8)
    assert color == {2: 0, 3: 2 if shape[-1] == 3 else 6}[len(shape)]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(3, -1)
    assert not rows[:, 0].any()
    assert (rows[:, 1:].reshape(shape) == pixels).all()


def test_image_grid_draws_large_values_as_dark_ink():
    images = np.zeros((1, 2, 2))
    images[0, 0, 1] = 16.0
    root = tree(chart.image_grid(images))
    href = next(root.iter(SVG + "image")).get("href")
    data = base64.b64decode(href.partition(",")[2])
    start = data.index(b"IDAT") + 4
    rows = zlib.decompress(data[start:-16])
    assert list(rows) == [0, 255, 0, 0, 255, 255]


def test_matrix_shows_every_number_in_its_row():
    root = tree(chart.matrix_chart([[7, 3], [0, 11]]))
    words = [t.text for t in root.iter(SVG + "text")]
    assert words == ["0", "7", "3", "1", "0", "11", "0", "1"]


def test_contour_of_a_circle_has_its_radius():
    axis = np.linspace(-2, 2, 81)
    x, y = np.meshgrid(axis, axis)
    segments = chart.contour(axis, axis, x**2 + y**2, 1.0)
    radii = [np.hypot(*place) for place in itertools.chain(*segments)]
    assert len(segments) > 100
    assert np.allclose(radii, 1.0, atol=1e-3)
    length = sum(np.hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in segments)
    assert length == pytest.approx(2 * np.pi, rel=1e-3)


def test_boxes_do_not_overlap_and_arrows_go_down():
    # Three layers, fully linked, and arrows that skip a layer.
    sizes = {f"{layer}{i}": (30 + 20 * i, 20 + 9 * i) for layer in "abc" for i in range(4)}
    edges = [(f"a{i}", f"b{j}") for i in range(4) for j in range(4)]
    edges += [(f"b{i}", f"c{i}") for i in range(4)] + [("a0", "c3"), ("a3", "c0")]
    centers, paths, (width, height) = diagram.arrange(sizes, edges)
    for a, b in itertools.combinations(sizes, 2):
        apart_x = abs(centers[a][0] - centers[b][0]) - (sizes[a][0] + sizes[b][0]) / 2
        apart_y = abs(centers[a][1] - centers[b][1]) - (sizes[a][1] + sizes[b][1]) / 2
        assert max(apart_x, apart_y) > 0, (a, b)
    assert all(centers[a][1] < centers[b][1] for a, b in edges)
    assert len(paths) == len(edges)
    for key, (w, h) in sizes.items():
        assert centers[key][0] - w / 2 >= -1e-6 and centers[key][0] + w / 2 <= width + 1e-6
        assert centers[key][1] - h / 2 >= -1e-6 and centers[key][1] + h / 2 <= height + 1e-6


def test_crossings_that_can_be_undone_are_undone():
    keys = [f"{layer}{i}" for layer in "ab" for i in range(5)]
    edges = [(f"a{i}", f"b{4 - i}") for i in range(5)]
    centers, _, _ = diagram.arrange(dict.fromkeys(keys, (10, 10)), edges)
    for a, b in edges:
        assert centers[a][0] == pytest.approx(centers[b][0])


def test_a_cycle_is_drawn_with_one_arrow_back():
    edges = [("a", "b"), ("b", "c"), ("c", "a")]
    centers, paths, _ = diagram.arrange(dict.fromkeys("abc", (10, 10)), edges)
    assert [centers[k][1] for k in "abc"] == sorted(centers[k][1] for k in "abc")
    assert paths[2][0][1] > paths[2][-1][1]


@pytest.mark.parametrize("direction", diagram.DIRECTIONS)
def test_direction_turns_the_flow(direction):
    drawing = diagram.Diagram(
        [diagram.Node("a", "first"), diagram.Node("b", "second")], [("a", "b")], "", direction
    )
    drawing.picture()
    (ax, ay, *_), (bx, by, *_) = drawing.places["a"], drawing.places["b"]
    step = {"TB": by - ay, "BT": ay - by, "LR": bx - ax, "RL": ax - bx}[direction]
    assert step > 0


@pytest.mark.parametrize(
    "nodes, edges, direction, words",
    [
        ("aa", [], "TB", "keys of boxes must differ"),
        ("ab", [("a", "z")], "TB", r"boxes that do not exist: \['z'\]"),
        ("ab", [], "UP", "direction must be one of TB, LR, BT, RL, got 'UP'"),
    ],
)
def test_wrong_diagrams(nodes, edges, direction, words):
    with pytest.raises(ValueError, match=words):
        diagram.Diagram([diagram.Node(k, k) for k in nodes], edges, "", direction).picture()


@pytest.mark.parametrize(
    "draw, words",
    [
        (lambda: chart.line_chart({}), "at least one curve"),
        (lambda: chart.line_chart({"a": ([1], [1, 2])}), "'a' has 1 xs but 2 ys"),
        (lambda: chart.scatter_chart([1, 2]), r"shape \(n, 2\), got \(2,\)"),
        (lambda: chart.scatter_chart(POINTS, [0]), "4 points but 1 labels"),
        (lambda: chart.bar_chart({"a": -1}), "finite values >= 0"),
        (lambda: chart.history_chart({}), "call it after fit"),
        (lambda: chart.image_grid(np.zeros((2, 2))), r"got \(2, 2\)"),
        (lambda: svg.png(np.zeros((2, 2))), "float64"),
    ],
)
def test_wrong_use(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()


@pytest.mark.parametrize("ending", [".svg", ".html", ".txt", ".dot"])
def test_saving(ending, tmp_path):
    path = nested_diagram().save(tmp_path / f"model{ending}")
    text = (tmp_path / f"model{ending}").read_text("utf-8")
    assert path.endswith(ending)
    assert text.startswith(
        {".svg": "<svg ", ".html": "<!doctype html>", ".txt": "input ", ".dot": "digraph {"}[ending]
    )


def test_saving_as_another_format_says_what_there_is(tmp_path):
    with pytest.raises(ValueError, match=r"must be one of .svg, .html, .txt"):
        chart.bar_chart({"a": 1}).save(tmp_path / "bars.png")


def test_text_charts_fall_back_to_ascii():
    words = textchart.text_chart({"loss": [2.0, 1.0], "val_loss": [3.0, 2.0]}, "title")
    plain = terminal.encodable(words, "ascii")
    assert plain.isascii() and "o" in plain and "x" in plain
    assert textchart.text_chart({"a": [np.nan]}) == "chart: no finite values"
