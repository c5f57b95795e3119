"""Optimizers against Keras's figures (oracles/make_keras_parts.py) and against NumPy twins."""

import copy
import inspect
import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
golden = json.loads((GOLDEN / "optimizers.json").read_text())
optimizers = tf.keras.optimizers
# In float64 Keras rounds some settings to float32 first; the NumPy twins are the sharper test.
NAMES = sorted(golden["default_configs"])
TOLERANCE = {"float32": {"rtol": 3e-6, "atol": 3e-7}, "float64": {"rtol": 2e-5, "atol": 1e-7}}


def made(case):
    config = dict(case["config"])
    if isinstance(config.get("learning_rate"), list):
        name, schedule = config["learning_rate"]
        config["learning_rate"] = getattr(optimizers.schedules, name)(**schedule)
    config.setdefault("name", golden["default_configs"][case["class_name"]]["name"])
    return getattr(optimizers, case["class_name"])(**config)


def started(dtype="float32"):
    return [
        tf.keras.Variable(value, dtype=dtype, name=name) for name, value in golden["start"].items()
    ]


def follow(optimizer, run, gradients, apply, dtype="float32"):
    """Checks each step of a recorded run, then the state and the final averages."""
    variables = started(dtype)
    for step, values in zip(gradients, run["values"]):
        grads = [tf.constant(step[v.name], dtype) for v in variables]
        apply(optimizer, grads, variables)
        for variable, value in zip(variables, values, strict=True):
            np.testing.assert_allclose(variable.numpy(), value, **TOLERANCE[dtype])
    assert int(optimizer.iterations) == run["iterations"]
    assert [v.path for v in optimizer.variables] == [path for path, _ in run["state"]]
    for variable, (path, value) in zip(optimizer.variables, run["state"], strict=True):
        tolerance = TOLERANCE[dtype if variable.dtype == dtype else "float32"]
        np.testing.assert_allclose(variable.numpy(), value, **tolerance, err_msg=path)
    optimizer.finalize_variable_values(variables)
    for variable, value in zip(variables, run.get("finalized", run["values"][-1]), strict=True):
        np.testing.assert_allclose(variable.numpy(), value, **TOLERANCE[dtype])


def eagerly(optimizer, grads, variables):
    optimizer.apply_gradients(zip(grads, variables, strict=True))


def case_id(case):
    settings = ",".join(f"{k}={v}" for k, v in case["config"].items())
    return f"{case['class_name']}-{settings}-{case.get('dtype', 'float32')}"


@pytest.mark.parametrize("case", golden["cases"], ids=case_id)
def test_every_step_equals_keras(case):
    follow(made(case), case, golden["gradients"], eagerly, case.get("dtype", "float32"))


@pytest.mark.parametrize(
    "case", [c for c in golden["cases"] if not c.get("dtype")][::3], ids=case_id
)
def test_every_step_equals_keras_in_a_function(case):
    optimizer = made(case)
    variables = []

    @tf.function
    def step(*grads):
        optimizer.apply_gradients(zip(grads, variables, strict=True))

    def apply(optimizer, grads, own):
        variables[:] = own
        optimizer.build(own)
        step(*grads)

    follow(optimizer, case, golden["gradients"], apply)


def test_loss_scale_equals_keras():
    run = golden["loss_scale"]
    inner = optimizers.SGD(0.1, momentum=0.9, name="sgd")
    optimizer = optimizers.LossScaleOptimizer(
        inner, initial_scale=16.0, dynamic_growth_steps=2, name="loss_scale_optimizer"
    )
    assert float(optimizer.scale_loss(tf.constant(2.0))) == 32.0
    follow(optimizer, run, run["gradients"], eagerly)
    assert float(optimizer.scale_loss(tf.constant(2.0))) == 64.0


# -- NumPy twins: each formula once more, five lines each, in double precision ---------------------


def sgd(w, g, s, t, rate, momentum=0.0, nesterov=False):
    v = momentum * s.get("v", 0.0) - rate * g
    s["v"] = v
    return w + (momentum * v - rate * g if nesterov else v)


