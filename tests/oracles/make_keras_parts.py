"""Record what Keras computes with its optimizers, schedules, initializers and other small parts.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_keras_parts.py

It writes golden/optimizers.json, schedules.json, initializers.json, activations.json,
regularizers.json and constraints.json beside itself. The tests read those files only.
"""

import itertools
import json
import os
import pathlib
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).parent / "golden"
STEPS = 6
SHAPES = {"kernel": (3, 2), "bias": (2,)}

BASE_SETTINGS = [
    {"weight_decay": 0.1},
    {"clipnorm": 0.5},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.8},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 2},
    {"gradient_accumulation_steps": 3, "clipnorm": 0.5, "weight_decay": 0.1, "use_ema": True},
    {"loss_scale_factor": 4.0},
    {"loss_scale_factor": 8.0, "global_clipnorm": 0.05, "weight_decay": 0.02},
]
SCHEDULES_AS_RATE = [
    ("ExponentialDecay", {"initial_learning_rate": 0.2, "decay_steps": 2, "decay_rate": 0.5}),
    ("PiecewiseConstantDecay", {"boundaries": [1, 4], "values": [0.3, 0.1, 0.01]}),
]
OWN_SETTINGS = {
    "SGD": [
        {},
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    ],
    "RMSprop": [
        {},
        {"learning_rate": 0.1, "rho": 0.8},
        {"learning_rate": 0.1, "momentum": 0.9},
        {"learning_rate": 0.1, "centered": True},
        {"learning_rate": 0.1, "centered": True, "momentum": 0.5, "epsilon": 0.01},
    ],
    "Adam": [
        {},
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "amsgrad": True},
        {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 0.1},
    ],
    "AdamW": [
        {},
        {"learning_rate": 0.1, "weight_decay": 0.3},
        {"learning_rate": 0.1, "amsgrad": True},
    ],
    "Adadelta": [{}, {"learning_rate": 1.0, "rho": 0.8}, {"learning_rate": 1.0, "epsilon": 0.01}],
    "Adagrad": [
        {},
        {"learning_rate": 0.5},
        {"learning_rate": 0.5, "initial_accumulator_value": 1.0, "epsilon": 0.1},
    ],
    "Adamax": [{}, {"learning_rate": 0.1}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.7}],
    "Adafactor": [
        {},
        {"learning_rate": 0.5},
        {"learning_rate": 0.5, "relative_step": False},
        {"learning_rate": 0.5, "clip_threshold": 0.3, "beta_2_decay": -0.5, "epsilon_2": 0.5},
    ],
    "Nadam": [{}, {"learning_rate": 0.1}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8}],
    "Ftrl": [
        {},
        {"learning_rate": 0.5, "l1_regularization_strength": 0.1},
        {
            "learning_rate": 0.5,
            "l1_regularization_strength": 0.05,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.1,
            "beta": 0.3,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.5,
        },
    ],
    "Lion": [{}, {"learning_rate": 0.1}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6}],
    "Lamb": [{}, {"learning_rate": 0.1}, {"learning_rate": 0.1, "beta_1": 0.5, "epsilon": 0.1}],
    "Muon": [
        {},
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "nesterov": False, "rms_rate": None, "ns_steps": 3},
        {"learning_rate": 0.1, "exclude_layers": ["kernel"], "adam_lr_ratio": 0.5},
        {"learning_rate": 0.1, "weight_decay": None, "adam_weight_decay": 0.2, "momentum": 0.5},
    ],
    "ScheduleFreeAdamW": [
        {},
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "warmup_steps": 4, "beta_1": 0.5, "weight_decay": 0.1},
    ],
}
SCHEDULES = {
    "ExponentialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.96},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ],
    "PiecewiseConstantDecay": [
        {"boundaries": [5, 20, 50], "values": [1.0, 0.5, 0.25, 0.1]},
        {"boundaries": [10], "values": [0.3, 0.03]},
    ],
    "PolynomialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 30},
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 30,
            "end_learning_rate": 0.01,
            "power": 2.0,
            "cycle": True,
        },
        {"initial_learning_rate": 0.1, "decay_steps": 50, "power": 0.5},
    ],
    "InverseTimeDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 2.0, "staircase": True},
    ],
    "CosineDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 40},
        {"initial_learning_rate": 0.1, "decay_steps": 40, "alpha": 0.2},
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 40,
            "alpha": 0.1,
            "warmup_target": 0.2,
            "warmup_steps": 10,
        },
    ],
    "CosineDecayRestarts": [
        {"initial_learning_rate": 0.1, "first_decay_steps": 10},
        {"initial_learning_rate": 0.1, "first_decay_steps": 10, "t_mul": 1.0, "m_mul": 0.9},
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 7,
            "t_mul": 1.5,
            "m_mul": 0.8,
            "alpha": 0.1,
        },
    ],
}
SCHEDULE_STEPS = [*range(0, 25), 29, 30, 31, 39, 40, 41, 49, 50, 51, 60, 61, 69, 70, 71, 100, 1000]

