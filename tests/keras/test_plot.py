"""plot_model and model_to_dot: boxes, arrows and words, for the models of the summary test."""

import importlib.util
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
_spec = importlib.util.spec_from_file_location("make_summary", ORACLES / "make_summary.py")
make_summary = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_summary)

pytestmark = pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
SHOWN = {"show_shapes": True, "show_layer_names": True}


def drawn(name, **options):
    model = make_summary.build(make_summary.MODELS[name], tf.keras)
    return tf.keras.utils.plot_model(model, to_file=None, **options)


def test_a_chain():
    options = {"show_layer_activations": True, "show_dtype": True, **SHOWN}
    assert drawn("sequential", **options).text() == (
        "dense (Dense)  [activation sigmoid; (None, 2) → (None, 5); dtype float32]\n"
        "dense_1 (Dense)  [activation sigmoid; (None, 5) → (None, 1); dtype float32] <- dense"
    )


def test_branches_and_a_shared_layer():
    diagram = drawn("branches", **SHOWN)
    names = {node.key: node.title for node in diagram.nodes}
    assert {(names[a], names[b]) for a, b in diagram.edges} == {
        ("title", "shared"),
        ("body", "widen_the_body_of_the_text"),
        ("widen_the_body_of_the_text", "shared"),
        ("shared", "joined"),
        ("title", "joined"),
        ("joined", "priority"),
        ("joined", "department"),
    }
    rows = {node.title: node.rows for node in diagram.nodes}
    assert rows["joined"] == ("(None, 4), (None, 4), (None, 16) → (None, 24)",)
    assert rows["title"] == ("(None, 16)",)


def test_nested_models_are_one_box_or_expanded():
    assert all(node.inside is None for node in drawn("nested").nodes)
    diagram = drawn("nested", expand_nested=True, show_layer_names=True, show_trainable=True)
    (deep,) = [node for node in diagram.nodes if node.title == "deep"]
    (inner,) = [node for node in deep.inside.nodes if node.title == "inner"]
    assert [node.title for node in deep.inside.nodes] == ["deep_in", "inner", "act"]
    assert [(node.title, node.rows) for node in inner.inside.nodes] == [
        ("a", ("frozen",)),
        ("b", ("frozen",)),
    ]
    assert ElementTree.fromstring(diagram._repr_svg_()).tag.endswith("svg")
    assert '"1/1/1" -> "1/2" [ltail="cluster_1/1"];' in diagram.dot()


def test_a_subclassed_model_is_one_box():
    assert drawn("subclassed").text() == "Classifier"


@pytest.mark.parametrize("rankdir", ["TB", "LR", "BT", "RL"])
def test_direction(rankdir):
    diagram = drawn("functional", rankdir=rankdir)
    assert diagram.direction == rankdir and f'rankdir="{rankdir}"' in diagram.dot()


def test_files(tmp_path):
    model = make_summary.build(make_summary.MODELS["functional"], tf.keras)
    for ending in ("svg", "html", "dot", "txt"):
        tf.keras.utils.plot_model(model, tmp_path / f"m.{ending}")
        assert "Dense" in (tmp_path / f"m.{ending}").read_text("utf-8")
    with pytest.warns(UserWarning, match=r"would need a rasteriser.*other\.svg"):
        tf.keras.utils.plot_model(model, str(tmp_path / "other.png"))
    assert (tmp_path / "other.svg").exists() and not (tmp_path / "other.png").exists()


def test_wrong_use():
    model = make_summary.build(make_summary.MODELS["functional"], tf.keras)
    with pytest.raises(ValueError, match="rankdir must be one of TB, LR, BT, RL, got 'down'"):
        tf.keras.utils.model_to_dot(model, rankdir="down")
    with pytest.raises(TypeError, match=r"unknown arguments \['colour'\]"):
        tf.keras.utils.plot_model(model, to_file=None, colour="red")
    unbuilt = make_summary.build(make_summary.MODELS["unbuilt"], tf.keras)
    with pytest.raises(ValueError, match="is not built yet"):
        tf.keras.utils.plot_model(unbuilt, to_file=None)
