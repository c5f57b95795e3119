"""Forms of older programs, which today's TensorFlow rejects, warns of or does otherwise.

A row of RUNS is the form as the survey of programs names it, and programs that use it. A row of
REFUSED is a form that cannot work, a program, and what its error must say. Each program begins with
START.
"""

# ruff: noqa: E501 (the forms are quoted)
import importlib
import os
import subprocess
import sys
import textwrap

import pytest

import tensorbrook as tf
from tensorbrook.tools.run import run_program

START = """
import warnings
import numpy as np
import tensorflow as tf
from tensorflow import keras

K, layers = keras.backend, keras.layers
X, Y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")


def net(**options):
    made = keras.Sequential([layers.Dense(1, input_shape=(4,))])
    made.compile("sgd", "mse", **options)
    return made
"""

RUNS = {
    "model.save('dir') (SavedModel directory)": [
        """
        model = net()
        model.save("saved/1")
        served = tf.saved_model.load("saved/1").signatures["serving_default"]
        np.testing.assert_allclose([*served(tf.constant(X)).values()][0], model(X), rtol=1e-6)
        """,
        """
        a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
        x = layers.Dropout(0.5)(layers.Dense(2, name="left")(a) + b[:, :2])
        both = keras.Model([a, b], [layers.Dense(1, name="right")(x), x])
        both.save("both")
        loaded = tf.saved_model.load("both")
        served = loaded.signatures["serving_default"](a=tf.constant(X), b=tf.constant(X))
        assert sorted(served) == ["dropout", "right"] and len(loaded.trainable_variables) == 4
        for found in (loaded([X, X]), loaded([X, X], training=False)):
            np.testing.assert_allclose(found[0], served["right"], rtol=1e-6)
        """,
    ],
    "load_model('dir') (SavedModel directory)": [
        """
        model = net()
        model.save("saved")
        np.testing.assert_array_equal(keras.models.load_model("saved").predict(X), model.predict(X))
        """,
    ],
    "model.save(..., save_format='tf')": [
        """
        model = net()
        model.save("my.model", save_format="tf")
        np.testing.assert_array_equal(keras.models.load_model("my.model")(X), model(X))
        """,
    ],
    "Layer(input_shape=...) as first layer": ["assert net().count_params() == 5"],
    "tf.test.is_gpu_available / tf.data.experimental.AUTOTUNE / tf.distribute.experimental.* / tf.config.experimental.*": [
        """
        assert tf.test.is_gpu_available() is False and tf.test.gpu_device_name() == ""
        assert tf.data.experimental.AUTOTUNE == tf.data.AUTOTUNE
        for gpu in tf.config.experimental.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        """,
        """
        strategy = tf.distribute.experimental.MultiWorkerMirroredStrategy()
        with strategy.scope():
            assert tf.distribute.get_strategy() is strategy
            model = net()
        assert not tf.distribute.has_strategy()
        dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)
        for x, y in strategy.experimental_distribute_dataset(dataset):
            loss = strategy.run(lambda a, b: tf.reduce_sum(a) + tf.reduce_sum(b), args=(x, y))
            total = strategy.reduce(tf.distribute.ReduceOp.SUM, loss, axis=None)
            assert float(total) == 20
        assert float(strategy.reduce("mean", tf.constant([1.0, 3.0]), axis=0)) == 2
        model.fit(dataset, verbose=0)
        """,
    ],
    "Optimizer(lr=...)": [
        "assert float(keras.optimizers.SGD(lr=0.5).learning_rate) == 0.5",
    ],
    "from tensorflow.keras import backend as K; K.<math> (mean, sum, square, dot, ...)": [
        """
        from tensorflow.keras import backend as K
        x = keras.Input((4,))
        loss = K.mean(K.square(K.dot(x, K.ones((4, 2)))), axis=-1)
        assert keras.Model(x, loss)(X).numpy().tolist() == [16.0] * 8
        """,
    ],
    "metrics=['acc'] and history.history['acc']": [
        """
        model = net(metrics=["acc"])
        found = model.fit(X, Y, validation_split=0.5, verbose=0).history
        assert sorted(found) == ["acc", "loss", "val_acc", "val_loss"]
        """,
    ],
    "maxnorm / model_from_config / layer.get_output_at / model._is_compiled / TFOpLambda / tf.compat.v2.enable_v2_behavior": [
        """
        from keras.constraints import maxnorm, nonneg, unitnorm
        assert maxnorm(3).max_value == 3 and nonneg is keras.constraints.NonNeg
        """,
        """
        from keras.models import *
        for model in (net(), keras.Model(*[keras.Input((4,))] * 2)):
            config = {"class_name": type(model).__name__, "config": model.get_config()}
            again = model_from_config(config)
            assert again.count_params() == model.count_params() and not again._is_compiled
        assert net()._is_compiled
        """,
        """
        x, dense = [keras.Input((4,)), keras.Input((7, 4))], layers.Dense(3)
        y = [dense(t) for t in x]
        assert dense.get_output_at(1) is y[1] and dense.get_input_at(0) is x[0]
        assert dense.get_input_shape_at(1) == (None, 7, 4)
        assert dense.get_output_shape_at(0) == (None, 3)
        """,
        """
        from tensorflow.python.keras.layers.core import TFOpLambda
        import tensorflow.compat.v2 as tf2
        tf2.enable_v2_behavior()
        assert issubclass(TFOpLambda, layers.Layer) and float(tf2.square(3.0)) == 9
        """,
    ],
    "pad_sequences via (tf.)keras.preprocessing.sequence": [
        """
        from keras.preprocessing.sequence import pad_sequences
        assert tf.keras.preprocessing.sequence.pad_sequences is pad_sequences
        assert pad_sequences([[1], [2, 3]]).tolist() == [[0, 1], [2, 3]]
        """,
    ],
    "Metric.reset_states()": [
        """
        mean = keras.metrics.Mean()
        mean.update_state(3.0), mean.reset_states()
        assert float(mean.result()) == 0
        """,
    ],
    "Embedding(input_length=...)": [
        """
        model = keras.Sequential([layers.Embedding(10, 3, input_length=5), layers.Flatten()])
        assert model.output_shape == (None, 15) and model.count_params() == 30
        """,
    ],
    "InputLayer(input_shape=...)": [
        "assert keras.Sequential([layers.InputLayer(input_shape=(4,)), layers.Dense(1)]).built",
    ],
    "model.metrics_names read by name": [
        """
        model = net(metrics=["accuracy"])
        found = model.evaluate(X, Y, verbose=0)
        assert model.metrics_names == ["loss", "accuracy"] and len(found) == 2
        """,
    ],
    "Loss(reduction=tf.keras.losses.Reduction.NONE|SUM)": [
        """
        kinds = tf.keras.losses.Reduction
        for kind, shape in [(kinds.NONE, (8,)), (kinds.SUM, ()), (kinds.AUTO, ())]:
            assert keras.losses.MeanSquaredError(reduction=kind)(Y, 2 * Y).shape == shape
        """,
    ],
    "import tf_keras / TF_USE_LEGACY_KERAS (opt back into Keras 2)": [
        "import os; os.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tf_keras; assert tf_keras is keras",
    ],
    "tf.keras.optimizers.legacy.*": [
        """
        from tensorflow.keras.optimizers.legacy import Adam
        assert float(tf.keras.optimizers.legacy.SGD(lr=0.5).learning_rate) == 0.5
        """,
    ],
    "tf.<op>(KerasTensor) when building a functional model": [
        """
        x = keras.Input((4,))
        model = keras.Model(x, tf.reduce_sum(tf.nn.relu(x) + 1.0, axis=-1))
        assert model(X).numpy().tolist() == [8.0] * 8
        """,
    ],
    "tf.feature_column.*": [
        """
        column = tf.feature_column
        word = column.categorical_column_with_vocabulary_list("w", ["a", "b"])
        age = column.numeric_column("age")
        by_age = column.bucketized_column(age, boundaries=[10, 20])
        data = {"w": np.array(["b", "c"]), "age": np.array([5.0, 20.0])}
        layer = layers.DenseFeatures([age, by_age, column.indicator_column(word)])
        assert layer(data).numpy().tolist() == [[5, 1, 0, 0, 0, 1], [20, 0, 0, 1, 0, 0]]
        """,
    ],
    "tf.keras.layers.DenseFeatures": [
        """
        column = tf.feature_column
        shop = column.categorical_column_with_identity("shop", 5)
        text = column.categorical_column_with_hash_bucket("text", 7)
        wide = [column.embedding_column(shop, dimension=3), column.indicator_column(text)]
        data = {"shop": np.array([0, 4]), "text": np.array(["x", "y"])}
        model = keras.Sequential([layers.DenseFeatures(wide), layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(data, np.ones((2, 1)), verbose=0)
        assert model.layers[0](data).shape == (2, 10) and len(model.trainable_weights) == 3
        """,
    ],
    "layer(x, training) / model(x, True): non-tensor positional argument": [
        """
        class Twice(keras.Model):
            def call(self, x, factor, training=None):
                return x * factor if training else x
        assert float(tf.reduce_max(Twice()(X, 3.0, True))) == 3
        assert net()(X, True).shape == (8, 1)
        """,
    ],
    "from keras import backend as K; K.<math>": [
        "from keras import backend as K\nassert float(K.mean(X)) == 1 and K.int_shape(X) == (8, 4)",
    ],
    "tf.keras.losses.mean_squared_error (long-name functions: mean_*, kl_divergence, log_cosh; also in tf.keras.metrics, tf.losses)": [
        """
        for names in (tf.keras.losses, tf.keras.metrics, tf.losses, tf.metrics):
            for name in ("mean_squared_error", "mean_absolute_error", "kl_divergence", "log_cosh"):
                assert getattr(names, name)(Y, Y).numpy().tolist() == [0.0] * 8
            assert names.mean_absolute_percentage_error and names.mean_squared_logarithmic_error
            assert names.cosine_similarity and names.kullback_leibler_divergence
        """,
    ],
    "model.fit_generator / evaluate_generator / predict_generator": [
        """
        def batches():
            while True:
                yield X, Y
        model = net()
        assert len(model.fit_generator(batches(), 2, epochs=3, verbose=0).history["loss"]) == 3
        assert model.evaluate_generator(batches(), 2) >= 0
        assert model.predict_generator(batches(), steps=2).shape == (16, 1)
        """,
    ],
    "self.add_variable('name', shape) on a Layer": [
        """
        class Linear(layers.Layer):
            def build(self, shape):
                self.kernel = self.add_variable("kernel", shape=[int(shape[-1]), 2])
                self.bias = self.add_variable("bias", [2])
            def call(self, x):
                return x @ self.kernel + self.bias
        assert [w.name for w in keras.Sequential([Linear(input_shape=(4,))]).weights] == ["kernel", "bias"]
        """,
    ],
    "model.input_names / Sequential.output_names / save_spec / submodules": [
        """
        model = net()
        assert len(model.input_names) == len(model.output_names) == 1
        assert model.save_spec()[0][0].shape == (None, 4)
        assert model.layers[0] in model.submodules
        """,
    ],
    "input_shape.as_list() in build and compute_output_shape": [
        """
        class Linear(keras.layers.Layer):
            def build(self, input_shape):
                (first, second) = input_shape
                self.kernel = self.add_weight(shape=[first.as_list()[-1], second.ndims])
            def call(self, inputs):
                return inputs[0] @ self.kernel
        layer = Linear()
        assert layer([tf.ones([2, 3]), tf.ones([2, 4])]).shape == (2, 2)
        assert layer.get_build_config() == {"input_shape": [(2, 3), (2, 4)]}
        assert type(layer.get_build_config()["input_shape"][0]) is tuple
        """,
    ],
    "keras.layers.AbstractRNNCell; get_initial_state(inputs, batch_size, dtype)": [
        """
        class Adds(layers.AbstractRNNCell):
            state_size = output_size = 2
            def call(self, inputs, states):
                return (inputs + states[0],) * 2
            def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
                assert tf.as_dtype(dtype) == tf.float32
                return super().get_initial_state(inputs, batch_size, dtype) + 1.0
        assert layers.RNN(Adds())(tf.ones([1, 3, 2])).numpy().tolist() == [[4.0, 4.0]]
        stacked = layers.StackedRNNCells([layers.GRUCell(2), Adds()])
        assert len(stacked.get_initial_state(inputs=tf.ones([4, 2]), dtype=tf.float32)) == 2
        """,
    ],
    "tf.squeeze(x, axis=0) of a batch of unknown size in a model": [
        """
        x = keras.Input((3,))
        model = keras.Model(x, layers.Lambda(lambda x: tf.squeeze(x, axis=0))(x))
        assert model.output_shape == (3,) and model(tf.ones([1, 3])).shape == (3,)
        try:
            model(tf.ones([2, 3]))
        except tf.errors.InvalidArgumentError as error:
            assert "Can not squeeze dim[0]" in str(error)
        else:
            raise AssertionError("two rows were squeezed")
        """,
    ],
    "self._track_trackable, self._compute_dtype of a wrapper": [
        """
        class Twice(layers.Wrapper):
            def __init__(self, layer):
                super().__init__(layer)
                self._track_trackable(self.layer, name="layer")
                self._track_trackable(layers.Dense(1), name="last")
            def call(self, x):
                return self.last(self.layer(tf.cast(x, self._compute_dtype)))
        twice = Twice(layers.Dense(3))
        assert twice(tf.ones([2, 4])).shape == (2, 1) and len(twice.trainable_weights) == 4
        """,
    ],
    "TensorShape(...).with_rank_at_least(2)": [
        """
        assert tf.TensorShape([1, 2]).with_rank_at_least(2).with_rank_at_most(2) == [1, 2]
        for name, rank in (("at_least", 3), ("at_most", 1)):
            try:
                getattr(tf.TensorShape([1, 2]), f"with_rank_{name}")(rank)
            except ValueError as error:
                assert "must have rank" in str(error)
            else:
                raise AssertionError(name)
        """,
    ],
    "regularizers.serialize(None) and its kin in get_config": [
        """
        for kind in ("constraints", "initializers", "losses", "metrics", "regularizers"):
            assert getattr(keras, kind).serialize(None) is None
        """,
    ],
    "self.inputs = ... in a subclass of Model": [
        """
        class Own(keras.Model):
            def __init__(self):
                super().__init__("own_name")
                self.inputs, self.outputs = {"words": layers.Input((3,))}, 4
        assert Own().name == "own_name" and list(Own().inputs) == ["words"] and Own().outputs == 4
        """,
    ],
    "tf.keras.preprocessing.text.Tokenizer": [
        """
        tokens = tf.keras.preprocessing.text.Tokenizer(num_words=9)
        tokens.fit_on_texts(["a b a"])
        assert tokens.texts_to_sequences(["b a"]) == [[2, 1]]
        """,
    ],
    "tf.keras.layers.experimental.preprocessing.*": [
        """
        from tensorflow.keras.layers.experimental import preprocessing
        from tensorflow.keras.layers.experimental.preprocessing import Rescaling
        assert preprocessing.Rescaling is Rescaling is layers.Rescaling
        assert tf.keras.layers.experimental.preprocessing.Normalization is layers.Normalization
        """,
    ],
    "add_weight('name', shape=...) name first, positional": [
        """
        class Linear(layers.Layer):
            def build(self, shape):
                self.kernel = self.add_weight("kernel", shape=[int(shape[-1]), 2], initializer="ones")
                self.bias = self.add_weight("bias", (2,), "float32", "zeros", trainable=False)
            def call(self, x):
                return x @ self.kernel + self.bias
        layer = Linear()
        assert float(layer(X)[0, 0]) == 4 and len(layer.trainable_weights) == 1
        """,
    ],
    "train_step with self.compiled_loss / self.compiled_metrics": [
        """
        class Own(keras.Model):
            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    found = self(x, training=True)
                    loss = self.compiled_loss(y, found, regularization_losses=self.losses)
                weights = self.trainable_variables
                self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
                self.compiled_metrics.update_state(y, found)
                return {m.name: m.result() for m in self.metrics}
        x = keras.Input((4,))
        model = Own(x, layers.Dense(1)(x))
        model.compile("sgd", "mse", metrics=["mae"])
        assert sorted(model.fit(X, Y, verbose=0).history) == ["loss", "mae"]
        """,
    ],
    "Input(shape=4) / Input(4): an int, not a tuple": [
        "assert keras.Input(4).shape == keras.Input(shape=4).shape == (None, 4)",
    ],
    "LeakyReLU(alpha=...)": [
        "assert layers.LeakyReLU(alpha=0.5)(np.float32([-2])).numpy() == [-1]",
    ],
    "model.compile(experimental_run_tf_function=)": ["net(experimental_run_tf_function=False)"],
    "keras.utils.np_utils / generic_utils / keras.engine / keras.layers.core (private module paths)": [
        """
        from keras.utils import np_utils
        from keras.utils.np_utils import to_categorical
        from tensorflow.keras.utils import generic_utils
        assert np_utils.to_categorical is to_categorical is keras.utils.to_categorical
        assert generic_utils.Progbar is keras.utils.Progbar
        """,
        """
        from keras.engine import Layer, InputSpec
        from keras.engine.topology import Input
        from keras.engine.base_layer import Layer as Again
        from keras.engine.training import Model
        assert Layer is Again is layers.Layer and Model is keras.Model
        """,
        """
        from keras.layers.core import Dense, Dropout, Flatten, Lambda
        from keras.layers.embeddings import Embedding
        from keras.layers.merge import concatenate
        from keras.layers.advanced_activations import LeakyReLU
        from keras.layers.normalization import BatchNormalization
        from keras.layers.convolutional import Conv2D, MaxPooling2D
        from keras.layers.recurrent import LSTM
        from keras.optimizer_v2.adam import Adam
        from keras.optimizers.optimizer_v2 import SGD
        assert Dense is layers.Dense and Dropout is layers.Dropout and Conv2D is layers.Conv2D
        assert Adam is keras.optimizers.Adam
        """,
    ],
    "K.function / K.placeholder / K.gradients / K.learning_phase / set_learning_phase": [
        """
        K.set_learning_phase(0)
        model = net()
        loss = K.mean(model.output)
        gradients = K.gradients(loss, model.input)[0]
        gradients /= K.sqrt(K.mean(K.square(gradients))) + 1e-5
        step = K.function([model.input, K.learning_phase()], [loss, gradients])
        value, found = step([X, 0])
        assert found.shape == X.shape and np.ndim(value) == 0 and abs(found).max() > 0
        start = K.placeholder((None, 4))
        assert K.function([start], [K.sum(start)])([X]) == [32.0]
        """,
    ],
    "optimizer.lr read, K.set_value(opt.lr, x)": [
        """
        optimizer = keras.optimizers.SGD(0.1)
        K.set_value(optimizer.lr, 0.5)
        assert float(K.get_value(optimizer.lr)) == 0.5
        optimizer.lr = 0.25
        assert float(optimizer.learning_rate) == 0.25
        """,
    ],
    "Layer(input_dim=...) (Dense etc., not Embedding)": [
        "assert keras.Sequential([layers.Dense(1, input_dim=4)]).count_params() == 5",
    ],
    "optimizer.minimize(loss, vars) on a Keras optimizer": [
        """
        v = tf.Variable(1.0)
        keras.optimizers.SGD(0.1).minimize(lambda: v * v, var_list=[v])
        assert abs(float(v) - 0.8) < 1e-6
        """,
    ],
    "model.compile(opt, loss, ['accuracy']) positional metrics": [
        """
        model = net()
        model.compile("sgd", "mse", ["accuracy"])
        assert sorted(model.fit(X, Y, verbose=0).history) == ["accuracy", "loss"]
        """,
    ],
    "from keras.preprocessing.text import Tokenizer": [
        "from keras.preprocessing.text import Tokenizer, text_to_word_sequence",
    ],
    "from tensorflow.python.keras... import": [
        """
        import tensorflow.python.keras
        from tensorflow.python.keras import backend, Model
        from tensorflow.python.keras.layers import Dense
        from tensorflow.python.keras.engine.training import Model as Again
        from tensorflow.python.keras.utils import to_categorical
        assert Dense is layers.Dense and Model is Again is keras.Model and backend is K
        """,
    ],
    "tf.keras.utils.SidecarEvaluator / utils.experimental.DatasetCreator": [
        """
        def made(context):
            assert context.num_input_pipelines == 1
            return tf.data.Dataset.from_tensors((X, Y)).repeat()
        creator = tf.keras.utils.experimental.DatasetCreator(made)
        assert len(net().fit(creator, steps_per_epoch=2, epochs=2, verbose=0).epoch) == 2
        """,
    ],
    "LossScaleOptimizer.get_scaled_loss / get_unscaled_gradients": [
        """
        optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(), initial_scale=4.0)
        assert float(optimizer.get_scaled_loss(tf.constant(2.0))) == 8
        assert float(optimizer.get_scaled_loss(lambda: tf.constant(2.0))()) == 8
        assert float(optimizer.get_unscaled_gradients([tf.constant(8.0), None])[0]) == 2
        """,
    ],
    "model.reset_states()": ["net().reset_states()"],
    "BatchNormalization(fused=...)": [
        "layers.BatchNormalization(fused=True)(np.ones((2, 3, 3, 2), 'float32'))",
    ],
    "model.add_loss(symbolic tensor)": [
        """
        x = keras.Input((4,))
        y = layers.Dense(1, kernel_initializer="ones")(x)
        model = keras.Model(x, y)
        model.add_loss(tf.reduce_mean(y))
        model.compile("sgd")
        assert model.fit(X, verbose=0).history["loss"] == [4.0]
        """,
    ],
    "Input(type_spec=...)": [
        "assert keras.Input(type_spec=tf.TensorSpec((None, 4), tf.int32)).dtype == 'int32'",
    ],
    "Input(sparse=True) / Input(ragged=True)": [
        "x = keras.Input((4,), sparse=True)\nassert keras.Model(x, layers.Dense(1)(x))(X).shape == (8, 1)",
    ],
    "tf.keras.experimental.*": [
        """
        rate = tf.keras.experimental.CosineDecay(0.5, 10)
        assert float(rate(0)) == 0.5
        deep = keras.Sequential([layers.Dense(1)])
        model = tf.keras.experimental.WideDeepModel(tf.keras.experimental.LinearModel(), deep)
        model.compile("sgd", "mse")
        model.fit([X, X[:, :2]], Y, verbose=0)
        assert model.predict([X, X[:, :2]], verbose=0).shape == (8, 1)
        """,
    ],
    "ModelCheckpoint(path neither .keras nor .h5, whole model)": [
        """
        keep = keras.callbacks.ModelCheckpoint("folder")
        net().fit(X, Y, callbacks=[keep], verbose=0)
        assert tf.io.gfile.exists("folder/saved_model.pb")
        """,
    ],
    "ModelCheckpoint(save_weights_only=True, path not *.weights.h5)": [
        """
        model = net()
        keep = keras.callbacks.ModelCheckpoint("ck/cp-{epoch:04d}.ckpt", save_weights_only=True)
        model.fit(X, Y, epochs=2, callbacks=[keep], verbose=0)
        assert tf.train.latest_checkpoint("ck") == "ck/cp-0002.ckpt"
        again = net()
        again.load_weights("ck/cp-0002.ckpt")
        assert (again.layers[0].kernel.numpy() == model.layers[0].kernel.numpy()).all()
        """,
    ],
    "TensorBoard(write_grads=|batch_size=)": [
        """
        board = keras.callbacks.TensorBoard("logs", write_grads=False, batch_size=32)
        net().fit(X, Y, callbacks=[board], verbose=0)
        """,
    ],
    "tf.keras.callbacks.BaseLogger / callbacks.experimental.BackupAndRestore": [
        """
        net().fit(X, Y, verbose=0, callbacks=[tf.keras.callbacks.BaseLogger()])
        assert tf.keras.callbacks.experimental.BackupAndRestore is keras.callbacks.BackupAndRestore
        """,
    ],
    "Layer(batch_input_shape=...)": [
        "assert keras.Sequential([layers.Dense(1, batch_input_shape=(2, 4))]).input_shape == (2, 4)",
    ],
    "Embedding(weights=[w])": [
        """
        assert layers.Embedding(3, 2, weights=[np.ones((3, 2))])(np.array([1])).numpy().sum() == 2
        assert layers.Dense(1, weights=[np.ones((4, 1)), np.zeros(1)])(X).numpy().max() == 4
        """,
    ],
    "Optimizer(decay=...)": [
        """
        optimizer, v = keras.optimizers.SGD(0.1, decay=0.5), tf.Variable(1.0)
        for _ in range(2):
            optimizer.apply_gradients([(tf.constant(1.0), v)])
        assert abs(float(v) - (1 - 0.1 - 0.1 / 1.5)) < 1e-6
        """,
    ],
    "fit/evaluate/predict(workers=|use_multiprocessing=|max_queue_size=)": [
        """
        model, options = net(), {"workers": 2, "use_multiprocessing": False, "max_queue_size": 3}
        model.fit(X, Y, verbose=0, **options), model.evaluate(X, Y, verbose=0, **options)
        model.predict(X, verbose=0, **options)
        """,
    ],
    "model.predict_classes / predict_proba": [
        """
        model = keras.Sequential([layers.Dense(3, activation="softmax", input_shape=(4,))])
        assert model.predict_classes(X).tolist() == model.predict_proba(X).argmax(-1).tolist()
        binary = keras.Sequential([layers.Dense(1, "sigmoid", weights=[np.ones((4, 1)), -np.ones(1)])])
        assert binary.predict_classes(X).tolist() == [[1]] * 8
        """,
    ],
    "layer.output_shape / layer.input_shape": [
        "layer = net().layers[0]\nassert (layer.input_shape, layer.output_shape) == ((None, 4), (None, 1))",
    ],
    "tf.keras.dtensor.* / tf.keras.backend.experimental.*": [
        "tf.keras.backend.experimental.enable_tf_random_generator()",
    ],
    "tf.keras.layers.experimental.{SyncBatchNormalization,RandomFourierFeatures}": [
        """
        from tensorflow.keras.layers.experimental import RandomFourierFeatures
        layer = tf.keras.layers.experimental.SyncBatchNormalization()
        assert isinstance(layer, layers.BatchNormalization)
        many = RandomFourierFeatures(20000, scale=1.5)
        a, b = np.float32([[0.5, 1.0]]), np.float32([[1.5, 0.0]])
        product = 2 * np.mean(many(a).numpy() * many(b).numpy())
        assert abs(product - np.exp(-np.sum((a - b) ** 2) / (2 * 1.5**2))) < 0.03
        laplace = RandomFourierFeatures(20000, "laplacian")
        product = 2 * np.mean(laplace(a).numpy() * laplace(b).numpy())
        assert abs(product - np.exp(-np.abs(a - b).sum())) < 0.03
        """,
    ],
    "layer.add_metric / model.add_metric": [
        """
        class Watched(layers.Layer):
            def call(self, x):
                self.add_metric(tf.reduce_mean(x), name="mean_input", aggregation="mean")
                return x
        model = keras.Sequential([Watched(input_shape=(4,)), layers.Dense(1)])
        model.add_metric(tf.reduce_sum(model.input), name="sum_input")
        model.compile("sgd", "mse")
        found = model.fit(X, Y, verbose=0).history
        assert found["mean_input"] == [1.0] and found["sum_input"] == [32.0]
        """,
    ],
    "layer.add_metric(metric(...)) of a metric of its own, without a name": [
        """
        class Watched(layers.Layer):
            def __init__(self):
                super().__init__()
                self.mean = keras.metrics.Mean(name="mean_input")
            def call(self, x):
                self.add_metric(self.mean(x))
                return x
        model = keras.Sequential([Watched(), layers.Dense(1)])
        model.compile("sgd", "mse")
        assert model.fit(X, Y, verbose=0).history["mean_input"] == [1.0]
        """,
    ],
    "fit(steps_per_epoch=np.ceil(samples / batch)), steps=samples / batch": [
        """
        model, batches = net(metrics=["mae"]), []
        count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: batches.append(b))
        data = tf.data.Dataset.from_tensors((X, Y)).repeat()
        model.fit(data, steps_per_epoch=np.ceil(1.5), verbose=0, callbacks=[count])
        assert batches == [0, 1]
        model.fit(data, steps_per_epoch=2.5, verbose=0, callbacks=[count])
        assert batches == [0, 1, 0, 1, 2] and len(model.predict(data, steps=1.5, verbose=0)) == 16
        """,
    ],
    "from tensorflow[.keras[.layers|models|utils|...]] import *": [
        """
        from tensorflow.keras.callbacks import *
        from tensorflow.keras.layers import *
        from tensorflow.keras.models import *
        from tensorflow.keras.preprocessing import *
        from tensorflow.keras.utils import *
        assert load_model is keras.models.load_model and plot_model is keras.utils.plot_model
        assert image_dataset_from_directory is keras.utils.image_dataset_from_directory
        assert Conv2D and CSVLogger and Sequential
        assert input.__module__ == "builtins"
        names = {}
        exec("from tensorflow.keras import *", names)
        assert names["applications"] is keras.applications and names["Quantizer"]
        exec("from tensorflow import *", names)
        assert names["nn"] is tf.nn and names["train"] is tf.train and names["Graph"] is tf.Graph
        """,
    ],
    "keras.src.saving.saving_lib (what wrappers of models import)": [
        """
        from keras.src.saving.saving_lib import load_model, save_model
        assert load_model is keras.models.load_model and save_model is keras.models.save_model
        """,
    ],
    "tensor_shape.TensorShape(shape).dims[axis].value (Keras 2's build of convolutions)": [
        """
        from tensorflow.python.framework import tensor_shape
        dims = tensor_shape.TensorShape([None, 8, 3]).dims
        assert [d.value for d in dims] == [None, 8, 3] and dims[-1] * 2 == 6 and str(dims[2]) == "3"
        assert repr(dims) == "[Dimension(None), Dimension(8), Dimension(3)]"
        assert tf.TensorShape(dims).as_list() == [None, 8, 3] and tf.ones(dims[1:]).shape == (8, 3)
        assert tf.compat.v1.Dimension(3).value == 3 and tf.compat.v1.Dimension(None).value is None
        """,
    ],
    "DepthwiseConv2D(...).depthwise_kernel": [
        """
        layer = layers.DepthwiseConv2D(3)
        layer.build((None, 8, 8, 2))
        assert layer.depthwise_kernel is layer.kernel and len(layer.weights) == 2
        """,
    ],
    "keras.Sequential() without layers as the identity": [
        """
        class Block(keras.Model):
            def __init__(self):
                super().__init__()
                self.shortcut, self.conv = keras.Sequential(), layers.Conv2D(2, 3, padding="same")
            def call(self, x):
                return self.conv(x) + self.shortcut(x)
        block, x = Block(), tf.random.normal((2, 4, 4, 2))
        np.testing.assert_allclose(block(x), block.conv(x) + x, rtol=1e-6)
        np.testing.assert_array_equal(tf.function(keras.Sequential([]))(x), x)
        """,
    ],
    "DropoutRNNCellMixin (cells of one's own)": [
        """
        from tensorflow.python.keras.layers.recurrent import DropoutRNNCellMixin
        from keras.layers.rnn.dropout_rnn_cell_mixin import DropoutRNNCellMixin as Later
        from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell
        class Two(DropoutRNNCellMixin, layers.Layer):
            state_size, dropout, recurrent_dropout = 4, 0.5, 0.0
            def call(self, inputs, states, training=None):
                first, second = self.get_dropout_mask_for_cell(inputs, training, count=2)
                assert self.get_recurrent_dropout_mask_for_cell(states[0], training) is None
                return tf.concat([first, second], -1), [states[0] + inputs]
        layer, x = layers.RNN(Two(), return_sequences=True), tf.ones((3, 6, 4))
        assert DropoutRNNCellMixin is Later is DropoutRNNCell
        for call in (layer, tf.function(layer)):
            kept = call(x, training=True).numpy()
            assert set(kept.ravel()) == {0.0, 2.0} and (kept == kept[:, :1]).all()
            assert (kept[:, 0, :4] != kept[:, 0, 4:]).any()
            assert (call(x, training=False).numpy() == 1.0).all()
        """,
    ],
    "layer(12), a number for a layer with an InputSpec (bert-for-tf2's positions)": [
        """
        class Positions(layers.Layer):
            def build(self, input_shape):
                self.input_spec = layers.InputSpec(shape=(), dtype="int32")
                self.table = self.add_weight("table", [20, 3])
            def call(self, inputs):
                with tf.control_dependencies([tf.debugging.assert_less_equal(inputs, 20)]):
                    return tf.slice(self.table, [0, 0], [inputs, -1])
        layer = Positions()
        assert layer(12).shape == (12, 3) and tf.function(lambda: layer(7))().shape == (7, 3)
        try:
            layer(1.5)
        except ValueError as error:
            assert "float32" in str(error)
        else:
            raise AssertionError
        """,
    ],
    "layer._layers, to freeze what has none below it": [
        """
        def leaves(layer):
            return [layer] if len(layer._layers) == 0 else sum(map(leaves, layer._layers), [])
        model = keras.Sequential([net(), keras.Sequential([layers.Dense(2), layers.ReLU()])])
        model.build((None, 4))
        assert [type(n).__name__ for n in leaves(model)] == ["Dense", "Dense", "ReLU"]
        """,
    ],
    "layer.add_update(K.update(variable, value), inputs)": [
        """
        class Counts(layers.Layer):
            def build(self, shape):
                self.n = self.add_weight("n", (), initializer="zeros", trainable=False)
            def call(self, x):
                self.add_update(K.update(self.n, self.n + 1.0), x)
                self.add_update([lambda: self.n.assign_add(10.0)])
                return x
        layer = Counts()
        layer(X)
        assert float(layer.n) == 11.0 and float(layer.n.initialized_value()) == 11.0
        """,
    ],
    "K.arange(0.0, 4, 2.0)": [
        """
        assert K.arange(0.0, 4, 2.0).dtype == "float32" and K.arange(3).dtype == "int32"
        assert K.arange(3, dtype="float16").dtype == "float16"
        """,
    ],
    "tf.device(...)._device_name": ["assert tf.device('/CPU:0')._device_name == '/CPU:0'"],
    "tf.keras.optimizers.experimental.*": [
        "assert tf.keras.optimizers.experimental.AdamW is keras.optimizers.AdamW",
    ],
    "AveragePooling2D() without a size": [
        """
        assert layers.AveragePooling2D()(np.ones((1, 4, 6, 1))).shape == (1, 2, 3, 1)
        assert layers.AveragePooling1D()(np.ones((1, 4, 1))).shape == (1, 2, 1)
        """,
    ],
    "model.add_loss(MeanAbsoluteError()(targets, outputs, weights)) on Keras inputs": [
        """
        class Bias(layers.Layer):
            def build(self, _):
                self.bias = self.add_weight("bias", (1,), initializer="zeros")

            def call(self, x):
                return x + self.bias

        x, y, w = keras.Input((1,)), keras.Input((1,)), keras.Input((1,))
        outputs = Bias()(x)
        model = keras.Model([x, y, w], outputs)
        model.add_loss(keras.losses.MeanAbsoluteError()(y, outputs, w))
        model.add_loss(3 * tf.reduce_mean(w * keras.losses.mean_absolute_error(y, outputs)))
        model.compile(keras.optimizers.SGD(0.025))
        data = [np.array([v], "float32").T for v in ([0, 1, 2], [0.5, 2, 3.5], [1.25, 0.5, 1.25])]
        losses = model.fit(data, batch_size=3, epochs=5, verbose=0).history["loss"]
        np.testing.assert_allclose(losses, [4.0, 3.6, 3.2, 2.8, 2.4], rtol=1e-5)
        """,
    ],
    "train_on_batch(reset_metrics=False), test_on_batch(reset_metrics=False)": [
        """
        model = net(metrics=["mae"])
        model.set_weights([np.zeros((4, 1)), np.zeros(1)])
        assert model.test_on_batch(X, Y) == [1, 1]
        assert model.test_on_batch(X, 3 * Y, reset_metrics=False) == [5, 2]
        assert model.test_on_batch(X, 3 * Y) == [9, 3]
        model.train_on_batch(X, Y, reset_metrics=False)
        assert model.train_on_batch(X, Y, reset_metrics=False)[0] > 3
        """,
    ],
    "with K.learning_phase_scope(1)": [
        """
        class Phase(layers.Layer):
            def call(self, x):
                return K.in_train_phase(lambda: x + 1, lambda: x)

        model = keras.Sequential([Phase(input_shape=(1,))])
        told = [float(model(np.zeros((1, 1)))[0, 0])]
        with K.learning_phase_scope(1):
            told.append(float(model(np.zeros((1, 1)))[0, 0]))
        told.append(float(model(np.zeros((1, 1)))[0, 0]))
        assert told == [0, 1, 0]
        """,
    ],
    "add_update of functions in a frozen layer": [
        """
        class Counts(layers.Layer):
            def build(self, _):
                self.count = self.add_weight("count", (), trainable=False, initializer="zeros")

            def call(self, x):
                self.add_update(lambda: self.count.assign_add(1.0))
                return x

        layer = Counts()
        for trainable, wanted in (True, 1), (False, 1):
            layer.trainable = trainable
            layer(X)
            assert layer.count.numpy() == wanted
        """,
    ],
    "losses of other dtypes beside compile's": [
        """
        class Own(keras.Model):
            def call(self, x):
                self.add_loss(tf.cast(tf.reduce_sum(x), "float64"))
                return x

        model = Own()
        model.compile("sgd", "mse")
        assert model.evaluate(X, X, verbose=0) == 32
        """,
    ],
    "layers and models whose constructor takes no **kwargs, without get_config": [
        """
        class Times(layers.Layer):
            def __init__(self, factor):
                super().__init__()
                self.factor = factor

            def call(self, x):
                return x * self.factor

        class Own(keras.Model):
            def __init__(self, factor):
                super().__init__()
                self.factor, self.times = factor, Times(factor)

            def call(self, x):
                return self.times(x)

        assert Own.from_config(Own(3).get_config()).factor == 3
        x = keras.Input((2,))
        model = keras.Model(x, Times(3)(x))
        model.layers[1].trainable = False
        model.save("m.h5")
        loaded = keras.models.load_model("m.h5", custom_objects={"Times": Times})
        for again in loaded, keras.models.clone_model(model):
            assert again(np.ones((1, 2))).numpy().tolist() == [[3, 3]]
            assert again.layers[1].name == model.layers[1].name and not again.layers[1].trainable
        """,
    ],
    "Model([x] + states_in, [y] + lstm(x, initial_state=states_in)[1:])": [
        """
        x, states_in = keras.Input((None, 2)), [keras.Input((3,)) for _ in range(4)]
        rnn = layers.RNN([layers.GRUCell(3), layers.GRUCell(3)], return_state=True)
        both = layers.Bidirectional(layers.LSTM(3, return_state=True))
        for layer, states in (rnn, states_in[:2]), (both, states_in):
            found = layer(x, initial_state=states)
            model = keras.Model([x] + states, [found[0]] + found[1:])
            assert len(model.predict([X[:, None, :2]] + [X[:, :3]] * len(states))) == len(found)
        """,
    ],
    "tf.saved_model.load('dir')(x) of model.save('dir')": [
        """
        model = net()
        model.save("saved")
        loaded = tf.saved_model.load("saved")
        np.testing.assert_allclose(loaded(tf.constant(X)), model(X), rtol=1e-6)
        assert len(loaded.trainable_variables) == 2
        """,
    ],
    "rnn.get_initial_state(Keras input)": [
        """
        x = keras.Input((None, 4))
        gru = layers.GRU(3)
        model = keras.Model(x, gru(x, initial_state=gru.get_initial_state(x)))
        values = np.ones((2, 5, 4), "float32")
        np.testing.assert_allclose(model.predict(values, verbose=0), gru(values), rtol=1e-5)
        """,
    ],
    "RNN(cell) of a cell that is no layer": [
        """
        class Counts:
            state_size = 2

            def call(self, inputs, states):
                return inputs + states[0], [states[0] + 1]

        data = np.zeros((1, 4, 2), "float32")
        assert layers.RNN(Counts())(data).numpy().tolist() == [[3, 3]]
        assert layers.RNN([Counts(), Counts()])(data).numpy().tolist() == [[6, 6]]
        """,
    ],
    "SpatialDropout1D(rate, input_shape=)": [
        """
        model = keras.Sequential([layers.SpatialDropout1D(0.5, input_shape=(3, 4))])
        assert model.output_shape == (None, 3, 4)
        config = model.layers[0].get_config()
        assert sorted(config) == ["dtype", "name", "rate", "seed"]
        assert layers.SpatialDropout1D.from_config(config).rate == 0.5
        """,
    ],
    "generic_utils.has_arg(function, name, accept_all=True)": [
        """
        from keras.utils.generic_utils import has_arg
        assert has_arg(lambda x, **more: 0, "y", accept_all=True) and has_arg(lambda x: 0, "x")
        assert not has_arg(lambda x, **more: 0, "y") and not has_arg(lambda x: 0, "y", True)
        """,
    ],
    "rnn(x, constants=c), rnn([x, state, c])": [
        """
        class Adds(layers.Layer):
            def __init__(self, units, **kwargs):
                super().__init__(**kwargs)
                self.units = self.state_size = units

            def call(self, inputs, states, constants):
                output = states[0] + K.sum(inputs, -1, keepdims=True) + constants[0]
                return output, [output]

            def get_config(self):
                return {**super().get_config(), "units": self.units}

        x, s, c = keras.Input((None, 2)), keras.Input((3,)), keras.Input((3,))
        rnn = layers.RNN(Adds(3))
        data = [np.ones((1, 4, 2)), np.full((1, 3), 5.0), np.array([[0.0, 1, 2]])]
        model = keras.Model([x, s, c], rnn(x, initial_state=s, constants=c))
        assert model.predict(data, verbose=0).tolist() == [[13, 17, 21]]
        again = layers.RNN.from_config(rnn.get_config(), custom_objects={"Adds": Adds})
        model = keras.Model([x, s, c], again([x, s, c]))
        assert model.predict(data, verbose=0).tolist() == [[13, 17, 21]]
        stacked = layers.RNN([layers.SimpleRNNCell(3, kernel_initializer="zeros"), Adds(3)])
        assert stacked(data[0], constants=[data[2]]).numpy().tolist() == [[0, 4, 8]]
        lstm = layers.LSTM(3)
        both = lstm(x), lstm([x, s, s])
        with np.testing.assert_raises_regex(ValueError, "takes `constants`"):
            layers.GRU(3)(data[0], constants=[data[2]])
        """,
    ],
    "apply_gradients(experimental_aggregate_gradients=)": [
        """
        v = tf.Variable(1.0)
        pairs = [(tf.constant(1.0), v)]
        keras.optimizers.SGD(0.5).apply_gradients(pairs, experimental_aggregate_gradients=False)
        assert float(v) == 0.5
        """,
    ],
    "optimizer.get_weights()/.weights/.get_config of Keras 2": [
        """
        optimizer, v = keras.optimizers.Adam(0.1), tf.Variable(1.0)
        optimizer.apply_gradients([(tf.constant(1.0), v)])
        assert len(optimizer.get_weights()) == len(optimizer.weights) == len(optimizer.variables())
        optimizer.set_weights(optimizer.get_weights())
        assert abs(optimizer.get_config()["learning_rate"] - 0.1) < 1e-6
        """,
    ],
    "dataset.make_one_shot_iterator()": [
        "assert int(tf.data.Dataset.range(3).make_one_shot_iterator().get_next()) == 0",
    ],
    "tf.Module/tf.train.* collecting variables of a Keras layer attribute": [
        """
        class Holds(tf.Module):
            def __init__(self):
                super().__init__()
                self.net = net()
        held = Holds()
        assert len(held.trainable_variables) == 2 and held.net in held.submodules
        """,
    ],
    "isinstance(v, tf.Variable) on Keras weights; weight .name 'dense/kernel:0'": [
        """
        kernel = net().weights[0]
        assert isinstance(kernel, tf.Variable)
        # names are today's; the path has the layer
        assert kernel.name == "kernel" and kernel.path.endswith("/kernel")
        """,
    ],
    "tf.saved_model.save(keras_model, dir)": [
        """
        tf.saved_model.save(net(), "m")
        assert tf.saved_model.load("m").signatures
        """,
    ],
    "save_weights('x' | 'x.h5' | 'x.ckpt' | 'x.weights' | 'loss0.25')": [
        """
        model = net()
        for name in ("x", "x.h5", "x.ckpt", "y.hdf5", "best.weights", "ep1-loss0.25", "c.ckpt-10"):
            model.save_weights(name)
            again = net()
            again.load_weights(name)
            assert all((a == b).all() for a, b in zip(model.get_weights(), again.get_weights()))
        """,
    ],
    "model.save('x.h5' [, save_format='h5'])": [
        """
        model = net()
        model.save("x.h5", save_format="h5")
        assert (keras.models.load_model("x.h5").predict(X) == model.predict(X)).all()
        """,
    ],
    "save_weights(save_format=)": [
        """
        model = net()
        model.save_weights("x", save_format="h5")
        model.save_weights("y.h5", save_format="h5")
        assert net().load_weights("y.h5", by_name=True)
        """,
    ],
    "self._trainable_weights.append(w), = [w]; self.trainable_weights = [w]": [
        """
        class Linear(layers.Layer):
            def build(self, shape):
                self.kernel = tf.Variable(tf.ones([shape[-1], 2]), name="k")
                self._trainable_weights.append(self.kernel)
                self._non_trainable_weights.append(tf.Variable(tf.zeros([2]), trainable=False))
            def call(self, x):
                return x @ self.kernel
        class Attends(Linear):
            def build(self, shape):
                self.kernel = K.variable(np.ones((4, 1)))
                self.trainable_weights = [self.kernel]
        for cls, other in ((Linear, 1), (Attends, 0)):
            model = keras.Sequential([cls()])
            model.compile("sgd", "mse")
            model.fit(X, Y, verbose=0)
            assert len(model.trainable_weights) == 1 and len(model.non_trainable_weights) == other
            assert model.layers[0].kernel.numpy().max() < 1
        tf.train.Checkpoint(model).write("kept")
        """,
        """
        first, second = layers.Dense(2), layers.Dense(2)
        first.build((None, 4)), second.build((None, 4))
        second.kernel, second.bias = first.kernel, first.bias  # as twins share their weights
        second._trainable_weights = []
        second._trainable_weights.append(second.kernel)
        second._trainable_weights += [second.bias]
        assert [id(w) for w in second.weights] == [id(w) for w in first.weights]
        first._non_trainable_weights.append(first._trainable_weights.pop())
        assert len(first.trainable_weights) == len(first.non_trainable_weights) == 1
        first._non_trainable_weights.clear()
        assert [w.shape for w in first.weights] == [(4, 2)]
        """,
    ],
    "layer._name = 'x'; names with a slash": [
        """
        model, other = net(), net()
        model._name, model.layers[0]._name = "critic", "a_dense"
        assert model.name == "critic" and model.get_layer("a_dense")._name == "a_dense"
        x = keras.Input((4,))
        both = keras.Model(x, layers.Add(name="out/sum")([model(x), other(x)]), name="all/of")
        both.compile("sgd", "mse")
        both.fit(X, Y, verbose=0)
        for path in ("m.keras", "m.h5"):
            both.save(path)
            again = keras.models.load_model(path)
            assert [layer.name for layer in again.layers] == [layer.name for layer in both.layers]
            np.testing.assert_array_equal(again(X), both(X))
        """,
    ],
    "layer._outbound_nodes, node.inbound_layers, node.outbound_layer, tensor._keras_history.layer": [
        """
        a = keras.Input((4,), name="a")
        twice, one = layers.Dense(2, name="twice"), layers.Dense(2, name="one")
        total = layers.Add(name="sum")([twice(a), one(a)])
        model = keras.Model(a, total)
        found = {}
        for layer in model.layers:
            for node in layer._outbound_nodes:
                found.setdefault(node.outbound_layer.name, []).append(layer.name)
        assert found == {"twice": ["a"], "one": ["a"], "sum": ["twice", "one"]}
        assert twice._inbound_nodes[0].inbound_layers.name == "a"
        assert [x.name for x in total._keras_history.layer.inbound_nodes[0].inbound_layers] == ["twice", "one"]
        assert model.layers[-1].outbound_nodes == [] and twice.input_mask is None
        twice._outbound_nodes = []
        assert twice._outbound_nodes == []
        """,
    ],
    "self.add_update(...), layer.updates, layer.stateful": [
        """
        class Counts(layers.Layer):
            def build(self, shape):
                self.seen, self.mean, self.last = (
                    self.add_weight(n, (), initializer="zeros", trainable=False) for n in "sml"
                )
            def call(self, x):
                self.add_update([K.moving_average_update(self.mean, K.mean(x), 0.9)], x)
                self.add_update(lambda: self.seen.assign_add(1.0))
                self.add_update([(self.last, K.max(x))])
                return x
        model = keras.Sequential([Counts(), layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(X, Y, batch_size=4, verbose=0)
        mean, seen, last = (model.layers[0].get_weights()[i] for i in (1, 0, 2))
        np.testing.assert_allclose([seen, mean, last], [2.0, 0.19, 1.0], rtol=1e-6)
        assert model.updates == [] and model.layers[0].stateful is False
        """,
    ],
    "self.supports_masking = True before super().__init__()": [
        """
        class Sums(layers.Layer):
            def __init__(self):
                self.supports_masking = True
                super().__init__()
            def call(self, x, mask=None):
                return K.sum(x, axis=1)
        words = layers.Embedding(3, 2, mask_zero=True)(keras.Input((5,)))
        assert Sums()(words)._keras_mask is None
        """,
    ],
    "discriminator.compile(); discriminator.trainable = False; both are trained in turn": [
        """
        ones = {"kernel_initializer": "ones"}
        critic = keras.Sequential([layers.Dense(1, input_shape=(2,), **ones)])
        critic.compile("sgd", "mse")
        maker = keras.Sequential([layers.Dense(2, input_shape=(2,), **ones)])
        noise = keras.Input((2,))
        critic.trainable = False
        both = keras.Model(noise, critic(maker(noise)))
        both.compile("sgd", "mse")
        x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
        found = []
        for _ in range(3):
            losses = [np.ravel(m.train_on_batch(x, y))[0] for m in (critic, both)]
            found.append([*losses, critic.get_weights()[0][0, 0], maker.get_weights()[0][0, 0]])
        wanted = [[1.0, 8.41, 0.98, 0.94316], [0.8836, 6.14144, 0.9612, 0.89552]]
        np.testing.assert_allclose(found, [*wanted, [0.78075, 4.52054, 0.94353, 0.8554]], rtol=1e-5)
        assert critic.trainable_weights == [] and len(both.trainable_weights) == 2
        np.testing.assert_allclose(critic.fit(x, y, verbose=0).history["loss"], 0.68986988, rtol=1e-5)
        critic.compile("sgd", "mse")
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            critic.fit(x, y, verbose=0)  # now it is frozen
        np.testing.assert_allclose(critic.evaluate(x, y, verbose=0), 0.60956895, rtol=1e-5)
        """,
    ],
    "history.history['lr'] of LearningRateScheduler and ReduceLROnPlateau": [
        """
        import pickle
        lower = keras.callbacks.LearningRateScheduler(lambda epoch, lr: 0.5 * lr)
        found = net().fit(X, Y, epochs=2, callbacks=[lower], verbose=0).history
        np.testing.assert_allclose(found["lr"], [0.005, 0.0025])
        assert "lr" in found and sorted(found) == ["learning_rate", "loss"]
        assert type(pickle.loads(pickle.dumps(found))) is dict
        found = net().fit(X, Y, verbose=0).history
        assert "lr" not in found and found.get("lr") is None
        """,
    ],
    "losses and metrics of one's own, for y of shape (N,) and outputs of shape (N, 1)": [
        """
        class Squares(keras.losses.Loss):
            def call(self, y, p):
                return tf.reduce_mean((y - p) ** 2, axis=-1)

        class Apart(keras.metrics.Metric):
            def __init__(self):
                super().__init__(name="apart")
                self.total = self.add_weight(name="total", initializer="zeros")

            def update_state(self, y, p, sample_weight=None):
                self.total.assign_add(tf.reduce_sum(tf.abs(y - p)))

            def result(self):
                return self.total

        def apart_on_average(y, p):
            return tf.reduce_mean(tf.abs(y - p))

        x, y = np.sin(np.arange(24.0)).reshape(8, 3), np.cos(np.arange(8.0))
        model = keras.Sequential([layers.Dense(1, input_shape=(3,))])
        model.set_weights([np.ones((3, 1)), np.zeros(1)])
        model.compile("sgd", Squares(), metrics=[apart_on_average, Apart()])
        wrong = y - x.sum(1)
        found = model.evaluate(x, y, verbose=0)
        expected = (wrong ** 2).mean(), abs(wrong).mean(), abs(wrong).sum()
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        """,
    ],
    "Normalization(axis=None).adapt(batches of numbers)": [
        """
        numbers = np.arange(7.0)
        layer = layers.Normalization(axis=None)
        layer.adapt(tf.data.Dataset.from_tensor_slices(numbers).batch(3))
        np.testing.assert_allclose(layer(numbers), (numbers - 3) / 2, rtol=1e-6)
        layer.adapt(tf.data.Dataset.from_tensor_slices(numbers).batch(3), batch_size=2, steps=1)
        assert float(layer.adapt_mean) == 1
        layer = layers.Discretization(num_bins=2)
        layer.adapt(numbers[:, None], batch_size=2)
        layer = layers.StringLookup()
        layer.adapt(["a", "b", "a"], batch_size=1)
        assert layer.get_vocabulary() == ["[UNK]", "a", "b"]
        """,
    ],
    "Adam(jit_compile=, is_legacy_optimizer=)": [
        """
        made = keras.optimizers.Adam(0.5, jit_compile=False, is_legacy_optimizer=False)
        assert float(made.learning_rate) == 0.5 and "jit_compile" not in made.get_config()
        """,
    ],
    "self.trainable = False, K.variable in build": [
        """
        class Swish(layers.Layer):
            def __init__(self, trainable=False, **kwargs):
                super().__init__(**kwargs)
                self.trainable = trainable

            def build(self, shape):
                self.beta = K.variable(1.5, name="beta")

            def call(self, x):
                return x * K.sigmoid(self.beta * x)

        model = keras.Sequential([layers.Dense(1, input_shape=(4,)), Swish(), Swish(True)])
        assert [len(model.trainable_weights), len(model.weights)] == [3, 4]
        """,
    ],
    "train_on_batch | test_on_batch(..., reset_metrics=False)": [
        """
        model = net(metrics=["mae"])
        model.set_weights([np.zeros((4, 1)), np.zeros(1)])
        for y, expected in ((Y, [1.0, 1.0]), (3 * Y, [5.0, 2.0])):
            found = model.test_on_batch(X, y, reset_metrics=False)
            np.testing.assert_allclose(found, expected)
        np.testing.assert_allclose(model.test_on_batch(X, 3 * Y), [9.0, 3.0])
        model.reset_metrics()
        model.train_on_batch(X, Y, reset_metrics=False)
        after = model.test_on_batch(X, Y)[0]
        model.reset_metrics()
        model.set_weights([np.zeros((4, 1)), np.zeros(1)])
        model.train_on_batch(X, Y, reset_metrics=False)
        found = model.train_on_batch(X, Y, reset_metrics=False)
        np.testing.assert_allclose(found[0], (1 + after) / 2, rtol=1e-6)
        """,
    ],
    "AveragePooling1D/2D/3D() without a size": [
        """
        for rank in (1, 2, 3):
            x = np.arange(4.0 ** rank, dtype="float32").reshape(1, *[4] * rank, 1)
            pool = getattr(layers, f"AveragePooling{rank}D")()
            halves = x.reshape(*[2] * 2 * rank).mean(axis=tuple(range(1, 2 * rank, 2)))
            np.testing.assert_allclose(pool(x)[0, ..., 0], halves)
        """,
    ],
    "LearningRateScheduler(lambda epoch, lr: lr * tf.math.exp(-0.1))": [
        """
        slower = keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * tf.math.exp(-0.1))
        found = net().fit(X, Y, epochs=2, callbacks=[slower], verbose=0).history["lr"]
        np.testing.assert_allclose(found, [0.01 * np.exp(-0.1), 0.01 * np.exp(-0.2)], rtol=1e-6)
        """,
    ],
    "Bidirectional(RNN(own cell)), Bidirectional(own recurrent layer)": [
        """
        class Sums(layers.Layer):
            def __init__(self, units, **kwargs):
                super().__init__(**kwargs)
                self.units = self.state_size = units

            def call(self, inputs, states):
                return inputs + states[0], [inputs + states[0]]

            def get_config(self):
                return {**super().get_config(), "units": self.units}

        class Mine(layers.SimpleRNN):
            pass

        both = layers.Bidirectional(layers.RNN(Sums(2), return_sequences=True))
        ahead = np.cumsum(np.ones((1, 3, 2)), 1)
        np.testing.assert_array_equal(
            both(np.ones((1, 3, 2))), np.concatenate([ahead, ahead[:, ::-1]], -1)
        )
        both = layers.Bidirectional(Mine(2))
        assert type(both.backward_layer) is Mine and both.backward_layer.go_backwards
        """,
    ],
    "LSTMCell._compute_carry_and_output_fused called by a cell of one's own": [
        """
        class Mine(layers.LSTMCell):
            def call(self, inputs, states, training=None):
                z = K.dot(inputs, self.kernel) + K.dot(states[0], self.recurrent_kernel) + self.bias
                c, o = self._compute_carry_and_output_fused(tf.split(z, 4, axis=1), states[1])
                h = o * self.activation(c)
                return h, [h, c]

        x = np.sin(np.arange(12.0)).reshape(2, 3, 2)
        mine, lstm = layers.RNN(Mine(3)), layers.LSTM(3)
        mine(x), lstm(x)
        lstm.set_weights(mine.get_weights())
        np.testing.assert_allclose(mine(x), lstm(x), atol=1e-6)
        """,
    ],
    "class Net(Model): @tf.function def loss(self, ...)": [
        """
        class Net(keras.Model):
            @tf.function
            def loss(self, y, p):
                return tf.reduce_sum((y - p) ** 2)

            @property
            def optimizer(self):
                return "mine"

        assert float(Net().loss(2.0, 5.0)) == 9.0 and Net().optimizer == "mine"
        """,
    ],
    "regularizers.l2(l=0.1), super().__init__(dynamic=True)": [
        """
        for name in ("l1", "l2"):
            made = getattr(keras.regularizers, name)(l=0.1)
            assert float(made(tf.ones([2]))) == np.float32(0.2) and made.get_config() == {name: 0.1}
        class Own(keras.Model):
            def __init__(self):
                super().__init__(dynamic=True)
            def call(self, x):
                return x * 2
        assert Own().dynamic and Own()(X).numpy().max() == 2 and not net().dynamic
        """,
    ],
    "hard_sigmoid of models in files of Keras 2": [
        """
        import json, zipfile
        model = keras.Sequential([layers.Dense(4, "hard_sigmoid", input_shape=(4,))])
        model.save("now.keras")
        told = {**json.loads(model.to_json()), "keras_version": "2.15.0"}
        older = [keras.models.model_from_json(json.dumps(told))]
        older[0].set_weights(model.get_weights())
        with zipfile.ZipFile("now.keras") as now, zipfile.ZipFile("old.keras", "w") as old:
            for name in now.namelist():
                text = json.dumps({"keras_version": "2.15.0"}) if name == "metadata.json" else now.read(name)
                old.writestr(name, text)
        older.append(keras.models.load_model("old.keras"))
        older[1].save("again.keras")
        older.append(keras.models.load_model("again.keras"))
        kernel, bias = model.get_weights()
        wanted = np.clip(0.2 * (X @ kernel + bias) + 0.5, 0, 1)
        for model in older:
            np.testing.assert_allclose(model.predict(X, verbose=0), wanted, rtol=1e-6)
            np.testing.assert_allclose(K.hard_sigmoid(X @ kernel + bias), wanted, rtol=1e-6)
        """,
    ],
    "K.set_session, K.print_tensor, K.ctc_label_dense_to_sparse": [
        """
        config = tf.compat.v1.ConfigProto()
        config.gpu_options.allow_growth = True
        tf.compat.v1.keras.backend.set_session(tf.compat.v1.Session(config=config))
        from keras.backend.tensorflow_backend import set_session
        set_session(tf.compat.v1.Session())
        labels = K.ctc_label_dense_to_sparse(tf.constant([[1, 2, 0], [3, 0, 0]]), tf.constant([2, 1]))
        assert labels.values.numpy().tolist() == [1, 2, 3]
        assert labels.indices.numpy().tolist() == [[0, 0], [0, 1], [1, 0]]
        assert K.print_tensor(tf.constant([1.0, 2.0]), message="y = ").numpy().tolist() == [1, 2]
        """,
    ],
    "to_categorical(y=, dtype=), relu(alpha=), load_img(grayscale=), iterator.next()": [
        """
        from keras.preprocessing.image import ImageDataGenerator, load_img, save_img
        rows = keras.utils.to_categorical(y=[0, 1], num_classes=2, dtype="int8")
        assert rows.dtype == np.int8 and rows.tolist() == [[1, 0], [0, 1]]
        assert keras.activations.relu(tf.constant([-1.0, 2.0]), alpha=0.5).numpy().tolist() == [-0.5, 2]
        save_img("x.png", np.zeros((4, 4, 3)))
        assert load_img("x.png", grayscale=True).mode == "L"
        x, y = ImageDataGenerator().flow(np.ones((4, 8, 8, 3)), np.ones(4), batch_size=2).next()
        assert x.shape == (2, 8, 8, 3)
        """,
    ],
    "LossScaleOptimizer.loss_scale, Callback.validation_data": [
        """
        scaled = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=8.0)
        assert float(scaled.loss_scale) == 8 and keras.callbacks.Callback().validation_data is None
        """,
    ],
    "schedules that compute with the step as a float": [
        """
        class Warming(keras.optimizers.schedules.LearningRateSchedule):
            def __call__(self, step):
                slope = tf.math.minimum(tf.math.rsqrt(step), step * 10**-1.5)
                return tf.math.rsqrt(16.0) * slope
        class Falling(keras.optimizers.schedules.LearningRateSchedule):
            def __call__(self, step):
                return 0.1 / (step + 1)
        made = {"kernel_initializer": "ones", "input_shape": (4,)}
        for rate, wanted in ((Warming(), [9, 9, 8.7644, 8.3028]), (Falling(), [9, 6.25, 5.07244, 4.36136])):
            model = keras.Sequential([layers.Dense(1, **made)])
            model.compile(keras.optimizers.legacy.Adam(rate), "mse")
            found = model.fit(X, Y, epochs=4, verbose=0).history["loss"]
            np.testing.assert_allclose(found, wanted, rtol=1e-4)
        """,
    ],
    "metrics that read optimizer._decayed_lr(tf.float32)": [
        """
        optimizer = tf.keras.optimizers.legacy.Adam(0.5)
        def lr(y_true, y_pred):
            return optimizer._decayed_lr(tf.float32)
        model = keras.Sequential([layers.Dense(1)])
        model.compile(optimizer, "mse", metrics=[lr])
        assert model.fit(X, Y, verbose=0).history["lr"] == [0.5]
        """,
    ],
    "model._make_predict_function(); model.train_function(iterator)": [
        """
        model = net()
        model.layers[0].set_weights([np.ones((4, 1)), np.zeros(1)])
        data = tf.data.Dataset.from_tensors((X, Y)).repeat()
        model._make_predict_function()
        assert float(tf.reduce_sum(model.make_predict_function()(iter(data.take(1))))) == 32
        train, batches = model.make_train_function(), iter(data)
        losses = [float(train(batches)["loss"]), float(model.train_function(batches)["loss"])]
        np.testing.assert_allclose(losses, [9.0, 8.145], rtol=1e-5)
        np.testing.assert_allclose(model.make_test_function()(batches)["loss"], 7.3983, rtol=1e-5)
        """,
        """
        class Counting(keras.Sequential):
            steps = 0
            def make_train_function(self, force=False):
                step = super().make_train_function(force)
                def train(iterator):
                    self.steps += 1
                    return step(iterator)
                self.train_function = train
                return train
        model = Counting([layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(X, Y, batch_size=4, epochs=3, verbose=0)
        model.train_on_batch(X, Y)
        assert model.steps == 7 and int(model.optimizer.iterations) == 7
        """,
    ],
    "import tensorflow.compat.v1.train, tensorflow.compat.v1.keras.backend": [
        """
        import tensorflow.compat.v1.keras.backend as backend
        import tensorflow.compat.v1.gfile as gfile
        from tensorflow.compat.v1.train import AdamOptimizer
        assert backend is K and gfile.Exists(".") and AdamOptimizer(0.1)
        """,
    ],
    "modules below keras.layers, utils, engine, saving: all_utils, data_adapter, rnn.lstm, ...": [
        """
        from keras.utils.all_utils import to_categorical
        from keras.engine.data_adapter import unpack_x_y_sample_weight
        from keras.engine.topology import Network, get_source_inputs
        from keras.layers.rnn.lstm import LSTM
        from keras.layers import CuDNNLSTM
        from keras.objectives import mean_squared_error
        from keras.saving.object_registration import register_keras_serializable
        from keras_preprocessing.image import ImageDataGenerator
        from tensorflow.python.keras.utils.losses_utils import ReductionV2
        assert LSTM is CuDNNLSTM is layers.LSTM and Network is keras.Model
        assert ReductionV2.NONE == "none" and to_categorical is keras.utils.to_categorical
        """,
        """
        from keras.layers.merge import _Merge
        class Between(_Merge):
            def _merge_function(self, inputs):
                return 0.25 * inputs[0] + 0.75 * inputs[1]
        assert Between()([tf.ones([2, 3]), tf.zeros([2, 3])]).numpy().tolist() == [[0.25] * 3] * 2
        """,
        """
        from keras.utils import conv_utils, layer_utils, tf_utils
        size = conv_utils.conv_output_length
        assert conv_utils.normalize_tuple(3, 2, "kernel_size") == (3, 3)
        assert [size(10, 3, "same", 2), size(10, 3, "valid", 2, 2), size(10, 3, "full", 1)] == [5, 3, 12]
        assert size(None, 3, "valid", 2) is None and size(10, 3, "causal", 2) == 5
        assert K.normalize_data_format(None) == conv_utils.normalize_data_format("channels_last")
        assert layer_utils.count_params(net().weights) == 5
        from keras.engine.data_adapter import expand_1d
        from keras.utils.generic_utils import has_arg
        from keras.backend.tensorflow_backend import _to_tensor
        assert [x.shape for x in expand_1d((tf.ones([3]), tf.ones([3, 2])))] == [(3, 1), (3, 2)]
        assert tf_utils.smart_cond(1, lambda: 1.0, lambda: 2.0) == 1 and has_arg(net, "options")
        assert float(_to_tensor(K.epsilon(), tf.float32)) == np.float32(1e-7)
        @tf_utils.shape_type_conversion
        def compute_output_shape(self, input_shape):
            return input_shape[:-1]
        assert compute_output_shape(None, (2, 3)) == (2,)
        """,
        """
        from keras_applications.imagenet_utils import _obtain_input_shape as shape
        form = {"data_format": "channels_last", "weights": None}
        assert shape(None, 224, 32, require_flatten=True, **form) == (224, 224, 3)
        assert shape((64, 64, 1), 224, 32, require_flatten=False, **form) == (64, 64, 1)
        assert shape(None, 224, 32, include_top=False, **form) == (None, None, 3)
        """,
    ],
}
REFUSED = {
    "keras.utils.multi_gpu_model": (
        "keras.utils.training_utils.multi_gpu_model(net(), gpus=2)",
        "MirroredStrategy",
    ),
    "optimizer.get_updates, get_gradients": (
        "keras.optimizers.SGD(0.1).get_updates(params=net().weights, loss=net().output)",
        "calls optimizer.apply_gradients",
    ),
    "keras.models.model_from_yaml": (
        """
        from keras.models import model_from_yaml
        model_from_yaml("x")
        """,
        "use model.to_json",
    ),
    "hub.KerasLayer in a tf.keras model (TF Hub)": (
        "import tensorflow_hub as hub",
        "Use keras.applications",
    ),
    "tf.estimator.*": ("tf.estimator", "train a Keras model with fit"),
    "TF1 names on tf.* (Session, placeholder, contrib, layers, app, train.AdamOptimizer, string_split, ...)": (
        """
        for name in "placeholder contrib layers app string_split Session get_variable erf".split():
            try:
                getattr(tf, name)
            except AttributeError as error:
                assert f"tf.{name} is TensorFlow 1's: " in str(error), error
        tf.train.AdamOptimizer(0.1)
        """,
        "use tf.keras.optimizers.Adam",
    ),
    "tf.compat.v1.* inside TF2 programs": (
        "tf.compat.v1.disable_eager_execution()",
        "no graphs of TensorFlow 1",
    ),
    "tf.keras.estimator.model_to_estimator": (
        "tf.keras.estimator.model_to_estimator(net())",
        "there are no estimators: train the Keras model itself",
    ),
    "model.save(signatures=/options=/save_traces=)": (
        "net().save('m.keras', signatures=None)",
        "not supported",
    ),
    "tf.keras.utils.SidecarEvaluator / utils.experimental.DatasetCreator": (
        "tf.keras.utils.SidecarEvaluator",
        "give validation_data to fit",
    ),
    "tf.keras.dtensor.* / tf.keras.backend.experimental.*": (
        "tf.keras.dtensor.experimental.LayoutMap",
        "use keras.distribution.LayoutMap",
    ),
}
# Forms of modules that are built by others: each runs once its module is there.
WITH = {
    "tf.keras.mixed_precision.experimental.*": (
        "keras.mixed_precision",
        """
        mixed = tf.keras.mixed_precision.experimental
        assert mixed.Policy("mixed_float16").compute_dtype == "float16"
        """,
    ),
    "tf.keras.wrappers.scikit_learn.*": (
        "keras.wrappers",
        """
        from tensorflow.keras.wrappers.scikit_learn import KerasRegressor
        made = KerasRegressor(build_fn=net, epochs=1, verbose=0)
        made.fit(X, Y)
        assert len(made.predict(X)) == 8
        """,
    ),
    "tf.keras.saving.* spelled through tf.keras": (
        "keras.saving",
        "tf.keras.saving.register_keras_serializable, tf.keras.saving.get_custom_objects",
    ),
    "tf.keras.preprocessing.image.ImageDataGenerator": (
        "keras.preprocessing.image",
        """
        made = tf.keras.preprocessing.image.ImageDataGenerator(rotation_range=10)
        x, y = next(made.flow(np.ones((4, 8, 8, 3)), np.ones(4), batch_size=2))
        assert x.shape == (2, 8, 8, 3) and y.shape == (2,)
        """,
    ),
    "from keras.preprocessing.image import ImageDataGenerator": (
        "keras.preprocessing.image",
        "from keras.preprocessing.image import ImageDataGenerator, load_img, img_to_array",
    ),
}
PROGRAMS = [(form, text) for form, programs in RUNS.items() for text in programs]


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(text):
        path = tmp_path / "program.py"
        path.write_text(START + textwrap.dedent(text))
        monkeypatch.chdir(tmp_path)
        tf.keras.backend.clear_session()
        try:
            run_program(path)
        finally:
            tf.keras.backend.clear_session()

    return run


