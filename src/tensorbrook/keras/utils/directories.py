"""Data sets of the files in a folder, whose subfolders are classes."""

import os

import numpy as np

from ... import ops
from ...data import AUTOTUNE, Dataset


def _check(labels, label_mode, class_names, kind):
    if labels not in ("inferred", None) and not isinstance(labels, list | tuple):
        raise ValueError(
            "`labels` argument should be a list/tuple of integer labels, of the same size as the "
            f"number of {kind} files in the target directory. If you wish to infer the labels from "
            'the subdirectory names in the target directory, pass `labels="inferred"`. If you wish '
            "to get a dataset that only contains the files (no labels), pass `labels=None`. "
            f"Received: labels={labels}"
        )
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. '
            f"Received: label_mode={label_mode}"
        )
    if labels != "inferred" and class_names:
        raise ValueError(
            'You can only pass `class_names` if `labels="inferred"`. Received: '
            f"labels={labels}, and class_names={class_names}"
        )


def _check_split(validation_split, subset, shuffle, seed):
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


def _classes(directory, class_names):
    found = sorted(
        name
        for name in os.listdir(directory)
        if os.path.isdir(os.path.join(directory, name)) and not name.startswith(".")
    )
    if not class_names:
        return found
    if not set(class_names) <= set(found):
        raise ValueError(
            "The `class_names` passed did not match the names of the subdirectories of the target "
            f"directory. Expected: {found} (or a subset of it), but received: "
            f"class_names={class_names}"
        )
    return list(class_names)


def _files(directory, formats, follow_links):
    walk = sorted(os.walk(directory, followlinks=follow_links), key=lambda step: step[0])
    hidden = tuple(
        folder for folder, _, _ in walk if os.path.basename(folder).startswith(".") and folder
    )
    return [
        os.path.join(folder, name)
        for folder, _, names in walk
        if folder == directory or not folder.startswith(hidden or ("\0",))
        for name in sorted(names)
        if name.lower().endswith(formats)
    ]


def _index(directory, labels, formats, class_names, follow_links, verbose):
    """(paths, their labels or None, names of the classes)."""
    if labels == "inferred":
        names = _classes(directory, class_names)
        groups = [_files(os.path.join(directory, name), formats, follow_links) for name in names]
        paths = [path for group in groups for path in group]
        numbers = [number for number, group in enumerate(groups) for _ in group]
    else:
        paths, names, numbers = _files(directory, formats, follow_links), None, labels
        if labels is not None:
            if len(labels) != len(paths):
                raise ValueError(
                    "Expected the lengths of `labels` to match the number of files in the target "
                    f"directory. len(labels) is {len(labels)} while we found {len(paths)} files "
                    f"in directory {directory}."
                )
            names = [str(label) for label in sorted(set(labels))]
    if verbose:
        belonging = "" if names is None else f" belonging to {len(names)} classes"
        print(f"Found {len(paths)} files{belonging}.")
    return paths, numbers, names


def dataset_of_directory(
    directory,
    kind,
    formats,
    load,
    *,
    labels,
    label_mode,
    class_names,
    batch_size,
    shuffle,
    seed,
    validation_split,
    subset,
    follow_links,
    verbose,
    format="tf",
):
    """The data set of the files in a folder, or the two of a training and a validation part.

    Args:
      directory: the folder.
      kind: what files hold, in a word, for messages.
      formats: the ends of the files' names, as a tuple.
      load: a function from a path to what a file holds; elements of the data set.
      labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset,
      follow_links, verbose: as in `text_dataset_from_directory`.
    """
    if format != "tf":
        raise NotImplementedError(f'format={format!r} is not built; use "tf".')
    _check(labels, label_mode, class_names, kind)
    _check_split(validation_split, subset, shuffle, seed)
    if label_mode is None:
        labels, class_names = None, None
    elif labels is None:
        label_mode = None
    if seed is None:
        seed = np.random.randint(1e6)
    directory = str(directory)
    paths, numbers, names = _index(directory, labels, formats, class_names, follow_links, verbose)
    if shuffle:
        np.random.RandomState(seed).shuffle(paths)
        if numbers is not None:
            numbers = list(numbers)
            np.random.RandomState(seed).shuffle(numbers)
    if label_mode == "binary" and len(names) != 2:
        raise ValueError(
            'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: '
            f"class_names={names}"
        )
    if not paths:
        raise ValueError(
            f"No {kind} files found in directory {directory}. Allowed format(s): {formats}"
        )
    held = int(validation_split * len(paths)) if validation_split else 0
    parts = {"training": slice(0, len(paths) - held), "validation": slice(len(paths) - held, None)}
    wanted = ("training", "validation") if subset == "both" else (subset,)
    made = []
    for part in wanted:
        rows = parts[part] if part else slice(None)
        if part and verbose:
            print(f"Using {len(paths[rows])} files for {part}.")
        dataset = _dataset(paths[rows], numbers and numbers[rows], label_mode, names, load)
        if shuffle and not (subset == "both" and part == "validation"):
            dataset = dataset.shuffle(8 * batch_size if batch_size else 1024, seed=seed)
        if batch_size is not None:
            dataset = dataset.batch(batch_size)
        dataset = dataset.prefetch(AUTOTUNE)
        dataset.class_names, dataset.file_paths = names, paths[rows]
        made.append(dataset)
    return made if subset == "both" else made[0]


def _dataset(paths, numbers, label_mode, names, load):
    files = Dataset.from_tensor_slices(paths).map(load, num_parallel_calls=AUTOTUNE)
    if label_mode is None:
        return files
    labels = np.array(numbers, "int32")
    if label_mode == "binary":
        labels = labels[:, None].astype("float32")
    elif label_mode == "categorical":
        labels = np.eye(len(names), dtype="float32")[labels]
    return Dataset.zip((files, Dataset.from_tensor_slices(labels)))


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
    """A data set of the text files (.txt) in a folder, whose subfolders are classes.

    Args:
      directory: the folder.
      labels: "inferred": the subfolders' numbers; or a label for each file, in the order of their
        paths; or None for texts alone.
      label_mode: "int"; "categorical": rows of zeros and a one; "binary": 0.0 and 1.0 of two
        classes; None for texts alone.
      class_names: the subfolders to take, in this order; all in alphabetical order by default.
      batch_size: how many texts a batch holds; None for single ones.
      max_length: how many bytes of a text to keep.
      shuffle: whether to mix the texts; `seed` fixes their order.
      validation_split: the share of files for validation.
      subset: "training", "validation", or "both" for a list of two data sets.
      follow_links: whether to visit linked folders.
      format: "tf".
      verbose: whether to print how many files were found.

    Returns:
      A `tf.data.Dataset`; its attribute `class_names` has the classes' names.

    Raises:
      ValueError: arguments that do not go together, no files.
    """

    def load(path):
        with open(path.numpy().decode(), "rb") as file:
            text = file.read()
        return ops.constant(text if max_length is None else text[:max_length])

    return dataset_of_directory(
        directory,
        "text",
        (".txt",),
        load,
        labels=labels,
        label_mode=label_mode,
        class_names=class_names,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        validation_split=validation_split,
        subset=subset,
        follow_links=follow_links,
        verbose=verbose,
        format=format,
    )
