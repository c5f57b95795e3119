"""Layers of pictures beyond their golden figures; pictures and sounds in folders."""

import warnings

import numpy as np
import pytest

import tensorbrook as tf

layers, utils = tf.keras.layers, tf.keras.utils
PIXELS = np.random.default_rng(0).uniform(0, 255, (2, 12, 16, 3)).astype("float32")

MOVING = [
    lambda: layers.RandomFlip("horizontal", seed=1),
    lambda: layers.RandomFlip("vertical", seed=3),
    lambda: layers.RandomTranslation((0.25, 0.25), (-0.125, -0.125), fill_mode="constant", seed=1),
    lambda: layers.RandomZoom((0.5, 0.5), fill_mode="constant", seed=1),
    lambda: layers.RandomRotation((0.25, 0.25), fill_mode="constant", seed=1),
    lambda: layers.RandomPerspective((1.0, 1.0), scale=0.2, seed=2),
    lambda: layers.RandomShear((0.2, 0.2), (0.1, 0.1), fill_mode="constant", seed=1),
    lambda: layers.RandomCrop(40, 60, seed=2),
    lambda: layers.RandomCrop(90, 40, seed=2),
    lambda: layers.CenterCrop(40, 60),
    lambda: layers.CenterCrop(90, 90),
    lambda: layers.Resizing(30, 50),
    lambda: layers.Resizing(60, 50, crop_to_aspect_ratio=True),
    lambda: layers.Resizing(60, 50, pad_to_aspect_ratio=True),
]


@pytest.mark.parametrize("make", MOVING)
def test_boxes_go_where_the_pixels_go(make):
    """A white rectangle is painted; its box must still be around it, up to blurred edges."""
    picture = np.zeros((1, 64, 80, 1), "float32")
    picture[:, 24:40, 28:52] = 255
    layer = make()
    layer.bounding_box_format = "xyxy"
    boxes = {"boxes": np.array([[[28.0, 24.0, 52.0, 40.0]]]), "labels": np.array([[7.0]])}
    data = {"images": picture, "bounding_boxes": boxes, "segmentation_masks": picture}
    out = layer(data, training=True)
    for painted in (out["images"], out["segmentation_masks"]):
        rows, columns = np.nonzero(painted.numpy()[0, :, :, 0] > 127)
        around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(out["bounding_boxes"]["boxes"].numpy()[0, 0], around, atol=2.5)
    assert out["bounding_boxes"]["labels"].numpy().tolist() == [[7.0]]


@pytest.mark.parametrize(
    "layer, drawn, wanted",
    [
        (layers.RandomFlip("horizontal"), {"flips": np.array([[True]])}, [4, 1, 6, 3]),
        (
            layers.RandomTranslation(0.5, 0.5),
            {"translations": np.array([[1.0, 2.0]])},
            [3, 3, 5, 5],
        ),
    ],
)
def test_boxes_are_moved_by_hand_as_pictures_of_a_shape_are(layer, drawn, wanted):
    boxes = {"boxes": np.array([[[2, 1, 4, 3]]]), "labels": np.array([[1]])}
    drawn = {**drawn, "input_shape": (1, 10, 8, 3)}
    moved = layer.transform_bounding_boxes(boxes, transformation=drawn, training=True)
    np.testing.assert_allclose(moved["boxes"], [[wanted]], atol=1e-5)


def test_one_picture_with_its_parts_is_a_batch_of_one():
    layer = layers.RandomFlip("horizontal", seed=4, bounding_box_format="rel_xyxy")
    boxes = {"boxes": np.array([[0.0, 0.0, 0.5, 1.0]]), "labels": np.array([1.0])}
    out = layer({"images": PIXELS[0], "bounding_boxes": boxes, "labels": 3}, training=True)
    again = layers.RandomFlip("horizontal", seed=4)(PIXELS[:1], training=True)
    np.testing.assert_array_equal(out["images"].numpy(), again.numpy()[0])
    assert out["bounding_boxes"]["boxes"].shape == (1, 4) and out["labels"] == 3


