"""Bidirectional: a recurrent layer over the sequence and over its reverse."""

from .... import ops
from ....base import nest
from ...registry import deserialize, serialize
from ..calls import signature_of
from ..layer import Layer

_MERGES = {
    "concat": lambda y, reverse: ops.concat([y, reverse], -1),
    "sum": ops.add,
    "ave": lambda y, reverse: (y + reverse) / 2,
    "mul": ops.multiply,
    None: lambda y, reverse: (y, reverse),
}
_ALIKE = ("stateful", "return_sequences", "return_state")


class Bidirectional(Layer):
    """A recurrent layer twice: from the first step to the last, and from the last to the first.

    Args:
      layer: a recurrent layer; copies of it are used, with weights of their own.
      merge_mode: how the outputs are joined: "concat", "sum", "ave" (their mean), "mul", or None
        for a tuple of both.
      weights: initial weights, of both directions.
      backward_layer: the layer for the way back, with `go_backwards=True`; made of `layer` by
        default.

    Call arguments:
      sequences, mask, training: as the layer's.
      initial_state: a list of states, the first half for the way forward.

    Returns:
      The outputs; with `return_state=True` a tuple of them and of the states, forward first. Where
      all steps are returned, those that a mask leaves out are zeros.

    Raises:
      ValueError: an unknown merge_mode, no recurrent layer, or a backward_layer that does not fit.

    Example:
    >>> layer = tf.keras.layers.Bidirectional(tf.keras.layers.GRU(4, return_sequences=True))
    >>> layer(tf.ones([2, 5, 3])).shape
    TensorShape([2, 5, 8])
    """

    _ragged = "padded"

    supports_masking = True
    _not_in_config = (*Layer._not_in_config, "layer", "backward_layer")

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        for name, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Layer) and not (given is None and name == "backward_layer"):
                raise ValueError(
                    f"Bidirectional: `{name}` must be an instance of keras.layers.Layer, such as "
                    f"keras.layers.LSTM(4). Received: {name}={given!r}"
                )
        if merge_mode not in _MERGES:
            raise ValueError(
                f"Invalid merge mode. Received: {merge_mode!r}. Merge mode should be one of "
                '"sum", "mul", "ave", "concat", None'
            )
        missing = [n for n in ("go_backwards", *_ALIKE[1:]) if not hasattr(layer, n)]
        if missing:
            raise ValueError(
                f"Bidirectional: `layer` must have the attributes {missing}, as recurrent layers "
                f"have. Received: layer={layer!r}"
            )
        kwargs.setdefault("trainable", layer.trainable)
        super().__init__(weights=weights, **kwargs)
        self.merge_mode = merge_mode
        self.forward_layer = _twin(layer, "forward")
        self.backward_layer = backward_layer or _twin(layer, "backward", not layer.go_backwards)
        self._check_alike()
        self.stateful = getattr(layer, "stateful", False)
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        if self.return_sequences:  # what is masked must not count twice where both are merged
            self.forward_layer.zero_output_for_mask = True
            self.backward_layer.zero_output_for_mask = True
        self.input_spec = self.forward_layer.input_spec

    def _check_alike(self):
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "Forward layer and backward layer should have different `go_backwards` value. "
                f"Received: forward_layer.go_backwards={forward.go_backwards}, "
                f"backward_layer.go_backwards={backward.go_backwards}"
            )
        for name in _ALIKE:
            values = [getattr(layer, name, None) for layer in (forward, backward)]
            if values[0] != values[1]:
                raise ValueError(
                    "Forward layer and backward layer are expected to have the same value for "
                    f'attribute "{name}", got {values[0]} for forward layer and {values[1]} for '
                    "backward layer"
                )

    def build(self, sequences_shape, initial_state_shape=None):
        """Builds both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)

    def call(self, sequences, initial_state=None, mask=None, training=None):
        """The outputs of both directions, merged; with the states if asked for."""
        states = [None, None] if initial_state is None else self._halves(initial_state)
        results = []
        for layer, state in zip((self.forward_layer, self.backward_layer), states):
            takes = signature_of(type(layer).call).parameters
            given = {"initial_state": state, "mask": mask, "training": training}
            given = {k: v for k, v in given.items() if k in takes and v is not None}
            results.append(layer(sequences, **given))
        states = ()
        if self.return_state:
            states = (*results[0][1:], *results[1][1:])
            results = [result[0] for result in results]
        forward, backward = results
        if self.return_sequences:
            time_axis = 0 if getattr(self.forward_layer, "time_major", False) else 1
            backward = ops.reverse(backward, [time_axis])
        merged = _MERGES[self.merge_mode](forward, backward)
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def _halves(self, states):
        states = list(states) if nest.is_nested(states) else [states]
        if len(states) % 2:
            raise ValueError(
                f"Layer {self.name!r}: initial_state must hold the states of the way forward, then "
                f"those of the way back, so as many of both; got {len(states)}."
            )
        half = len(states) // 2
        return states[:half], states[half:]

    def compute_mask(self, sequences, previous_mask=None):
        """The inputs' mask for the outputs of all steps; none for last ones and states."""
        mask = previous_mask[0] if isinstance(previous_mask, list) else previous_mask
        mask = mask if self.return_sequences else None
        masks = (mask, mask) if self.merge_mode is None else mask
        if not self.return_state:
            return masks
        count = 2 * len(nest.flatten(self.forward_layer.state_size))
        return (*(masks if self.merge_mode is None else (masks,)), *[None] * count)

    @property
    def states(self):
        """The variables of both layers' states where they are stateful and built; else None."""
        states = self.forward_layer.states
        return None if states is None else (*states, *self.backward_layer.states)

    def reset_state(self):
        """Sets the states of stateful layers to those they begin with."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def get_config(self):
        """The constructor's arguments, as plain data."""
        layers = {
            "layer": serialize(self.forward_layer),
            "backward_layer": serialize(self.backward_layer),
        }
        return super().get_config() | layers


def _twin(layer, direction, go_backwards=None):
    """A layer as another one, under a name of its own."""
    config = serialize(layer)
    config["config"]["name"] = f"{direction}_{layer.name.removeprefix('forward_')}"
    if go_backwards is not None:
        config["config"]["go_backwards"] = go_backwards
    with layer._knowing_its_parts():
        return deserialize(config)
