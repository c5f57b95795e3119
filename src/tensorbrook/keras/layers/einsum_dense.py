"""EinsumDense: a product of the inputs and a kernel, along the axes that an equation names."""

import math
import re
from functools import partial
from typing import NamedTuple

from ... import ops
from .adapted import AdaptedWeight
from .calibrated import Calibrated
from .core import check_size
from .declared import Weight


class EinsumDense(Calibrated):
    """activation(einsum(equation, inputs, kernel) + bias).

    Args:
      equation: "ab,bc->ac", "...ab,bc->...ac" or "ab...,bc->ac...": the axes of the inputs, of the
        kernel and of the outputs.
      output_shape: the outputs' sizes, without the batch's and those that the dots stand for; None
        where an axis is the inputs'.
      activation: a function or its name; none by default.
      bias_axes: the axes of the outputs along which there is a bias; none without.
      kernel_initializer, bias_initializer: how the weights begin.
      kernel_regularizer, bias_regularizer: what they add to the loss.
      kernel_constraint, bias_constraint: applied to the weights after each step.

    Raises:
      ValueError: an equation of another form, axes that nothing gives a size, sizes that differ.

    Example:
    >>> layer = tf.keras.layers.EinsumDense("abc,cd->abd", (None, 2), kernel_initializer="ones")
    >>> layer(tf.constant([[[1.0, 2.0, 3.0]]])).numpy()
    array([[[6., 6.]]], dtype=float32)
    """

    kernel = AdaptedWeight(
        lambda layer, shape: layer._sizes(shape).kernel,
        summed=lambda layer: layer._form.fan_axes()[0],
        inputs=lambda layer: layer._form.summed_inputs(),
        axes=lambda layer: layer._form.fan_axes(),
    )
    bias = Weight(lambda layer, shape: layer._sizes(shape).bias)

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        gptq_unpacked_column_size=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
            **kwargs,
        )
        self._form = Form.of(equation)
        single = not isinstance(output_shape, (list, tuple))
        sizes = (output_shape,) if single else tuple(output_shape)
        self.partial_output_shape = tuple(
            size if size is None else check_size(self, "output_shape", size) for size in sizes
        )

    def _sizes(self, input_shape):
        return self._form.sizes(input_shape, self.partial_output_shape, self.bias_axes)

    def build(self, input_shape):
        """Makes the weights for the sizes of the inputs' axes."""
        super().build(tuple(input_shape))
        self.full_output_shape = self._sizes(input_shape).output

    def call(self, inputs, training=None):
        """activation(einsum(equation, inputs, kernel) + bias)."""
        x = inputs if inputs.dtype.is_floating else ops.cast(inputs, self.compute_dtype)
        x = self.product(partial(ops.einsum, self.equation), x, self.bias, training)
        return x if self.activation is None else self.activation(x)

    # the kernel as a matrix, in the order in which it lies

    def _to_matrix_shape(self, weight):
        sizes, (summed, others) = self._weight_shapes["kernel"], self._form.fan_axes()
        return math.prod(sizes[i] for i in summed), math.prod(sizes[i] for i in others)

    def _to_matrix(self, weight, value):
        return ops.reshape(value, self._to_matrix_shape(weight))

    def _from_matrix(self, weight, matrix, shape):
        return ops.reshape(matrix, shape)

    def _outer_scale(self, weight, scale):  # broadcast to the outputs
        kept = [c for c in self._form.outputs if c in self._form.kernel]
        scale = ops.squeeze(scale, self._form.fan_axes()[0])
        left = [c for c in self._form.kernel if c in kept]
        scale = ops.transpose(scale, [left.index(c) for c in kept])
        sizes = dict(zip(kept, scale._shape))
        return ops.reshape(scale, [sizes.get(c, 1) for c in self._form.outputs])

    def _inner_scale(self, weight, scale):
        kept = [c for c in self._form.outputs if c in self._form.kernel]
        sizes = dict(zip(self._form.kernel, self._weight_shapes["kernel"]))
        scale = ops.reshape(scale, [sizes[c] for c in kept])
        left = [c for c in self._form.kernel if c in kept]
        scale = ops.transpose(scale, [kept.index(c) for c in left])
        return ops.reshape(scale, [sizes[c] if c in kept else 1 for c in self._form.kernel])

    def compute_output_shape(self, input_shape):
        """The outputs' shape for inputs of a shape."""
        return self._sizes(input_shape).output

    def _argument(self, name, owner):
        is_shape = name == "output_shape"
        return self.partial_output_shape if is_shape else super()._argument(name, owner)


