"""The pages of the documentation site (docs/pages.py)."""

import runpy
from pathlib import Path

import pytest

import tensorbrook as tf

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def pages():
    return runpy.run_path(str(DOCS / "pages.py"))


def test_the_page_of_a_function(pages):
    text = pages["page"](["tf.nn.relu"], tf.nn.relu)
    assert text.startswith("# tf.nn.relu\n\n```python\nrelu(features: TensorLike, ")
    assert "-> Tensor\n```" in text
    assert "- **`features`**: a tensor" in text


def test_the_page_of_a_class(pages):
    text = pages["page"](["tf.keras.layers.Dense", "tf.Dense"], tf.keras.layers.Dense)
    assert "Also as `tf.Dense`." in text
    assert "\n    units: int,\n" in text and "\n    name: str | None = None,\n" in text
    assert "**Example**\n\n```pycon\n>>> layer = " in text
    assert "Based on `tf.keras.Layer`." in text
    assert "## compute_output_shape\n" in text