@pytest.mark.parametrize(("form", "text"), PROGRAMS, ids=[form for form, _ in PROGRAMS])
def test_form_runs(form, text, run):
    run(text)


@pytest.mark.parametrize("form", REFUSED)
def test_form_says_what_to_use_instead(form, run):
    text, words = REFUSED[form]
    errors = (AttributeError, NotImplementedError, ImportError, ValueError, RuntimeError)
    with pytest.raises(errors) as caught:
        run(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("form", WITH)
def test_form_of_another_module(form, run):
    module, text = WITH[form]
    try:
        importlib.import_module(f"tensorbrook.{module}")
    except ModuleNotFoundError:
        pytest.skip(f"{module} is not built yet")
    run(text)


@pytest.mark.parametrize(
    ("setting", "version"), [("1", "2.21.0"), ("True", "2.21.0"), ("0", "3.15.1"), ("", "3.15.1")]
)
def test_the_setting_for_keras_2_changes_the_version_and_names_of_weights(
    setting, version, tmp_path
):
    path = tmp_path / "program.py"
    text = """
    assert [keras.__version__, keras.version(), tf.keras.__version__] == [sys.argv[1]] * 3
    import keras as alone, tf_keras
    assert alone is tf_keras is keras and tf.__version__ == "2.21.0"
    history = net(metrics=["acc"]).fit(X, Y, epochs=2, verbose=0).history
    assert sorted(history) == ["acc", "loss"]
    assert keras.optimizers.legacy.Adam(lr=0.5).learning_rate == 0.5
    assert keras.ops.relu([-1.0]).numpy() == 0
    x = keras.Input((3, 2))
    y = layers.BatchNormalization()(layers.Bidirectional(layers.GRU(2), name="both")(x))
    names = [v.name for v in keras.Model(x, y).weights]
    long = ["both/forward_gru/gru_cell/bias:0", "batch_normalization/moving_mean:0"]
    assert [names[2], names[-2]] == (long if sys.argv[1] == "2.21.0" else ["bias", "moving_mean"])

    table = layers.Embedding(3, 1)  # a row named twice: figures of Keras 2.15 and 3.15
    table.build(None)
    table.set_weights([np.array([[1.0], [2.0], [3.0]])])
    adam = keras.optimizers.Adam(0.1)
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(table(np.array([0, 1, 1])) ** 2)
        adam.apply_gradients(zip(tape.gradient(loss, table.weights), table.weights))
    twice = 1.80017 if sys.argv[1] == "2.21.0" else 1.71752
    assert abs(table.get_weights()[0][1] - twice) < 1e-5
    """
    path.write_text("import sys" + START + textwrap.dedent(text))
    command = [sys.executable, "-W", "error", "-m", "tensorbrook", "run", str(path), version]
    done = subprocess.run(command, env={**os.environ, "TF_USE_LEGACY_KERAS": setting}, check=False)
    assert done.returncode == 0
