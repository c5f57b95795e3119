"""LoRA and quantization: what may stand in the place of a layer's weight.

A layer declares which weight is adapted and along which axes it is summed (`AdaptedWeight`), and
computes with `self.product(function, inputs)`, where `function` is linear in the weight. All else
is here: `enable_lora`, `quantize`, what is stored, and what `function` gets.
"""

from functools import lru_cache, partial

from ... import ops
from ...autodiff.custom import custom_gradient
from .. import policy
from ..quantization import configs, numbers
from ..quantization.quantizers import AbsMaxQuantizer
from ..registry import is_ours
from .declared import Weight, weights_of
from .layer import Layer

_FLOAT8 = ("inputs", "kernel", "outputs_grad")


class AdaptedWeight(Weight):
    """A weight that LoRA or quantization may replace.

    Args:
      shape: as of `Weight`.
      summed: the axis over which products sum; a function (layer) that returns several.
      inputs: the inputs' axes that are summed over, likewise.
      packed: the axis of the matrix along which two numbers of 4 bits are put together.
      by_rows: the function takes some of the weight's rows.
      arguments: as of `Weight`.
    """

    def __init__(self, shape, summed, inputs=(-1,), packed=-1, by_rows=False, **arguments):
        super().__init__(shape, **arguments)
        self.summed = summed if callable(summed) else lambda layer: (summed,)
        self.inputs = inputs if callable(inputs) else lambda layer: inputs
        self.packed, self.by_rows = packed, by_rows

    def __get__(self, layer, cls=None):
        if layer is None:
            return self
        value = layer.__dict__.get("_" + self.attribute, self)
        if value is self and not layer.built:
            raise AttributeError  # the layer is not built: Layer.__getattr__ says so
        if layer.quantization_mode in ("int4", "gptq", "awq"):
            return layer._unpacked(self, value)
        return layer._with_lora(self, value)

    def __set__(self, layer, value):
        layer._replace_weight("_" + self.attribute, value)
        layer.__dict__["_" + self.attribute] = value

    def make(self, layer, input_shape):
        """Makes the weight, or what stands for it under the layer's policy."""
        if layer.quantization_mode == "float8" and self is layer._adapted()[0]:
            layer._make_float8()
        shape = self.shape(layer, input_shape)
        if shape is not None and layer.quantization_mode in ("int8", "int4", "gptq", "awq"):
            layer._hold(self, shape, None)
        else:
            super().make(layer, input_shape)
            layer._note(self, shape)