class Sizes(NamedTuple):
    """The shapes of the outputs, the kernel and the bias; the bias's is None without one."""

    output: tuple
    kernel: tuple
    bias: tuple | None


class Form(NamedTuple):
    """An equation in its parts: the axes of inputs, kernel and outputs, and where its dots are."""

    inputs: str
    kernel: str
    outputs: str
    dots: str

    @classmethod
    def of(cls, equation):
        """The form of an equation.

        Raises:
          ValueError: it is none of the three.
        """
        axes = "([a-zA-Z]+)"
        forms = {
            "none": f"{axes},{axes}->{axes}",
            "left": rf"\.\.\.{axes},{axes}->\.\.\.{axes}",
            "right": rf"{axes}\.\.\.,{axes}->{axes}\.\.\.",
        }
        for dots, form in forms.items():
            found = re.fullmatch(form, equation.replace(" ", ""))
            if found:
                return cls(*found.groups(), dots)
        raise ValueError(
            f"Invalid einsum equation '{equation}'. Equations must be in the form [X],[Y]->[Z], "
            "...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."
        )

    def fan_axes(self):
        """The kernel's axes that are summed over, and its others: what initializers count."""
        summed = [i for i, c in enumerate(self.kernel) if c not in self.outputs]
        return summed, [i for i in range(len(self.kernel)) if i not in summed]

    def summed_inputs(self):
        """The inputs' axes that are summed over, counted from the end, or, with dots there, not."""
        axes = [i for i, c in enumerate(self.inputs) if c not in self.outputs]
        return axes if self.dots == "right" else [i - len(self.inputs) for i in axes]

    def sizes(self, input_shape, output_shape, bias_axes):
        """All shapes, where the inputs' is known.

        Raises:
          ValueError: an axis without a size, or with two; the message names it.
        """
        count = len(input_shape) - len(self.inputs)
        if count < 0 or (count and self.dots == "none"):
            raise ValueError(
                f"EinsumDense: the equation names {len(self.inputs)} axes of the inputs "
                f"('{self.inputs}'), but they have shape {tuple(input_shape)}."
            )
        start = count if self.dots == "left" else 0
        named = slice(start, start + len(self.inputs))
        of_inputs = dict(zip(self.inputs, input_shape[named]))
        between = tuple(input_shape[:start] if self.dots == "left" else input_shape[named.stop :])
        whole = (*between, *output_shape) if between and self.dots == "left" else None
        whole = whole or (input_shape[0], *output_shape)
        if len(whole) != len(self.outputs) + start:
            raise ValueError(
                f"EinsumDense: the equation names the axes '{self.outputs}' of the outputs, which "
                f"`output_shape` {output_shape} does not fit: give a size, or None, for each but "
                "the batch's."
            )
        of_outputs = self._checked(of_inputs, dict(zip(self.outputs, whole[start:])))
        kernel = tuple(of_inputs.get(c, of_outputs.get(c)) for c in self.kernel)
        known = {**of_outputs, **dict(zip(self.kernel, kernel)), **of_inputs}
        output = tuple(known[c] for c in self.outputs)
        output = (*between, *output) if self.dots == "left" else (*output, *between)
        return Sizes(output, kernel, self._bias_shape(bias_axes, known, count))

    def _checked(self, of_inputs, of_outputs):
        for c, size in of_inputs.items():
            wanted = of_outputs.get(c)
            if wanted is not None and wanted != size:
                raise ValueError(
                    f"Input shape and output shape do not match at shared dimension '{c}'. Input "
                    f"shape is {size}, and output shape is {wanted}."
                )
        for c in self.outputs:
            if c not in self.inputs and c not in self.kernel:
                raise ValueError(
                    f"Dimension '{c}' was specified in the output '{self.outputs}' but has no "
                    f"corresponding dim in the input spec '{self.inputs}' or weight spec "
                    f"'{self.kernel}'"
                )
        for c in self.kernel:
            if c not in of_inputs and c not in of_outputs:
                raise ValueError(
                    f"Weight dimension '{c}' did not have a match in either the input spec "
                    f"'{self.inputs}' or the output spec '{self.outputs}'. For this layer, the "
                    "weight must be fully specified."
                )
        return of_outputs

    def _bias_shape(self, bias_axes, sizes, count):
        if not bias_axes:
            return None
        for c in bias_axes:
            if c not in self.outputs:
                raise ValueError(
                    f"Bias dimension '{c}' was requested, but is not part of the output spec "
                    f"'{self.outputs}'"
                )
        first = min(self.outputs.index(c) for c in bias_axes)
        shape = tuple(sizes[c] if c in bias_axes else 1 for c in self.outputs[first:])
        return (*shape, *[1] * (count if self.dots == "right" else 0))
