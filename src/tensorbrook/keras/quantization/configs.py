"""What asks for quantization: the mode, and the quantizers of weights and activations."""

import re

from .. import registry
from ..registry import Configurable
from . import quantizers
from .quantizers import AbsMaxQuantizer

MODES = ("int8", "float8", "int4", "gptq", "awq")


class QuantizationConfig(Configurable):
    """The base of configs, to be passed to `quantize(config=...)`.

    Args:
      weight_quantizer: makes the weights integers; the mode's own by default.
      activation_quantizer: makes the layer's inputs integers; None leaves them floats.
    """

    _config_module = "keras.quantizers"

    def __init__(self, weight_quantizer=None, activation_quantizer=None):
        self.weight_quantizer = quantizers.get(weight_quantizer)
        self.activation_quantizer = quantizers.get(activation_quantizer)

    @property
    def mode(self):
        """The mode's name."""
        raise NotImplementedError(
            "Subclasses must implement this property. Do not instantiate QuantizationConfig "
            "directly."
        )


def _activation(quantizer):
    return AbsMaxQuantizer() if quantizer == "default" else quantizer


class Int8QuantizationConfig(QuantizationConfig):
    """8 bits for weights and, by default, for activations.

    Example:
    >>> tf.keras.quantizers.Int8QuantizationConfig().mode
    'int8'
    """

    mode = "int8"

    def __init__(self, weight_quantizer=None, activation_quantizer="default"):
        super().__init__(weight_quantizer, _activation(activation_quantizer))
        _check(self, "int8")


class Int4QuantizationConfig(QuantizationConfig):
    """4 bits for weights.

    Args:
      weight_quantizer: without blocks, makes the weights integers.
      activation_quantizer: makes the layer's inputs integers; none by default.
      block_size: how many weights along the summed axis share a scale; None or -1 for all.

    Raises:
      ValueError: a block_size that is none, or quantizers beside blocks.

    Example:
    >>> tf.keras.quantizers.Int4QuantizationConfig(block_size=64).block_size
    64
    """

    mode = "int4"

    def __init__(self, weight_quantizer=None, activation_quantizer="default", block_size=128):
        if block_size is not None and (not isinstance(block_size, int) or not _fits(block_size)):
            raise ValueError(
                "block_size must be None, -1, or a positive integer. "
                f"Received: block_size={block_size}"
            )
        given = None if activation_quantizer == "default" else activation_quantizer
        super().__init__(weight_quantizer, given)
        self.block_size = block_size
        if self.by_blocks and (self.weight_quantizer or self.activation_quantizer):
            raise ValueError(
                "Int4 sub-channel quantization (block_size > 0) does not support custom "
                "quantizers. Either set block_size to None or -1 for per-channel quantization, or "
                f"remove the custom quantizer arguments. Received: block_size={block_size}"
            )
        _check(self, "int8")

    by_blocks = property(lambda self: self.block_size not in (None, -1), doc="Whether in blocks.")


class Float8QuantizationConfig(QuantizationConfig):
    """Training in float8, which takes no quantizers."""

    mode = "float8"

    def __init__(self):
        super().__init__()


class _Calibrated(QuantizationConfig):
    """A config of a mode that looks at data; such modes are not built."""

    _not_in_config = ("dataset", "tokenizer", "quantization_layer_structure")

    def _keep(self, dataset, tokenizer, structure, **numbers):
        super().__init__()
        self.dataset, self.tokenizer = dataset, tokenizer
        self.quantization_layer_structure = structure
        for name, value in numbers.items():
            setattr(self, name, value)
            least = 1 if name in ("num_samples", "sequence_length", "num_grid_points") else None
            if least is not None and value < least:
                raise ValueError(f"{name} must be a positive integer.")
        if not _fits(self.group_size):
            raise ValueError(
                "Invalid group_size. Supported values are -1 (whole-tensor) or a positive "
                f"integer, but got {self.group_size}."
            )