class Adaptable(Layer):
    """A layer with adapted weights; the first of them is the one that LoRA changes."""

    _modes = ("int8", "int4", "float8")
    lora_enabled = False

    def __init__(self, *, lora_rank=None, lora_alpha=None, quantization_config=None, **kwargs):
        super().__init__(**kwargs)
        self.lora_rank = lora_rank
        self.lora_alpha = lora_rank if lora_alpha is None else lora_alpha
        self.quantization_config = configs.get(quantization_config)

    def _adapted(self):
        return _adapted_of(type(self))

    def build(self, input_shape=None):
        """Makes the weights, and those of LoRA where its rank was given."""
        super().build(input_shape)
        if self.lora_rank and not self.lora_enabled:
            self._add_lora(self.lora_rank, self.lora_alpha)

    # -- LoRA --------------------------------------------------------------------------------------

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freezes the weight, and trains the two factors of a matrix that is added to it.

        Args:
          rank: the factors' inner size.
          lora_alpha: the added matrix is multiplied by lora_alpha / rank; rank by default.
          a_initializer, b_initializer: how the factors begin.

        Raises:
          ValueError: a layer that is not built, has it already, or constrains the weight.
        """
        constraint = f"{self._adapted()[0].attribute}_constraint"
        if getattr(self, constraint, None) is not None:
            what = constraint.removesuffix("_constraint").removesuffix("s")
            raise ValueError(
                f"Lora is incompatible with {what} constraints: what is added is not constrained. "
                f"Make the layer without `{constraint}`."
            )
        if self.lora_enabled:
            raise ValueError("lora is already enabled. This can only be done once per layer.")
        if not self.built:
            raise ValueError("Cannot enable lora on a layer that isn't yet built.")
        self._add_lora(rank, lora_alpha, a_initializer, b_initializer)

    def _add_lora(self, rank, alpha, a_initializer="he_uniform", b_initializer="zeros"):
        weight = self._adapted()[0]
        shape, name = self._weight_shapes[weight.attribute], f"lora_{weight.attribute}_"
        factors = [((*shape[:-1], rank), a_initializer), ((rank, shape[-1]), b_initializer)]
        regularizer = getattr(self, f"{weight.attribute}_regularizer", None)
        for letter, (size, initializer) in zip("ab", factors):
            factor = self.add_weight(size, initializer, regularizer=regularizer, name=name + letter)
            setattr(self, name + letter, factor)
        self._stored(weight).trainable = False
        self.lora_enabled, self.lora_rank = True, rank
        self.lora_alpha = rank if alpha is None else alpha

    def _factors(self, weight):
        """The factors of what LoRA adds to a weight, the second one scaled; None without."""
        if not self.lora_enabled or weight is not self._adapted()[0]:
            return None
        a, b = (getattr(self, f"lora_{weight.attribute}_{letter}") for letter in "ab")
        a, b = ops.convert_to_tensor(a), ops.convert_to_tensor(b)
        return a, b * (self.lora_alpha / self.lora_rank)

    def _with_lora(self, weight, value):
        """The float weight with what LoRA adds; integers as they are."""
        factors = self._factors(weight)
        if factors is None or not value.dtype.is_floating:
            return value
        return value + ops.cast(ops.tensordot(*factors, 1), value.dtype)

    # -- computing ---------------------------------------------------------------------------------

    def product(self, function, inputs, bias=None, training=None, weight=None):
        """function(inputs, weight) + bias, with what stands for the weight.

        Args:
          function: linear in the weight.
          inputs: a tensor.
          bias: None to add nothing.
          weight: the AdaptedWeight; the first one by default.
        """
        weight = weight or self._adapted()[0]
        if self.quantization_mode is None and not (self.lora_enabled and weight.by_rows):
            result = function(inputs, getattr(self, weight.attribute))
        else:
            result = self._product(function, inputs, weight, training)
        if bias is None:
            return result
        if self.quantization_mode == "float8" and self.compute_dtype == "float32":
            bias = ops.cast(ops.cast(bias, "bfloat16"), "float32")  # Keras rounds it so, too
        return result + bias

    def _product(self, function, inputs, weight, training):
        mode, factors = self.quantization_mode, self._factors(weight)
        if mode == "float8":
            return self._in_float8(function, inputs, getattr(self, weight.attribute), training)
        if mode is None:
            result = function(inputs, self._stored(weight))
        elif weight.by_rows:
            parts = self._parts_of(weight)
            rows = [function(inputs, part) if part.ndim == 2 else part for part in parts]
            result = self._floats(weight, rows)
        else:
            matrix = self._floats(weight, self._parts_of(weight))
            table = self._from_matrix(weight, matrix, self._weight_shapes[weight.attribute])
            result = function(self._rounded(weight, inputs), table)
        if factors is None:
            return result
        if weight.by_rows:  # of large tables
            return result + ops.tensordot(function(inputs, factors[0]), factors[1], 1)
        return result + function(inputs, ops.tensordot(*factors, 1))

    def whole(self, weight=None):
        """The floats that stand for a weight, all of them."""
        weight = weight or self._adapted()[0]
        if self.quantization_mode not in ("int8", "int4"):
            return ops.convert_to_tensor(weight.__get__(self))
        matrix = self._floats(weight, self._parts_of(weight))
        value = self._from_matrix(weight, matrix, self._weight_shapes[weight.attribute])
        factors = self._factors(weight)
        return value if factors is None else value + ops.tensordot(*factors, 1)

    def _rounded(self, weight, inputs):
        """The inputs as integers divided by their scale; the gradient passes through."""
        quantizer = self.inputs_quantizer
        if quantizer is None:
            return inputs
        integers, scale = quantizer(inputs, axis=weight.inputs(self))
        rounded = ops.cast(integers, inputs.dtype) / scale
        return inputs + ops.stop_gradient(rounded - inputs)

    @property
    def inputs_quantizer(self):
        """What makes the inputs integers; None where they stay floats."""
        if self.quantization_mode not in ("int8", "int4") or self._by_blocks():
            return None
        asked = self.quantization_config or configs.resolve(self.quantization_mode, None)
        return asked.activation_quantizer

    @property
    def _int4_block_size(self):  # Keras's name, which subclasses and programs ask for
        return getattr(self.quantization_config, "block_size", None)

    _is_quantized = property(lambda self: self.built and self.quantization_mode is not None)

    # -- integers in place of floats ---------------------------------------------------------------

    def _stored(self, weight):
        return self.__dict__["_" + weight.attribute]

    def _by_blocks(self):
        return isinstance(self._policy, policy.Int4DTypePolicy) and self._block_size() > 0

    def _block_size(self):
        return getattr(self._policy, "block_size", -1)

    def _to_matrix(self, weight, value):
        """A weight as a matrix whose rows are summed over (for `by_rows`, its columns)."""
        return value

    def _from_matrix(self, weight, matrix, shape):
        return matrix

    def _outer_scale(self, weight, scale):
        """A scale with all axes of the weight, as it is stored: without those summed over."""
        return ops.squeeze(scale, weight.summed(self))

    def _inner_scale(self, weight, scale):
        """What `_outer_scale` was given."""
        for axis in sorted(weight.summed(self)):
            scale = ops.expand_dims(scale, axis)
        return scale

    def _parts_of(self, weight):
        """What stands for a weight: its integers, scales, zeros, and the block of each row."""
        name, mode = weight.attribute, self.quantization_mode
        integers = self._stored(weight) if mode == "int8" else weight.__get__(self)
        scale = ops.convert_to_tensor(getattr(self, name + "_scale"))
        if mode == "int8":
            return [ops.convert_to_tensor(integers), self._inner_scale(weight, scale)]
        if not self._by_blocks():
            return [integers, ops.expand_dims(scale, -1 if weight.by_rows else 0)]
        zero = ops.convert_to_tensor(getattr(self, name + "_zero"))
        return [integers, scale, zero, self._blocks(weight)]

    def _blocks(self, weight):
        """The number of the block of each row."""
        if weight is self._adapted()[0]:
            return ops.cast(self.g_idx, "int32")
        return self._numbered_blocks(weight)

    def _numbered_blocks(self, weight):
        along = -1 if weight.by_rows else 0
        return ops.range(self._to_matrix_shape(weight)[along]) // self._block_size()

    def _to_matrix_shape(self, weight):
        return self._weight_shapes[weight.attribute]

    def _floats(self, weight, parts):
        """The floats that `_parts_of` stands for."""
        integers, scale = (ops.cast(p, self.compute_dtype) for p in parts[:2])
        if len(parts) == 2:
            return integers / scale
        along = -1 if weight.by_rows else 0
        zero = ops.cast(parts[2], self.compute_dtype)
        scale, zero = (ops.gather(p, parts[3], axis=along) for p in (scale, zero))
        return (integers - zero) * scale

    def _unpacked(self, weight, value):
        shape = self._to_matrix_shape(weight)
        return numbers.unpack_int4(value, shape[weight.packed], weight.packed)

    def _integers(self, weight, value):
        """The parts that `_hold` is to keep of a float weight: names of variables and values."""
        asked = self.quantization_config
        quantizer = getattr(asked, "weight_quantizer", None)
        name, mode = weight.attribute, self.quantization_mode
        if mode == "int8":
            quantizer = quantizer or AbsMaxQuantizer(axis=tuple(weight.summed(self)))
            integers, scale = quantizer(value)
            return {name: integers, name + "_scale": self._outer_scale(weight, scale)}
        matrix = self._to_matrix(weight, value)
        if not self._by_blocks():
            along = -1 if weight.by_rows else 0
            quantizer = quantizer or AbsMaxQuantizer(axis=along, value_range=(-8, 7))
            integers, scale = quantizer(matrix)
            found = {name: integers, name + "_scale": ops.squeeze(scale, along)}
        else:
            matrix = ops.transpose(matrix) if weight.by_rows else matrix
            size, rows = self._block_size(), matrix._shape[0]
            filled = ops.pad(matrix, [[0, -rows % size], [0, 0]])
            integers, scale, zero = numbers.abs_max_quantize_grouped_with_zero_point(filled, size)
            found = {name: integers[:rows], name + "_scale": scale, name + "_zero": zero}
            if weight.by_rows:
                found = {k: ops.transpose(v) for k, v in found.items()}
        found[name] = numbers.pack_int4(found[name], weight.packed)[0]
        if self._by_blocks() and weight is self._adapted()[0]:
            found["g_idx"] = ops.cast(self._numbered_blocks(weight), "float32")
        elif self._by_blocks():
            found[name + "_zero"] = ops.cast(
                found[name + "_zero"], "float32"
            )  # as in Keras's files
        return found

    def _hold(self, weight, shape, value):
        """Makes the variables of integers that stand for a weight of a shape.

        Args:
          value: the floats; None to begin with integers of 0 and scales of 1.
        """
        shape = tuple(shape)
        self._note(weight, shape)
        parts = self._integers(weight, ops.zeros(shape) if value is None else value)
        for name, part in parts.items():
            start = part
            if value is None and name != "g_idx":
                start = (ops.ones_like if name.endswith("_scale") else ops.zeros_like)(part)
            variable = self.add_weight(
                part.shape,
                lambda *_, start=start, **__: start,
                dtype=part.dtype,
                trainable=False,
                autocast=False,
                name=name,
            )
            setattr(self, name, variable)

    def _note(self, weight, shape):
        self.__dict__.setdefault("_weight_shapes", {})[weight.attribute] = shape

    def quantize(self, mode=None, type_check=True, config=None):
        """Replaces the layer's weights by numbers of fewer bits.

        Args:
          mode: "int8" or "int4" for integers; "float8" to train with products of float8.
          type_check: refuse a subclass, whose `call` may be another.
          config: a `keras.quantizers.QuantizationConfig`, in place of or beside the mode.

        Raises:
          ValueError: a layer that is not built or quantized already, or an unknown mode.
          NotImplementedError: a mode that the layer does not have.
        """
        if not (self.built and self._modes and (is_ours(type(self)) or not type_check)):
            return super().quantize(mode, type_check, config)
        asked = configs.resolve(mode, config)
        self._check_mode(asked.mode)
        if self.quantization_mode is not None:
            raise ValueError(
                f"Layer '{self.name}' is already quantized with dtype_policy="
                f"'{self._policy.name}'. Received: mode={asked.mode}"
            )
        self.quantization_config = asked
        values = {w.attribute: self._stored(w) for w in self._adapted() if self._has(w)}
        self._dtype_policy = policy.quantized(asked.dtype_policy_string(), self._policy.name)
        self._policy_at_path = None
        if asked.mode == "float8":
            return self._make_float8()
        for weight in self._adapted():
            if weight.attribute in values:
                self._replace(weight, values[weight.attribute])
        return None

    def _check_mode(self, mode):
        if mode not in self._modes:
            raise NotImplementedError(
                f"Invalid quantization mode. Expected one of {self._modes}. "
                f"Received: quantization_mode={mode}"
            )

    def quantized_build(self, input_shape, mode, config=None):
        """Makes the variables that stand for a weight of a shape in a layer quantized by `mode`.

        Raises:
          NotImplementedError: a mode that the layer does not have.
        """
        self._check_mode(mode)
        asked = configs.resolve(mode, config)
        self.quantization_config = asked
        self._dtype_policy = policy.quantized(asked.dtype_policy_string(), self._policy.name)
        if mode == "float8":
            self._make_float8()
        else:
            self._hold(self._adapted()[0], input_shape, None)

    def quantized_call(self, *args, **kwargs):
        """`call`, of a layer that is quantized.

        Raises:
          NotImplementedError: it is not.
        """
        self._check_mode(self.quantization_mode)
        return self.call(*args, **kwargs)

    def _replace(self, weight, variable):
        """Makes the variables of integers of a weight's floats."""
        delattr(self, "_" + weight.attribute)
        self._hold(weight, variable.shape, ops.convert_to_tensor(variable))

    def _has(self, weight):
        return self.__dict__.get("_" + weight.attribute) is not None

    # -- float8 ------------------------------------------------------------------------------------

    def _make_float8(self):
        """Makes the scales of products in float8, and the largest values of the last steps."""
        count = getattr(self._policy, "amax_history_length", 1024)
        arguments = {"trainable": True, "autocast": False, "overwrite_with_gradient": True}
        for part in _FLOAT8:
            for name, shape, start in (("scale", (), "ones"), ("amax_history", (count,), "zeros")):
                name = f"{part}_{name}"
                setattr(self, name, self.add_weight(shape, start, name=name, **arguments))

    def _in_float8(self, function, inputs, weight, training):
        """The product of inputs and weight in float8; the gradients of scales are their new values,
        which optimizers assign."""
        parts = {
            name: [getattr(self, f"{name}_{kind}") for kind in ("scale", "amax_history")]
            for name in _FLOAT8
        }
        enters = partial(_enters_float8, training=training, dtype=self.compute_dtype)
        inputs = enters(ops.cast(inputs, self.compute_dtype), *parts["inputs"])
        weight = enters(ops.cast(weight, self.compute_dtype), *parts["kernel"])
        return _leaves_float8(function(inputs, weight), *parts["outputs_grad"])

    # -- files -------------------------------------------------------------------------------------

    def _filed(self):
        """The weights in files: the adapted one, the others that the class declares, then the rest,
        without LoRA's."""
        adapted = [self._stored(w) for w in self._adapted()[:1] if self._has(w)]
        declared = [w for w in weights_of(type(self)) if not isinstance(w, AdaptedWeight)]
        first = adapted + [v for w in declared if (v := self.__dict__.get(w.attribute)) is not None]
        known = {id(v) for v in first}
        known |= {id(v) for k, v in self.__dict__.items() if k.startswith("lora_")}
        return first + [v for v in self._own_variables() if id(v) not in known]

    def save_own_variables(self, store):
        """Puts the layer's own weights into a dict-like store, with what LoRA adds in them."""
        merged = self._merged() if self.lora_enabled else {}
        for i, variable in enumerate(self._filed()):
            store[str(i)] = merged.get(variable._base_name, variable).numpy()

    def _merged(self):
        """The weight with what LoRA adds, as the layer stores it, by the variables' names."""
        weight = self._adapted()[0]
        if self.quantization_mode not in ("int8", "int4"):
            return {weight.attribute: self.whole(weight)}
        return self._integers(weight, self.whole(weight))

    def _after_loading(self):
        """What LoRA adds begins at 0: files have it in the weight."""
        if self.lora_enabled:
            for letter in "ab":
                factor = getattr(self, f"lora_{self._adapted()[0].attribute}_{letter}")
                factor.assign(ops.zeros(factor.shape, factor.dtype))