def rmsprop(w, g, s, t, rate, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    s["v"] = rho * s.get("v", 0.0) + (1 - rho) * g**2
    s["a"] = rho * s.get("a", 0.0) + (1 - rho) * g * centered
    d = rate * g / np.sqrt(s["v"] - s["a"] ** 2 + epsilon)
    s["m"] = momentum * s.get("m", 0.0) + d
    return w - s["m"]


def adam(w, g, s, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
    s["m"] = beta_1 * s.get("m", 0.0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0.0) + (1 - beta_2) * g**2
    s["h"] = np.maximum(s.get("h", 0.0), s["v"]) if amsgrad else s["v"]
    a = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - a * s["m"] / (np.sqrt(s["h"]) + epsilon)


def adamw(w, g, s, t, rate, weight_decay=0.004, **kwargs):
    return adam(w - rate * weight_decay * w, g, s, t, rate, **kwargs)


def adadelta(w, g, s, t, rate, rho=0.95, epsilon=1e-7):
    s["a"] = rho * s.get("a", 0.0) + (1 - rho) * g**2
    d = -g * np.sqrt(s.get("s", 0.0) + epsilon) / np.sqrt(s["a"] + epsilon)
    s["s"] = rho * s.get("s", 0.0) + (1 - rho) * d**2
    return w + rate * d


def adagrad(w, g, s, t, rate, initial_accumulator_value=0.1, epsilon=1e-7):
    s["a"] = s.get("a", initial_accumulator_value) + g**2
    return w - rate * g / np.sqrt(s["a"] + epsilon)


def adamax(w, g, s, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    s["m"] = beta_1 * s.get("m", 0.0) + (1 - beta_1) * g
    s["u"] = np.maximum(beta_2 * s.get("u", 0.0), np.abs(g))
    return w - rate / (1 - beta_1**t) * s["m"] / (s["u"] + epsilon)


def adafactor(w, g, s, t, rate, beta_2_decay=-0.8, epsilon_2=1e-3, clip_threshold=1.0):
    b, q = 1 - t**beta_2_decay, g**2 + 1e-30
    for name, axis in (("r", -1), ("c", -2)) if g.ndim > 1 else (("v", None),):
        s[name] = b * s.get(name, 0.0) + (1 - b) * (q if axis is None else q.mean(axis))
    v = s["v"] if g.ndim == 1 else np.outer(s["r"], s["c"]) / s["r"].mean()
    d = g / np.sqrt(v)
    d /= max(1, np.sqrt(np.mean(d**2)) / clip_threshold)
    return w - max(epsilon_2, np.sqrt(np.mean(w**2))) * min(rate, t**-0.5) * d


def nadam(w, g, s, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    u = [beta_1 * (1 - 0.5 * 0.96**i) for i in range(1, t + 2)]
    s["m"] = beta_1 * s.get("m", 0.0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0.0) + (1 - beta_2) * g**2
    n = u[-1] * s["m"] / (1 - np.prod(u)) + (1 - u[-2]) * g / (1 - np.prod(u[:-1]))
    return w - rate * n / (np.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)


def ftrl(w, g, s, t, rate, l1=0.0, l2=0.0, shrinkage=0.0, beta=0.0, power=-0.5):
    old = s.get("n", 0.1)
    s["n"] = old + g**2
    slope = (s["n"] ** -power - old**-power) / rate
    s["z"] = s.get("z", 0.0) + g + 2 * shrinkage * w - slope * w
    return (np.clip(s["z"], -l1, l1) - s["z"]) / (s["n"] ** -power / rate + 2 * l2 + beta / rate)


def lion(w, g, s, t, rate, beta_1=0.9, beta_2=0.99):
    m = s.get("m", 0.0)
    s["m"] = beta_2 * m + (1 - beta_2) * g
    return w - rate * np.sign(beta_1 * m + (1 - beta_1) * g)


def lamb(w, g, s, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    s["m"] = beta_1 * s.get("m", 0.0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0.0) + (1 - beta_2) * g**2
    d = s["m"] / (1 - beta_1**t) / (np.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)
    return w - rate * np.linalg.norm(w) / np.linalg.norm(d) * d


def muon(w, g, s, t, rate, momentum=0.95, nesterov=True, rms_rate=0.2):
    w = w - rate * 0.004 * w
    if w.ndim != 2:
        return adam(w, g, s, t, rate)
    s["m"] = momentum * s.get("m", 0.0) + g
    x = g + momentum * s["m"] if nesterov else s["m"]
    left, sizes, right = np.linalg.svd(x, full_matrices=False)
    sizes = sizes / (np.linalg.norm(x) + 1e-7)
    for _ in range(5):  # the same polynomial, on the singular values alone
        sizes = 3.4445 * sizes - 4.775 * sizes**3 + 2.0315 * sizes**5
    return w - rate * rms_rate * np.sqrt(max(w.shape)) * (left * sizes) @ right


def schedule_free(w, g, s, t, rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, warmup_steps=0):
    z = s.get("z", w)
    s["v"] = beta_2 * s.get("v", 0.0) + (1 - beta_2) * g**2
    rate = rate * min(1, t / warmup_steps) if warmup_steps else rate
    s["z"] = z - rate * g / (np.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)
    s["x"] = (1 - 1 / t) * s.get("x", w) + s["z"] / t
    return (1 - beta_1) * s["z"] + beta_1 * s["x"]


TWINS = [
    ("SGD", sgd, {}, {}),
    ("SGD", sgd, {"momentum": 0.8}, {}),
    ("SGD", sgd, {"momentum": 0.8, "nesterov": True}, {}),
    ("RMSprop", rmsprop, {}, {}),
    ("RMSprop", rmsprop, {"centered": True, "momentum": 0.5, "rho": 0.7}, {}),
    ("Adam", adam, {}, {}),
    ("Adam", adam, {"amsgrad": True, "beta_1": 0.6, "beta_2": 0.5}, {}),
    ("AdamW", adamw, {"weight_decay": 0.3}, {}),
    ("Adadelta", adadelta, {"rho": 0.8}, {}),
    ("Adagrad", adagrad, {"initial_accumulator_value": 0.4}, {}),
    ("Adamax", adamax, {"beta_2": 0.5}, {}),
    ("Adafactor", adafactor, {"clip_threshold": 0.7}, {}),
    ("Nadam", nadam, {"beta_1": 0.7}, {}),
    (
        "Ftrl",
        ftrl,
        {
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.3,
            "learning_rate_power": -0.6,
            "beta": 0.4,
        },
        {"l1": 0.1, "l2": 0.2, "shrinkage": 0.3, "power": -0.6, "beta": 0.4},
    ),
    ("Lion", lion, {}, {}),
    ("Lamb", lamb, {"beta_1": 0.7}, {}),
    ("Muon", muon, {}, {}),
    ("ScheduleFreeAdamW", schedule_free, {"warmup_steps": 3, "beta_1": 0.6}, {}),
]


def test_every_optimizer_has_a_twin_and_a_golden():
    built = {
        name
        for name, value in vars(optimizers).items()
        if inspect.isclass(value)
        and issubclass(value, optimizers.Optimizer)
        and value not in (optimizers.Optimizer, optimizers.OptimizerV2)
    }
    wrappers = {"LossScaleOptimizer", "MultiOptimizer"}
    assert built - wrappers == {name for name, *_ in TWINS} == set(NAMES)


@pytest.mark.parametrize(
    ("name", "twin", "settings", "twins"), TWINS, ids=[f"{t[0]}-{t[2]}" for t in TWINS]
)
def test_numpy_twin(name, twin, settings, twins):
    rng = np.random.default_rng(3)
    start = [rng.normal(size=(4, 3)), rng.normal(size=3)]
    optimizer = getattr(optimizers, name)(0.1, **settings)
    variables = [tf.Variable(w, name=f"v{i}") for i, w in enumerate(start)]
    states = [{} for _ in start]
    for t in range(1, 5):
        grads = [rng.normal(size=w.shape) for w in start]
        start = [
            twin(w, g, s, t, float(np.float32(0.1)), **(twins or settings))
            for w, g, s in zip(start, grads, states)
        ]
        optimizer.apply_gradients(zip(map(tf.constant, grads), variables))
        for variable, value in zip(variables, start):
            np.testing.assert_allclose(variable.numpy(), value, rtol=1e-9, atol=1e-12)


# -- configuration ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_default_config_equals_keras(name):
    want = golden["default_configs"][name]
    assert getattr(optimizers, name)(name=want["name"]).get_config() == want


@pytest.mark.parametrize("case", golden["cases"][::2], ids=case_id)
def test_config_round_trip(case):
    optimizer = made(case)
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()
    assert again.iterations.numpy() == 0


@pytest.mark.parametrize("name", NAMES)
def test_get_by_name_in_any_case(name):
    assert type(optimizers.get(name)) is type(optimizers.get(name.lower()))
    assert type(optimizers.get(name)) is getattr(optimizers, name)


def test_get_passes_instances_and_names_the_nearest():
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    with pytest.raises(ValueError, match=r"'addam'.*'adam'"):
        optimizers.get("addam")
    with pytest.raises(ValueError, match="optimizer"):
        optimizers.get(3)


def test_wrapped_optimizers_round_trip():
    scaled = optimizers.LossScaleOptimizer(optimizers.Adam(0.25), initial_scale=8.0)
    again = optimizers.deserialize(optimizers.serialize(scaled))
    assert again.get_config() == scaled.get_config()
    assert float(again.learning_rate) == 0.25
    multi = optimizers.MultiOptimizer(
        optimizers.OptimizerMap(optimizers.Adam(), {".*bias": optimizers.SGD(0.5)})
    )
    again = optimizers.deserialize(optimizers.serialize(multi))
    assert again.get_config() == multi.get_config()
    assert [type(o).__name__ for o in again.optimizers] == ["SGD", "Adam"]


@pytest.mark.parametrize("name", NAMES)
def test_signature_starts_as_keras(name):
    shown = inspect.signature(getattr(optimizers, name)).parameters
    want = golden["default_configs"][name]
    assert next(iter(shown)) == "learning_rate"
    assert set(shown) - {"decay"} == set(want)
    for parameter, value in want.items():
        if parameter not in ("name", "learning_rate", "exclude_layers"):
            assert shown[parameter].default == value, parameter


# -- learning rate ---------------------------------------------------------------------------------


def step(optimizer, variable, gradient=1.0):
    optimizer.apply_gradients([(tf.constant(gradient, variable.dtype), variable)])
    return variable.numpy()


def test_learning_rate_by_attribute_and_assign():
    optimizer, v = optimizers.SGD(1.0), tf.Variable(0.0)
    assert step(optimizer, v) == -1.0
    optimizer.learning_rate = 0.5
    assert step(optimizer, v) == -1.5
    optimizer.learning_rate.assign(0.25)
    assert step(optimizer, v) == -1.75
    optimizer.lr = 2
    assert step(optimizer, v) == -3.75
    assert optimizer.lr.numpy() == 2.0 == float(optimizer.learning_rate)


def test_learning_rate_as_function_schedule_or_int():
    v = tf.Variable(0.0)
    assert step(optimizers.SGD(lambda: 0.5), v) == -0.5
    assert step(optimizers.SGD(2), v) == -2.5
    scheduled = optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.5]))
    assert [step(scheduled, v), step(scheduled, v)] == [-3.5, -4.0]
    assert scheduled.learning_rate.numpy() == 0.5
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        scheduled.learning_rate = 0.1
    plain = optimizers.SGD(0.1)
    plain.learning_rate = optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    assert [step(plain, v), step(plain, v)] == [-5.0, -5.5]
    assert [w.name for w in plain.variables] == ["iteration"]


def test_keras_2_arguments():
    optimizer, v = optimizers.SGD(lr=1.0, decay=0.5), tf.Variable(0.0)
    steps = [step(optimizer, v), step(optimizer, v), step(optimizer, v)]
    np.testing.assert_allclose(np.diff([0.0, *steps]), [-1.0, -1 / 1.5, -1 / 2.0], rtol=1e-6)
    assert optimizer.learning_rate.numpy() == 1.0
    assert optimizers.SGD.from_config(optimizer.get_config()).decay == 0.5
    assert optimizers.Adam(epsilon=None).epsilon == 1e-7
    assert optimizers.experimental.Adam is optimizers.Adam
    assert issubclass(optimizers.legacy.Adam, optimizers.Adam)
    optimizer.apply_gradients([(tf.constant(0.0), v)], experimental_aggregate_gradients=False)


# -- variables and slots ---------------------------------------------------------------------------


def test_new_variables_at_any_time():
    """One optimizer for the two networks of a GAN, each met for the first time in its own step."""
    optimizer, twin = optimizers.Adam(0.1), optimizers.Adam(0.1)
    first, second, alone = tf.Variable(1.0), tf.Variable([2.0, 3.0]), tf.Variable(1.0)
    step(optimizer, first)
    step(optimizer, second, [1.0, -1.0])
    step(optimizer, first, -3.0)
    step(twin, alone)
    step(twin, tf.Variable(0.0))
    step(twin, alone, -3.0)
    assert first.numpy() == alone.numpy()
    assert len(optimizer.variables) == 2 + 2 * 2
    assert optimizer.iterations.numpy() == 3


def test_variable_first_met_in_a_function():
    optimizer, v = optimizers.SGD(0.5, momentum=0.5), tf.Variable(1.0)

    @tf.function
    def train(gradient):
        optimizer.apply_gradients([(gradient, v)])

    train(tf.constant(1.0))
    train(tf.constant(1.0))
    assert v.numpy() == 1.0 - 0.5 - 0.75
    assert optimizer.iterations.numpy() == 2


def test_variables_first_met_in_a_retrace():
    optimizer, nets = optimizers.Adam(0.1), {"a": tf.Variable(1.0), "b": tf.Variable([1.0, 2.0])}

    @tf.function
    def train(name, gradient):
        optimizer.apply_gradients([(gradient * tf.ones_like(nets[name]), nets[name])])

    for _ in range(2):
        for name in nets:
            train(name, tf.constant(5.0))
    assert len(optimizer.variables) == 2 + 2 * 2
    assert optimizer.iterations.numpy() == 4
    assert (nets["a"].numpy(), *nets["b"].numpy()) < (1.0, 1.0, 2.0)
    assert "graph of" in train.explain() and "eagerly" not in train.explain()


def test_user_defined_in_keras_3_style():
    class Momentum(optimizers.Optimizer):
        def __init__(self, learning_rate=0.1, beta=0.5, **kwargs):
            super().__init__(learning_rate=learning_rate, **kwargs)
            self.beta = beta

        def build(self, variables):
            super().build(variables)
            self.momenta = self.add_optimizer_variables(variables, "momentum")

        def update_step(self, gradient, variable, learning_rate):
            m = self.momenta[self._get_variable_index(variable)]
            self.assign(m, self.beta * m + gradient)
            self.assign_sub(variable, tf.cast(learning_rate, variable.dtype) * m)

        def get_config(self):
            return {**super().get_config(), "beta": self.beta}

    optimizer, v = Momentum(1.0, weight_decay=0.5), tf.Variable(8.0)
    assert [step(optimizer, v), step(optimizer, v)] == [3.0, 0.0]
    assert optimizer.get_config()["beta"] == 0.5
    with pytest.raises(ValueError, match="Unknown variable"):
        step(optimizer, tf.Variable(0.0))
    gathering, v = Momentum(1.0, gradient_accumulation_steps=2), tf.Variable(8.0)
    assert [step(gathering, v), step(gathering, v, 3.0)] == [8.0, 6.0]


def test_constraints_are_applied():
    v = tf.Variable([0.1, 1.0], constraint=tf.keras.constraints.NonNeg())
    np.testing.assert_allclose(step(optimizers.SGD(0.5), v, [1.0, 1.0]), [0.0, 0.5])


def test_exclude_from_weight_decay():
    kernel, bias, other = (tf.Variable(1.0, name=n) for n in ("kernel", "bias", "other"))
    optimizer = optimizers.SGD(1.0, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[other], var_names=["bias"])
    optimizer.apply_gradients([(tf.constant(0.0), v) for v in (kernel, bias, other)])
    assert [v.numpy() for v in (kernel, bias, other)] == [0.5, 1.0, 1.0]


def test_weights_round_trip():
    optimizer, v = optimizers.Adam(0.1), tf.Variable([1.0, 2.0])
    step(optimizer, v, [3.0, -1.0])
    weights, at = optimizer.get_weights(), v.numpy()
    following = step(optimizer, v, [0.5, 0.5])
    again, w = optimizers.Adam(9.0), tf.Variable(at)
    with pytest.raises(ValueError, match="not yet been built"):
        again.set_weights(weights)
    again.build([w])
    again.set_weights(weights)
    np.testing.assert_array_equal(step(again, w, [0.5, 0.5]), following)
    with pytest.raises(ValueError, match=r"4 variables.*1 weights"):
        again.set_weights(weights[:1])
    store = {}
    optimizer.save_own_variables(store)
    again.load_own_variables(store)
    np.testing.assert_array_equal(again.get_weights()[2], optimizer.get_weights()[2])
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        optimizers.Adam().load_own_variables(store)


def test_a_deep_copy_goes_on_by_itself():
    optimizer, v = optimizers.SGD(0.5, momentum=0.5), tf.Variable(1.0)
    step(optimizer, v)
    twin, w = copy.deepcopy((optimizer, v))
    assert step(optimizer, v) == step(twin, w) == 1.0 - 0.5 - 0.75
    assert step(optimizer, v) == step(twin, w)


def test_stateless_apply():
    optimizer, v = optimizers.SGD(0.5, momentum=0.5), tf.Variable(1.0)
    optimizer.build([v])
    state = [w.numpy() for w in optimizer.variables]
    trained, state = optimizer.stateless_apply(state, [tf.constant(1.0)], [v.numpy()])
    assert trained[0].numpy() == 0.5 and v.numpy() == 1.0
    assert [s.numpy() for s in state] == [1, 0.5, -0.5]
    assert optimizer.iterations.numpy() == 0


def test_minimize():
    optimizer, v = optimizers.SGD(0.5), tf.Variable(3.0)
    optimizer.minimize(lambda: v * v, [v])
    assert v.numpy() == 0.0
    v.assign(3.0)
    with tf.GradientTape() as tape:
        loss = v * v
    optimizer.minimize(loss, lambda: [v], tape=tape)
    assert v.numpy() == 0.0
    v.assign(3.0)
    scaled = optimizers.SGD(0.5, loss_scale_factor=8.0)
    assert scaled.compute_gradients(lambda: v * v, [v])[0][0].numpy() == 48.0
    scaled.minimize(lambda: v * v, [v])
    assert v.numpy() == 0.0
    with pytest.raises(ValueError, match="`tape` is required"):
        optimizer.minimize(tf.constant(1.0), [v])


def test_multi_optimizer():
    weight, bias = (
        tf.keras.Variable.made(1.0, True, name, f"dense/{name}") for name in ("weight", "bias")
    )
    chosen = optimizers.OptimizerMap(optimizers.Adam(0.1), {".*bias": optimizers.SGD(0.5)})
    optimizer = optimizers.MultiOptimizer(chosen)
    optimizer.apply_gradients([(tf.constant(1.0), weight), (tf.constant(1.0), bias)])
    np.testing.assert_allclose([weight.numpy(), bias.numpy()], [0.9, 0.5], rtol=1e-5)
    assert optimizer.iterations.numpy() == 1
    assert len(optimizer.variables) == 2 + 2 + 4
    with pytest.raises(AttributeError, match="individual"):
        _ = optimizer.learning_rate


# -- wrong use -------------------------------------------------------------------------------------


def test_no_gradient_at_all_says_why():
    v, w = tf.Variable(1.0, name="left"), tf.Variable(2.0, name="right")
    with tf.GradientTape() as tape:
        loss = tf.constant(3.0) * 2.0
    with pytest.raises(ValueError, match=r"No gradients provided for any variable") as raised:
        optimizers.SGD().apply_gradients(zip(tape.gradient(loss, [v, w]), [v, w]))
    assert "left" in str(raised.value) and "right" in str(raised.value)


def test_some_gradients_missing_warns_and_goes_on():
    v, w = tf.Variable(1.0, name="used"), tf.Variable(2.0, name="idle")
    with tf.GradientTape() as tape:
        loss = 3.0 * v
    gradients = tape.gradient(loss, [v, w])
    with pytest.warns(UserWarning, match=r"Gradients do not exist for variables.*idle"):
        optimizers.SGD(0.5).apply_gradients(zip(gradients, [v, w]))
    assert (v.numpy(), w.numpy()) == (-0.5, 2.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"momentom": 0.9}, "momentom"),
        ({"learning_rate": "fast"}, "learning_rate='fast'"),
        ({"momentum": 1.5}, "momentum=1.5"),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "Only one of"),
        ({"use_ema": True, "ema_momentum": 2.0}, "ema_momentum=2.0"),
        ({"use_ema": True, "ema_overwrite_frequency": 0.5}, "ema_overwrite_frequency=0.5"),
        ({"gradient_accumulation_steps": 1}, "gradient_accumulation_steps=1"),
    ],
)
def test_impossible_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        optimizers.SGD(**arguments)


@pytest.mark.parametrize("clip", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_a_negative_clip_clips_nothing(clip):
    v = tf.Variable([1.0, 2.0])  # as in Keras 3.15
    optimizers.SGD(1.0, **{clip: -1.0}).apply([tf.constant([3.0, 4.0])], [v])
    assert v.numpy().tolist() == [-2.0, -2.0]


def test_impossible_calls():
    with pytest.raises(ValueError, match="build"):
        optimizers.SGD().apply([tf.constant(1.0)])
    with pytest.raises(ValueError, match="1 gradients do not go with 2 variables"):
        optimizers.SGD().apply([tf.constant(1.0)], [tf.Variable(1.0), tf.Variable(1.0)])
    with pytest.raises(ValueError, match="beta_1=0"):
        optimizers.Lion(beta_1=0)
    with pytest.raises(ValueError, match="weight_decay=None"):
        optimizers.AdamW(weight_decay=None)
    with pytest.raises(ValueError, match="l1_regularization_strength=-1"):
        optimizers.Ftrl(l1_regularization_strength=-1)
    with pytest.raises(ValueError, match="`clipnorm`"):
        optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0)
