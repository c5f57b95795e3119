"""keras.distillation and keras.visualization, with Keras 3.15.1's figures."""

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras
D = keras.distillation
X = np.linspace(-1, 1, 24).reshape(6, 4).astype("float32")
Y = np.array([0, 1, 2, 0, 1, 2])


def network(role, units=5, inputs=4, outputs=3):
    seed, constant = (3, 0.1) if role == "t" else (5, -0.2)
    begin = keras.initializers.Constant(constant), keras.initializers.GlorotUniform(seed)
    x = keras.Input((inputs,))
    h = keras.layers.Dense(units, "tanh", kernel_initializer=begin[0], name=f"{role}h")(x)
    return keras.Model(
        x, keras.layers.Dense(outputs, kernel_initializer=begin[1], name=f"{role}o")(h)
    )


LOGITS, HIDDEN = D.LogitsDistillation(2.0), D.FeatureDistillation("mse", "th", "sh")
FITS = [  # losses, their weights, the student's, then Keras's figures of the second epoch
    ([LOGITS], None, 0.5, (0.7925634, 1.3198068, 0.2653199)),
    ([LOGITS, HIDDEN], [1.0, 0.5], 0.3, (0.7302084, 1.3209736, 0.4770234)),
    ([HIDDEN], None, 0.5, (0.8701494, 1.3176386, 0.4226603)),
]


@pytest.mark.parametrize(("losses", "weights", "own", "figures"), FITS)
def test_students_learn_as_keras_s(losses, weights, own, figures):
    teacher, student = network("t"), network("s")
    model = D.Distiller(teacher, student, losses, weights, student_loss_weight=own)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss=loss, metrics=["accuracy"])
    history = model.fit(X, Y, epochs=2, verbose=0, shuffle=False, batch_size=3).history
    names = ("loss", "student_loss", "distillation_loss")
    np.testing.assert_allclose([history[name][-1] for name in names], figures, rtol=1e-5)
    assert len(model.trainable_variables) == 4 and not teacher.trainable
    again = D.Distiller.from_config(model.get_config())
    assert [type(x) for x in again.distillation_losses] == [type(x) for x in losses]


T = np.array([[1.0, 2.0, -1.0], [0.5, -3.0, 2.0]], "float32")
S = np.array([[0.3, 1.0, 1.0], [1.5, 0.0, -2.0]], "float32")


@pytest.mark.parametrize(
    ("loss", "teacher", "student", "figure"),
    [
        (D.LogitsDistillation(1.0), T, S, 8.487746),
        (D.LogitsDistillation(2.0), T, S, 8.569287),
        (D.LogitsDistillation(2.0, "categorical_crossentropy"), T, S, -9.356361),
        (D.LogitsDistillation(2.0, ["mse", "kl_divergence"]), [T, T], [S, S], 9.881371),
        (D.LogitsDistillation(2.0, ["mse", None]), [T, T], [S, S], 1.312083),
        (D.FeatureDistillation(), T, S, 5.248334),
        (D.FeatureDistillation("cosine_similarity"), T, S, -0.0049856),
        (D.FeatureDistillation(["mse", "mae"]), [T, T], [S, S], 7.198334),
    ],
)
def test_losses_are_keras_s(loss, teacher, student, figure):
    np.testing.assert_allclose(loss.compute_loss(teacher, student), figure, rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: D.LogitsDistillation(-1.0), "positive"),
        (lambda: D.LogitsDistillation("hot"), "positive"),
        (lambda: D.LogitsDistillation(2.0, [None]), "non-`None`"),
        (lambda: D.Distiller(network("t"), network("s"), [3]), "DistillationLoss"),
        (lambda: D.Distiller(network("t"), 3, LOGITS), "keras.Model"),
        (lambda: D.Distiller(network("t"), network("s"), LOGITS, [1.0, 2.0]), "weights"),
        (lambda: D.Distiller(network("t"), network("s"), LOGITS, None, 2.0), "between"),
        (lambda: D.Distiller(network("t"), network("s", inputs=3), LOGITS), "input shapes"),
        (lambda: D.Distiller(network("t"), network("s", outputs=2), LOGITS), "output shapes"),
        (
            lambda: D.Distiller(
                network("t"), network("s"), D.FeatureDistillation("mse", "no", "sh")
            ),
            "no",
        ),
        (lambda: LOGITS.compute_loss([T, T], [S]), "outputs"),
    ],
)
def test_wrong_arguments(make, match):
    with pytest.raises(ValueError, match=match):
        make()


# -- visualization ---------------------------------------------------------------------------------

PICTURES = (np.arange(54).reshape(2, 3, 3, 3) * 4 % 256).astype("uint8")
MASKS = np.array([[[0, 1, 2], [1, 1, 0], [2, 2, 2]]] * 2)
DRAWN = [  # arguments, then what Keras makes of the first two and of the last pixel
    ({}, [[0, 0, 1], [3, 104, 28], [20, 223, 70]]),
    ({"ignore_index": 0}, [[0, 4, 8], [3, 104, 28], [20, 223, 70]]),
    ({"color_mapping": {0: (9, 9, 9), 1: (255, 0, 0)}}, [[7, 8, 8], [206, 3, 4], [96, 100, 104]]),
]


@pytest.mark.parametrize(("arguments", "pixels"), DRAWN)
def test_masks_are_drawn_as_keras_s(arguments, pixels):
    drawn = keras.visualization.draw_segmentation_masks(PICTURES, MASKS, num_classes=3, **arguments)
    assert drawn[0].reshape(-1, 3)[[0, 1, -1]].tolist() == pixels
    first = keras.visualization.draw_segmentation_masks(
        np.moveaxis(PICTURES, -1, 1),
        MASKS[..., None],
        num_classes=3,
        data_format="channels_first",
        **arguments,
    )
    assert (np.moveaxis(first, 1, -1) == drawn).all()


def test_boxes_are_drawn_with_their_names():
    boxes = {"boxes": [[[2, 12, 8, 6]]], "labels": [[1]], "confidences": [[0.5]]}
    plain = keras.visualization.draw_bounding_boxes(np.zeros((1, 30, 60, 3)), boxes, "xywh")
    named = keras.visualization.draw_bounding_boxes(
        np.zeros((1, 30, 60, 3)), boxes, "xywh", class_mapping={1: "cat"}
    )
    assert plain[0, 12, 2].tolist() == [128] * 3 and not plain[0, :12].any()
    assert named[0, :12].any()
    boxes["labels"] = [[-1]]
    assert not keras.visualization.draw_bounding_boxes(np.zeros((1, 9, 9, 3)), boxes, "xywh").any()


@pytest.mark.parametrize(
    ("call", "fault", "match"),
    [
        (lambda V: V.draw_segmentation_masks(PICTURES[0], MASKS), ValueError, "4D"),
        (lambda V: V.draw_segmentation_masks(PICTURES, MASKS * 1.0), TypeError, "integer"),
        (lambda V: V.draw_bounding_boxes(PICTURES, [], "xyxy"), TypeError, "dict"),
        (lambda V: V.draw_bounding_boxes(PICTURES, {"boxes": []}, "xyxy"), ValueError, "labels"),
        (lambda V: V.plot_image_gallery(PICTURES, path="x.png", show=True), ValueError, "both"),
        (lambda V: V.plot_image_gallery(PICTURES, y_true=[0, 1]), ValueError, "label_map"),
    ],
)
def test_wrong_pictures(call, fault, match):
    with pytest.raises(fault, match=match):
        call(keras.visualization)
