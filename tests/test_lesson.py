"""The lesson, run quickly: its figures, its report, and what it says when it cannot run."""

import builtins
import html.parser
import io
import pathlib
import re
import subprocess
import sys

import pytest

from tensorbrook.tools import lesson
from tensorbrook.tools.lesson import data, report

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def went():
    screen = io.StringIO()
    told, results = lesson.tell(data.load("digits"), quick=True, stream=screen)
    return told, results, screen.getvalue()


# What is measured, and the bounds it must keep; the truth of the line is 2 and 0.9.
BOUNDS = {
    "summing_error": (0, 1e-4),
    "slope_error": (0, 1e-8),
    "second": (24, 24),
    "w": (1.8, 2.2),
    "b": (0.6, 1.2),
    "traces": (1, 1),
    "function_difference": (0, 1e-5),
    "dataset_w": (1.8, 2.2),
    "perceptron_accuracy": (0.85, 1),
    "functional_accuracy": (0.85, 1),
    "loss_error": (0, 1e-5),
    "tape_accuracy": (0.95, 1),
    "fit_accuracy": (0.95, 1),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_measured(name, went):
    low, high = BOUNDS[name]
    assert low <= float(went[1][name]) <= high


def test_losses_fall_and_a_hidden_layer_helps(went):
    results = went[1]
    for name in ("perceptron_history", "functional_history", "tape_history", "fit_history"):
        for part in ("loss", "val_loss"):
            curve = results[name][part]
            assert curve[-1] < 0.8 * curve[0], (name, part)
    assert results["line_losses"][-1] < 0.4 and results["dataset_losses"][-1] < 0.4
    assert results["moon_accuracies"][16] > results["moon_accuracies"][0] + 0.05
    ends = {name: curve[-1] for name, curve in results["races"].items()}
    assert min(ends, key=ends.get) == "Adam" and max(ends, key=ends.get) == "SGD"


def test_progress_is_one_plain_block_a_chapter(went):
    told, _, screen = went
    assert "\x1b" not in screen and "\r" not in screen
    for number, part in enumerate(told, 1):
        assert f"{number:2d} {part.chapter.title}  {part.seconds:.2f} s\n" in screen
        assert all(fact in screen for fact in part.facts)


class Page(html.parser.HTMLParser):
    """Collects what a page loads and checks that its elements close."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, text):
        super().__init__()
        self.open, self.loads, self.tags, self.ids, self.links = [], [], [], set(), set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        if tag == "a":
            self.links.add(attributes["href"])
        else:
            self.loads += [attributes[k] for k in ("src", "href") if k in attributes]

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_report_is_self_contained_and_shows_all(went, tmp_path):
    told, results, _ = went
    path = lesson.write_report(told, results, tmp_path / "report.html")
    text = path.read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.loads and all(target.startswith("data:image/png;base64,") for target in page.loads)
    assert "@import" not in text
    assert re.findall(r"https?://[^\"'\s<]*", text.replace("http://www.w3.org/2000/svg", "")) == []
    assert page.links == {f"#chapter-{i}" for i in range(1, len(told) + 1)}
    assert {link[1:] for link in page.links} <= page.ids
    assert page.tags.count("figure") == sum(len(part.figures) for part in told) >= 18
    assert f"<b>{results['fit_accuracy']:.1%}</b>" in text
    for title in (
        "The data",
        "The learned line over the data",
        "What the perceptron says",
        "training loss",
        "validation loss",
        "Confusion matrix of the test pictures",
        "Test pictures: the mistakes first",
    ):
        assert title in text, title


@pytest.mark.parametrize("chapter", lesson.CHAPTERS, ids=lambda chapter: chapter.title)
def test_code_shown_is_the_code_that_ran(chapter):
    shown = re.sub(r"<[^>]*>", "", report.highlighted(chapter.source))
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        shown = shown.replace(entity, character)
    assert shown == chapter.source.rstrip("\n")
    assert all(len(line) <= 90 for line in shown.splitlines()), "wider than the report's column"


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    load = builtins.__import__

    def refuse(name, *arguments, **more):
        if name.startswith("sklearn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return load(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(SystemExit, match=r"pip install .*scikit-learn.*--data mnist"):
        lesson.main([])


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"tensorbrook lesson: .*has no train-images-idx3-ubyte"):
        lesson.main(["--data", str(tmp_path)])


def test_a_folder_of_pictures(tmp_path):
    import numpy as np

    rng = np.random.default_rng(0)
    for part, count in (("train", 30), ("t10k", 12)):
        images = rng.integers(0, 256, (count, 4, 4), dtype=np.uint8)
        head = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (count, 4, 4))
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        head = bytes([0, 0, 8, 1]) + count.to_bytes(4, "big")
        labels = (np.arange(count) % 10).astype(np.uint8)
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    found = data.load(str(tmp_path))
    assert found["images"].shape == (42, 4, 4) and found["classes"][[0, 31]].tolist() == [0, 1]
    assert found["names"] == data.DIGITS


def test_homework_on_the_small_digits():
    program = pathlib.Path(__file__).parents[1] / "examples/homework.py"
    given = [sys.executable, str(program), "--data", "digits", "--epochs", "20"]
    done = subprocess.run(given, capture_output=True, text=True, timeout=120, check=True)
    found = dict(re.findall(r"by (\w+): test accuracy (\d\.\d+)", done.stdout))
    assert set(found) == {"tape", "fit"}
    assert all(float(accuracy) >= 0.94 for accuracy in found.values()), found
    assert done.stderr == ""
