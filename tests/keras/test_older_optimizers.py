"""Optimizers written for Keras 2: over OptimizerV2 or Keras's own until 2.10, then by steps."""

import numpy as np
import pytest

import tensorbrook as tf


class AdamV2(tf.keras.optimizers.Optimizer):
    """Adam as programs of that time write an optimizer."""

    _HAS_AGGREGATE_GRAD = True

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, name="AdamV2", **kwargs):
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)

    def _create_slots(self, var_list):
        for slot in "mv":
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        state = apply_state[var_device, var_dtype]
        step = tf.cast(self.iterations + 1, var_dtype)
        b1, b2 = (tf.identity(self._get_hyper(n, var_dtype)) for n in ("beta_1", "beta_2"))
        rate = state["lr_t"] * tf.sqrt(1 - tf.pow(b2, step)) / (1 - tf.pow(b1, step))
        state.update(rate=rate, b1=b1, b2=b2)

    def _resource_apply_dense(self, grad, var, apply_state=None):
        place = var.device, var.dtype.base_dtype
        c = (apply_state or {}).get(place) or self._fallback_apply_state(*place)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m_t = m.assign(m * c["b1"] + grad * (1 - c["b1"]))
        v_t = v.assign(v * c["b2"] + tf.square(grad) * (1 - c["b2"]))
        return var.assign_sub(c["rate"] * m_t / (tf.sqrt(v_t) + 1e-7))

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        dense = tf.scatter_nd(indices[:, None], grad, var.shape)
        return self._resource_apply_dense(dense, var, apply_state)

    def get_config(self):
        names = ("learning_rate", "beta_1", "beta_2")
        numbers = {name: self._serialize_hyperparameter(name) for name in names}
        return {**super().get_config(), **numbers, "decay": self._initial_decay}


class AdamWeightDecay(tf.keras.optimizers.legacy.Adam):
    """As TensorFlow's official models have it."""

    def __init__(self, learning_rate, weight_decay_rate, name="AdamWeightDecay", **kwargs):
        super().__init__(learning_rate, name=name, **kwargs)
        self.weight_decay_rate = weight_decay_rate

    def _prepare_local(self, var_device, var_dtype, apply_state):
        super()._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype]["decay"] = tf.constant(self.weight_decay_rate)

    def _resource_apply_dense(self, grad, var, apply_state=None):
        state = apply_state[var.device, var.dtype.base_dtype]
        shrunk = var.assign_sub(state["lr_t"] * var * state["decay"], use_locking=self._use_locking)
        with tf.control_dependencies([shrunk]):
            return super()._resource_apply_dense(grad, var, apply_state=apply_state)

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        return super()._resource_apply_sparse(grad, var, indices, apply_state=apply_state)


def losses(optimizer):
    tf.keras.utils.set_random_seed(3)
    layers = tf.keras.layers
    model = tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile(optimizer, "mse")
    x = np.linspace(-1, 1, 80).reshape(20, 4).astype("float32")
    y = x.sum(1, keepdims=True)
    return model.fit(x, y, batch_size=5, epochs=3, verbose=0, shuffle=False).history["loss"]


def rate(step):
    return tf.keras.optimizers.schedules.ExponentialDecay(0.02, step, 0.5)


@pytest.mark.parametrize("options", [{}, {"clipnorm": 0.1}, {"decay": 0.5}])
def test_the_same_rule_trains_as_ours(options):
    wanted = losses(tf.keras.optimizers.Adam(0.01, **options))
    np.testing.assert_allclose(losses(AdamV2(0.01, **options)), wanted, rtol=1e-5)


def test_schedules_and_configs():
    wanted = losses(tf.keras.optimizers.Adam(rate(4)))
    optimizer = AdamV2(rate(4))
    np.testing.assert_allclose(losses(optimizer), wanted, rtol=1e-5)
    again = AdamV2.from_config(optimizer.get_config())
    assert float(again.learning_rate) == pytest.approx(0.02) and again.beta_1 == 0.9
    again.beta_1 = 0.5
    assert again._get_hyper("beta_1", "float32").numpy() == 0.5
    with pytest.raises(AttributeError, match="no attribute 'beta_3'"):
        again.beta_3  # noqa: B018


def test_a_subclass_of_adam_goes_on_with_its_rule():
    wanted = losses(tf.keras.optimizers.AdamW(0.01, weight_decay=0.1))
    np.testing.assert_allclose(losses(AdamWeightDecay(0.01, 0.1)), wanted, rtol=1e-6)