INITIALIZERS = [
    ("Zeros", {}, (2, 3)),
    ("Ones", {}, (2, 3)),
    ("Constant", {"value": 2.5}, (2, 2)),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.5, "seed": 3}, (2, 3)),
    ("RandomUniform", {"minval": -2.0, "maxval": 3.0, "seed": 3}, (2, 3)),
    ("TruncatedNormal", {"stddev": 2.0, "seed": 3}, (3, 4)),
    ("VarianceScaling", {"seed": 5}, (3, 4)),
    ("VarianceScaling", {"seed": 5, "mode": "fan_out", "distribution": "uniform"}, (3, 4)),
    (
        "VarianceScaling",
        {"seed": 5, "mode": "fan_avg", "distribution": "untruncated_normal", "scale": 3.0},
        (2, 2, 3, 4),
    ),
    ("VarianceScaling", {"seed": 5, "mode": "fan_out"}, (5,)),
    ("VarianceScaling", {"seed": 5}, ()),
    ("VarianceScaling", {"seed": 5, "input_axes": [0, 1], "output_axes": [2]}, (2, 3, 4)),
    ("GlorotUniform", {"seed": 7}, (3, 4)),
    ("GlorotUniform", {"seed": 2**31 + 11}, (3, 4)),
    ("GlorotNormal", {"seed": 7}, (3, 4)),
    ("LecunUniform", {"seed": 7}, (2, 2, 2)),
    ("LecunNormal", {"seed": 7}, (3, 4)),
    ("HeUniform", {"seed": 7}, (3, 4)),
    ("HeNormal", {"seed": 7}, (3, 4)),
    ("Orthogonal", {"seed": 7}, (3, 3)),
    ("Orthogonal", {"seed": 7, "gain": 2.0}, (4, 2)),
    ("Orthogonal", {"seed": 7}, (2, 2, 5)),
    ("Identity", {"gain": 0.5}, (2, 3)),
    ("STFT", {}, (6, 1, 5)),
    ("STFT", {"side": "imag", "scaling": "spectrum", "periodic": True}, (6, 1, 5)),
    ("STFT", {"side": "imag", "window": None, "scaling": None}, (5, 1, 4)),
    ("STFT", {"window": "hamming"}, (8, 1, 5)),
]
ACTIVATIONS = [
    ("relu", {}),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 2.0}),
    ("relu", {"max_value": 6}),
    ("relu", {"threshold": 0.5}),
    ("relu", {"negative_slope": 0.2, "max_value": 3.0, "threshold": 0.5}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("relu6", {}),
    ("softmax", {}),
    ("softmax", {"axis": 0}),
    ("elu", {}),
    ("elu", {"alpha": 0.5}),
    ("selu", {}),
    ("softplus", {}),
    ("softsign", {}),
    ("soft_shrink", {}),
    ("soft_shrink", {"threshold": 1.0}),
    ("sparse_plus", {}),
    ("silu", {}),
    ("squareplus", {}),
    ("squareplus", {"b": 1}),
    ("gelu", {}),
    ("gelu", {"approximate": True}),
    ("celu", {}),
    ("celu", {"alpha": 2.0}),
    ("glu", {}),
    ("glu", {"axis": 0}),
    ("tanh", {}),
    ("tanh_shrink", {}),
    ("hard_tanh", {}),
    ("hard_shrink", {}),
    ("hard_shrink", {"threshold": 1.0}),
    ("threshold", {"threshold": 0.5, "default_value": -1.0}),
    ("sigmoid", {}),
    ("exponential", {}),
    ("hard_sigmoid", {}),
    ("log_sigmoid", {}),
    ("sparse_sigmoid", {}),
    ("hard_silu", {}),
    ("linear", {}),
    ("mish", {}),
    ("log_softmax", {}),
    ("log_softmax", {"axis": 0}),
]
REGULARIZERS = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("L1L2", {"l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
CONSTRAINTS = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}),
    ("MaxNorm", {"max_value": 1.0, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 1.5, "max_value": 2.0, "rate": 0.5, "axis": 1}),
]


