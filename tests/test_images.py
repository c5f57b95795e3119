"""tf.image, the pictures of tf.io, and tf.audio: TensorFlow's figures, files, wrong calls."""

import io
import json
import pathlib
import struct
import zlib

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = json.loads((pathlib.Path(__file__).parent / "oracles/golden/images.json").read_text())


def array(stored):
    return np.array(stored["data"], stored["dtype"]).reshape(stored["shape"])


ARRAYS = {name: array(stored) for name, stored in GOLDEN["arrays"].items()}


def row_id(row):
    arguments = ",".join(f"{k}={v}" for k, v in row["arguments"].items())
    return f"{row['name']}({'+'.join(row['arrays'])},{arguments})"


def close(found, stored):
    wanted = array(stored)
    assert found.dtype.name == stored["dtype"]
    assert found.shape == wanted.shape
    scale = max(1.0, np.abs(wanted, dtype="float64").max(initial=0.0))
    tolerance = 1e-3 if wanted.dtype == np.float16 else 3e-6
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("row", GOLDEN["figures"], ids=row_id)
def test_figures_of_tensorflow(row, compiled):
    tf.random.set_seed(3)
    function = getattr(tf.image, row["name"])
    inputs = [tf.constant(ARRAYS[name]) for name in row["arrays"]]

    def run(*tensors):
        return function(*tensors, **row["arguments"])

    if compiled and "seed" in row["arguments"] and isinstance(row["arguments"]["seed"], int):
        pytest.skip("a function has seeds of its own")
    results = (tf.function(run) if compiled else run)(*inputs)
    for found, stored in zip(tf.nest.flatten(results), row["results"], strict=True):
        close(found.numpy(), stored)


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos3", "area"])
def test_resize_of_open_sizes_is_that_of_known_ones(method):
    spec = tf.TensorSpec([None, None, None, 3])
    resize = tf.function(lambda x: tf.image.resize(x, [5, 4], method), input_signature=[spec])
    for shape in ((2, 3, 7, 3), (1, 9, 4, 3)):
        x = np.random.default_rng(0).uniform(size=shape).astype("float32")
        wanted = tf.image.resize(x, [5, 4], method).numpy()
        np.testing.assert_allclose(resize(x).numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_files_of_pictures_keep_their_pixels(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype("uint8")
    data = tf.io.encode_png(pixels)
    for decode in (tf.io.decode_png, tf.io.decode_image, tf.io.decode_jpeg, tf.image.decode_bmp):
        np.testing.assert_array_equal(decode(data).numpy(), pixels)
    assert tf.io.decode_png(data, channels=1).shape == (5, 4, 1)
    assert tf.io.decode_png(data, channels=4).numpy()[..., 3].min() == 255
    path = str(tmp_path / "deep" / "one.png")
    tf.io.write_file(path, data)
    assert tf.io.read_file(path).numpy() == data.numpy()
    assert tf.io.matching_files(str(tmp_path / "*" / "*.png")).numpy().tolist() == [path.encode()]
    deep = np.random.default_rng(0).integers(0, 65536, (3, 2, 1)).astype("uint16")
    read = tf.io.decode_png(tf.io.encode_png(deep), dtype=tf.uint16)
    np.testing.assert_array_equal(read.numpy(), deep)


def test_jpeg_is_near_and_its_shape_is_known_without_decoding():
    x = np.linspace(0, 255, 16 * 16 * 3).reshape(16, 16, 3).astype("uint8")
    data = tf.io.encode_jpeg(x, quality=95)
    assert tf.io.extract_jpeg_shape(data).numpy().tolist() == [16, 16, 3]
    assert np.abs(tf.io.decode_jpeg(data).numpy().astype(int) - x).mean() < 4
    assert tf.io.decode_jpeg(data, ratio=2).shape == (8, 8, 3)
    assert bool(tf.io.is_jpeg(data)) and not bool(tf.io.is_jpeg(b"GIF89a"))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_jpeg_files_have_the_pixels_that_pillow_gives_them(mode, progressive, subsampling):
    image = pytest.importorskip("PIL.Image")
    noise = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype("uint8")
    picture = image.fromarray(noise).resize((37, 23)).convert(mode)
    file = io.BytesIO()
    picture.save(file, "jpeg", progressive=progressive, subsampling=subsampling)
    for channels, wanted in {1: "L", 3: "RGB", 0: "L" if mode == "L" else "RGB"}.items():
        read = image.open(io.BytesIO(file.getvalue()))
        read.draft(wanted if channels else None, read.size)
        found = tf.io.decode_jpeg(file.getvalue(), channels=channels).numpy()
        np.testing.assert_array_equal(found, np.array(read.convert(wanted)).reshape(found.shape))
    for damaged in (file.getvalue()[:-40], file.getvalue()[:30]):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"damaged|Unknown image"):
            tf.io.decode_jpeg(damaged)


def test_frames_of_a_gif(tmp_path):
    image = pytest.importorskip("PIL.Image")
    frames = [image.new("RGB", (3, 2), colour) for colour in ("red", "blue")]
    path = tmp_path / "two.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    data = path.read_bytes()
    assert tf.io.decode_gif(data).shape == (2, 2, 3, 3)
    assert tf.io.decode_image(data).numpy()[:, 0, 0].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert tf.io.decode_image(data, expand_animations=False).shape == (2, 3, 3)


def test_decoding_in_a_function_and_a_pipeline(tmp_path):
    pixels = np.arange(24, dtype="uint8").reshape(4, 2, 3)
    path = str(tmp_path / "x.png")
    tf.io.write_file(path, tf.io.encode_png(pixels))

    def load(name):
        picture = tf.io.decode_png(tf.io.read_file(name), channels=3)
        return tf.image.resize(tf.image.convert_image_dtype(picture, tf.float32), [2, 2])

    wanted = load(path).numpy()
    np.testing.assert_allclose(tf.function(load)(path).numpy(), wanted, rtol=1e-6)
    (found,) = tf.data.Dataset.from_tensors(path).map(load)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)