class AdamOfSlots(tf.keras.optimizers.Adam):
    """Adam's slots by their names in Keras 2, and one more."""

    def _create_slots(self, var_list):
        super()._create_slots(var_list)
        for var in var_list:
            self.add_slot(var, "steps")

    def _resource_apply_dense(self, grad, var, apply_state=None):
        m, v, steps = (self.get_slot(var, name) for name in ("m", "v", "steps"))
        n = tf.cast(self.iterations + 1, var.dtype)
        m.assign(m * self.beta_1 + grad * (1 - self.beta_1))
        v.assign(v * self.beta_2 + grad**2 * (1 - self.beta_2))
        steps.assign_add(tf.ones_like(grad))
        rate = self._decayed_lr(var.dtype) * tf.sqrt(1 - self.beta_2**n) / (1 - self.beta_1**n)
        return var.assign_sub(rate * m / (tf.sqrt(v) + self.epsilon))


def test_a_subclass_of_adam_has_its_slots():
    wanted, optimizer = losses(tf.keras.optimizers.Adam(0.01)), AdamOfSlots(0.01)
    np.testing.assert_allclose(losses(optimizer), wanted, rtol=1e-4)
    assert optimizer.get_slot_names() == ["m", "v", "steps"]  # as in Keras 2.15
    variable = optimizer._trainable_variables[0]
    assert (optimizer.get_slot(variable, "steps").numpy() == int(optimizer.iterations)).all()
    with pytest.raises(KeyError, match="'vhat'"):
        optimizer.get_slot(variable, "vhat")


@pytest.mark.parametrize("make", [AdamV2, lambda rate: AdamWeightDecay(rate, 0.0)])
def test_rows_of_embeddings(make):
    layer = tf.keras.layers.Embedding(5, 2, embeddings_initializer="ones")
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(tf.constant([1, 1, 3])) ** 2)
        gradients = tape.gradient(loss, layer.trainable_variables)
        optimizer = make(0.01)
        optimizer.apply_gradients(zip(gradients, layer.trainable_variables))
    np.testing.assert_allclose(layer.get_weights()[0][:, 0], [1, 0.98, 1, 0.98, 1], rtol=1e-5)


def test_what_has_no_rule_says_so():
    class Empty(tf.keras.optimizers.Optimizer):
        def __init__(self):
            super().__init__("Empty")

        def _resource_apply_dense(self, grad, var):
            return super()._resource_apply_dense(grad, var)

    with pytest.raises(NotImplementedError, match=r"Empty.*_resource_apply_sparse"):
        Empty().apply_gradients([(tf.constant(1.0), tf.Variable(1.0))])


class Speed(tf.keras.optimizers.Optimizer):
    """SGD with momentum as Keras 2.11 to 2.15 have it."""

    def __init__(self, learning_rate=0.01, momentum=0.9, jit_compile=True, name="Speed", **kwargs):
        super().__init__(name=name, jit_compile=jit_compile, **kwargs)
        self._learning_rate = self._build_learning_rate(learning_rate)
        self.momentum = momentum

    def build(self, var_list):
        super().build(var_list)
        if hasattr(self, "_built") and self._built:
            return
        self.momentums = [
            self.add_variable_from_reference(model_variable=var, variable_name="m")
            for var in var_list
        ]
        self.total = self.add_variable_from_reference(var_list[0], "total", shape=())
        self.first = self.add_variable_from_reference(
            var_list[0], "first", initial_value=tf.constant([1.0, 2.0])
        )
        self._built = True

    def update_step(self, gradient, variable):
        rate = tf.cast(self.learning_rate, variable.dtype)
        m = self.momentums[self._index_dict[self._var_key(variable)]]
        if isinstance(gradient, tf.IndexedSlices):
            m.assign(m * self.momentum)
            m.scatter_add(tf.IndexedSlices(-gradient.values * rate, gradient.indices))
        else:
            m.assign(m * self.momentum - gradient * rate)
        variable.assign_add(m)

    def get_config(self):
        rate = self._serialize_hyperparameter(self._learning_rate)
        return {**super().get_config(), "learning_rate": rate, "momentum": self.momentum}


