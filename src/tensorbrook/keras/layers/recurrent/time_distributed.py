"""TimeDistributed: a layer at each time step by itself."""

from .... import ops
from ....ops.control import loop_over_rows
from ....ops.ragged import RaggedTensor
from ...registry import is_ours
from ...seeds import SeedGenerator
from ..calls import wants_of
from ..core import Lambda
from ..function import FunctionLayer
from ..wrapper import Wrapper
from .cells import Cell
from .loop import swapped


class TimeDistributed(Wrapper):
    """Calls a layer on each time step of the inputs, with the same weights.

    The layer sees one step after another, as its states and its random numbers tell. A layer that
    has neither, and treats each sample by itself, gets all steps as one batch.

    Args:
      layer: the layer.

    Call arguments:
      inputs: (batch, time, ...).
      mask: booleans (batch, time); the layer gets each step's, if it takes a mask.
      training: passed to the layer.

    Raises:
      ValueError: inputs of fewer than 3 axes, or a mask that does not fit.

    Example:
    >>> layer = tf.keras.layers.TimeDistributed(tf.keras.layers.Flatten())
    >>> layer(tf.ones([2, 5, 3, 3])).shape
    TensorShape([2, 5, 9])
    """

    supports_masking = True

    def build(self, input_shape):
        """Builds the layer for one step."""
        if not isinstance(input_shape, tuple) or len(input_shape) < 3:
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 "
                f"dimensions (batch, time, ...), received: {input_shape}"
            )
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs, training=None, mask=None):
        """The layer's outputs for all steps: (batch, time, ...)."""
        if isinstance(inputs, RaggedTensor):
            return inputs.with_values(self.layer(inputs.values))
        batch, steps, *rest = inputs._shape
        if mask is not None and any(_differ(*sizes) for sizes in zip(mask._shape, (batch, steps))):
            raise ValueError(
                "The `mask` passed to the `TimeDistributed` layer has a shape "
                f"{tuple(mask.shape)} that is not the batch and the steps of the inputs, "
                f"{tuple(inputs.shape[:2])}: these have shape {tuple(inputs.shape)}."
            )
        wants = wants_of(type(self.layer))
        arguments = {"training": training} if wants.training and training is not None else {}
        masked = mask is not None and wants.mask
        if not masked and _treats_samples_alone(self.layer):
            together = ops.reshape(inputs, (batch * steps, *rest))
            outputs = self.layer(together, **arguments)
            return ops.reshape(outputs, (batch, steps, *outputs._shape[1:]))

        def step(state, row):
            given = {**arguments, "mask": row[1]} if masked else arguments
            self.layer._clear_losses()
            outputs = self.layer(row[0], **given)
            added = [v for part in self.layer._flatten_layers() for v in part._added_losses]
            return state, (outputs, ops.add_n(added)) if added else (outputs,)

        rows = [swapped(inputs)]
        if masked:
            rows.append(swapped(mask))
        outputs, *losses = loop_over_rows("TimeDistributed", step, (), rows)[1]
        self.layer._clear_losses()  # the loop's own
        self.add_loss(losses)
        return swapped(outputs)


def _differ(a, b):
    return isinstance(a, int) and isinstance(b, int) and a != b


def _treats_samples_alone(layer):
    """Whether each sample's outputs depend on that sample and the trained weights only."""
    return all(
        is_ours(type(part))
        and not isinstance(part, (Lambda, FunctionLayer))
        and part.activity_regularizer is None
        and not _draws(part)
        and not getattr(part, "stateful", False)
        and all(weight.trainable for weight in part.weights)
        and not part.metrics
        for part in layer._flatten_layers()
    )


def _draws(layer):
    """Whether a layer has random numbers; a cell has a seed in any case."""
    if isinstance(layer, Cell):
        return bool(layer.dropout or layer.recurrent_dropout)
    return any(isinstance(v, SeedGenerator) for v in vars(layer).values())
