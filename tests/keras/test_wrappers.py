"""keras.wrappers: models as estimators of scikit-learn."""

import pickle

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 3)).astype("float32")
CLASSES = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
VALUES = X @ [1.0, -2.0, 0.5]


def built(X, y, loss, units=8, activation=None):
    """A model of the data's sizes."""
    keras.utils.set_random_seed(1)
    outputs = y.shape[1] if y.ndim > 1 else 1
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(units, activation="tanh"),
            keras.layers.Dense(outputs, activation=activation),
        ]
    )
    model.compile("adam", loss, jit_compile=False)
    model.optimizer.learning_rate = 0.05
    return model


def classifier():
    return keras.wrappers.SKLearnClassifier(
        built,
        model_kwargs={"loss": "categorical_crossentropy", "activation": "softmax"},
        fit_kwargs={"epochs": 20, "verbose": 0},
    )


def test_classifier_learns_labels_of_any_kind():
    pytest.importorskip("sklearn")
    estimator = classifier().fit(X, CLASSES)
    assert list(estimator.classes_) == ["no", "yes"]
    assert estimator.score(X, CLASSES) > 0.9
    assert set(estimator.predict(X)) == {"no", "yes"}
    assert estimator.predict_proba(X).shape == (60, 2)
    assert estimator.n_features_in_ == 3
    assert len(estimator.history_.history["loss"]) == 20


def test_classifier_works_within_scikit_learn():
    pytest.importorskip("sklearn")
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), classifier())
    assert np.mean(cross_val_score(pipeline, X, CLASSES, cv=2)) > 0.8
    search = GridSearchCV(classifier(), {"warm_start": [False]}, cv=2).fit(X, CLASSES)
    assert search.best_params_ == {"warm_start": False}
    assert clone(classifier()).get_params()["fit_kwargs"] == {"epochs": 20, "verbose": 0}


def test_regressor_trains_a_copy_of_a_model():
    pytest.importorskip("sklearn")
    model = built(X, VALUES, "mse")
    before = [w.copy() for w in model.get_weights()]
    estimator = keras.wrappers.SKLearnRegressor(model, fit_kwargs={"epochs": 30, "verbose": 0})
    estimator.fit(X, VALUES)
    assert estimator.predict(X).shape == (60,)
    assert estimator.score(X, VALUES) > 0.8
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)
    warm = keras.wrappers.SKLearnRegressor(model, warm_start=True)
    warm.fit(X, VALUES, epochs=1, verbose=0)
    assert warm.model_ is model


def test_transformer_gives_the_outputs():
    pytest.importorskip("sklearn")
    estimator = keras.wrappers.SKLearnTransformer(built(X, X, "mse"))
    found = estimator.fit(X, X, verbose=0).transform(X)
    np.testing.assert_allclose(found, estimator.model_.predict(X, verbose=0))


def test_wrong_calls():
    pytest.importorskip("sklearn")
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        classifier().predict(X)
    with pytest.raises(ValueError, match="only one class"):
        classifier().fit(X, np.zeros(60))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(RuntimeError, match="must be compiled"):
        keras.wrappers.SKLearnRegressor(lambda X, y: model).fit(X, VALUES)


# -- Keras 2 ---------------------------------------------------------------------------------------


def of_keras_2(units=4, loss="categorical_crossentropy", outputs=2, activation="softmax"):
    keras.utils.set_random_seed(2)
    model = keras.models.Sequential()
    model.add(keras.layers.Dense(units, activation="tanh", input_dim=3))
    model.add(keras.layers.Dense(outputs, activation=activation))
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.05), metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"loss": "sparse_categorical_crossentropy"},
        {"loss": "binary_crossentropy", "outputs": 1, "activation": "sigmoid"},
    ],
)
def test_classifier_of_keras_2(settings):
    wrap = keras.wrappers.scikit_learn.KerasClassifier
    estimator = wrap(build_fn=of_keras_2, epochs=20, batch_size=10, verbose=0, **settings)
    history = estimator.fit(X, CLASSES)
    assert len(history.history["loss"]) == 20
    assert estimator.score(X, CLASSES) > 0.85
    assert set(estimator.predict(X).ravel()) == {"no", "yes"}
    chances = estimator.predict_proba(X)
    np.testing.assert_allclose(chances.sum(1), np.ones(60), rtol=1e-5)


def test_regressor_of_keras_2():
    wrap = keras.wrappers.scikit_learn.KerasRegressor
    settings = {"loss": "mse", "outputs": 1, "activation": None}
    estimator = wrap(of_keras_2, epochs=40, verbose=0, **settings)
    estimator.fit(X, VALUES)
    assert estimator.predict(X).shape == (60,)
    assert -0.5 < estimator.score(X, VALUES) <= 0.0


def test_parameters_of_keras_2():
    estimator = keras.wrappers.scikit_learn.KerasClassifier(of_keras_2, units=3)
    assert estimator.get_params() == {"units": 3, "build_fn": of_keras_2}
    assert estimator.set_params(units=5, epochs=2).sk_params == {"units": 5, "epochs": 2}
    with pytest.raises(ValueError, match="colour is not a legal parameter"):
        estimator.set_params(colour=1)


def test_estimators_are_pickled_by_their_class():
    pytest.importorskip("sklearn")
    again = pickle.loads(pickle.dumps(classifier()))
    assert again.fit_kwargs == {"epochs": 20, "verbose": 0}


def test_losses_of_the_steps_of_a_time_distributed_layer_add_up():
    x = ((np.arange(24).reshape(2, 3, 4) % 7 - 3) / 2).astype("float32")
    y = ((np.arange(12).reshape(2, 3, 2) % 7 - 3) / 2).astype("float32")
    dense = tf.keras.layers.Dense(2, activity_regularizer="l1", kernel_initializer="ones")
    inputs = tf.keras.Input((3, 4))
    model = tf.keras.Model(inputs, tf.keras.layers.TimeDistributed(dense)(inputs))
    model.compile("sgd", "mse")
    assert model.evaluate(x, y, verbose=0) == pytest.approx(3.0591669, rel=1e-6)  # Keras 3.15's
    model(x)
    assert float(tf.add_n(model.losses)) == pytest.approx(0.08, rel=1e-5)
