"""Attention and AdditiveAttention: means of values, weighted by how well keys fit queries."""

from ... import ops
from ...ops.attention import attention, comes_in_tiles
from ..seeds import SeedGenerator, draw_seed
from .declared import Weight
from .layer import Layer

_MODES = ("dot", "concat")


class _Attention(Layer):
    """softmax(scores(query, key)) @ value; a subclass has the scores."""

    supports_masking = True

    def __init__(self, **kwargs):
        self.causal = kwargs.pop("causal", False)  # Keras 2's, for all calls
        super().__init__(**kwargs)

    def get_config(self):
        """The constructor's arguments, as plain data."""
        return super().get_config() | ({"causal": True} if self.causal else {})

    def _set_dropout(self, dropout, seed):
        self.dropout = dropout
        self.seed = seed
        # Without it no seed is drawn, so that the seeds of other layers are Keras's.
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed)

    def build(self, input_shape):
        """Makes the weights for the shapes of query, value and, if given, key."""
        self._check("inputs", input_shape, (2, 3), "[query, value] or [query, value, key]")
        super().build(input_shape)

    def _check(self, what, value, lengths, wanted):
        if not isinstance(value, (list, tuple)) or (value and isinstance(value[0], (int, float))):
            said = (
                "must be called on a list" if what == "inputs" else f"layer {what} must be a list"
            )
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}': {said}, namely {wanted}. "
                f"Received: {what}={value}."
            )
        if len(value) not in lengths:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' accepts a list of {what} of length 2 "
                f"or 3, namely {wanted}. Received length: {len(value)}."
            )

    def call(
        self,
        inputs,
        mask=None,
        training=False,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """The values' means, and on demand their weights.

        Args:
          inputs: [query, value] or [query, value, key], shapes (batch, times, features); without a
            key the value is one.
          mask: [query_mask, value_mask], boolean, (batch, times) each: which results are not 0, and
            which values count.
          return_attention_scores: also return the weights, (batch, query times, value times).
          use_causal_mask: no query sees a later time's value.
        """
        self._check("inputs", inputs, (2, 3), "[query, value] or [query, value, key]")
        if mask is not None:
            self._check("mask", mask, (2, 3), "[query_mask, value_mask]")
        query_mask, value_mask = (None, None) if mask is None else mask[:2]
        query, value, key = inputs[0], inputs[1], inputs[-1]
        use_causal_mask, weights = use_causal_mask or self.causal, None
        if not return_attention_scores and self._comes_in_tiles(query, key):
            result = self._in_tiles(query, key, value, value_mask, use_causal_mask, training)
        else:
            weights = self._weights(query, key, value_mask, use_causal_mask, training)
            result = ops.matmul(weights, value)
        if query_mask is not None:
            result = result * ops.cast(ops.expand_dims(query_mask, -1), result.dtype)
        return (result, weights) if return_attention_scores else result

    def _weights(self, query, key, value_mask, causal, training):
        """What each value counts for each query, (batch, query times, value times)."""
        scores = self._scores(query, key)
        seen = _seen(scores, value_mask, causal)
        if seen is not None:
            most = 65504.0 if scores.dtype.name == "float16" else 1e9
            scores = scores - most * ops.cast(ops.logical_not(seen), scores.dtype)
        weights = ops.softmax(scores)
        if training and self.dropout > 0:
            seed = draw_seed(self.seed_generator)
            weights = ops.random.stateless_dropout(weights, self.dropout, seed=seed)
        return weights

    def _comes_in_tiles(self, query, key):
        """Whether there are too many scores to have them all in memory at once."""
        return False

    def compute_mask(self, inputs, mask=None):
        """The query's mask."""
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        """The query's shape with the value's features."""
        return (*input_shape[0][:-1], input_shape[1][-1])


class Attention(_Attention):
    """Means of values, weighted by softmax of query . key (Luong et al. 2015).

    Args:
      use_scale: whether the scores are multiplied by a weight.
      score_mode: "dot" for query . key; "concat" for a weight times the sum of tanh(query + key).
      dropout: the share of weights set to 0 in training.
      seed: an integer for the same choices at each run.

    Raises:
      ValueError: an unknown score_mode; in a call, inputs or masks that are no list of 2 or 3.

    Example:
    >>> query, value = tf.zeros([1, 1, 2]), tf.constant([[[1.0, 2.0], [3.0, 6.0]]])
    >>> tf.keras.layers.Attention()([query, value]).numpy()
    array([[[2., 4.]]], dtype=float32)
    """

    scale = Weight(lambda layer, _: () if layer.use_scale else None, "ones")
    concat_score_weight = Weight(
        lambda layer, _: () if layer.score_mode == "concat" else None, "ones"
    )

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        if score_mode not in _MODES:
            raise ValueError(
                "Invalid value for argument score_mode. Expected one of {'dot', 'concat'}. "
                f"Received: score_mode={score_mode}"
            )
        self._set_dropout(dropout, seed)

    def _comes_in_tiles(self, query, key):
        if self.score_mode != "dot" or query.ndim != 3:
            return False
        return comes_in_tiles(ops.expand_dims(query, 2), ops.expand_dims(key, 2))

    def _in_tiles(self, query, key, value, value_mask, causal, training):
        """The values' means, without all scores in memory."""
        more = {"scale": 1.0 if self.scale is None else self.scale, "is_causal": causal}
        if value_mask is not None:
            more["mask"] = ops.expand_dims(ops.expand_dims(value_mask, 1), 1)
        if training and self.dropout > 0:
            more |= {"rate": self.dropout, "seed": draw_seed(self.seed_generator)}
        one_head = (ops.expand_dims(x, 2) for x in (query, key, value))
        return ops.squeeze(attention(*one_head, **more), 2)

    def _scores(self, query, key):
        if self.score_mode == "dot":
            scores = ops.matmul(query, key, transpose_b=True)
            return scores if self.scale is None else scores * self.scale
        return self.concat_score_weight * _additive_scores(query, key, self.scale)


class AdditiveAttention(_Attention):
    """Means of values, weighted by softmax of the sum of scale * tanh(query + key) (Bahdanau 2015).

    Args:
      use_scale: whether there is a weight for each feature; 1 without.
      dropout: the share of weights set to 0 in training.
      seed: an integer for the same choices at each run.

    Raises:
      ValueError: in a call, inputs or masks that are no list of 2 or 3.

    Example:
    >>> query, value = tf.zeros([1, 1, 2]), tf.constant([[[1.0, 2.0], [1.0, 2.0]]])
    >>> tf.keras.layers.AdditiveAttention()([query, value]).numpy()
    array([[[1., 2.]]], dtype=float32)
    """

    scale = Weight(
        lambda layer, shapes: (shapes[0][-1],) if layer.use_scale else None, "glorot_uniform"
    )

    def __init__(self, use_scale=True, dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._set_dropout(dropout, seed)

    def _scores(self, query, key):
        sums = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        return ops.reduce_sum(sums if self.scale is None else sums * self.scale, -1)


def _additive_scores(query, key, scale):
    """The sums of tanh(scale * (query + key)) over the features."""
    sums = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
    return ops.reduce_sum(ops.tanh(sums if scale is None else sums * scale), -1)


def _seen(scores, value_mask, causal):
    """Which values each query sees, to be broadcast to the scores; None where it sees all."""
    seen = None if value_mask is None else ops.expand_dims(ops.cast(value_mask, "bool"), -2)
    if not causal:
        return seen
    rows, columns = scores._shape[-2:]
    past = ops.expand_dims(ops.range(rows), -1) >= ops.range(columns)
    return past if seen is None else ops.logical_and(past, seen)
