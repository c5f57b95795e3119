"""LinearModel and WideDeepModel, which Keras 2 had in `keras.experimental`."""

from ... import ops
from .. import activations, initializers, regularizers
from ..layers.core import Dense
from .model import Model


class LinearModel(Model):
    """A sum of linear functions of the inputs.

    Args:
      units: the size of the outputs.
      activation: applied to the sum.
      use_bias: whether to add a bias.
      kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer: of the weights.

    Example:
    >>> model = tf.keras.experimental.LinearModel(kernel_initializer="ones")
    >>> model([tf.ones([1, 2]), tf.ones([1, 3])]).numpy()
    array([[5.]], dtype=float32)
    """

    def __init__(
        self,
        units=1,
        activation=None,
        use_bias=True,
        kernel_initializer="zeros",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.dense_layers, self.bias = [], None

    def _prepare_layers(self, inputs):
        if self.dense_layers:
            return
        for _ in inputs:
            self.dense_layers.append(
                Dense(
                    self.units,
                    use_bias=False,
                    kernel_initializer=self.kernel_initializer,
                    kernel_regularizer=self.kernel_regularizer,
                )
            )
        if self.use_bias:
            options = {"regularizer": self.bias_regularizer, "name": "bias"}
            self.bias = self.add_weight((self.units,), self.bias_initializer, **options)

    def call(self, inputs):
        """The sum for a tensor, or for a list or dict of them."""
        if isinstance(inputs, dict):
            inputs = [inputs[name] for name in sorted(inputs)]
        inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        self._prepare_layers(inputs)
        found = ops.add_n([layer(x) for layer, x in zip(self.dense_layers, inputs, strict=True)])
        return self.activation(found if self.bias is None else found + self.bias)


class WideDeepModel(Model):
    """The sum of a linear model and a deep one.

    Args:
      linear_model, dnn_model: the models.
      activation: applied to the sum.

    Example:
    >>> deep = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model = tf.keras.experimental.WideDeepModel(tf.keras.experimental.LinearModel(), deep)
    >>> model([tf.ones([4, 2]), tf.ones([4, 3])]).shape
    TensorShape([4, 1])
    """

    def __init__(self, linear_model, dnn_model, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.linear_model, self.dnn_model = linear_model, dnn_model
        self.activation = activations.get(activation)

    def call(self, inputs):
        """The sum, for one input of both or a pair of inputs."""
        single = not isinstance(inputs, (list, tuple)) or len(inputs) != 2
        wide, deep = (inputs, inputs) if single else inputs
        return self.activation(self.linear_model(wide) + self.dnn_model(deep))
