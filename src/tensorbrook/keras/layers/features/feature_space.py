"""FeatureSpace: a table of features of many kinds as numbers for a model."""

import importlib

import numpy as np

from .... import ops
from ....core.tensor import Tensor, convert_to_tensor
from ....data import Dataset
from ...registry import Configurable, deserialize, unique_name
from ..core import Identity
from ..input import Input
from ..layer import Layer
from ..merge import Concatenate
from ..preprocess import Normalization, Rescaling
from ..symbolic import KerasTensor
from .category_encoding import CategoryEncoding
from .discretization import Discretization
from .hashing import HashedCrossing, Hashing
from .lookup import IntegerLookup, StringLookup
from .text_vectorization import TextVectorization

_PLACE = "keras.src.layers.preprocessing.feature_space"


class TFDConcat(Concatenate):
    """What puts the columns together, under its name in Keras's files."""

    _config_module = _PLACE


class TFDIdentity(Identity):
    """What Keras's files have for columns that stay as they are."""

    _config_module = _PLACE


class Feature(Configurable):
    """One column: its dtype, the layer that makes numbers of it, and what comes out.

    Args:
      dtype: of the column.
      preprocessor: a layer.
      output_mode: "int", "one_hot" or "float".
    """

    _config_module = _PLACE

    def __init__(self, dtype, preprocessor, output_mode):
        if output_mode not in ("int", "one_hot", "float"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'int', 'one_hot', "
                f"'float'}}. Received: output_mode={output_mode}"
            )
        self.dtype, self.output_mode = dtype, output_mode
        self.preprocessor = (
            deserialize(preprocessor) if isinstance(preprocessor, dict) else preprocessor
        )

    def __repr__(self):
        kind = type(self.preprocessor).__name__
        return f"<Feature dtype={self.dtype} {kind} output_mode={self.output_mode}>"


class Cross(Configurable):
    """A combination of columns, hashed.

    Args:
      feature_names: the columns' names.
      crossing_dim: the number of bins.
      output_mode: "int" or "one_hot".
    """

    _config_module = _PLACE

    def __init__(self, feature_names, crossing_dim, output_mode="one_hot"):
        if output_mode not in ("int", "one_hot"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'int', 'one_hot'}. "
                f"Received: output_mode={output_mode}"
            )
        self.feature_names, self.crossing_dim = tuple(feature_names), crossing_dim
        self.output_mode = output_mode

    @property
    def name(self):
        """The columns' names, joined."""
        return "_X_".join(self.feature_names)


