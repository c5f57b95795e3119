"""keras.export: models written for other programs. Model files are a later chapter."""


class ExportArchive:
    """Raises NotImplementedError: SavedModel folders are not written yet.

    Keep `model.get_config()` and `model.get_weights()` instead.
    """

    def __init__(self):
        raise NotImplementedError(
            "keras.export.ExportArchive: SavedModel folders are not written yet. Keep "
            "model.get_config() and model.get_weights(), as in np.savez(path, *weights)."
        )
