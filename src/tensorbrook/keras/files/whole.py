"""Whole models in `.keras` files: their configuration, weights and assets in one zip archive."""

import datetime
import json
import os
import tempfile
import threading

from ...base.files import path_of, replacing
from ...formats.archive import Archive, ArchiveWriter
from ...formats.hdf5 import Reader, Refused, open_regular
from ..layers.features.lookup import read_files, write_files
from ..loading import Loading
from ..registry import UnknownObject, custom_object_scope, deserialize, serialize, shared_json
from . import older, weights
from .configs import MOST_BYTES, read_json
from .layout import kept
from .operations import with_operations

VERSION = "3.15.1"  # of Keras, whose files these are
METADATA, CONFIG, WEIGHTS, ASSETS = "metadata.json", "config.json", "model.weights.h5", "assets/"
# what reading something else than was expected ends in
DAMAGES = (KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
MOST_ASSET_BYTES, MOST_PACKED_WEIGHTS = 1 << 30, 1 << 33


def config_of(model):
    """What a file says of how to make a model: a dict."""
    config = serialize(model)
    for key in ("build", "compile"):
        if hasattr(model, f"get_{key}_config"):
            config.setdefault(f"{key}_config", {})
    return config


# -- saving ----------------------------------------------------------------------------------------


def save(model, filepath, overwrite=True, with_optimizer=True):
    """Writes a model into a `.keras` file."""
    path = path_of(filepath)
    weights.check_overwrite(path, overwrite)
    config = shared_json(lambda: with_operations(config_of(model)))

    def write(file):
        weights.write_whole(model, file, with_optimizer)

    saved = f"{datetime.datetime.now():%Y-%m-%d@%H:%M:%S}"
    with replacing(path) as new, ArchiveWriter(new) as archive:
        archive.write(METADATA, json.dumps({"keras_version": VERSION, "date_saved": saved}))
        archive.write(CONFIG, config)
        archive.write_in_place(WEIGHTS, write)
        for name, data in _assets(model):
            archive.write(name, data)


def _assets(model):
    """(name, bytes) of what layers keep as files."""
    for path, thing in kept(model):
        for name, data in assets_of(thing).items():
            yield f"{ASSETS}{path}/{name}", data


def assets_of(thing):
    """What a layer keeps as files: their bytes by name."""
    if hasattr(thing, "_assets"):
        return thing._assets()
    if not hasattr(thing, "save_assets"):
        return {}
    with tempfile.TemporaryDirectory() as folder:  # a class of the program's own
        thing.save_assets(folder)
        return read_files(folder, sorted(os.listdir(folder)))


# -- loading ---------------------------------------------------------------------------------------


def belongs(name):
    """Whether a member of an archive belongs into a `.keras` file."""
    return name in (METADATA, CONFIG, WEIGHTS, ASSETS) or name.startswith(ASSETS)


class _Check:
    """Holds the weights' bytes to their checksum, in a thread of its own."""

    def __init__(self, check):
        self._fault, self._check = None, check
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._check()
        except Exception as fault:
            self._fault = fault

    def wait(self):
        """Waits for the end; raises what was found."""
        self._thread.join()
        if self._fault is not None:
            raise self._fault


def load(path, custom_objects=None, compile=True):
    """The model of a `.keras` file."""
    with open_regular(path) as file:
        archive = Archive(file, path, belongs)
        for name in (CONFIG, WEIGHTS):
            if name not in archive:
                raise Refused(f"{path}: it is no file of a Keras model: it has no {name}.")
        config = read_json(archive.read(CONFIG, MOST_BYTES), f"{path}, {CONFIG}")
        if METADATA in archive:
            saved = read_json(archive.read(METADATA, MOST_BYTES), f"{path}, {METADATA}")
            config = older.of_version(
                config, isinstance(saved, dict) and saved.get("keras_version")
            )
        stored, check = archive.open(WEIGHTS, MOST_PACKED_WEIGHTS)
        check = _Check(check)
        try:
            with Reader(stored, path) as h5:
                return _made(config, h5.root, archive, custom_objects, compile, path)
        finally:
            check.wait()


def load_weights(model, path, skip_mismatch=False):
    """Gives a model the weights of a `.keras` file."""
    with open_regular(path) as file:
        archive = Archive(file, path, belongs)
        if WEIGHTS not in archive:
            raise Refused(f"{path}: it is no file of a Keras model: it has no {WEIGHTS}.")
        stored, check = archive.open(WEIGHTS, MOST_PACKED_WEIGHTS)
        check()
        with Reader(stored, path) as h5:
            return weights.load_from(model, h5.root, path, skip_mismatch)


def _made(config, root, archive, custom_objects, compile, path):
    size = sum(array.size for array in root.arrays())
    with custom_object_scope(custom_objects or {}), Loading(path, size) as loading:
        model = model_of(config, path, compile)
        _load_assets(model, archive)
        weights.load_from(model, root, path)
    loading.finish()
    return model


class NotMade(Refused, TypeError):
    """A configuration of which no model can be made; Keras raises TypeError."""


def model_of(config, path, compile):
    """The model that a configuration describes, built and compiled as it says."""
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise Refused(f"{path}: its {CONFIG} describes no model.")
    try:
        config = older.modern(older.of_version(config, config.get("keras_version")))
        return _model_of(config, compile)
    except UnknownObject:
        raise
    except DAMAGES as fault:
        raise NotMade(
            f"{path}: its {CONFIG} cannot be made a model: {type(fault).__name__}: {fault} Where "
            "get_config() holds layers or other objects, from_config() has to make them again: "
            "keras.saving.deserialize_keras_object."
        ) from fault


def _model_of(config, compile):
    return deserialize(config if compile else {**config, "compile_config": None})


def model_from_json(text, custom_objects=None):
    """The model that JSON describes, with fresh weights."""
    config = read_json(text, "model_from_json")
    with custom_object_scope(custom_objects or {}):
        return model_of(config, "model_from_json", True)


def _load_assets(model, archive):
    found = {name for name in archive.names if name.startswith(ASSETS) and name[-1] != "/"}
    for path, thing in kept(model):
        prefix = f"{ASSETS}{path}/"
        own = [name for name in found if name.rpartition("/")[0] + "/" == prefix]
        if own and hasattr(thing, "load_assets"):
            files = {n.rpartition("/")[2]: archive.read(n, MOST_ASSET_BYTES) for n in own}
            give_assets(thing, files)


def give_assets(thing, files):
    """Gives a layer the files that `assets_of` told of."""
    if hasattr(thing, "_take_assets"):
        thing._take_assets(files)
        return
    with tempfile.TemporaryDirectory() as folder:  # a class of the program's own
        write_files(folder, files)
        thing.load_assets(folder)
