"""Recurrent layers: cells and the layers of them, in both directions, over pictures, in time."""

from . import TRAINING, case

SHAPE = (2, 4, 3)
MASK = [[True, True, False, True], [False, True, True, False]]
SEQUENCES = {"return_sequences": True}
STATES = {"return_sequences": True, "return_state": True}
BACKWARDS = {"return_sequences": True, "return_state": True, "go_backwards": True}
DROPOUTS = (
    {"dropout": 0.4},
    {"recurrent_dropout": 0.3},
    {"dropout": 0.4, "recurrent_dropout": 0.3, "return_sequences": True},
)
NAMES = ("SimpleRNN", "LSTM", "GRU")


def cases():
    for family in (cells, layers, dropouts, stacks, bidirectional, in_time, pictures):
        yield from family()


def weak(name, config, *inputs, **more):
    """A case whose weights are small, so that activations do not saturate."""
    return case(name, config, *inputs, weights=(-0.8, 0.9), **more)


def within(class_name, **config):
    """A layer within another's arguments."""
    return {"class_name": class_name, "config": config}


def layers():
    for name in NAMES:
        yield weak(name, {"units": 2}, SHAPE)
        yield weak(name, {"units": 2, **STATES}, SHAPE)
        yield weak(name, {"units": 2, **BACKWARDS}, SHAPE)
        yield weak(name, {"units": 2, "return_state": True}, SHAPE, masks=[MASK])
        yield weak(name, {"units": 2, **BACKWARDS}, SHAPE, masks=[MASK])
        zeros = {"zero_output_for_mask": True, **STATES}
        yield weak(name, {"units": 2, **zeros}, SHAPE, masks=[MASK])
        yield weak(name, {"units": 2, "use_bias": False, "activation": "relu"}, (1, 1, 1))
        if name != "LSTM":
            yield weak(name, {"units": 2, **STATES}, SHAPE, (2, 2), apart=True)
    yield weak("LSTM", {"units": 2, "unroll": True, **SEQUENCES}, SHAPE)
    penalties = {
        "kernel_regularizer": "l2",
        "recurrent_regularizer": "l1",
        "bias_regularizer": "l2",
        "activity_regularizer": "l2",
        "kernel_constraint": "non_neg",
        "recurrent_constraint": "unit_norm",
    }
    yield weak("LSTM", {"units": 2, "recurrent_activation": "hard_sigmoid", **penalties}, SHAPE)
    yield weak("LSTM", {"units": 2, "unit_forget_bias": False, "bias_initializer": "ones"}, SHAPE)
    yield weak("GRU", {"units": 2, "reset_after": False, **SEQUENCES}, SHAPE)
    yield weak("GRU", {"units": 2, "reset_after": False, "use_bias": False}, SHAPE, masks=[MASK])
    yield weak("GRU", {"units": 2, "recurrent_activation": "hard_sigmoid", **penalties}, SHAPE)


def dropouts():
    for name in NAMES:
        for rates in DROPOUTS:
            yield weak(name, {"units": 2, "seed": 3, **rates}, SHAPE, call=TRAINING, calls=2)
    rates = {"seed": 3, **DROPOUTS[2]}
    yield weak("LSTM", {"units": 2, **rates}, SHAPE)
    yield weak("GRU", {"units": 2, "reset_after": False, **rates}, SHAPE, call=TRAINING)
    yield weak("ConvLSTM1D", {"filters": 2, "kernel_size": 2, **rates}, (1, 2, 3, 2), call=TRAINING)


def cells():
    yield weak("SimpleRNNCell", {"units": 2}, (3, 2), (3, 2), apart=True)
    yield weak("GRUCell", {"units": 2}, (3, 2), (3, 2), apart=True)


def stacks():
    both = [within("LSTMCell", units=2, name="a"), within("GRUCell", units=3, name="b")]
    yield weak("RNN", {"cell": within("LSTMCell", units=2), **BACKWARDS}, SHAPE, masks=[MASK])
    yield weak("RNN", {"cell": both, **STATES}, SHAPE)
    stacked = within("StackedRNNCells", cells=both)
    yield weak("RNN", {"cell": stacked, "go_backwards": True}, SHAPE)
    rates = {"dropout": 0.4, "recurrent_dropout": 0.3}
    dropping = [within("LSTMCell", units=2, seed=1, name="a", **rates),
                within("SimpleRNNCell", units=3, seed=2, name="b", **rates)]  # fmt: skip
    yield weak("RNN", {"cell": dropping}, SHAPE, call=TRAINING, calls=2)


def bidirectional():
    for mode in ("concat", "sum", "ave", "mul", None):
        layer = within("GRU", units=2, **SEQUENCES)
        yield weak("Bidirectional", {"layer": layer, "merge_mode": mode}, SHAPE)
        if mode in ("concat", None):
            layer = within("LSTM", units=2, **STATES)
            yield weak("Bidirectional", {"layer": layer, "merge_mode": mode}, SHAPE, masks=[MASK])
    yield weak("Bidirectional", {"layer": within("LSTM", units=2)}, SHAPE)
    yield weak("Bidirectional", {"layer": within("SimpleRNN", units=2)}, SHAPE, masks=[MASK])
    back = within("GRU", units=2, go_backwards=True, activation="relu", **SEQUENCES)
    both = {"layer": within("LSTM", units=2, **SEQUENCES), "backward_layer": back}
    yield weak("Bidirectional", both, SHAPE)
    rates = {"dropout": 0.4, "seed": 3}
    yield weak("Bidirectional", {"layer": within("GRU", units=2, **rates)}, SHAPE, call=TRAINING)


def in_time():
    yield weak("TimeDistributed", {"layer": within("Dense", units=2)}, SHAPE)
    yield weak("TimeDistributed", {"layer": within("Dense", units=2)}, SHAPE, masks=[MASK])
    yield weak("TimeDistributed", {"layer": within("Flatten")}, (2, 3, 2, 2))
    pooled = within("Conv2D", filters=2, kernel_size=2, activation="relu")
    yield weak("TimeDistributed", {"layer": pooled}, (2, 2, 3, 3, 1))
    yield weak("TimeDistributed", {"layer": within("LSTM", units=2)}, (2, 2, 3, 2))
    layer = within("BatchNormalization", momentum=0.5)
    yield case("TimeDistributed", {"layer": layer}, SHAPE, call=TRAINING, calls=2)
    layer = within("Dropout", rate=0.5, seed=3)
    yield case("TimeDistributed", {"layer": layer}, SHAPE, call=TRAINING, calls=2)


def pictures():
    small = {"filters": 2, "kernel_size": 2}
    yield weak("ConvLSTM1D", small, (2, 3, 4, 2))
    yield weak("ConvLSTM1D", {**small, **BACKWARDS}, (1, 3, 4, 2), masks=[[[True, False, True]]])
    same = {"padding": "same", "strides": 2, "activation": "relu"}
    yield weak("ConvLSTM1D", {**small, **same}, (2, 2, 5, 1))
    yield weak("ConvLSTM1D", {**small, "dilation_rate": 2, "use_bias": False}, (2, 2, 4, 1))
    yield weak("ConvLSTM2D", {"filters": 2, "kernel_size": (2, 1), **STATES}, (1, 2, 3, 3, 2))
    yield weak("ConvLSTM2D", {**small, "padding": "same"}, (1, 2, 3, 2, 1))
    yield weak("ConvLSTM3D", {"filters": 1, "kernel_size": 2}, (1, 2, 2, 3, 2, 1))
