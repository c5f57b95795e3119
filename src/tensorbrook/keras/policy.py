"""Dtype policies: in which dtype layers compute, and in which they keep their variables."""

import re
from collections.abc import MutableMapping

from ..base.config import settings
from ..base.context import context
from ..base.dtypes import as_dtype
from ..core.tensor import convert_to_tensor
from ..ops import cast
from .registry import Configurable, decode, serialize


class DTypePolicy(Configurable):
    """A layer's dtypes, named: "float32", or "mixed_float16" for float32 variables and float16
    computation.

    Raises:
      TypeError: a name that is no string.
      ValueError: the name of no policy.

    Example:
    >>> tf.keras.DTypePolicy("mixed_bfloat16").compute_dtype
    'bfloat16'
    """

    _config_module = "keras"
    quantization_mode = None  # of policies of quantized layers: "int8", "int4", "float8" ...

    def __init__(self, name=None):
        if isinstance(name, DTypePolicy):
            name = name.name
        if name is None:
            name = getattr(dtype_policy(), "source_name", dtype_policy().name)
        name = getattr(name, "name", name)
        self.compute_dtype, self.variable_dtype = self._parse(name)
        self.name = name

    def _parse(self, name):
        """(compute dtype, variable dtype) of a policy's name."""
        if not isinstance(name, str):
            raise TypeError(
                "'name' must be a string, such as 'mixed_float16'. "
                f"Received: name={name} (of type {type(name)})"
            )
        if name in ("mixed_float16", "mixed_bfloat16"):
            return name.removeprefix("mixed_"), "float32"
        try:
            dtype = as_dtype(name).name
        except (TypeError, ValueError):
            raise ValueError(
                f"Cannot convert '{name}' to a mixed precision DTypePolicy. Valid policies include "
                "'mixed_float16', 'mixed_bfloat16', and the name of any float dtype such as "
                "'float32'."
            ) from None
        return dtype, dtype

    def convert_input(self, x, autocast, dtype):
        """`x` as a tensor; floats in the dtype, where there is autocasting."""
        x = convert_to_tensor(x)
        return cast(x, dtype) if autocast and x.dtype.is_floating and x.dtype != dtype else x

    def get_config(self):
        """The arguments."""
        return {"name": self.name}

    def __repr__(self):
        return f'<{type(self).__name__} "{self.name}">'

    def __eq__(self, other):
        return type(other) is type(self) and other.get_config() == self.get_config()

    def __hash__(self):
        return hash(self.name)


class FloatDTypePolicy(DTypePolicy):
    """A DTypePolicy under Keras's other name."""

    def __new__(cls, name=None):
        return DTypePolicy(name)