class FeatureSpace(Layer):
    """A dict of columns as one vector of numbers, or a dict of encoded columns.

    They stand in the order of their names, combinations behind them.

    Args:
      features: for each column's name a Feature, such as `FeatureSpace.float()`, or its kind as
        text, such as "float_normalized".
      output_mode: "concat" or "dict".
      crosses: tuples of names, or `FeatureSpace.cross(...)`.
      crossing_dim, hashing_dim, num_discretization_bins: for columns and crosses that do not say.

    Raises:
      ValueError: unknown kinds, names or modes.

    Example:
    >>> space = tf.keras.utils.FeatureSpace(
    ...     {"height": "float", "colour": tf.keras.utils.FeatureSpace.string_categorical()})
    >>> table = {"height": [1.0, 2.0], "colour": ["red", "blue"]}
    >>> space.adapt(tf.data.Dataset.from_tensor_slices(table))
    >>> space({"height": np.array([1.5]), "colour": np.array(["red"])}).numpy()
    array([[0. , 1. , 0. , 1.5]], dtype=float32)
    """

    _config_module = "keras.utils"
    _not_in_config = ("name", "trainable", "dtype", "autocast", "activity_regularizer")

    def __init__(
        self,
        features,
        output_mode="concat",
        crosses=None,
        crossing_dim=32,
        hashing_dim=32,
        num_discretization_bins=32,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if not features:
            raise ValueError("The `features` argument cannot be None or empty.")
        if output_mode not in ("concat", "dict"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'dict', 'concat'}. "
                f"Received: output_mode={output_mode}"
            )
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins, self.output_mode = num_discretization_bins, output_mode
        self.features = {k: self._feature(k, features[k]) for k in features}
        self.crosses = [self._cross(cross) for cross in crosses or ()]
        self.crossers = {
            cross.name: HashedCrossing(cross.crossing_dim, name=cross.name)
            for cross in self.crosses
        }
        self.preprocessors = {k: f.preprocessor for k, f in self.features.items()}
        self.encoders, self._inputs, self._encoded = {}, None, None
        self._is_adapted = not any(map(_learns, self.preprocessors.values()))

    def _feature(self, name, given):
        if isinstance(given, Feature):
            return given
        if isinstance(given, dict):
            return deserialize(given)
        bins, count = self.hashing_dim, self.num_discretization_bins
        arguments = {
            "float_discretized": {"num_bins": count},
            "integer_hashed": {"num_bins": bins},
            "string_hashed": {"num_bins": bins},
        }
        if given not in _KINDS:
            raise ValueError(f"Invalid feature type: {given}. It is one of {', '.join(_KINDS)}.")
        return getattr(FeatureSpace, given)(name=name, **arguments.get(given, {}))

    def _cross(self, given):
        if isinstance(given, dict):
            given = deserialize(given)
        names = given.feature_names if isinstance(given, Cross) else tuple(given)
        if not set(names) <= set(self.features):
            raise ValueError(
                "All features referenced in the `crosses` argument should be present in the "
                f"`features` dict. Received unknown features: {names}"
            )
        if not isinstance(given, Cross) and not self.crossing_dim:
            raise ValueError(f"The cross {names} needs a size: give the argument `crossing_dim`.")
        return given if isinstance(given, Cross) else Cross(names, self.crossing_dim)

    # -- kinds of columns --------------------------------------------------------------------------

    @classmethod
    def cross(cls, feature_names, crossing_dim, output_mode="one_hot"):
        """A combination of columns, hashed into `crossing_dim` bins."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype, preprocessor, output_mode):
        """A column of any dtype with a layer of one's own."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name=None):
        """Floats as they are."""
        return Feature("float32", Identity(name=_named(name, "float")), "float")

    @classmethod
    def float_rescaled(cls, scale=1.0, offset=0.0, name=None):
        """Floats, * scale + offset."""
        return Feature(
            "float32", Rescaling(scale, offset, name=_named(name, "float_rescaled")), "float"
        )

    @classmethod
    def float_normalized(cls, name=None):
        """Floats with mean 0 and variance 1."""
        return Feature(
            "float32", Normalization(axis=-1, name=_named(name, "float_normalized")), "float"
        )

    @classmethod
    def float_discretized(cls, num_bins, bin_boundaries=None, output_mode="one_hot", name=None):
        """Floats as the numbers of bins; given the boundaries, `num_bins` is not used."""
        bins = None if bin_boundaries else num_bins
        layer = Discretization(bin_boundaries, bins, name=_named(name, "float_discretized"))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """Integers as their numbers in a vocabulary."""
        layer = IntegerLookup(max_tokens, num_oov_indices, name=_named(name, "integer_categorical"))
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """Texts as their numbers in a vocabulary."""
        layer = StringLookup(max_tokens, num_oov_indices, name=_named(name, "string_categorical"))
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Texts hashed into bins."""
        return Feature("string", Hashing(num_bins, name=_named(name, "string_hashed")), output_mode)

    @classmethod
    def integer_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Integers hashed into bins."""
        return Feature("int32", Hashing(num_bins, name=_named(name, "integer_hashed")), output_mode)

    # -- what it learns and does -------------------------------------------------------------------

    def adapt(self, dataset):
        """Adapts each column's layer to a data set of dicts, batched or not, or a dict of columns.

        Raises:
          ValueError: something else than these.
        """
        if isinstance(dataset, dict):
            dataset = Dataset.from_tensor_slices(dataset)
        if not isinstance(dataset, Dataset):
            raise ValueError(
                "`adapt()` can only be called on a tf.data.Dataset or a dict of arrays/lists. "
                f"Received instead: {dataset} (of type {type(dataset)})"
            )
        for name, layer in self.preprocessors.items():
            if _learns(layer):
                column = dataset.map(lambda row, name=name: row[name])
                rank = len(column.element_spec.shape)
                column = column if rank else column.batch(1024)
                if rank < 2:
                    column = column.map(lambda x: ops.expand_dims(x, -1))
                layer.adapt(column)
        self._is_adapted, self._inputs, self._encoded = True, None, None

    def get_inputs(self):
        """The columns as Keras inputs of shape (None, 1), by name."""
        self._must_be_adapted()
        if self._inputs is None:
            self._inputs = {
                name: Input((1,), dtype=feature.dtype, name=name)
                for name, feature in self.features.items()
            }
        return self._inputs

    def get_encoded_features(self):
        """What the inputs of `get_inputs` become."""
        self._must_be_adapted()
        if self._encoded is None:
            self._encoded = self._encode(self.get_inputs())
        return self._encoded

    def _must_be_adapted(self):
        if not self._is_adapted:
            raise ValueError(
                "You need to call `.adapt(dataset)` on the FeatureSpace before you can start "
                "using it."
            )

    def __call__(self, data):
        """The encoded columns of a dict: of single values, of vectors, or of (batch, 1)."""
        self._must_be_adapted()
        if not isinstance(data, dict):
            raise ValueError(f"A FeatureSpace should be called with a dict. Received: {data}")
        values = {name: self._column(name, data[name]) for name in self.features}
        single = all(isinstance(v, Tensor) and not v._shape for v in values.values())
        shaped = {
            name: ops.reshape(x, (1, 1)) if single else _two_dimensional(x)
            for name, x in values.items()
        }
        result = self._encode(shaped)
        if not single:
            return result
        if isinstance(result, dict):
            return {name: ops.squeeze(x, 0) for name, x in result.items()}
        return ops.squeeze(result, 0)

    def _column(self, name, value):
        if isinstance(value, KerasTensor | Tensor):
            return value
        dtype = self.features[name].dtype
        return convert_to_tensor(np.asarray(value) if dtype != "string" else value, dtype)

    def _encode(self, columns):
        made = {name: self.preprocessors[name](x) for name, x in columns.items()}
        encoded = {
            name: self._finished(name, made[name], feature.output_mode, self.preprocessors[name])
            for name, feature in sorted(self.features.items())
        }
        for cross in sorted(self.crosses, key=lambda cross: cross.name):
            crosser = self.crossers[cross.name]
            crossed = crosser([made[name] for name in cross.feature_names])
            encoded[cross.name] = self._finished(cross.name, crossed, cross.output_mode, crosser)
        if self.output_mode == "dict":
            return encoded
        for name, x in encoded.items():
            if np.dtype(x._dtype).kind != "f":
                raise ValueError(
                    f"Cannot concatenate features because feature '{name}' has not been encoded "
                    f"(it has dtype {x._dtype}). Consider using `output_mode='dict'`."
                )
        parts = list(encoded.values())
        return TFDConcat(-1)(parts) if len(parts) > 1 else parts[0]

    def _finished(self, name, x, output_mode, layer):
        if output_mode == "one_hot":
            depth = _categories(layer)
            if name not in self.encoders and depth is not None:
                self.encoders[name] = CategoryEncoding(depth, output_mode="multi_hot")
            return self.encoders[name](x) if depth is not None else x
        if output_mode == "float" and np.dtype(x._dtype).kind != "f":
            return ops.cast(x, self.compute_dtype)
        return x

    def get_config(self):
        """The constructor's arguments but those of all layers, as plain data."""
        return Configurable.get_config(self)

    def get_build_config(self):
        """The shapes that the layers of the features were built for, by the features' names."""
        layers = self.preprocessors.items()
        return {k: c for k, layer in layers if (c := layer.get_build_config()) is not None}

    def build_from_config(self, config):
        """Builds the layers of the features."""
        for name, own in config.items():
            if name in self.preprocessors:
                self.preprocessors[name].build_from_config(own)

    def _after_loading(self):
        self._is_adapted = True

    def save(self, filepath):
        """Writes the features with what they have learnt into a `.keras` file.

        Args:
          filepath: ends in ".keras"; `keras.models.load_model` reads it.
        """
        importlib.import_module("...files", __package__).save_model(self, filepath)


def _named(name, kind):
    return f"{name or unique_name(kind)}_preprocessor"


def _two_dimensional(x):
    return ops.expand_dims(x, -1) if len(x.shape) == 1 else x


def _learns(layer):
    """Whether a layer learns from data, and has not been given what it would learn."""
    if isinstance(layer, Normalization):
        return layer.input_mean is None
    if isinstance(layer, Discretization):
        return layer.num_bins is not None
    if isinstance(layer, TextVectorization):
        return not layer._lookup_layer._given
    if isinstance(layer, StringLookup | IntegerLookup):
        return not layer._given
    return hasattr(layer, "adapt")


def _categories(layer):
    """The number of categories that a layer makes."""
    if isinstance(layer, StringLookup | IntegerLookup):
        return layer.vocabulary_size()
    if isinstance(layer, Discretization) and layer.num_bins is None:
        return len(layer.bin_boundaries) + 1
    return getattr(layer, "num_bins", None)


_KINDS = (
    "float",
    "float_rescaled",
    "float_normalized",
    "float_discretized",
    "integer_categorical",
    "string_categorical",
    "integer_hashed",
    "string_hashed",
)
