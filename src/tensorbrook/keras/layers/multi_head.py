"""MultiHeadAttention and GroupQueryAttention: attention of several heads, each on a projection."""

import functools
import string

from ... import ops
from ...base.config import settings
from ...base.shapes import differs
from ...ops.attention import attention
from .. import regularizers
from ..seeds import draw_seed
from .activations import Softmax
from .dropout import Dropout
from .einsum_dense import EinsumDense
from .layer import Layer


class _HeadedAttention(Layer):
    """Projections to the heads, attention in each, and a projection of all their results.

    A subclass says how many heads of which size queries, keys and values have (`_heads`).
    """

    supports_masking = True
    _declares_arguments = True
    _not_in_config = (*Layer._not_in_config, "flash_attention")

    def _check_heads(self):
        """Checks the arguments that both classes have."""
        window = self.sliding_window
        if window is not None and (not isinstance(window, int) or window < 1):
            raise ValueError(
                "`sliding_window` must be `None` or a positive integer. "
                f"Received: sliding_window={window}"
            )
        if self.flash_attention is None:
            self.flash_attention = settings.flash_attention
        if self.flash_attention and self.dropout > 0:
            raise ValueError(
                "Dropout is not supported when flash attention is enabled. Please set dropout to "
                "0.0 to use flash attention."
            )

    def _check_size(self, name, or_none=False):
        value = getattr(self, name)
        if not ((isinstance(value, int) and value > 0) or (or_none and value is None)):
            raise ValueError(
                f"Received an invalid value for argument `{name}`, expected a positive integer"
                f"{' or `None`' if or_none else ''}. Received: {name}={value}"
            )

    def build(self, query_shape, value_shape, key_shape=None):
        """Makes the projections for the shapes of query, value and key."""
        key_shape = value_shape if key_shape is None else key_shape
        _check_shapes(query_shape, value_shape, key_shape)
        shapes = {"query": query_shape, "key": key_shape, "value": value_shape}
        shapes["gate"] = query_shape
        heads = self._heads()
        for name, sizes in heads.items():
            setattr(self, f"_{name}_dense", self._projection(name, shapes[name], 1, sizes))
        self._build_attention(len(query_shape) + 1)
        results = (*query_shape[:-1], heads["query"][0], heads["value"][1])
        sizes = self._output_shape or query_shape[-1:]
        self._output_dense = self._projection("attention_output", results, 2, sizes)

    def _build_attention(self, rank):
        """Makes what weighs the values, for projections of so many axes."""
        if self.attention_axes is None:
            self.attention_axes = tuple(range(1, rank - 2))
        self.attention_axes = tuple(axis % (rank - 1) for axis in self.attention_axes)
        axes = len(self.attention_axes)
        self._softmax = Softmax(tuple(range(-axes, 0)), dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy, seed=self.seed)

    _built_from_signature = False

    def _build_from_signature(self, query, value, key=None):
        """`build` for tensors or shapes, as subclasses written for Keras 2 call it."""
        self._built_from_signature = True
        if not self.built:
            inputs = (query, value, value if key is None else key)
            self.build(*(tuple(getattr(x, "shape", x)) for x in inputs))

    def _get_common_kwargs_for_sublayer(self):
        """The arguments that all projections have; subclasses ask for them."""
        return {
            # of one initializer all projections would get the same values
            "kernel_initializer": _again(self.kernel_initializer),
            "bias_initializer": _again(self.bias_initializer),
            "activity_regularizer": self._regularizer_of_parts,
            **{
                f"{part}_{kind}": getattr(self, f"{part}_{kind}")
                for part in ("kernel", "bias")
                for kind in ("regularizer", "constraint")
            },
            "dtype": self.dtype_policy,
        }

    def _projection(self, name, input_shape, summed, sizes):
        """A built dense layer that replaces the last `summed` axes of its inputs."""
        kept = len(input_shape) - summed
        inputs = string.ascii_lowercase[: len(input_shape)]
        new = string.ascii_lowercase[len(input_shape) :][: len(sizes)]
        outputs = inputs[:kept] + new
        layer = EinsumDense(
            f"{inputs},{inputs[kept:]}{new}->{outputs}",
            (*[None] * (kept - 1), *sizes),
            bias_axes=new if self.use_bias else None,
            **self._get_common_kwargs_for_sublayer(),
            name=name,
        )
        layer.build(input_shape)
        return layer

    query_dense = property(lambda self: self._query_dense, doc="The query's projection.")
    key_dense = property(lambda self: self._key_dense, doc="The key's projection.")
    value_dense = property(lambda self: self._value_dense, doc="The value's projection.")
    output_dense = property(lambda self: self._output_dense, doc="The results' projection.")

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        """The heads' results, projected.

        Args:
          query: (batch, query times, features).
          value: (batch, value times, features).
          key: like value, which it is by default.
          query_mask, value_mask, key_mask: boolean, (batch, times): what counts.
          attention_mask: boolean, (batch, query times, value times): what each query sees.
          return_attention_scores: also return the weights, (batch, heads, query times, value
            times), in front of the features' axis.
          training: whether weights are dropped.
          use_causal_mask: no query sees a later time's value.
        """
        key = value if key is None else key
        # what is only causal needs no mask of (query times, value times) in memory
        more = {"return_attention_scores": True} if return_attention_scores else {}
        only_causal = use_causal_mask and self._is_whole() and not more and query.ndim == 3
        more = {"use_causal_mask": True} if only_causal else more
        mask = self._compute_attention_mask(
            query,
            value,
            query_mask,
            value_mask,
            key_mask,
            attention_mask,
            use_causal_mask and not only_causal,
        )
        gate = ops.sigmoid(self._gate_dense(query)) if self.use_gate else None
        output, scores = self._compute_attention(
            self._query_dense(query),
            self._key_dense(key),
            self._value_dense(value),
            mask,
            training,
            **more,
        )
        output = self._output_dense(output if gate is None else output * gate)
        return (output, scores) if return_attention_scores else output

    def _is_whole(self):
        """Whether the scores are neither cut to a window nor a subclass's own."""
        own = type(self)._compute_attention is not _HeadedAttention._compute_attention
        return not (own or self.sliding_window is not None)

    def _compute_attention_mask(
        self,
        query,
        value,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        use_causal_mask=False,
    ):
        """What each query sees, of all masks together: (batch, query times, value times)."""
        masks = [None if query_mask is None else ops.expand_dims(query_mask, -1)]
        masks += [None if m is None else ops.expand_dims(m, -2) for m in (value_mask, key_mask)]
        if use_causal_mask or self.sliding_window is not None:
            masks.append(self._near(query, value, use_causal_mask))
        masks = [ops.cast(m, "bool") for m in (*masks, attention_mask) if m is not None]
        return functools.reduce(ops.logical_and, masks) if masks else None

    def _near(self, query, value, causal):
        """Which times of values are no later than a query's, or less than a window apart."""
        if len(self.attention_axes) != 1:
            raise ValueError(
                f"Layer '{self.name}': use_causal_mask and sliding_window are for attention along "
                f"one axis, but attention_axes={self.attention_axes}. Pass an attention_mask."
            )
        axis = self.attention_axes[0]
        apart = ops.expand_dims(ops.range(query._shape[axis]), -1) - ops.range(value._shape[axis])
        near = [apart >= 0] if causal else []
        if self.sliding_window is not None:
            near.append(ops.abs(apart) < self.sliding_window)
        return ops.expand_dims(functools.reduce(ops.logical_and, near), 0)

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """(the heads' results, the weights or None) for projected query, key and value."""
        query, key, value = map(ops.convert_to_tensor, (query, key, value))
        in_tiles = not return_attention_scores and query.ndim == 4
        if use_causal_mask and not in_tiles:
            near = self._near(query, value, True)
            given = near if attention_mask is None else ops.cast(attention_mask, "bool")
            attention_mask = ops.logical_and(near, given)
        elif attention_mask is not None:
            attention_mask = ops.cast(attention_mask, "bool")
        if return_attention_scores and self.flash_attention:
            raise ValueError(
                "Returning attention scores is not supported when flash attention is enabled. "
                "Please disable flash attention to access attention scores."
            )
        scale = query._shape[-1] ** -0.5
        mask = self._mask_of_scores(attention_mask, query.ndim)
        if in_tiles:
            more = {"is_causal": use_causal_mask, "tiles": self.flash_attention}
            # Softmax gives a query that sees nothing no weights, Keras's function equal ones.
            more["blind_gets_zero"] = self.dropout > 0
            if self.dropout > 0 and training:
                seed = draw_seed(self._dropout_layer.seed_generator)
                more |= {"rate": self.dropout, "seed": seed}
            return attention(query, key, value, mask=mask, scale=scale, **more), None
        groups = query._shape[-2] // key._shape[-2]
        if groups > 1:
            key, value = ops.repeat(key, groups, -2), ops.repeat(value, groups, -2)
        scored, weighted = _equations(query.ndim, self.attention_axes)
        scores = self._softmax(ops.einsum(scored, query * scale, key), mask=mask)
        weights = self._dropout_layer(scores, training=training) if self.dropout > 0 else scores
        result = ops.einsum(weighted, weights, value)
        if not return_attention_scores:
            return result, None
        if mask is not None:
            scores._keras_mask = mask
        return result, scores

    def _mask_of_scores(self, mask, rank):
        """A mask (batch, query times, value times) with the axes that the scores have besides."""
        if mask is None:
            return None
        axes = 2 * len(self.attention_axes)
        missing = rank - 1 + len(self.attention_axes) - mask.ndim
        if mask.ndim < axes or missing < 0:
            raise ValueError(
                f"Layer '{self.name}': a mask of shape {mask.shape} does not fit attention along "
                f"the axes {self.attention_axes} of inputs of {rank - 1} axes: its last {axes} "
                "axes are the queries' and the values' times."
            )
        for _ in range(missing):
            mask = ops.expand_dims(mask, -axes - 1)
        return mask

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        """The query's shape, with the output's sizes at its end."""
        _check_shapes(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        return (*query_shape[:-1], *(self._output_shape or query_shape[-1:]))


def _inner(name):
    return property(lambda self: getattr(self, name), lambda self, v: setattr(self, name, v))


for _name in ("num_heads", "key_dim", "value_dim", "use_bias", "dropout", "kernel_initializer"):
    setattr(_HeadedAttention, f"_{_name}", _inner(_name))  # by which subclasses know them


class MultiHeadAttention(_HeadedAttention):
    """Attention of several heads (Vaswani et al. 2017).

    Each head's query, key and value are projections of the inputs; softmax(query . key) weighs the
    values; a last projection takes the results of all heads.

    Args:
      num_heads: how many heads.
      key_dim: the size of a head's queries and keys.
      value_dim: the size of its values; key_dim by default.
      dropout: the share of weights set to 0 in training.
      use_bias: whether the projections have biases.
      output_shape: the sizes of the outputs' last axes; the query's last one by default.
      attention_axes: the inputs' axes along which the queries look; all but the first and the last
        by default.
      sliding_window: each query sees only what is less than this many steps away.
      flash_attention: True to compute in tiles always, False never; None does where it pays.
      kernel_initializer, bias_initializer: how the weights begin.
      kernel_regularizer, bias_regularizer, activity_regularizer: what they add to the loss.
      kernel_constraint, bias_constraint: applied to the weights after each step.
      use_gate: whether each head's results are multiplied by sigmoid of a projection of the query.
      seed: an integer for the same dropout at each run.

    Raises:
      ValueError: sizes that are no positive integers, or shapes that do not go together.

    Example:
    >>> layer = tf.keras.layers.MultiHeadAttention(num_heads=2, key_dim=3)
    >>> x = tf.zeros([1, 5, 4])
    >>> layer(x, x, use_causal_mask=True).shape
    TensorShape([1, 5, 4])
    """

    _file_names = {f"_{n}_dense": f"{n}_dense" for n in ("query", "key", "value", "output")}  # noqa: RUF012

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._regularizer_of_parts = regularizers.get(activity_regularizer)
        self._check_size("num_heads")
        self._check_size("key_dim")
        self._check_size("value_dim", or_none=True)
        self.value_dim = value_dim or key_dim
        single = output_shape is not None and not isinstance(output_shape, (list, tuple))
        self._output_shape = (output_shape,) if single else output_shape and tuple(output_shape)
        if not all(isinstance(size, int) for size in self._output_shape or ()):
            raise ValueError(
                "Invalid `output_shape`: expected None, an integer or a tuple of integers. "
                f"Received: output_shape={output_shape!r}"
            )
        if isinstance(attention_axes, int):
            self.attention_axes = (attention_axes,)
        elif attention_axes is not None and not isinstance(attention_axes, (list, tuple)):
            raise ValueError(
                f"`attention_axes` must be an int, list, or tuple. Received: "
                f"attention_axes={attention_axes}"
            )
        self._check_heads()

    def _heads(self):
        keys, values = (self.num_heads, self.key_dim), (self.num_heads, self.value_dim)
        heads = {"query": keys, "key": keys, "gate": values, "value": values}
        return heads if self.use_gate else {k: v for k, v in heads.items() if k != "gate"}

    def _argument(self, name, owner):
        found = {
            "output_shape": self._output_shape,
            "activity_regularizer": self._regularizer_of_parts,
        }
        return found[name] if name in found else super()._argument(name, owner)


class GroupedQueryAttention(_HeadedAttention):
    """MultiHeadAttention in which groups of queries' heads share a key and a value (Ainslie 2023).

    Args:
      head_dim: the size of a head.
      num_query_heads: how many heads the queries have.
      num_key_value_heads: how many the keys and the values have; it divides num_query_heads.
      dropout: the share of weights set to 0 in training.
      use_bias: whether the projections have biases.
      sliding_window: each query sees only what is less than this many steps away.
      flash_attention: True to compute in tiles always, False never; None does where it pays.
      kernel_initializer, bias_initializer: how the weights begin.
      kernel_regularizer, bias_regularizer, activity_regularizer: what they add to the loss.
      kernel_constraint, bias_constraint: applied to the weights after each step.
      use_gate: whether each head's results are multiplied by sigmoid of a projection of the query.
      seed: an integer for the same dropout at each run.

    Raises:
      ValueError: sizes that are no positive integers, or shapes that do not go together.

    Example:
    >>> layer = tf.keras.layers.GroupQueryAttention(3, num_query_heads=4, num_key_value_heads=2)
    >>> x = tf.zeros([1, 5, 4])
    >>> layer(x, x).shape
    TensorShape([1, 5, 4])
    """

    attention_axes = (1,)
    _output_shape = None

    _config_name = "GroupQueryAttention"

    def __init__(
        self,
        head_dim,
        num_query_heads,
        num_key_value_heads,
        dropout=0.0,
        use_bias=True,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._regularizer_of_parts = self.activity_regularizer
        for name in ("head_dim", "num_query_heads", "num_key_value_heads"):
            self._check_size(name)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                "`num_query_heads` must be divisible by `num_key_value_heads`. Received: "
                f"num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}"
            )
        self._check_heads()

    def _heads(self):
        queries = (self.num_query_heads, self.head_dim)
        keys = (self.num_key_value_heads, self.head_dim)
        heads = {"query": queries, "key": keys, "gate": queries, "value": keys}
        return heads if self.use_gate else {k: v for k, v in heads.items() if k != "gate"}


def _again(initializer):
    """An initializer like another one, with a seed of its own where none was given."""
    return type(initializer).from_config(initializer.get_config())


def _equations(rank, axes):
    """The einsum equations of the scores and of the results, for projections of that rank.

    Scores have the axes that are no attention axes first, the heads' last among them, then the
    queries' attention axes, then the values'.
    """
    letters = string.ascii_lowercase
    query = letters[:rank]
    key = "".join(letters[rank + i] if i in axes else c for i, c in enumerate(query))
    batch = "".join(query[i] for i in range(rank - 1) if i not in axes)
    scores = batch + "".join(query[i] for i in axes) + "".join(key[i] for i in axes)
    value, result = key[:-1] + letters[-1], query[:-1] + letters[-1]
    return f"{query},{key}->{scores}", f"{scores},{value}->{result}"


def _check_shapes(query_shape, value_shape, key_shape):
    if differs(tuple(value_shape)[:-1], tuple(key_shape)[:-1]):
        raise ValueError(
            "All dimensions of `value` and `key`, except the last one, must be equal. Received: "
            f"value_shape={value_shape} and key_shape={key_shape}"
        )
    if len(query_shape) != len(value_shape) or len(query_shape) < 3:
        raise ValueError(
            "`query`, `value` and `key` must have the same number of axes, at least 3: the batch, "
            f"the times, the features. Received: query_shape={query_shape}, "
            f"value_shape={value_shape}"
        )