class QuantizedDTypePolicy(DTypePolicy):
    """The policy of a layer whose weights are quantized.

    Args:
      mode: "int8", "int4" or "float8".
      source_name: the name of the policy that the layer had before.

    Raises:
      ValueError: an unknown mode, or one that does not go with float16.

    Example:
    >>> tf.keras.dtype_policies.QuantizedDTypePolicy("int8", "float32")
    <QuantizedDTypePolicy "int8_from_float32">
    """

    _config_module = "keras.dtype_policies"
    _modes = ("int8", "float8", "int4")

    def __init__(self, mode, source_name=None):
        self.source_name = DTypePolicy(source_name).name
        self.mode, self.quantization_mode = mode, mode.split("/")[0]
        self.compute_dtype, self.variable_dtype = self._parse(self.source_name)
        self.name = f"{mode}_from_{self.source_name}"
        self._check()

    def _check(self):
        if self.quantization_mode not in self._modes:
            raise ValueError(
                f"Invalid quantization mode. Expected one of {self._modes}. "
                f"Received: mode={self.mode}"
            )
        if self.quantization_mode == "int8" and self.compute_dtype == "float16":
            raise ValueError(
                f"Quantization mode='{self.mode}' doesn't work well with compute_dtype='float16'."
            )

    def _number(self, place, name, fits, wanted):
        """A number in the mode, as in "int4/128"."""
        parts = self.mode.split("/")
        try:
            if len(parts) != self._format.count("/") + 1:
                raise ValueError
            number = int(parts[place])
        except ValueError:
            raise ValueError(
                f"Invalid mode for {type(self).__name__}. Expected format '{self._format}', but "
                f"got '{self.mode}'."
            ) from None
        if not fits(number):
            raise ValueError(
                f"Invalid {name} in mode. {wanted}, but got {number} from '{self.mode}'."
            )
        return number

    def get_config(self):
        """The arguments."""
        return {"mode": self.mode, "source_name": self.source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer that computes in float8.

    Args:
      mode: "float8".
      source_name: the name of the policy that the layer had before.
      amax_history_length: of how many steps the largest values are kept.
    """

    default_amax_history_length = 1024

    def __init__(self, mode, source_name=None, amax_history_length=1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise TypeError(
                "`amax_history_length` must be an integer. "
                f"Received: amax_history_length={amax_history_length}"
            )
        self.amax_history_length = amax_history_length

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "amax_history_length": self.amax_history_length}


def _group(size):
    return size == -1 or size > 0


class Int4DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer whose weights are quantized to 4 bits, by blocks.

    Args:
      mode: "int4/<block_size>"; -1 is one block for all.
      source_name: the name of the policy that the layer had before.
    """

    _format = "int4/<block_size>"

    def _check(self):
        super()._check()
        wanted = "Supported values are -1 (per-channel) or a positive integer (sub-channel)"
        self.block_size = self._number(1, "block_size", _group, wanted)


class GPTQDTypePolicy(QuantizedDTypePolicy):
    """The policy of layers quantized by GPTQ: the mode is "gptq/<weight_bits>/<group_size>"."""

    _modes, _format = ("gptq",), "gptq/<weight_bits>/<group_size>"
    _bits, _supported = (2, 3, 4, 8), "Supported values are 2, 3, 4, and 8"

    def _check(self):
        super()._check()
        bits = self._bits
        self.weight_bits = self._number(1, "weight_bits", bits.__contains__, self._supported)
        wanted = "Supported values are -1 or a positive integer"
        self.group_size = self._number(2, "group_size", _group, wanted)
        self.mode_with_sizes, self.mode = self.mode, self.quantization_mode

    def get_config(self):
        """The arguments."""
        return {"mode": self.mode_with_sizes, "source_name": self.source_name}


class AWQDTypePolicy(GPTQDTypePolicy):
    """The policy of layers quantized by AWQ: the mode is "awq/4/<group_size>"."""

    _modes, _format = ("awq",), "awq/<weight_bits>/<group_size>"
    _bits, _supported = (4,), "AWQ only supports 4-bit quantization"


class DTypePolicyMap(Configurable, MutableMapping):
    """Policies by the paths of layers, to be passed as the `dtype` of the layer above them.

    Args:
      default_policy: of paths that are not in the map; the global policy by default.
      policy_map: a dict from paths, or regular expressions of them, to policies.

    Raises:
      ValueError: a path given twice; in a look-up, one that several expressions match.

    Example:
    >>> policies = tf.keras.dtype_policies.DTypePolicyMap()
    >>> policies["encoder/.*"] = tf.keras.dtype_policies.DTypePolicy("bfloat16")
    >>> policies["encoder/dense"].name, policies["decoder"].name
    ('bfloat16', 'float32')
    """

    _config_module = "keras.dtype_policies"

    def __init__(self, default_policy=None, policy_map=None):
        self._given = default_policy
        self._policies = {}
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                "If specified, `policy_map` must be a dict. Received: "
                f"policy_map={policy_map} of type {type(policy_map)}"
            )
        get(default_policy)  # raises where it is none
        for path, policy in (policy_map or {}).items():
            self[path] = policy

    default_policy = property(lambda self: get(self._given), doc="Of paths not in the map.")
    name = property(lambda self: f"map_{self.default_policy.name}", doc="Its name.")
    compute_dtype = property(lambda self: self.default_policy.compute_dtype, doc="Of the default.")
    variable_dtype = property(lambda self: self.default_policy.variable_dtype, doc="Likewise.")
    quantization_mode = property(lambda self: self.default_policy.quantization_mode, doc="Also.")

    def __getitem__(self, path):
        if path in self._policies:
            return self._policies[path]
        found = [key for key in self._policies if re.fullmatch(key, path)]
        if len(found) > 1:
            raise ValueError(
                f"Path '{path}' matches multiple dtype policy specification keys: {found}. Please "
                "make sure each path only matches at most one dtype policy specification key in "
                "the DTypePolicyMap."
            )
        return self._policies[found[0]] if found else self.default_policy

    def __setitem__(self, path, policy):
        if path in self._policies:
            raise ValueError(
                f"{path} already exist in the DTypePolicyMap with value {self._policies[path]}. "
                "Please make sure to not use duplicated keys."
            )
        try:
            self._policies[path] = get(policy)
        except (TypeError, ValueError):
            raise ValueError(
                "Cannot interpret the assigned value by `keras.dtype_policies.get`. "
                f"Received: {policy} of type {type(policy)}"
            ) from None

    def __delitem__(self, path):
        del self._policies[path]

    def __contains__(self, path):
        return path in self._policies

    def __len__(self):
        return len(self._policies)

    def __iter__(self):
        return iter(self._policies)

    def __hash__(self):
        return id(self)

    def get_config(self):
        """The arguments. Without a default, policies are those of the program that reads them."""
        policies = {path: serialize(policy) for path, policy in self._policies.items()}
        given = self._given
        if given is not None and not isinstance(given, str):
            given = serialize(self.default_policy)
        for policy in policies.values() if given is None else ():
            name = "source_name" if "source_name" in policy["config"] else "name"
            policy["config"][name] = None
        return {"default_policy": given, "policy_map": policies}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A map from what `get_config` returned."""
        return cls(**{k: decode(v, custom_objects) for k, v in config.items()})

    def __repr__(self):
        mapping = [(path, policy.name) for path, policy in self._policies.items()]
        default = self.default_policy.name
        return f"<DTypePolicyMap at {id(self):#x} default_policy={default}, mapping={mapping}>"


_QUANTIZED = {
    "int8": QuantizedDTypePolicy,
    "int4": QuantizedDTypePolicy,
    "float8": QuantizedFloat8DTypePolicy,
    "int4/": Int4DTypePolicy,
    "gptq/": GPTQDTypePolicy,
    "awq/": AWQDTypePolicy,
}


def quantized(mode, source_name):
    """The policy of a mode such as "int8" or "int4/128", for layers that had another."""
    head, slash, _ = mode.partition("/")
    return _QUANTIZED[head + slash](mode, source_name)


def get(identifier):
    """The policy an argument names: None stands for the global one.

    Raises:
      ValueError: it names none.
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, (DTypePolicy, DTypePolicyMap)):
        return identifier
    if isinstance(identifier, dict):
        found = decode(identifier)
        if not isinstance(found, DTypePolicy | DTypePolicyMap):
            raise ValueError(f"The config of no dtype policy: {identifier}")
        return found
    if isinstance(identifier, str):
        mode, is_quantized, source = identifier.partition("_from_")
        head, slash, _ = mode.partition("/")
        if is_quantized and head + slash in _QUANTIZED:
            return quantized(mode, source)
        if mode in _QUANTIZED or identifier.startswith(("int8_", "int4_", "float8_")):
            raise ValueError(
                "Cannot convert `policy` into a valid pair (`mode`, `source_name`) to instantiate "
                "`QuantizedDTypePolicy`: name it such as 'int8_from_float32'. "
                f"Received: policy={identifier}"
            )
        return DTypePolicy(identifier)
    try:
        if isinstance(identifier, int):
            raise TypeError
        return DTypePolicy(as_dtype(identifier).name)
    except (TypeError, ValueError):
        raise ValueError(
            "Cannot interpret `dtype` argument. Expected a string or an instance of DTypePolicy. "
            f"Received: dtype={identifier}"
        ) from None


def argument_of(config):
    """The `dtype` that a constructor gets for the one in a config: a plain policy's name."""
    found = get(config)
    return found.name if found.__class__ is DTypePolicy else found


def deserialize(config, custom_objects=None):
    """The policy of what `serialize` returned."""
    return decode(config, custom_objects)


def dtype_policy():
    """The policy of layers that are given none; floatx unless it was set.

    Example:
    >>> tf.keras.config.dtype_policy()
    <DTypePolicy "float32">
    """
    return context.dtype_policy or DTypePolicy(settings.floatx)


def set_dtype_policy(policy):
    """Sets the policy of layers that are given none.

    Raises:
      ValueError: no policy, and no name of one.

    Example:
    >>> tf.keras.config.set_dtype_policy("float32")
    """
    if not isinstance(policy, str | DTypePolicy | DTypePolicyMap):
        raise ValueError(
            "Invalid `policy` argument. Expected the string name of a policy (such as "
            f"'mixed_float16') or a `DTypePolicy` instance. Received: policy={policy} (of type "
            f"{type(policy)})"
        )
    context.dtype_policy = get(policy)
