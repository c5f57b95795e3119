"""EinsumDense, the attention layers, ReversibleEmbedding, layers with LoRA."""

import numpy as np

from . import TRAINING, case

QUERY, VALUE = (2, 3, 3), (2, 4, 3)
QUERY_MASK = [[True, True, False], [True, True, True]]
VALUE_MASK = [[True, True, False, True], [False, True, True, True]]
SEEN = np.array([[True, False, True, False]] * 3)[None]


def cases():
    for family in (dense, simple, headed, grouped, adapted):
        yield from family()


def dense():
    def einsum(equation, output_shape, bias_axes, shape, **more):
        config = {"equation": equation, "output_shape": output_shape, "bias_axes": bias_axes}
        return case("EinsumDense", {**config, **more}, shape)

    yield einsum("ab,bc->ac", 3, "c", (2, 4))
    yield einsum("abc,cd->abd", [None, 2], "d", QUERY, activation="relu")
    yield einsum("abc,cd->abd", [3, 2], "bd", QUERY)
    yield einsum("abc,cd->abd", [3, 2], "b", QUERY, kernel_regularizer="l2")
    yield einsum("abc,cde->abde", [None, 2, 3], "de", QUERY)
    yield einsum("abcd,cde->abe", [None, 3], "e", (2, 2, 2, 3))
    yield einsum("...x,xy->...y", 2, "y", (2, 2, 2, 3))
    yield einsum("...ab,bc->...ac", [3, 2], None, QUERY)
    yield einsum("ab...,bc->ac...", 5, "c", (2, 3, 2, 2))
    yield einsum("abc,bd->adc", [2, 3], None, QUERY)


def simple():
    def attention(name, config, *inputs, **more):
        return case(name, config, *(inputs or (QUERY, VALUE)), **more)

    masks = [QUERY_MASK, VALUE_MASK]
    scores, causal = {"return_attention_scores": True}, {"use_causal_mask": True}
    for name in ("Attention", "AdditiveAttention"):
        yield attention(name, {})
        yield attention(name, {"use_scale": True}, QUERY, VALUE, VALUE, call=scores)
        yield attention(name, {"use_scale": False}, masks=masks)
        yield attention(name, {}, masks=[None, VALUE_MASK[:1] * 2], call=causal)
        yield attention(name, {}, QUERY, QUERY, call={"use_causal_mask": True, **scores})
        yield attention(name, {"dropout": 0.4, "seed": 3}, call=TRAINING, calls=2)
        yield attention(name, {"dropout": 0.4, "seed": 3})
    yield attention("Attention", {"score_mode": "concat"})
    yield attention("Attention", {"score_mode": "concat", "use_scale": True}, masks=masks)


def headed():
    def heads(*inputs, call=None, masks=None, calls=1, **config):
        config = {"num_heads": 2, "key_dim": 3, **config}
        inputs = inputs or (QUERY, VALUE)
        more = {"call": call, "masks": masks, "calls": calls}
        return case("MultiHeadAttention", config, *inputs, apart=True, weights=(-1, 1), **more)

    masks = [QUERY_MASK, VALUE_MASK]
    scores = {"return_attention_scores": True}
    yield heads()
    yield heads(QUERY, VALUE, (2, 4, 2), value_dim=2, output_shape=3)
    yield heads(use_bias=False, output_shape=[2, 3], call=scores)
    yield heads(masks=masks)
    yield heads(masks=masks, dropout=0.3, seed=1)
    yield heads(QUERY, QUERY, call={"use_causal_mask": True}, use_gate=True)
    yield heads(QUERY, QUERY, call={"use_causal_mask": True, **scores}, sliding_window=2)
    yield heads(sliding_window=2)
    yield heads(call={"attention_mask": SEEN.tolist()}, masks=[None, VALUE_MASK])
    yield heads(call={"attention_mask": SEEN[0].tolist(), **scores})
    yield heads(dropout=0.4, seed=3, call=TRAINING, calls=2)
    yield heads(activity_regularizer="l2", kernel_regularizer="l1", bias_constraint="non_neg")
    four = (2, 2, 3, 2)
    yield heads(four, four, call=scores)
    yield heads(four, four, attention_axes=2, value_dim=2)
    yield heads(four, (2, 2, 4, 2), attention_axes=[2], call={"attention_mask": SEEN.tolist()})


def grouped():
    def heads(*inputs, call=None, masks=None, calls=1, **config):
        config = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, **config}
        inputs = inputs or (QUERY, VALUE)
        more = {"call": call, "masks": masks, "calls": calls}
        return case("GroupQueryAttention", config, *inputs, apart=True, weights=(-1, 1), **more)

    scores = {"return_attention_scores": True}
    yield heads()
    yield heads(num_key_value_heads=1, call=scores)
    yield heads(masks=[QUERY_MASK, VALUE_MASK], use_bias=False)
    yield heads(QUERY, QUERY, call={"use_causal_mask": True}, use_gate=True)
    yield heads(QUERY, QUERY, call={"use_causal_mask": True, **scores}, sliding_window=2)
    yield heads(dropout=0.4, seed=3, call=TRAINING, calls=2)
    yield heads(activity_regularizer="l2")


def adapted():
    numbers = np.array([[1, 2, 0], [3, 0, 0]], "int32")
    back = {"reverse": True}
    for config in ({}, {"tie_weights": False, "mask_zero": True}):
        config = {"input_dim": 4, "output_dim": 3, **config}
        yield case("ReversibleEmbedding", config, numbers)
        yield case("ReversibleEmbedding", {**config, "logit_soft_cap": 2.0}, QUERY, call=back)
    lora = {"lora_rank": 2}  # of lora_alpha beside it, Keras's EinsumDense alone takes notice
    yield case("Dense", {"units": 2, **lora}, QUERY)
    config = {"equation": "abc,cd->abd", "output_shape": [None, 4], "lora_alpha": 3}
    yield case("EinsumDense", {**config, **lora}, QUERY)
    yield case("Embedding", {"input_dim": 4, "output_dim": 3, **lora}, numbers)
    yield case("ReversibleEmbedding", {"input_dim": 4, "output_dim": 3, **lora}, QUERY, call=back)
    yield case("Conv1D", {"filters": 2, "kernel_size": 2, **lora}, QUERY)
    yield case("Conv2D", {"filters": 4, "kernel_size": 1, "groups": 2, **lora}, (1, 2, 2, 4))
