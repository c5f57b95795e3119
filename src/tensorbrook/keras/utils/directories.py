"""Data sets of files whose labels are the names of the folders they lie in."""

import math
import os

import numpy as np

from ... import ops
from ...core.dispatch import tensor_of
from ...core.spec import TensorSpec
from ...data import AUTOTUNE, Dataset
from ...function.function import function
from ...ops.audio import decode_wav
from ...ops.files import read_file
from ...ops.image.files import decode_image
from ...ops.image.geometry import resize_with_pad
from ...ops.image.resize import resize_to_aspect
from ...ops.ragged import RaggedTensor
from ..config import standardize_data_format

PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_MODES = {"int": "int", "categorical": "categorical", "binary": "binary", None: None}


def _listed(folder, formats, follow_links):
    """The paths of the files below a folder that end in one of `formats`, in order."""
    found = []
    walk = os.walk(folder, followlinks=follow_links)
    for place, _, names in sorted(walk, key=lambda entry: entry[0]):
        found += [
            os.path.join(place, name) for name in sorted(names) if name.lower().endswith(formats)
        ]
    return found


def index_directory(directory, labels, formats, class_names=None, follow_links=False, verbose=True):
    """The files of a folder with their labels.

    Args:
      directory: the folder; each folder in it is a class, unless labels are given.
      labels: "inferred"; a list of integers, one a file in the order of their paths; or None.
      formats: a tuple of endings in lower case.
      class_names: the folders to take, in the order of their labels.
      follow_links: also walk through links.
      verbose: print how many files there are.

    Returns:
      (paths, labels or None, class names or None).

    Raises:
      ValueError: class names that are no folders, or labels that are not as many as files.
    """
    directory = os.fspath(directory)
    os.listdir(directory)  # raises where there is no such folder
    if labels != "inferred":
        paths = _listed(directory, formats, follow_links)
        if labels is None:
            names = None
        else:
            if len(labels) != len(paths):
                raise ValueError(
                    "Expected the lengths of `labels` to match the number of files in the target "
                    f"directory. len(labels) is {len(labels)} while we found {len(paths)} files in "
                    f"directory {directory}."
                )
            names = [str(label) for label in sorted(set(labels))]
        if verbose:
            classes = "" if names is None else f" belonging to {len(names)} classes"
            print(f"Found {len(paths)} files{classes}.")
        return paths, labels, names
    folders = sorted(
        entry
        for entry in os.listdir(directory)
        if os.path.isdir(os.path.join(directory, entry)) and not entry.startswith(".")
    )
    if class_names is not None and not set(class_names) <= set(folders):
        raise ValueError(
            "The `class_names` passed did not match the names of the subdirectories of the target "
            f"directory. Expected: {folders} (or a subset of it), but received: "
            f"class_names={class_names}"
        )
    names = folders if class_names is None else list(class_names)
    paths, labels = [], []
    for number, name in enumerate(names):
        own = _listed(os.path.join(directory, name), formats, follow_links)
        paths += own
        labels += [number] * len(own)
    if verbose:
        print(f"Found {len(paths)} files belonging to {len(names)} classes.")
    return paths, labels, names