class GPTQConfig(_Calibrated):
    """The arguments of GPTQ, which is not built: see `Model.quantize`."""

    mode = "gptq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits=4,
        num_samples=128,
        per_channel=True,
        sequence_length=512,
        hessian_damping=0.01,
        group_size=128,
        symmetric=False,
        activation_order=False,
        quantization_layer_structure=None,
    ):
        if weight_bits not in (2, 3, 4, 8):
            raise ValueError(f"Unsupported weight_bits {weight_bits}. Supported: 2, 3, 4, and 8.")
        self._keep(
            dataset,
            tokenizer,
            quantization_layer_structure,
            weight_bits=weight_bits,
            num_samples=num_samples,
            per_channel=per_channel,
            sequence_length=sequence_length,
            hessian_damping=hessian_damping,
            group_size=group_size,
            symmetric=symmetric,
            activation_order=activation_order,
        )


class AWQConfig(_Calibrated):
    """The arguments of AWQ, which is not built: see `Model.quantize`."""

    mode = "awq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits=4,
        num_samples=128,
        sequence_length=512,
        group_size=128,
        num_grid_points=20,
        quantization_layer_structure=None,
    ):
        if weight_bits != 4:
            raise ValueError(f"Unsupported weight_bits {weight_bits}. AWQ only supports 4-bit.")
        self._keep(
            dataset,
            tokenizer,
            quantization_layer_structure,
            weight_bits=weight_bits,
            num_samples=num_samples,
            sequence_length=sequence_length,
            group_size=group_size,
            num_grid_points=num_grid_points,
        )


def _fits(size):
    return size == -1 or size > 0


def _check(config, dtype):
    weights = config.weight_quantizer
    if weights is not None and weights.output_dtype != dtype:
        raise ValueError(
            f"{config.mode} quantization requires a weight_quantizer of output_dtype '{dtype}'. "
            f"Received: output_dtype={weights.output_dtype}"
        )


_OF_MODES = {c.mode: c for c in (Int8QuantizationConfig, Int4QuantizationConfig)}
_OF_MODES["float8"] = Float8QuantizationConfig


def resolve(mode, config):
    """The config that `quantize(mode, config)` asks for.

    Raises:
      ValueError: neither is given, they contradict each other, or the mode is unknown.
      NotImplementedError: a mode that is not built.
    """
    if config is not None and not isinstance(config, QuantizationConfig):
        raise ValueError(
            "Argument `config` must be an instance of `QuantizationConfig`. "
            f"Received: config={config} (of type {type(config)})"
        )
    if mode is None and config is None:
        raise ValueError("You must provide either `mode` or `config` to `quantize`.")
    if config is not None and mode not in (None, config.mode):
        raise ValueError(f"Contradictory arguments: mode='{mode}' but config.mode='{config.mode}'.")
    mode = mode or config.mode
    if mode not in MODES:
        raise ValueError(
            f"Invalid quantization mode. Expected one of {MODES}. Received: mode={mode}"
        )
    if mode in ("gptq", "awq"):
        raise NotImplementedError(
            f"quantize('{mode}'): calibration on data is not built. quantize('int4') quantizes to "
            "4 bits in blocks, each with its scale and zero."
        )
    return _OF_MODES[mode]() if config is None else config


def get(identifier):
    """The QuantizationConfig of an argument of a layer: a config's dict, or the object."""
    if isinstance(identifier, dict):
        return registry.deserialize(identifier, None, "quantization config")
    return identifier


def chooser(filters):
    """The function that tells whether a layer is to be quantized.

    Raises:
      ValueError: filters that are neither patterns nor a function.
    """
    if filters is None:
        return lambda layer: True
    if callable(filters):
        return filters
    patterns = [filters] if isinstance(filters, str) else filters
    if not isinstance(patterns, (list, tuple)) or not all(isinstance(p, str) for p in patterns):
        raise ValueError(
            "The `filters` argument must be a regex string, a list of regex strings, or a "
            f"callable. Received: {type(filters)}"
        )
    return lambda layer: any(re.search(p, layer.name) for p in patterns)