def test_boxes_out_of_the_picture_lose_their_label():
    clip = utils.bounding_boxes.clip_to_image_size
    boxes = {"boxes": [[-1.0, -2.0, 2.0, 2.0], [6.0, 1.0, 9.0, 3.0]], "labels": [1.0, 2.0]}
    out = clip(boxes, height=4, width=5)
    assert out["boxes"].numpy().tolist() == [[0, 0, 2, 2], [5, 1, 5, 3]]
    assert out["labels"].numpy().tolist() == [1, -1]


@pytest.mark.parametrize("target", utils.bounding_boxes.FORMATS)
def test_formats_of_boxes_lead_back(target):
    convert = utils.bounding_boxes.convert_format
    boxes = np.array([[0, 0, 2, 2], [1, 1, 4, 3]], "float32")
    there = convert(boxes, "xyxy", target, height=4, width=5)
    np.testing.assert_allclose(convert(there, target, "xyxy", 4, 5).numpy(), boxes, atol=1e-6)


def test_overlaps_and_deltas_are_keras_s():
    tools = utils.bounding_boxes
    a = np.array([[0, 0, 2, 2], [1, 1, 4, 3]], "float32")
    b = np.array([[2, 1, 5, 4], [0, 0, 5, 4]], "float32")
    wanted = [[0.0, 0.2], [0.36363637, 0.3]]
    np.testing.assert_allclose(tools.compute_iou(a, b, "xyxy").numpy(), wanted, rtol=1e-6)
    found = tools.compute_ciou(a, b, "xyxy").numpy()
    np.testing.assert_allclose(found, [-0.20732, 0.29999], atol=1e-4)
    deltas = tools.encode_box_to_deltas(a, b, "xyxy", "xyxy", variance=[0.1, 0.1, 0.2, 0.2])
    wanted = [[7.5, 12.5, 2.02733, 2.02733], [0, 0, 3.46574, 2.55413]]
    np.testing.assert_allclose(deltas.numpy(), wanted, atol=1e-5)
    back = tools.decode_deltas_to_boxes(a, deltas, "xyxy", "xyxy", variance=[0.1, 0.1, 0.2, 0.2])
    np.testing.assert_allclose(back.numpy(), b, atol=1e-5)


def test_mixed_labels_sum_to_one_and_boxes_of_both_are_kept():
    boxes = {"boxes": np.zeros((2, 3, 4), "float32"), "labels": np.ones((2, 3), "float32")}
    layer = layers.MixUp(seed=1, bounding_box_format="xyxy")
    out = layer({"images": PIXELS, "labels": np.eye(2), "bounding_boxes": boxes}, training=True)
    np.testing.assert_allclose(out["labels"].numpy().sum(1), 1, rtol=1e-6)
    assert out["bounding_boxes"]["boxes"].shape == (2, 6, 4)


@pytest.mark.parametrize(
    "name", ["RandomRotation", "RandomContrast", "RandAugment", "RandomErasing"]
)
def test_large_batches_run_as_programs_with_the_same_numbers(name, monkeypatch):
    config = {"RandomRotation": (0.2,), "RandomContrast": (0.3,)}.get(name, ())
    make = lambda: getattr(layers, name)(*config, seed=5)  # noqa: E731
    plain = make()
    eager = [plain(PIXELS, training=True).numpy() for _ in range(2)]
    monkeypatch.setattr("tensorbrook.keras.layers.images.base._MANY", 1)
    program = make()
    for wanted in eager:
        found = program(PIXELS, training=True).numpy()
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=2e-3)
    assert "_program" in vars(program) and "_program" not in program.__getstate__()