def check_split(validation_split, subset, shuffle, seed):
    """Raises ValueError unless the arguments that split a data set in two go together."""
    if validation_split and not 0 < validation_split < 1:
        raise ValueError(
            f"`validation_split` must be between 0 and 1, received: {validation_split}"
        )
    if bool(validation_split) != bool(subset):
        raise ValueError("If `subset` is set, `validation_split` must be set, and inversely.")
    if subset not in ("training", "validation", "both", None):
        raise ValueError(
            f'`subset` must be either "training", "validation" or "both", received: {subset}'
        )
    if validation_split and shuffle and seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` "
            "argument, to make sure that there is no overlap between the training and validation "
            "subset."
        )


def check_labels(labels, label_mode, class_names, kind):
    """The label_mode to go by; raises ValueError for arguments that do not go together."""
    if labels not in ("inferred", None) and not isinstance(labels, (list, tuple)):
        raise ValueError(
            "`labels` argument should be a list/tuple of integer labels, of the same size as the "
            f"number of {kind} files in the target directory. If you wish to infer the labels from "
            'the subdirectory names in the target directory, pass `labels="inferred"`. If you wish '
            f"to get a dataset that only contains {kind}s (no labels), pass `labels=None`. "
            f"Received: labels={labels}"
        )
    if isinstance(labels, (list, tuple)) and not all(
        isinstance(v, (int, np.integer)) for v in labels
    ):
        raise ValueError("`labels` must be a list/tuple of integers: one for each file.")
    if class_names and labels != "inferred":
        raise ValueError(
            'You can only pass `class_names` if `labels="inferred"`. Received: '
            f"labels={labels}, and class_names={class_names}"
        )
    if label_mode not in _MODES:
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. '
            f"Received: label_mode={label_mode}"
        )
    return None if labels is None else label_mode


def subsets(paths, labels, validation_split, subset):
    """The part of files that was asked for, as [(paths, labels)]; two of them for "both"."""
    if not subset:
        return [(paths, labels)]
    count = int(validation_split * len(paths))
    parts = {"training": slice(None, -count or None), "validation": slice(len(paths) - count, None)}
    wanted = ("training", "validation") if subset == "both" else (subset,)
    found = []
    for name in wanted:
        part = parts[name]
        found.append((paths[part], None if labels is None else labels[part]))
        print(f"Using {len(found[-1][0])} files for {name}.")
    return found


def labelled(labels, label_mode, classes):
    """The labels of a data set as an array, in the form that `label_mode` names."""
    if label_mode == "int":
        return np.asarray(labels, "int32")
    if label_mode == "binary":
        return np.asarray(labels, "float32")[:, None]
    return np.eye(classes, dtype="float32")[np.asarray(labels, int).reshape(-1)]


def dataset_of_files(load, part, label_mode, class_names, shuffle, batch_size, seed, padded=False):
    """A data set of what `load` makes of each path, with labels; shuffled and in batches.

    Args:
      load: takes a path, a string tensor.
      part: (paths, labels or None).
      shuffle: True draws another order at each epoch, from a buffer of eight batches.
      padded: fill up what is in a batch to the size of the largest.
    """
    paths, labels = part
    files = Dataset.from_tensor_slices(np.array(paths, object))
    if label_mode:
        targets = labelled(labels, label_mode, len(class_names))
        files = Dataset.zip((files, Dataset.from_tensor_slices(targets)))
    if shuffle:
        files = files.shuffle(buffer_size=batch_size * 8 if batch_size else 1024, seed=seed)
    if label_mode:
        loaded = files.map(lambda path, label: (load(path), label), num_parallel_calls=AUTOTUNE)
    else:
        loaded = files.map(load, num_parallel_calls=AUTOTUNE)
    if batch_size is not None:
        loaded = loaded.padded_batch(batch_size) if padded else loaded.batch(batch_size)
    dataset = loaded.prefetch(AUTOTUNE)
    dataset.file_paths, dataset.class_names = paths, class_names if label_mode else None
    return dataset


def _of_directory(kind, formats, load, directory, labels, label_mode, class_names, batch_size,
                  shuffle, seed, validation_split, subset, follow_links, verbose,
                  padded=False):  # fmt: skip
    label_mode = check_labels(labels, label_mode, class_names, kind)
    if label_mode is None:
        labels, class_names = None, None
    check_split(validation_split, subset, shuffle, seed)
    if shuffle and seed is None:
        seed = np.random.randint(1e6)
    paths, labels, class_names = index_directory(
        directory, labels, formats, class_names, follow_links, verbose
    )
    if label_mode == "binary" and len(class_names) != 2:
        raise ValueError(
            'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: '
            f"class_names={class_names}"
        )
    if shuffle:
        for column in (paths, labels):
            if column is not None:
                np.random.RandomState(seed).shuffle(column)
    made = []
    for part in subsets(paths, labels, validation_split, subset):
        if not part[0]:
            raise ValueError(
                f"No {kind}{'s' if kind == 'image' else ' files'} found in directory {directory}. "
                f"Allowed formats: {formats}"
            )
        own_shuffle = shuffle and not (subset == "both" and made)
        made.append(
            dataset_of_files(
                load, part, label_mode, class_names, own_shuffle, batch_size, seed, padded
            )
        )
    return made if subset == "both" else made[0]


def image_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    color_mode="rgb",
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    interpolation="bilinear",
    follow_links=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    data_format=None,
    format="tf",
    verbose=True,
):
    """A `tf.data.Dataset` of the pictures of a folder, with the names of its folders as labels.

    Args:
      directory: the folder; each folder in it holds the pictures of one class.
      labels: "inferred"; a list of integers, one for each file in the order of their paths; None.
      label_mode: "int"; "categorical", one-hot vectors; "binary", 0.0 or 1.0; None for no labels.
      class_names: the folders to take, in the order of their labels.
      color_mode: "rgb", "rgba" or "grayscale".
      batch_size: None for single pictures.
      image_size: (height, width) that pictures are scaled to.
      shuffle: in another order at each epoch; False: in that of their paths.
      seed: an integer that fixes the order, and which part is which.
      validation_split: the part of the files that is for validation.
      subset: "training", "validation", or "both" for two data sets.
      interpolation: as for `tf.image.resize`.
      follow_links: also walk through links.
      crop_to_aspect_ratio: cut off what has another shape than `image_size`.
      pad_to_aspect_ratio: put borders around what has another shape.
      data_format: "channels_first" puts the channels first.
      format: "tf".
      verbose: print how many files there are.

    Returns:
      float32 pictures (batch, *image_size, channels) in [0, 255], and labels as `label_mode` says.
      The data set has the attributes `class_names` and `file_paths`.

    Raises:
      ValueError: arguments that do not go together; no pictures.

    Example:
    >>> for name in ("cat/1.png", "dog/2.png"):
    ...     tf.io.write_file("pets/" + name, tf.io.encode_png(tf.zeros([8, 8, 3], tf.uint8)))
    >>> pets = tf.keras.utils.image_dataset_from_directory("pets", image_size=(4, 4), shuffle=False)
    Found 2 files belonging to 2 classes.
    >>> pictures, labels = next(iter(pets))
    >>> pictures.shape, labels.numpy(), pets.class_names
    (TensorShape([2, 4, 4, 3]), array([0, 1], dtype=int32), ['cat', 'dog'])
    """
    channels = {"rgb": 3, "rgba": 4, "grayscale": 1}.get(color_mode)
    if channels is None:
        raise ValueError(
            '`color_mode` must be one of {"rgb", "rgba", "grayscale"}. Received: '
            f"color_mode={color_mode}"
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "Only one of `pad_to_aspect_ratio` and `crop_to_aspect_ratio` can be True."
        )
    if format != "tf":
        raise NotImplementedError(f"format={format!r} is not built: leave it out for tf.data.")
    first = standardize_data_format(data_format) == "channels_first"
    size = tuple(image_size)

    def scale(picture):
        if interpolation != "nearest":  # which takes pixels as they are
            picture = ops.cast(picture, "float32")
        if pad_to_aspect_ratio:  # the borders are of whole pixels of the result
            picture = resize_with_pad(picture, *size, method=interpolation)
        else:
            picture = ops.expand_dims(picture, 0)
            picture = resize_to_aspect(picture, size, interpolation, crop=crop_to_aspect_ratio)
        picture = ops.reshape(picture, (*size, channels))
        return ops.transpose(picture, (2, 0, 1)) if first else picture

    if not (crop_to_aspect_ratio or pad_to_aspect_ratio):  # one program for pictures of all sizes
        scale = function(scale, [TensorSpec((None, None, channels), "uint8")])

    def load(path):
        return scale(decode_image(read_file(path), channels, expand_animations=False))

    return _of_directory("image", PICTURES, load, directory, labels, label_mode, class_names,
                         batch_size, shuffle, seed, validation_split, subset, follow_links,
                         verbose)  # fmt: skip


def _resampled(audio, rate, wanted):
    """Samples (samples, channels) at another rate: between two of them by a straight line."""
    count = audio._shape[0]
    if not isinstance(count, int):
        raise NotImplementedError("sampling_rate: the length of the audio must be known.")
    new = math.ceil(count * wanted / rate)
    place = ops.cast(ops.range(new), "float32") * (rate / wanted)
    low = ops.minimum(ops.cast(place, "int32"), count - 1)
    high = ops.minimum(low + 1, count - 1)
    part = ops.expand_dims(place - ops.cast(low, "float32"), -1)
    return ops.gather(audio, low) * (1 - part) + ops.gather(audio, high) * part


def audio_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    sampling_rate=None,
    output_sequence_length=None,
    ragged=False,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    verbose=True,
):
    """A `tf.data.Dataset` of the WAV files of a folder, with the names of its folders as labels.

    Args:
      sampling_rate: samples a second to change all files to; None leaves them as they are.
      output_sequence_length: cut off or fill up all files to so many samples; None: in each batch
        to the longest one.
      ragged: batches are `tf.RaggedTensor`s (batch, samples, channels), which are not filled up.

    The other arguments are those of `image_dataset_from_directory`.

    Returns:
      float32 (batch, samples, channels) in [-1, 1], and labels as `label_mode` says.

    Raises:
      ValueError: arguments that do not go together; no files.

    Example:
    >>> tf.io.write_file("sounds/a/1.wav", tf.audio.encode_wav(tf.zeros([6, 1]), 8000))
    >>> sounds = tf.keras.utils.audio_dataset_from_directory("sounds", output_sequence_length=4)
    Found 1 files belonging to 1 classes.
    >>> next(iter(sounds))[0].shape
    TensorShape([1, 4, 1])
    """
    if ragged and output_sequence_length is not None:
        raise ValueError(
            "Cannot set both `ragged` and `output_sequence_length`: all sequences have one length "
            "with the latter."
        )
    if sampling_rate is not None and (not isinstance(sampling_rate, int) or sampling_rate <= 0):
        raise ValueError(
            f"`sampling_rate` should be higher than 0. Received: sampling_rate={sampling_rate}"
        )

    def load(path):
        audio, rate = decode_wav(read_file(tensor_of(path)))
        if sampling_rate is not None and int(rate) != sampling_rate:
            audio = _resampled(audio, int(rate), sampling_rate)
        if output_sequence_length is not None:
            audio = audio[:output_sequence_length]
            audio = ops.pad(audio, [(0, output_sequence_length - audio._shape[0]), (0, 0)])
        return RaggedTensor.from_tensor(audio) if ragged else audio

    return _of_directory("audio", (".wav",), load, directory, labels, label_mode, class_names,
                         batch_size, shuffle, seed, validation_split, subset, follow_links,
                         verbose, padded=output_sequence_length is None and not ragged)  # fmt: skip


def text_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    max_length=None,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    format="tf",
    verbose=True,
):
    """A `tf.data.Dataset` of the .txt files of a folder, with the names of its folders as labels.

    Args:
      max_length: how many bytes of a text to keep; all by default.

    The other arguments are those of `image_dataset_from_directory`.

    Returns:
      Strings (batch,), and labels as `label_mode` says.

    Raises:
      ValueError: arguments that do not go together; no files.

    Example:
    >>> for name in ("bad/1.txt", "good/2.txt"):
    ...     tf.io.write_file("texts/" + name, "Quite " + name[:3])
    >>> texts = tf.keras.utils.text_dataset_from_directory("texts", shuffle=False)
    Found 2 files belonging to 2 classes.
    >>> next(iter(texts))[0].numpy(), texts.class_names
    (array([b'Quite bad', b'Quite goo'], dtype=object), ['bad', 'good'])
    """
    if format != "tf":
        raise NotImplementedError(f"format={format!r} is not built: leave it out for tf.data.")

    def load(path):
        text = read_file(path)
        return text if max_length is None else ops.strings_substr(text, 0, max_length)

    return _of_directory("text", (".txt",), load, directory, labels, label_mode, class_names,
                         batch_size, shuffle, seed, validation_split, subset, follow_links,
                         verbose)  # fmt: skip
