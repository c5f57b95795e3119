"""Weights of applications: fetched from where Keras publishes them, or read from a file."""

import os
from pathlib import Path

from ..files import load_weights
from ..utils import get_file

_BASE = "https://storage.googleapis.com/"
_FILES = Path(__file__).with_name("published.tsv")  # facts taken from Keras 3.15.1
_ALPHAS = {
    1.0: "1_0",
    0.75: "7_5",
    0.5: "5_0",
    0.25: "2_5",
}  # of MobileNet, as its files spell them


def load(model, options):
    """Gives a model the weights that its options name.

    Raises:
      ValueError: there is no such file, or its weights are of another model.
      NotImplementedError: of a variant whose file is not known here.
    """
    path = options.weights
    if path == "imagenet":
        path = _fetched(options)
    elif not os.path.exists(path):
        raise ValueError(
            f"{options.title}: `weights` must be None (fresh ones), 'imagenet', or the path of a "
            f"weights file, and there is no file {str(path)!r}."
        )
    load_weights(model, path)


def _fetched(options):
    """The path of published weights in the cache folder."""
    wanted = [options.title, "yes" if options.include_top else "no"]
    rows = (line.split("\t") for line in _FILES.read_text().splitlines())
    digest, place = next(row[2:] for row in rows if row[:2] == wanted)
    alpha = float(getattr(options, "alpha", 1.0))
    if "{" in place:  # one file for each alpha and side
        side = options.usual_side(options)
        place = place.format(words=_ALPHAS.get(alpha, alpha), alpha=alpha, side=side)
    elif alpha != 1.0 or getattr(options, "minimalistic", False):
        raise NotImplementedError(
            f"{options.title}: weights='imagenet' are known for alpha=1.0 and minimalistic=False. "
            "Pass the path of a file with the others, or weights=None."
        )
    name = place.rsplit("/", 1)[-1]
    return get_file(name, _BASE + place, cache_subdir="models", file_hash=digest or None)
