"""Saved models as programs use them: what they change, and what stays out of them."""

import numpy as np

import tensorbrook as tf


def test_a_function_of_no_results_has_its_effects(tmp_path):
    class Counter(tf.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = tf.Variable(1.0), tf.Variable(1.0)

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def mutate(self, value):
            self.a.assign(value)
            self.b.assign_add(value)

    tf.saved_model.save(Counter(), tmp_path)
    loaded = tf.saved_model.load(tmp_path)
    loaded.mutate(tf.constant(3.0))
    assert (float(loaded.a), float(loaded.b)) == (3.0, 4.0)


def test_a_trained_model_is_exported_without_its_training(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(tf.ones([4, 2]), tf.ones([4, 1]), verbose=0)
    model.export(tmp_path / "model", verbose=False)
    served = tf.saved_model.load(tmp_path / "model").serve(tf.ones([3, 2]))
    np.testing.assert_allclose(served, model(tf.ones([3, 2])), rtol=1e-6)
