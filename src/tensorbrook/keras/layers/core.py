"""Dense, Activation, Identity, Lambda."""

import inspect

from ... import ops
from ...base.context import context
from ...function.autograph.gate import twin_in_trace
from .. import activations
from ..registry import CODE, deserialize
from ..tree import flatten, map_shape_structure
from .adapted import AdaptedWeight
from .calibrated import Calibrated
from .declared import Weight
from .layer import Layer
from .spec import InputSpec


class Dense(Calibrated):
    """activation(x @ kernel + bias): every unit sees all features of the last axis.

    Args:
      units: the size of the outputs' last axis.
      activation: a function or its name; none by default.
      use_bias: whether there is a bias.
      kernel_initializer, bias_initializer: how the weights begin.
      kernel_regularizer, bias_regularizer, activity_regularizer: what they add to the loss.
      kernel_constraint, bias_constraint: applied to the weights after each step.
      lora_rank, lora_alpha: as of `enable_lora`, which is then called when the layer is built.
      quantization_config: what `quantize` was asked for.

    Raises:
      ValueError: units is no positive integer; inputs of rank < 2, or of another last axis than the
        layer was built for.

    Example:
    >>> layer = tf.keras.layers.Dense(2, kernel_initializer="ones")
    >>> layer(tf.constant([[1.0, 2.0, 3.0]])).numpy()
    array([[6., 6.]], dtype=float32)
    """

    _ragged = "values"

    supports_masking = True
    input_spec = InputSpec(min_ndim=2)
    kernel = AdaptedWeight(lambda layer, shape: (shape[-1], layer.units), summed=0)
    bias = Weight(lambda layer, shape: (layer.units,) if layer.use_bias else None)

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(
            activity_regularizer=activity_regularizer,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
            **kwargs,
        )
        self.units = check_size(self, "units", units)

    def build(self, input_shape):
        """Makes the weights; later inputs must have as many features."""
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs, training=None):
        """activation(inputs @ kernel + bias)."""
        x = inputs if inputs.dtype.is_floating else ops.cast(inputs, self.compute_dtype)
        x = self.product(_dense, x, self.bias, training)
        return x if self.activation is None else self.activation(x)

    def compute_output_shape(self, input_shape):
        """The inputs' shape with `units` at its end."""
        return (*input_shape[:-1], self.units)


def _dense(x, kernel):
    return ops.matmul(x, kernel) if x.ndim == 2 else ops.tensordot(x, kernel, 1)


class Activation(Layer):
    """A function, given by itself or by name, applied to each element.

    Raises:
      ValueError: an unknown name, with the nearest ones.

    Example:
    >>> tf.keras.layers.Activation("relu")(tf.constant([-1.0, 2.0])).numpy()
    array([0., 2.], dtype=float32)
    """

    _ragged = "values"

    _built_at_once = True

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs):
        """activation(inputs)."""
        return self.activation(inputs)


class Identity(Layer):
    """The inputs themselves.

    Example:
    >>> tf.keras.layers.Identity()(tf.constant([1.0])).numpy()
    array([1.], dtype=float32)
    """

    _built_at_once = True
    supports_masking = True

    def call(self, inputs):
        """The inputs."""
        return inputs


class Lambda(Layer):
    """A function as a layer; its config names the function, so only registered ones come back.

    Args:
      function: of the inputs; it may take `mask` and `training` too. It should not use variables.
      output_shape: the shape of the outputs without the batch's dimension, or a function from input
        to output shape; needed only where it cannot be inferred.
      mask: the mask of the outputs, or a function (inputs, mask) -> mask.
      arguments: a dict of further arguments of the function.

    Example:
    >>> tf.keras.layers.Lambda(lambda x: x ** 2)(tf.constant([3.0])).numpy()
    array([9.], dtype=float32)
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        self.arguments = arguments or {}
        self.mask = mask
        self.supports_masking = mask is not None
        self._declared_shape = output_shape
        try:
            self._takes = set(inspect.signature(function).parameters) & {"mask", "training"}
        except ValueError:
            self._takes = set()  # a built-in without a signature

    def call(self, inputs, mask=None, training=None):
        """function(inputs, **arguments)."""
        context = {"mask": mask, "training": training}
        function = twin_in_trace(self.function)
        return function(inputs, **self.arguments, **{k: context[k] for k in self._takes})

    def compute_mask(self, inputs, mask=None):
        """The mask given, or what the function given makes of the inputs' one."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape):
        """The shape given, or the one inferred."""
        declared = self._declared_shape
        if declared is None:
            return super().compute_output_shape(input_shape)
        if callable(declared):
            return declared(input_shape)
        batch = flatten(input_shape)[0]
        return map_shape_structure(lambda shape: (batch, *shape), declared)

    def _functions(self):
        found = {"function": self.function, "mask": self.mask, "output_shape": self._declared_shape}
        return {_key(self.name, what): f for what, f in found.items() if callable(f)}

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """The layer of a config.

        Args:
          config: what `get_config` returned.
          custom_objects: the functions that the config names; by their names, or by the layer's;
            a mask or shape given as a function is "<layer>.mask" or "<layer>.output_shape".
          safe_mode: changes nothing: code in a config is never run.

        Raises:
          ValueError: the config names a function that nobody gave, or holds one's code.
        """
        given = {**context.custom_objects, **(custom_objects or {})}
        config = {k: v for k, v in config.items() if k not in _KERAS_2_LAMBDA}
        for what in ("function", "mask", "output_shape"):
            described = config.get(what)
            live = given.get(_key(config.get("name"), what))
            if live is not None:
                config[what] = live
            elif _is_code(described):
                layer = f"The {what} of the Lambda layer {config.get('name')!r}"
                raise ValueError(CODE.format(layer, "layer's name", config.get("name")))
            elif isinstance(described, dict) and "class_name" in described:
                if described["class_name"] not in ("__tensor__", "__numpy__"):  # a mask may be one
                    config[what] = deserialize(described, None, "function", given)
            elif what == "function" and isinstance(described, str):  # Keras 2 has its bare name
                named = {"class_name": "function", "config": described}
                config[what] = deserialize(named, None, "function", given)
        return super().from_config(config, custom_objects)

    def _argument(self, name, owner):
        return self._declared_shape if name == "output_shape" else super()._argument(name, owner)


_KERAS_2_LAMBDA = {
    *("function_type", "module", "output_shape_type", "output_shape_module", "mask_type"),
    "mask_module",
}


def _key(name, what):
    """Under which name of custom objects a function of a layer is looked for."""
    return name if what == "function" else f"{name}.{what}"


def _is_code(described):
    """Whether a config has a function as code: Keras 3's form, or Keras 2's three parts."""
    if isinstance(described, dict):
        return described.get("class_name") == "__lambda__"
    parts = isinstance(described, (list, tuple)) and len(described) == 3
    return parts and isinstance(described[0], str)


def check_size(layer, name, value):
    """`value` if it is a positive integer, else ValueError."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value <= 0:
        raise ValueError(
            f"Layer '{layer.name}': received an invalid value for argument `{name}`, expected a "
            f"positive integer. Received: {name}={value!r}"
        )
    return int(value)
