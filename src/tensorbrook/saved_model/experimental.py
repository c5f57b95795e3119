"""tf.saved_model.experimental: what tells saved models apart."""

import os
from typing import NamedTuple

from ..base.errors import NotFoundError
from ..base.files import opened, path_of
from ..formats.graph_messages import FingerprintDef

_PARTS = (
    *("saved_model_checksum", "graph_def_program_hash", "signature_def_hash"),
    *("saved_object_graph_hash", "checkpoint_hash"),
)


class Fingerprint(NamedTuple):
    """Numbers that tell a saved model, its graph, signatures, objects and variables from others."""

    saved_model_checksum: int = 0
    graph_def_program_hash: int = 0
    signature_def_hash: int = 0
    saved_object_graph_hash: int = 0
    checkpoint_hash: int = 0
    version: int = 0

    def singleprint(self):
        """The numbers but the first as one text."""
        return "/".join(str(getattr(self, name)) for name in _PARTS[1:])


def read_fingerprint(export_dir):
    """The Fingerprint of a saved model's folder.

    Raises:
      FileNotFoundError: it has none.
    """
    path = os.path.join(path_of(export_dir), "fingerprint.pb")
    try:
        with opened(path) as file:
            message = FingerprintDef.FromString(file.read())
    except NotFoundError:
        raise FileNotFoundError(
            f"SavedModel Fingerprint Error: {path} is not there: the folder was written by a "
            "version before 2.12, or is no saved model."
        ) from None
    return Fingerprint(*[getattr(message, name) for name in _PARTS], message.version.producer)