def test_in_a_pipeline_and_in_a_model_of_open_sizes():
    chain = tf.keras.Sequential([layers.RandomFlip(seed=1), layers.RandomZoom(0.2, seed=2)])
    data = tf.data.Dataset.from_tensors(PIXELS).map(lambda x: chain(x, training=True))
    assert next(iter(data)).shape == PIXELS.shape
    inputs = tf.keras.Input((None, None, 3))
    y = layers.Resizing(8, 8)(layers.RandomRotation(0.1, seed=1)(inputs))
    model = tf.keras.Model(inputs, layers.Rescaling(1 / 255)(y))
    assert model.output_shape == (None, 8, 8, 3)
    assert model.predict(PIXELS, verbose=0).shape == (2, 8, 8, 3)
    still = model(PIXELS, training=False).numpy()
    np.testing.assert_allclose(still, model.predict(PIXELS, verbose=0), rtol=1e-5, atol=1e-6)


def test_half_precision_stays_half():
    for layer in (layers.RandomRotation(0.1, seed=1, dtype="float16"),
                  layers.RandomBrightness(0.1, seed=1, dtype="float16")):  # fmt: skip
        assert layer(PIXELS / 255, training=True).dtype == tf.float16


def test_gradients_go_through_a_rotation_to_the_picture():
    x = tf.Variable(PIXELS[:, :3, :4])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(layers.RandomRotation(0.2, fill_mode="nearest", seed=1)(x, training=True))
    gradient = tape.gradient(y, x).numpy()
    np.testing.assert_allclose(gradient.sum(), x.numpy().size, rtol=1e-4)  # weights sum to 1


# -- files -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name, count in (("cats", 5), ("dogs", 4), ("eels", 3)):
        for k in range(count):
            pixels = rng.integers(0, 255, (6 + k, 9, 3)).astype("uint8")
            place = tmp_path / name / ("sub" if k == 3 else "") / f"p{k}.png"
            tf.io.write_file(str(place), tf.io.encode_png(pixels))
            tf.io.write_file(str(place.with_suffix(".txt")), "no picture")
    return tmp_path


def test_pictures_of_folders_in_keras_s_order(folder, capsys):
    read = utils.image_dataset_from_directory
    data = read(folder, image_size=(4, 4), batch_size=5, shuffle=False)
    assert capsys.readouterr().out == "Found 12 files belonging to 3 classes.\n"
    assert data.class_names == ["cats", "dogs", "eels"]
    assert [p.split("/")[-1] for p in data.file_paths[:5]] == [
        "p0.png", "p1.png", "p2.png", "p4.png", "p3.png",
    ]  # fmt: skip
    assert [y.numpy().tolist() for _, y in data] == [[0] * 5, [1, 1, 1, 1, 2], [2, 2]]
    shuffled = read(folder, image_size=(4, 4), seed=7, batch_size=12, verbose=False)
    names = ["/".join(p.split("/")[-2:]) for p in shuffled.file_paths]
    assert names[:4] == ["dogs/p2.png", "eels/p1.png", "cats/p2.png", "dogs/p0.png"]
    tf.keras.utils.set_random_seed(5)
    shuffled = read(folder, image_size=(4, 4), seed=7, batch_size=12, verbose=False)
    epochs = [next(iter(shuffled))[1].numpy().tolist() for _ in range(1)]
    assert epochs == [[1, 0, 0, 1, 0, 2, 1, 0, 2, 0, 1, 2]]


def test_parts_of_a_folder_do_not_overlap(folder):
    read = utils.image_dataset_from_directory
    more = {"image_size": (4, 4), "seed": 3, "validation_split": 0.3, "verbose": False}
    train, valid = read(folder, subset="both", **more)
    assert len(train.file_paths) == 9 and len(valid.file_paths) == 3
    assert not set(train.file_paths) & set(valid.file_paths)
    alone = read(folder, subset="validation", label_mode="categorical", **more)
    assert alone.file_paths == valid.file_paths
    assert next(iter(alone))[1].shape == (3, 3)