@lru_cache(maxsize=256)
def _adapted_of(cls):
    """The adapted weights that a class declares, also where a subclass has a property instead."""
    found = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, AdaptedWeight):
                found[name] = value
    return list(found.values())


def _enters_float8(x, scale, history, training, dtype):
    @custom_gradient
    def rounded(x, scale, history):
        new_scale = new_history = None
        if training:
            most = numbers.largest("float8_e4m3fn")
            new_scale = numbers.compute_float8_scale(ops.reduce_max(history), scale, most)
            new_history = numbers.compute_float8_amax_history(x, history)
        y = numbers.quantize_and_dequantize(x, scale, "float8_e4m3fn", dtype)
        return y, lambda upstream: (upstream, new_scale, new_history)

    return rounded(x, ops.convert_to_tensor(scale), ops.convert_to_tensor(history))


def _leaves_float8(x, scale, history):
    @custom_gradient
    def same(x, scale, history):
        def gradient(upstream):
            most = numbers.largest("float8_e5m2")
            new_scale = numbers.compute_float8_scale(ops.reduce_max(history), scale, most)
            dtype = upstream.dtype.name
            rounded = numbers.quantize_and_dequantize(upstream, scale, "float8_e5m2", dtype)
            return rounded, new_scale, numbers.compute_float8_amax_history(upstream, history)

        return x, gradient

    return same(x, ops.convert_to_tensor(scale), ops.convert_to_tensor(history))
