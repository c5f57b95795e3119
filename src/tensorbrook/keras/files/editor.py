"""KerasFileEditor: looking into a weights file, and changing what is in it."""

from ...base.errors import unknown_name
from ...base.files import path_of, replacing
from ...formats.archive import Archive
from ...formats.hdf5 import Array, Reader, Refused, Writer, open_regular
from .configs import MOST_BYTES, read_json
from .layout import kept
from .weights import _filed
from .whole import CONFIG, METADATA, MOST_PACKED_WEIGHTS, WEIGHTS, belongs


class KerasFileEditor:
    """The contents of a `.weights.h5` or `.keras` file, to look at and to change.

    Attributes:
      weights_dict: nested dicts of arrays, by the parts of their paths.
      metadata: of a `.keras` file, else None.

    Args:
      filepath: of the file.

    Raises:
      ValueError: it is neither, or damaged.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> model.save_weights("a.weights.h5")
    >>> editor = tf.keras.saving.KerasFileEditor("a.weights.h5")
    >>> editor.rename_object("layers/dense", "head")
    >>> editor.summary()
    Keras model file 'a.weights.h5'
    Weights structure
    layers
      head
        0: shape=(2, 1), dtype=float32
        1: shape=(1,), dtype=float32
    >>> editor.save("b.weights.h5")
    """

    def __init__(self, filepath):
        self.filepath = path_of(filepath)
        self.metadata = self.config = self.model = None
        self.weights_dict, self.object_metadata = {}, {}
        with open_regular(self.filepath) as file:
            if self.filepath.endswith(".keras"):
                self._open_archive(file)
            elif self.filepath.endswith((".weights.h5", ".h5")):
                self._read(file)
            else:
                raise ValueError(
                    "Invalid filename: expected a `.keras` or `.weights.h5` extension. Received: "
                    f"filepath={self.filepath}"
                )

    def _open_archive(self, file):
        archive = Archive(file, self.filepath, belongs)
        if WEIGHTS not in archive or CONFIG not in archive or METADATA not in archive:
            raise Refused(f"{self.filepath}: it is no file of a Keras model.")
        self.metadata = read_json(archive.read(METADATA, MOST_BYTES), self.filepath)
        self.config = read_json(archive.read(CONFIG, MOST_BYTES), self.filepath)
        stored, check = archive.open(WEIGHTS, MOST_PACKED_WEIGHTS)
        check()
        self._read(stored)

    def _read(self, file):
        with Reader(file, self.filepath) as h5:
            self.weights_dict = self._contents(h5.root)

    def _contents(self, group):
        found = {}
        for name, member in group.members.items():
            if isinstance(member, Array):
                found[name] = member.read()
            elif name == "vars":
                title = member.attribute("name")
                if title is not None:
                    self.object_metadata[group.path] = title
                found.update(self._contents(member))
            else:
                inner = self._contents(member)
                if inner:
                    found[name] = inner
        return found

    # -- looking -----------------------------------------------------------------------------------

    def summary(self):
        """Prints what the file holds: objects, and their weights with shapes and dtypes."""
        print(f"Keras model file '{self.filepath}'")
        if self.metadata:
            version, date = (self.metadata.get(k) for k in ("keras_version", "date_saved"))
            print(f"Saved with Keras {version} - date: {date}")
        print("Weights structure")
        for line in _lines(self.weights_dict, 0):
            print(line)

    def compare(self, reference_model):
        """Compares the weights with those of a model, and prints what differs.

        Args:
          reference_model: the model.

        Returns:
          A dict of "status" ("success" or "error"), "error_count" and "match_count".
        """
        stored = {path: array.shape for path, array in self._arrays() if path[:1] != ("optimizer",)}
        wanted = {}
        for path, thing in kept(reference_model):
            parts = tuple(path.split("/")) if path else ()
            if parts[:1] != ("optimizer",):
                own = enumerate(_filed(thing))
                wanted.update(((*parts, str(i)), tuple(v.shape)) for i, v in own)
        errors = [
            *(f"{'/'.join(p)}: missing in the file" for p in wanted.keys() - stored.keys()),
            *(f"{'/'.join(p)}: missing in the model" for p in stored.keys() - wanted.keys()),
        ]
        common = wanted.keys() & stored.keys()
        differ = [p for p in common if wanted[p] != stored[p]]
        errors += [f"{'/'.join(p)}: {stored[p]} in the file, {wanted[p]} here" for p in differ]
        for error in sorted(errors):
            print(error)
        matches = len(common) - len(differ)
        status = "error" if errors else "success"
        return {"status": status, "error_count": len(errors), "match_count": matches}

    def _arrays(self):
        stack = [((), self.weights_dict)]
        while stack:
            path, value = stack.pop()
            if isinstance(value, dict):
                stack += [((*path, name), part) for name, part in value.items()]
            else:
                yield path, value

    # -- changing ----------------------------------------------------------------------------------

    def _find(self, name):
        """(the dict that an object is in, its name there, its path)."""
        *before, last = name.split("/")
        found = []
        stack = [((), self.weights_dict)]
        while stack:
            path, inside = stack.pop()
            for key, value in inside.items():
                if isinstance(value, dict):
                    here = (*path, key)
                    if key == last and (path == tuple(before) or not before):
                        found.append((inside, key, here))
                    stack.append((here, value))
        if not found:
            known = ["/".join(path) for path, _ in self._objects()]
            raise ValueError(unknown_name(f"object of {self.filepath}", name, known))
        if len(found) > 1:
            places = ", ".join(repr("/".join(path)) for _, _, path in found)
            raise ValueError(f"{name!r} names several objects: give a path, of {places}.")
        return found[0]

    def _objects(self):
        stack = [((), self.weights_dict)]
        while stack:
            path, value = stack.pop()
            yield path, value
            stack += [((*path, k), v) for k, v in value.items() if isinstance(v, dict)]

    def rename_object(self, object_name, new_name):
        """Gives an object another name.

        Args:
          object_name: its name or path, as in "layers/dense".
          new_name: the new name, without "/".

        Raises:
          ValueError: there is no such object, or the new name is taken.
        """
        inside, key, path = self._find(object_name)
        if "/" in new_name or new_name in inside:
            raise ValueError(f"{new_name!r} holds a '/', or is the name of another object.")
        renamed = {new_name if k == key else k: v for k, v in inside.items()}
        inside.clear()
        inside.update(renamed)
        old, new = "/".join(path), "/".join((*path[:-1], new_name))
        self.object_metadata = {
            new + k[len(old) :] if k == old or k.startswith(f"{old}/") else k: v
            for k, v in self.object_metadata.items()
        }

    def delete_object(self, object_name):
        """Takes an object, a name or path, out of the file."""
        inside, key, _ = self._find(object_name)
        del inside[key]

    def add_object(self, object_path, weights):
        """Puts an object into the file.

        Args:
          object_path: its whole path, as in "layers/dense_2".
          weights: a dict from names ("0", "1" ...) to arrays.

        Raises:
          ValueError: there is one, or the path begins nowhere.
        """
        *before, last = object_path.split("/")
        inside = self.weights_dict
        for part in before:
            if not isinstance(inside.get(part), dict):
                raise ValueError(unknown_name(f"object within {object_path!r}", part, inside))
            inside = inside[part]
        if last in inside:
            raise ValueError(f"{object_path!r} is there already: add_weights adds to it.")
        inside[last] = dict(weights)

    def add_weights(self, object_name, weights):
        """Adds weights, a dict from names to arrays, to an object."""
        inside, key, _ = self._find(object_name)
        inside[key].update(weights)

    def delete_weight(self, object_name, weight_name):
        """Takes a weight, as "0", out of an object."""
        inside, key, _ = self._find(object_name)
        if weight_name not in inside[key]:
            raise ValueError(unknown_name(f"weight of {object_name!r}", weight_name, inside[key]))
        del inside[key][weight_name]

    def save(self, filepath):
        """Writes a weights file of what there is now.

        Args:
          filepath: ends in ".weights.h5".

        Raises:
          ValueError: a path that ends otherwise.
        """
        path = path_of(filepath)
        if not path.endswith(".weights.h5"):
            raise ValueError(
                "Invalid `filepath` argument: expected a `.weights.h5` extension. Received: "
                f"filepath={path}"
            )
        with replacing(path) as new, Writer(new) as h5:
            for parts, value in self._objects():
                place = "/".join((*parts, "vars"))
                h5.group(place)
                title = self.object_metadata.get("/".join(parts))
                if title is not None:
                    h5.attribute(place, "name", title)
                for name, array in value.items():
                    if not isinstance(array, dict):
                        h5.write(f"{place}/{name}", array)

    resave_weights = save


def _lines(value, level):
    for name, part in value.items():
        if isinstance(part, dict):
            yield f"{'  ' * level}{name}"
            yield from _lines(part, level + 1)
        else:
            yield f"{'  ' * level}{name}: shape={part.shape}, dtype={part.dtype}"