def figures(value):
    """Nested lists of the shortest decimals that give the same float back."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return array.tolist()
    shortest = [float(str(item)) for item in array.reshape(-1)]
    return np.array(shortest, dtype=object).reshape(array.shape).tolist()


def save(name, content):
    made_with = {"tensorflow": tf.__version__, "keras": keras.__version__}
    lines = []
    for key, value in {"made_with": made_with, **content}.items():
        if isinstance(value, list):
            rows = ",\n".join("  " + json.dumps(row) for row in value)
            lines.append(f"{json.dumps(key)}: [\n{rows}\n]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    (GOLDEN / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def with_schedule(config):
    config = dict(config)
    rate = config.get("learning_rate")
    if isinstance(rate, list):
        config["learning_rate"] = getattr(keras.optimizers.schedules, rate[0])(**rate[1])
    return config


def optimizer_run(class_name, config, start, gradients, dtype="float32"):
    keras.backend.clear_session()
    optimizer = getattr(keras.optimizers, class_name)(**with_schedule(config))
    return follow(optimizer, start, gradients, dtype)


def follow(optimizer, start, gradients, dtype="float32"):
    variables = [keras.Variable(start[n], name=n, dtype=dtype) for n in SHAPES]
    values = []
    for step in gradients:
        grads = [tf.constant(step[n], dtype=dtype) for n in SHAPES]
        optimizer.apply_gradients(zip(grads, variables, strict=True))
        values.append([figures(v.numpy()) for v in variables])
    run = {
        "values": values,
        "iterations": int(optimizer.iterations),
        "state": [[v.path, figures(v.numpy())] for v in optimizer.variables],
    }
    if getattr(optimizer, "use_ema", False):
        optimizer.finalize_variable_values(variables)
        run["finalized"] = [figures(v.numpy()) for v in variables]
    return run


def optimizers():
    rng = np.random.default_rng(20)
    start = {n: figures(rng.normal(size=s).astype("float32")) for n, s in SHAPES.items()}
    gradients = [
        {n: figures(rng.normal(size=s).astype("float32")) for n, s in SHAPES.items()}
        for _ in range(STEPS)
    ]
    cases = []
    for class_name, own in OWN_SETTINGS.items():
        settings = list(own)
        # On TensorFlow this one reads its momentum after the update instead of before: the same
        # in the first step only.
        aliased = class_name == "ScheduleFreeAdamW"
        followed = gradients[:1] if aliased else gradients
        if class_name in ("SGD", "Adam"):
            settings += [{"learning_rate": 0.1, **base} for base in BASE_SETTINGS]
            settings += [{"learning_rate": list(schedule)} for schedule in SCHEDULES_AS_RATE]
        elif not aliased:
            settings += [
                {"learning_rate": 0.1, "clipnorm": 0.5, "weight_decay": 0.1},
                {"learning_rate": 0.1, "gradient_accumulation_steps": 2},
                {"learning_rate": list(SCHEDULES_AS_RATE[0])},
            ]
        for config in settings:
            run = optimizer_run(class_name, config, start, followed)
            cases.append({"class_name": class_name, "config": config, **run})
        # Keras's Muon mixes float32 into float64 and raises; without rms_rate it does not.
        config = {"rms_rate": None} if class_name == "Muon" else {}
        run = optimizer_run(class_name, config, start, followed, "float64")
        cases.append({"class_name": class_name, "config": config, "dtype": "float64", **run})
    configs = {}
    for class_name in OWN_SETTINGS:
        keras.backend.clear_session()
        configs[class_name] = getattr(keras.optimizers, class_name)().get_config()
    save(
        "optimizers.json",
        {
            "start": start,
            "gradients": gradients,
            "default_configs": configs,
            "loss_scale": loss_scale(start, gradients),
            "cases": cases,
        },
    )


def loss_scale(start, gradients):
    """LossScaleOptimizer over SGD: the third of the steps has an infinite gradient."""
    keras.backend.clear_session()
    steps = [{n: (np.array(step[n]) * 16.0).tolist() for n in SHAPES} for step in gradients]
    steps[2]["bias"][0] = float("inf")
    inner = keras.optimizers.SGD(0.1, momentum=0.9)
    optimizer = keras.optimizers.LossScaleOptimizer(
        inner, initial_scale=16.0, dynamic_growth_steps=2
    )
    return {"gradients": steps, **follow(optimizer, start, steps)}


def schedules():
    cases = []
    for class_name, settings in SCHEDULES.items():
        for config in settings:
            schedule = getattr(keras.optimizers.schedules, class_name)(**config)
            values = [figures(np.asarray(schedule(step))) for step in SCHEDULE_STEPS]
            cases.append(
                {
                    "class_name": class_name,
                    "config": config,
                    "values": values,
                    "full_config": schedule.get_config(),
                }
            )
    save("schedules.json", {"steps": SCHEDULE_STEPS, "cases": cases})


def initializers():
    cases = []
    for class_name, config, shape in INITIALIZERS:
        initializer = getattr(keras.initializers, class_name)(**config)
        cases.append(
            {
                "class_name": class_name,
                "config": config,
                "shape": list(shape),
                "value": figures(np.asarray(initializer(shape))),
                "full_config": initializer.get_config(),
            }
        )
    save("initializers.json", {"cases": cases})


def activations():
    special = [-np.inf, -100.0, -6.0, -3.0, -2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5, 3.0, 6.0]
    special += [100.0, np.inf, np.nan, 1e-20]
    rng = np.random.default_rng(21)
    inputs = {
        "random": figures((3 * rng.normal(size=(4, 6))).astype("float32")),
        "special": [float(x) for x in special],
    }
    cases = []
    for (name, config), kind in itertools.product(ACTIVATIONS, inputs):
        if kind == "special" and name in ("softmax", "log_softmax", "glu"):
            continue
        x = tf.constant(inputs[kind], tf.float32)
        function = getattr(keras.activations, name)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x, **config)
            total = tf.reduce_sum(y * tf.cast(tf.reshape(tf.range(tf.size(y)), y.shape), y.dtype))
        case = {"name": name, "config": config, "input": kind, "output": figures(y.numpy())}
        if kind == "random":
            case["gradient"] = figures(tape.gradient(total, x).numpy())
        cases.append(case)
    save("activations.json", {"inputs": inputs, "cases": cases})


def small_parts(module, settings, name):
    x = np.random.default_rng(22).normal(size=(4, 3)).astype("float32")
    cases = []
    for class_name, config in settings:
        part = getattr(module, class_name)(**config)
        value = np.asarray(part(tf.constant(x)))
        cases.append(
            {
                "class_name": class_name,
                "config": config,
                "value": figures(value),
                "full_config": part.get_config(),
            }
        )
    save(name, {"input": figures(x), "cases": cases})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optimizers()
    schedules()
    initializers()
    activations()
    small_parts(keras.regularizers, REGULARIZERS, "regularizers.json")
    small_parts(keras.constraints, CONSTRAINTS, "constraints.json")