def test_sounds_of_folders(tmp_path):
    for name, count in (("a", 3), ("b", 5)):
        audio = tf.fill([count, 1], 0.5)
        tf.io.write_file(str(tmp_path / name / "x.wav"), tf.audio.encode_wav(audio, 8000))
    read = utils.audio_dataset_from_directory
    x, y = next(iter(read(tmp_path, shuffle=False, verbose=False)))
    assert x.shape == (2, 5, 1) and x.numpy()[0, 3:].max() == 0 and y.numpy().tolist() == [0, 1]
    x, _ = next(iter(read(tmp_path, output_sequence_length=4, verbose=False)))
    assert x.shape == (2, 4, 1)
    x, _ = next(iter(read(tmp_path, sampling_rate=4000, shuffle=False, verbose=False)))
    assert x.shape == (2, 3, 1)
    x, y = next(iter(read(tmp_path, ragged=True, shuffle=False, verbose=False)))
    assert x.row_lengths().numpy().tolist() == [3, 5] and x.shape == (2, None, None)
    with pytest.raises(ValueError, match="both `ragged` and `output_sequence_length`"):
        read(tmp_path, ragged=True, output_sequence_length=4)


def test_pictures_of_pillow_and_back(tmp_path):
    x = np.arange(24, dtype="float32").reshape(2, 4, 3)
    path = tmp_path / "x.png"
    utils.save_img(path, x, scale=False)
    np.testing.assert_array_equal(utils.img_to_array(utils.load_img(path)), x)
    assert utils.load_img(path, target_size=(3, 3), keep_aspect_ratio=True).size == (3, 3)
    gray = utils.img_to_array(utils.load_img(path, color_mode="grayscale"))
    assert gray.shape == (2, 4, 1)
    assert utils.img_to_array(utils.load_img(path), data_format="channels_first").shape == (3, 2, 4)
    with pytest.warns(UserWarning, match="converting to RGB"):
        utils.save_img(tmp_path / "x.jpg", np.ones((2, 2, 4)))