@pytest.mark.parametrize("rate", [0.1, tf.keras.optimizers.schedules.InverseTimeDecay(0.5, 2, 0.5)])
def test_steps_of_keras_2_11_to_2_15_train_as_keras_s_own(rate):
    def trained(optimizer):
        tf.keras.utils.set_random_seed(0)
        layers = tf.keras.layers
        model = tf.keras.Sequential([layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1)])
        model.compile(optimizer, "mse")
        x = np.array([[0, 1, 1], [2, 1, 4], [3, 3, 0]])
        history = model.fit(x, np.array([1.0, 2, 3]), batch_size=2, epochs=3, verbose=0).history
        return history["loss"], model.get_weights()

    made = Speed(rate, 0.5)
    losses, weights = trained(made)
    wanted, wanted_weights = trained(tf.keras.optimizers.SGD(rate, momentum=0.5))
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)
    for one, two in zip(weights, wanted_weights, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
    assert made.total.shape == () and made.first.numpy().tolist() == [1, 2]
    assert int(made.iterations) == 6 and made.name == "Speed"
    again = Speed.from_config(made.get_config())
    assert again.get_config() == made.get_config() and again.momentum == 0.5


LEGACY = [  # arguments, slots, and [1, 2, 3] after these steps in Keras 2.15
    ("Nadam", {}, ["m", "v"], [0.818659, 2.009596, 2.783708]),
    ("Nadam", {"schedule_decay": 0.01, "epsilon": 1e-3}, ["m", "v"], [0.82001, 2.009402, 2.975585]),
    ("RMSprop", {}, ["rms"], [0.482715, 2.018693, 2.384444]),
    ("RMSprop", {"centered": True}, ["rms", "mg"], [0.442738, 2.029591, 2.3379]),
    ("RMSprop", {"momentum": 0.5}, ["rms", "momentum"], [0.094817, 2.255857, 2.849214]),
    (
        "Adagrad",
        {"epsilon": 0.01, "initial_accumulator_value": 0.0},
        ["accumulator"],
        [0.846399, 2.004083, 2.996956],
    ),
    ("Adam", {}, ["m", "v"], [0.759857, 2.126902, 2.731582]),
    ("Adadelta", {}, ["accum_grad", "accum_var"], [0.999753, 1.999957, 2.999969]),
    ("SGD", {"momentum": 0.9}, ["momentum"], [0.9259, 2.0042, 2.999934]),
    ("Ftrl", {}, ["accumulator", "linear"], [-0.028874, 0.28308, -0.000098]),
]


@pytest.mark.parametrize(("name", "more", "slots", "wanted"), LEGACY)
def test_legacy_optimizers(name, more, slots, wanted):
    made = getattr(tf.keras.optimizers.legacy, name)(0.1, **more)
    again = tf.keras.optimizers.deserialize(tf.keras.optimizers.serialize(made))
    for optimizer in (made, again):
        variable = tf.Variable([1.0, 2.0, 3.0])
        for gradient in ([0.1, -0.2, 1e-4], [0.3, 0.0, 2e-4], [-0.1, 0.5, 1e-5]):
            optimizer.apply_gradients([(tf.constant(gradient), variable)])
        np.testing.assert_allclose(variable, wanted, rtol=2e-6, atol=1e-6)
        assert optimizer.get_slot_names() == slots
        assert all(optimizer.get_slot(variable, slot).shape == (3,) for slot in slots)
    assert type(tf.keras.optimizers.get(name)) is getattr(tf.keras.optimizers, name)


def test_the_count_of_steps_is_a_variable_of_the_program_s():
    count, variable = tf.Variable(5, dtype=tf.int64), tf.Variable([1.0])
    optimizer = tf.keras.optimizers.Adam(0.1)
    optimizer.iterations = count
    optimizer.apply_gradients([(tf.constant([1.0]), variable)])
    assert int(count) == 6 and optimizer.iterations is count and optimizer.variables[0] is count
    np.testing.assert_allclose(variable, [0.947789], rtol=2e-6)  # Keras 2.15's
    with pytest.raises(RuntimeError, match="before the first step"):
        optimizer.iterations = tf.Variable(0, dtype=tf.int64)


LEGACY_ROWS = {  # of [[1, 2], [3, 4]] in Keras 2.15, after rows 0, 1, 0 came twice in a step each
    "Adam": [[0.841584, 2.126902], [2.868065, 4.0]],
    "RMSprop": [[0.918823, 2.018693], [2.683772, 4.0]],
    "Adagrad": [[0.993688, 1.989359], [2.911535, 4.0]],
}


@pytest.mark.parametrize("name", LEGACY_ROWS)
@pytest.mark.parametrize("wrap", [tf.function, lambda f: f])
def test_legacy_optimizers_sum_the_gradients_of_a_row(name, wrap):
    optimizer = getattr(tf.keras.optimizers.legacy, name)(0.1)
    variable = tf.Variable([[1.0, 2.0], [3.0, 4.0]])

    @wrap
    def step(values, row):
        values = tf.stack([values, values])
        optimizer.apply_gradients([(tf.IndexedSlices(values, [row, row], [2, 2]), variable)])

    for values, row in (([0.1, -0.2], 0), ([0.3, 0.0], 1), ([-0.1, 0.5], 0)):
        step(tf.constant(values), tf.constant(row))
    np.testing.assert_allclose(variable, LEGACY_ROWS[name], rtol=2e-6, atol=1e-6)
