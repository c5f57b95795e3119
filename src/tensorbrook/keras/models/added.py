"""AddLoss and AddMetric: what `add_loss` and `add_metric` of symbolic tensors put into a model."""

from ..layers.layer import Layer


class AddLoss(Layer):
    """Adds its input to the loss of the model, and returns it."""

    def call(self, inputs):
        """The input."""
        self.add_loss(inputs)
        return inputs


class AddMetric(Layer):
    """Keeps the mean of its input as a metric of the model, and returns it.

    Args:
      metric_name: the metric's name.
    """

    def __init__(self, metric_name, **kwargs):
        super().__init__(**kwargs)
        self.metric_name = metric_name

    def call(self, inputs):
        """The input."""
        self.add_metric(inputs, self.metric_name)
        return inputs