def test_generators_of_folders_and_frames(folder):
    pandas = pytest.importorskip("pandas")
    generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
    flow = generator.flow_from_directory(folder, target_size=(5, 4), batch_size=4, seed=2)
    x, y = next(flow)
    assert x.shape == (4, 5, 4, 3) and y.shape == (4, 3) and x.max() <= 1 and len(flow) == 3
    frame = pandas.DataFrame(
        {"filename": ["cats/p0.png", "dogs/p1.png", "no.png"], "class": ["c", "d", "c"]}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        flow = generator.flow_from_dataframe(frame, folder, target_size=(5, 4), shuffle=False)
    x, y = next(flow)
    assert x.shape == (2, 5, 4, 3) and y.tolist() == [[1, 0], [0, 1]]


WRONG = [
    (lambda: layers.RandomFlip("sideways"), ValueError, "Received: mode=sideways"),
    (lambda: layers.RandomRotation(1.5), ValueError, "in the range [-1.0, 1.0]"),
    (lambda: layers.RandomRotation((1.3, 0.1)), ValueError, "Received: factor=(1.3, 0.1)"),
    (lambda: layers.RandomRotation(0.1, "mirror"), ValueError, "Unknown `fill_mode` 'mirror'"),
    (lambda: layers.RandomZoom("big"), ValueError, "`height_factor` argument should be a number"),
    (lambda: layers.RandomContrast(1.5), ValueError, "in the range [0, 1]"),
    (lambda: layers.RandomBrightness(0.1, 255), ValueError, "`value_range` argument"),
    (lambda: layers.RandomPosterization(9), ValueError, "in the range [1, 8]"),
    (lambda: layers.RandomGaussianBlur(kernel_size=4), ValueError, "must be an odd number"),
    (lambda: layers.RandomGrayscale(2.0), ValueError, "between 0 and 1"),
    (lambda: layers.Resizing(2, 2, "linear"), ValueError, "`interpolation` must be one of"),
    (
        lambda: layers.Resizing(2, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
        ValueError,
        "Only one of",
    ),
    (lambda: layers.RandomFlip()(np.ones((2, 2))), ValueError, "to be rank 3 or 4 (a batch)"),
    (
        lambda: layers.RandomFlip()(
            {"images": PIXELS, "bounding_boxes": {"boxes": 1, "labels": 1}}
        ),
        ValueError,
        "you didn't specify a bounding box format",
    ),
    (lambda: layers.MixUp(alpha=-1), ValueError, "`alpha` should be 0 or more"),
    (lambda: layers.RandAugment(num_ops=-1), ValueError, "`num_ops` must be 0 or more"),
    (lambda: layers.STFTSpectrogram("power"), ValueError, "`mode` must be one of"),
    (lambda: layers.STFTSpectrogram(fft_length=8), ValueError, "at least `frame_length`"),
    (lambda: layers.STFTSpectrogram("log", 8, 16), ValueError, "not be greater than `frame_length"),
    (lambda: layers.MelSpectrogram(window="kaiser"), ValueError, "Unknown window 'kaiser'"),
    (
        lambda: utils.bounding_boxes.convert_format([[1.0, 2, 3, 4]], "xyxy", "yxhw"),
        ValueError,
        "format 'yxhw' is unknown",
    ),
    (
        lambda: utils.bounding_boxes.convert_format([[1.0, 2, 3, 4]], "xyxy", "rel_xyxy"),
        ValueError,
        "must receive `height` and `width`",
    ),
    (lambda: utils.load_img(3), TypeError, "path should be path-like or io.BytesIO"),
    (lambda: utils.array_to_img(np.ones((2, 2))), ValueError, "to have rank 3"),
    (lambda: utils.array_to_img(np.ones((2, 2, 5))), ValueError, "Unsupported channel number: 5"),
    (lambda: utils.img_to_array(np.ones((1, 2, 2, 3))), ValueError, "Unsupported image shape"),
    (lambda: utils.image_dataset_from_directory("nowhere"), FileNotFoundError, "nowhere"),
    (
        lambda: tf.keras.preprocessing.image.ImageDataGenerator(validation_split=2),
        ValueError,
        "strictly between 0 and 1",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_methods_of_image_layers_take_arrays():
    pictures = np.random.default_rng(0).random((2, 4, 4, 3)).astype("float32")
    layer = layers.RandomContrast(0.5, value_range=(0, 1), seed=3)
    drawn = layer.get_random_transformation(pictures, training=True)
    assert layer.transform_images(pictures, drawn).shape == (2, 4, 4, 3)


def test_extremes_of_image_layers():
    gray = np.full((1, 4, 4, 3), 128, "float32")
    np.testing.assert_allclose(layers.Equalization()(gray), gray)
    colours = np.random.default_rng(0).random((2, 4, 4, 3)).astype("float32") * 255
    full = layers.RandomSaturation((1.0, 1.0))
    assert np.isfinite(full(colours, training=True)).all()
    np.testing.assert_allclose(full(gray, training=True), gray, rtol=1e-5)
    np.testing.assert_array_equal(layers.RandAugment(num_ops=0)(colours, training=True), colours)
    assert layers.RandomZoom((-0.4, -0.5))(colours, training=True).shape == colours.shape


def test_a_spectrogram_of_silence_is_that_of_keras_epsilon():
    silence = np.zeros((1, 16, 1), "float32")
    for mode, want in ("magnitude", 1e-7**0.5), ("log", np.log(1e-7) / 2), ("psd", 0.0):
        found = layers.STFTSpectrogram(mode, frame_length=8, frame_step=4)(silence)
        np.testing.assert_allclose(found, np.full((1, 3, 5), want), rtol=1e-6)


def test_inferred_shapes_of_random_crop_are_those_of_parts_whatever_training_is():
    for training in (True, False):
        shape = layers.RandomCrop(2, 4)(tf.keras.Input((6, 6, 3)), training=training).shape
        assert shape == (None, 2, 4, 3)
    assert layers.RandomCrop(2, 4)(np.ones((1, 6, 6, 3)), training=False).shape == (1, 6, 6, 3)
