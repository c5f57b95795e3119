"""What asks for quantization: the mode, and the quantizers of weights and activations."""

import re

from .. import registry
from ..registry import Configurable, encode, init_parameters
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

    def dtype_policy_string(self):
        """What the name of a quantized layer's policy begins with."""
        return self.mode


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
        weights = self.weight_quantizer
        if weights is not None and tuple(weights.value_range) != (-8, 7):
            raise ValueError(
                "int4 quantization requires a weight_quantizer of value_range=(-8, 7). Received: "
                f"value_range={weights.value_range}"
            )
        _check(self, "int8")

    def dtype_policy_string(self):
        """What the name of a quantized layer's policy begins with."""
        return f"int4/{self.block_size or -1}"

    by_blocks = property(lambda self: self.block_size not in (None, -1), doc="Whether in blocks.")


class Float8QuantizationConfig(QuantizationConfig):
    """Training in float8, which takes no quantizers."""

    mode = "float8"

    def __init__(self):
        super().__init__()


class _Calibrated(QuantizationConfig):
    """A config of a mode that looks at data."""

    def _keep(self, arguments):
        super().__init__()
        arguments = {k: v for k, v in arguments.items() if k not in ("self", "__class__")}
        for name, value in arguments.items():
            setattr(self, name, value)
            counts = name in ("num_samples", "sequence_length", "num_grid_points")
            if counts and value <= 0:
                raise ValueError(f"{name} must be a positive integer. Received: {name}={value}")
        if not _fits(self.group_size):
            raise ValueError(
                "Invalid group_size. Supported values are -1 (one group) or a positive integer, "
                f"but got {self.group_size}."
            )

    def get_config(self):
        """The arguments; without the data and the layers, which only `quantize` looks at."""
        names = init_parameters(type(self))
        left_out = ("dataset", "tokenizer", "quantization_layer_structure")
        return {n: None if n in left_out else encode(getattr(self, n)) for n in names}

    def dtype_policy_string(self):
        """What the name of a quantized layer's policy begins with."""
        return f"{self.mode}/{self.weight_bits}/{self.group_size}"


class GPTQConfig(_Calibrated):
    """Weights of few bits, each rounded so as to make good for the errors of those before it.

    `Model.quantize` runs texts through the model to see what its layers are given.

    Args:
      dataset: an iterable of texts, or of token ids.
      tokenizer: an object whose `tokenize` makes token ids of a text.
      weight_bits: 2, 3, 4 or 8.
      num_samples: how many sequences of tokens to run.
      per_channel: each output has scales of its own.
      sequence_length: how many tokens a sequence has.
      hessian_damping: added to the diagonal of the inputs' mean products, times its mean.
      group_size: how many inputs share a scale; -1 for all.
      symmetric: the middle of all integers stands for 0.
      activation_order: weights of larger inputs are rounded first.
      quantization_layer_structure: a dict of the model's layers: those that make the blocks' inputs
        of token ids as "pre_block_layers", and the "sequential_blocks". By default
        `model.get_quantization_layer_structure(mode)` tells it.

    Raises:
      ValueError: a number out of range.

    Example:
    >>> tf.keras.quantizers.GPTQConfig(None, None, weight_bits=8).dtype_policy_string()
    'gptq/8/128'
    """

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
            raise ValueError(
                f"Unsupported weight_bits {weight_bits}. Supported values are 2, 3, 4, and 8."
            )
        if not 0 <= hessian_damping <= 1:
            raise ValueError(
                f"hessian_damping must be between 0 and 1. Received: {hessian_damping}"
            )
        self._keep(locals())


class AWQConfig(_Calibrated):
    """Weights of 4 bits, after those of large inputs were multiplied by a power of these.

    Args:
      dataset, tokenizer, num_samples, sequence_length, group_size, quantization_layer_structure:
        as of `GPTQConfig`.
      weight_bits: 4.
      num_grid_points: how many powers between 0 and 1 are tried.

    Raises:
      ValueError: a number out of range.

    Example:
    >>> tf.keras.quantizers.AWQConfig(None, None, group_size=32).dtype_policy_string()
    'awq/4/32'
    """

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
            raise ValueError(
                f"AWQ only supports 4-bit quantization. Received weight_bits={weight_bits}."
            )
        self._keep(locals())


def _fits(size):
    return size == -1 or size > 0


def _check(config, dtype):
    weights = config.weight_quantizer
    if weights is not None and weights.output_dtype != dtype:
        raise ValueError(
            f"{config.mode} quantization requires a weight_quantizer of output_dtype='{dtype}'. "
            f"Received: output_dtype={weights.output_dtype}"
        )


quantizers.TABLE.update(registry.family(QuantizationConfig))
_OF_MODES = {
    c.mode: c
    for c in (
        Int8QuantizationConfig,
        Int4QuantizationConfig,
        Float8QuantizationConfig,
        GPTQConfig,
        AWQConfig,
    )
}


def resolve(mode, config):
    """The config that `quantize(mode, config)` asks for.

    Raises:
      ValueError: neither is given, they contradict each other, or the mode is unknown.
    """
    if isinstance(config, str):
        mode, config = config, None
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
    if config is None and issubclass(_OF_MODES[mode], _Calibrated):
        article, name = ("An" if mode == "awq" else "A"), _OF_MODES[mode].__name__
        raise ValueError(
            f"For {mode.upper()}, you must pass {article.lower()} `{name}` object in the `config` "
            "argument."
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