def test_sound_is_tensorflow_s():
    data = tf.audio.encode_wav([[0.0, 0.5], [-1.0, 0.9999], [1.2, -0.3]], 8000)
    assert data.numpy().hex() == GOLDEN["wav"]["hex"]
    audio, rate = tf.audio.decode_wav(data, desired_channels=1)
    close(audio.numpy(), GOLDEN["wav"]["decoded"])
    assert rate.numpy() == 8000
    assert tf.audio.decode_wav(data, desired_samples=5).audio.shape == (5, 2)


@pytest.mark.parametrize("row", GOLDEN["generated"]["rows"], ids=lambda row: str(row["config"]))
def test_image_data_generator_gives_keras_2_s_pictures(row):
    x = array(GOLDEN["generated"]["x"])
    generator = tf.keras.preprocessing.image.ImageDataGenerator(**row["config"])
    batches = generator.flow(x, np.arange(3), batch_size=2, seed=5)
    found = [part for _ in range(2) for part in next(batches)]
    for one, stored in zip(found, row["results"], strict=True):
        np.testing.assert_allclose(one, array(stored), rtol=1e-4, atol=2e-3)


image = tf.image
X = np.zeros((2, 4, 4, 3), "float32")
WRONG = [
    (lambda: image.resize(X[0, 0], [2, 2]), ValueError, "must have either 3 or 4 dimensions"),
    (lambda: image.resize(X, [2]), ValueError, "1-D int tensor of 2 elements"),
    (lambda: image.resize(X, [0, 2]), tf.errors.InvalidArgumentError, "must be positive"),
    (lambda: image.resize(X, [2, 2], "linear"), ValueError, "not implemented: 'linear'"),
    (lambda: image.crop_to_bounding_box(X, 3, 0, 2, 2), ValueError, "height must be >= target"),
    (lambda: image.crop_to_bounding_box(X, -1, 0, 2, 2), ValueError, "offset_height must be >= 0"),
    (lambda: image.pad_to_bounding_box(X, 0, 0, 3, 9), ValueError, "height must be <= target"),
    (lambda: image.central_crop(X, 1.5), ValueError, "must be within (0, 1]"),
    (lambda: image.rgb_to_grayscale(X[..., :2]), ValueError, "3 channels in the last dimension"),
    (lambda: image.rgb_to_hsv(tf.constant(X, tf.uint8)), tf.errors.InvalidArgumentError, "tf.cast"),
    (lambda: image.adjust_hue(X, 2.0), tf.errors.InvalidArgumentError, "[-1, 1]"),
    (lambda: image.random_brightness(X, -1.0), ValueError, "max_delta must be non-negative"),
    (lambda: image.random_contrast(X, 2.0, 1.0), ValueError, "upper must be > lower"),
    (lambda: image.random_hue(X, 0.7), ValueError, "max_delta must be <= 0.5"),
    (lambda: image.random_crop(X, [2, 9, 1, 3]), ValueError, "Need value.shape >= size"),
    (lambda: image.psnr(X, X[:, :3], 1.0), ValueError, "are not compatible"),
    (lambda: image.ssim(X, X, 1.0), tf.errors.InvalidArgumentError, "smaller than filter_size"),
    (lambda: tf.io.decode_png(b"hello"), tf.errors.InvalidArgumentError, "Unknown image file"),
    (lambda: tf.io.decode_png(b"", channels=2), tf.errors.InvalidArgumentError, "channels must be"),
    (lambda: tf.io.read_file("nowhere.png"), tf.errors.NotFoundError, "nowhere.png; No such file"),
    (lambda: tf.io.encode_jpeg(X[0]), TypeError, "must be uint8, got float32"),
    (lambda: tf.audio.decode_wav(b"RIFFabcd"), tf.errors.InvalidArgumentError, "Header mismatch"),
    (lambda: tf.audio.encode_wav(X, 1), tf.errors.InvalidArgumentError, "2-dimensional"),
    (
        lambda: tf.io.decode_jpeg(b"", fancy_upscaling=False),
        NotImplementedError,
        "repair such files first",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_image_data_generator_whitens_batches_as_single_pictures():
    x = np.random.RandomState(0).normal(size=(6, 4, 4, 1)).astype("float32")
    made = tf.keras.preprocessing.image.ImageDataGenerator(zca_whitening=True, zca_epsilon=0.1)
    made.fit(x)
    batch = made.standardize(x.copy())
    assert batch.dtype == np.float32
    for one, whole in zip(x, batch, strict=True):
        np.testing.assert_allclose(made.standardize(one.copy()), whole, rtol=1e-4, atol=1e-5)


def test_deep_pictures_keep_their_bits_as_floats():
    values = np.array([[0, 5000], [300, 65535]], np.uint16)[..., None]
    data = tf.io.encode_png(values)
    np.testing.assert_array_equal(tf.io.decode_image(data, dtype=tf.uint16), values)
    found = tf.io.decode_image(data, dtype=tf.float32)
    np.testing.assert_allclose(found, values / 65535.0, rtol=1e-6)


def paeth(a, b, c):
    return min((a, b, c), key=lambda x: abs(a + b - c - x))


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_png_files_of_several_deep_channels(channels):
    """Each row has another of PNG's filters, put on here by their definitions."""
    values = np.random.default_rng(0).integers(0, 65536, (5, 4, channels)).astype(np.uint16)
    data = tf.io.encode_png(values).numpy()
    np.testing.assert_array_equal(tf.io.decode_png(data, dtype=tf.uint16), values)
    step, at = 2 * channels, data.index(b"IDAT")
    plain = values.astype(">u2").view(np.uint8).reshape(5, -1).tolist()
    packed = b""
    for kind, row in enumerate(plain):
        above = plain[kind - 1] if kind else [0] * len(row)
        left, corner = ([0] * step + r for r in (row, above))
        mean = lambda a, b, c: (a + b) // 2  # noqa: E731
        guesses = [lambda *_: 0, lambda a, b, c: a, lambda a, b, c: b, mean, paeth]
        bytes_of = [(x - guesses[kind](*abc)) % 256 for x, *abc in zip(row, left, above, corner)]
        packed += bytes([kind, *bytes_of])
    body = b"IDAT" + zlib.compress(packed)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    data = data[: at - 4] + chunk + data[data.index(b"IEND") - 4 :]
    np.testing.assert_array_equal(tf.io.decode_png(data, dtype=tf.uint16), values)
    np.testing.assert_array_equal(tf.io.decode_png(data), values >> 8)
    gray = tf.io.decode_png(data, channels=1, dtype=tf.uint16).numpy()[..., 0]
    weights = [1.0, 0.0] if channels == 2 else [0.299, 0.587, 0.114, 0.0][:channels]
    np.testing.assert_allclose(gray, values @ np.array(weights), atol=4)
