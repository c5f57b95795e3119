"""ImageDataGenerator, of Keras 2: batches of pictures changed at random, from arrays or files."""

import os
import warnings

import numpy as np

from ...base.config import settings
from ...base.files import replacing
from ..layers.reshape import standardize_data_format
from ..utils.dataset_utils import PyDataset
from ..utils.directories import _listed
from ..utils.pictures import array_to_img, img_to_array, load_img
from .affine import apply_affine_transform, apply_brightness_shift, apply_channel_shift

_FORMATS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")


class Iterator(PyDataset):
    """Batches of numbered samples in a random order, without end; the base of the iterators here.

    Args:
      n: how many samples there are.
      batch_size: samples of a batch.
      shuffle: whether each epoch has another order.
      seed: an integer that fixes the orders.
    """

    white_list_formats = _FORMATS

    def __init__(self, n, batch_size, shuffle, seed, **kwargs):
        super().__init__(**kwargs)
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index, self.total_batches_seen = 0, 0
        self.index_array = None
        self.index_generator = self._flow_index()

    def _set_index_array(self):
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __getitem__(self, idx):
        if idx >= len(self):
            raise ValueError(
                f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}"
            )
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        start = self.batch_size * idx
        return self._get_batches_of_transformed_samples(
            self.index_array[start : start + self.batch_size]
        )

    def __len__(self):
        return -(-self.n // self.batch_size)

    def on_epoch_end(self):
        """Draws the order of the next epoch."""
        self._set_index_array()

    def reset(self):
        """Begins again with the first batch."""
        self.batch_index = 0

    def _flow_index(self):
        self.reset()
        while True:
            if self.seed is not None:
                np.random.seed(self.seed + self.total_batches_seen)
            if self.batch_index == 0:
                self._set_index_array()
            if self.n == 0:
                raise ValueError("There are no samples to make batches of.")
            start = self.batch_index * self.batch_size % self.n
            self.batch_index = self.batch_index + 1 if self.n > start + self.batch_size else 0
            self.total_batches_seen += 1
            yield self.index_array[start : start + self.batch_size]

    def __iter__(self):
        return self

    def next(self):
        """The next batch: `next(iterator)`."""
        return self.__next__()

    def __next__(self):
        return self._get_batches_of_transformed_samples(next(self.index_generator))

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError

    def _save(self, pictures, numbers):
        """Writes pictures into `save_to_dir`, where there is one, to look at."""
        for x, number in zip(pictures, numbers) if self.save_to_dir else ():
            picture = array_to_img(x, self.data_format, scale=True)
            tail = np.random.randint(1e7)
            name = f"{self.save_prefix}_{number}_{tail}.{self.save_format}"
            with replacing(os.path.join(self.save_to_dir, name), synced=False) as new:
                picture.save(new)


class NumpyArrayIterator(Iterator):
    """Batches of pictures of an array, changed by an ImageDataGenerator: see its `flow`."""

    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        ignore_class_split=False,
        dtype=None,
    ):
        self.dtype = settings.floatx if dtype is None else dtype
        self.data_format = standardize_data_format(data_format)
        x, *more = x if isinstance(x, (tuple, list)) else (x,)
        more = [np.asarray(other) for other in (more[0] if len(more) == 1 and isinstance(
            more[0], (tuple, list)) else more)]  # fmt: skip
        columns = {"x": np.asarray(x), "y": y, "sample_weight": sample_weight}
        columns = {k: v if v is None else np.asarray(v) for k, v in columns.items()}
        for name, column in columns.items():
            if column is not None and len(column) != len(x):
                raise ValueError(
                    f"`x` (images tensor) and `{name}` should have the same length. Found: x.shape "
                    f"= {np.shape(x)}, {name}.shape = {column.shape}"
                )
        if subset is not None:
            part = self._part(image_data_generator, subset, len(x))
            self._check_classes(columns["y"], part, ignore_class_split)
            columns = {k: v if v is None else v[part] for k, v in columns.items()}
            more = [other[part] for other in more]
        self.x, self.y = columns["x"].astype(self.dtype), columns["y"]
        if self.x.ndim != 4:
            raise ValueError(
                "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with "
                f"shape {self.x.shape}"
            )
        channels = self.x.shape[3 if self.data_format == "channels_last" else 1]
        if channels not in (1, 3, 4):
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}",'
                f" i.e. 1, 3, or 4 channels are expected, but the array of shape {self.x.shape} "
                f"has {channels} channels.",
                stacklevel=3,
            )
        self.x_misc, self.sample_weight = more, columns["sample_weight"]
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    @staticmethod
    def _part(generator, subset, count):
        if subset not in ("training", "validation"):
            raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
        cut = int(count * generator._validation_split)
        return slice(cut) if subset == "validation" else slice(cut, None)

    @staticmethod
    def _check_classes(y, part, ignore_class_split):
        if y is None or ignore_class_split:
            return
        rest = np.concatenate([y[: part.start or 0], y[part.stop :] if part.stop else y[:0]])
        if not np.array_equal(np.unique(y[part]), np.unique(rest)):
            raise ValueError(
                "Training and validation subsets have different number of classes after the split. "
                "If your numpy arrays are sorted by the label, you might want to shuffle them."
            )

    def _get_batches_of_transformed_samples(self, index_array):
        change = self.image_data_generator
        batch = np.stack([
            change.standardize(change.apply_transform(
                self.x[j].astype(self.dtype), change.get_random_transform(self.x[j].shape)))
            for j in index_array
        ]).astype(self.dtype)  # fmt: skip
        self._save(batch, index_array)
        pictures = [batch, *(other[index_array] for other in self.x_misc)]
        columns = (pictures if self.x_misc else batch,)
        if self.y is None:
            return columns[0]
        columns += (self.y[index_array],)
        if self.sample_weight is not None:
            columns += (self.sample_weight[index_array],)
        return columns


class _FileIterator(Iterator):
    """Batches of pictures of files."""

    allowed_class_modes = ("categorical", "binary", "sparse", "input", "raw", "multi_output", None)
    sample_weight = None

    def _set_files(self, generator, target_size, color_mode, data_format, save, subset,
                   interpolation, keep_aspect_ratio, dtype):  # fmt: skip
        self.image_data_generator = generator
        self.dtype = settings.floatx if dtype is None else dtype
        self.data_format = standardize_data_format(data_format)
        self.target_size, self.keep_aspect_ratio = tuple(target_size), keep_aspect_ratio
        channels = {"rgb": 3, "rgba": 4, "grayscale": 1}.get(color_mode)
        if channels is None:
            raise ValueError(
                f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".'
            )
        self.color_mode, self.interpolation = color_mode, interpolation
        first = self.data_format == "channels_first"
        self.image_shape = (channels, *target_size) if first else (*target_size, channels)
        self.save_to_dir, self.save_prefix, self.save_format = save
        self.subset = subset
        if subset is None:
            self.split = None
        elif subset in ("training", "validation"):
            cut = generator._validation_split
            self.split = (0, cut) if subset == "validation" else (cut, 1)
        else:
            raise ValueError(f'Invalid subset name: {subset};expected "training" or "validation"')

    def _check_mode(self, class_mode):
        if class_mode not in self.allowed_class_modes:
            raise ValueError(
                f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}"
            )
        self.class_mode = class_mode

    def _part(self, paths):
        """The files of one class, or of all, that are of the subset."""
        if self.split is None:
            return paths
        low, high = (int(edge * len(paths)) for edge in self.split)
        return paths[low:high]

    def _get_batches_of_transformed_samples(self, index_array):
        change, pictures = self.image_data_generator, []
        for j in index_array:
            picture = load_img(
                self.filepaths[j],
                color_mode=self.color_mode,
                target_size=self.target_size,
                interpolation=self.interpolation,
                keep_aspect_ratio=self.keep_aspect_ratio,
            )
            x = img_to_array(picture, data_format=self.data_format)
            picture.close()
            x = change.apply_transform(x, change.get_random_transform(x.shape))
            pictures.append(change.standardize(x))
        batch = np.stack(pictures).astype(self.dtype) if pictures else np.zeros(
            (0, *self.image_shape), self.dtype)  # fmt: skip
        self._save(batch, index_array)
        if self.class_mode is None:
            return batch
        targets = self._targets(batch, index_array)
        if self.sample_weight is None:
            return batch, targets
        return batch, targets, self.sample_weight[index_array]

    def _targets(self, batch, index_array):
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "multi_output":
            return [column[index_array] for column in self.labels]
        labels = self.labels[index_array]
        if self.class_mode == "binary" or self.class_mode == "sparse":
            return labels.astype(self.dtype)
        if self.class_mode == "categorical":
            targets = np.zeros((len(batch), len(self.class_indices)), self.dtype)
            for row, own in enumerate(labels):
                targets[row, own] = 1.0
            return targets
        return labels


class DirectoryIterator(_FileIterator):
    """Batches of the pictures of a folder: see `ImageDataGenerator.flow_from_directory`."""

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self,
        directory,
        image_data_generator,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype=None,
    ):
        save = (save_to_dir, save_prefix, save_format)
        self._set_files(image_data_generator, target_size, color_mode, data_format, save, subset,
                        interpolation, keep_aspect_ratio, dtype)  # fmt: skip
        self.directory, self.classes = directory, classes
        self._check_mode(class_mode)
        if not classes:
            classes = sorted(
                name for name in os.listdir(directory)
                if os.path.isdir(os.path.join(directory, name))
            )  # fmt: skip
        self.num_classes = len(classes)
        self.class_indices = {name: number for number, name in enumerate(classes)}
        self.filenames, numbers = [], []
        endings = tuple("." + ending for ending in self.white_list_formats)
        for name, number in self.class_indices.items():
            own = self._part(_listed(os.path.join(directory, name), endings, follow_links))
            self.filenames += [os.path.relpath(path, directory) for path in own]
            numbers += [number] * len(own)
        self.samples = len(self.filenames)
        self.labels = self.classes = np.array(numbers, "int32")
        self.filepaths = [os.path.join(directory, name) for name in self.filenames]
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)


class DataFrameIterator(_FileIterator):
    """Batches of the files that a DataFrame names: `ImageDataGenerator.flow_from_dataframe`."""

    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format="channels_last",
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype="float32",
        validate_filenames=True,
    ):
        save = (save_to_dir, save_prefix, save_format)
        self._set_files(image_data_generator, target_size, color_mode, data_format, save, subset,
                        interpolation, keep_aspect_ratio, dtype)  # fmt: skip
        self._check_mode(class_mode)
        self.directory = directory or ""
        self._check_columns(dataframe, x_col, y_col, weight_col)
        frame = dataframe.copy()
        if validate_filenames:
            frame = self._with_files(frame, x_col)
        if class_mode in ("categorical", "binary", "sparse"):
            frame, classes = self._with_classes(frame, classes, y_col)
            self.class_indices = {name: number for number, name in enumerate(classes)}
        if self.split is not None:
            frame = frame.iloc[slice(*(int(edge * len(frame)) for edge in self.split))]
        self._set_labels(frame, y_col)
        self.sample_weight = frame[weight_col].values if weight_col else None
        self.filenames = frame[x_col].tolist()
        self.samples = len(self.filenames)
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        known = f" belonging to {len(classes)} classes" if hasattr(self, "class_indices") else ""
        kind = "validated" if validate_filenames else "non-validated"
        print(f"Found {self.samples} {kind} image filenames{known}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _set_labels(self, frame, y_col):
        if self.class_mode in ("categorical", "binary", "sparse"):
            numbers = [
                [self.class_indices[one] for one in own] if isinstance(own, (list, tuple))
                else self.class_indices[own]
                for own in frame[y_col]
            ]  # fmt: skip
            plain = not any(isinstance(own, list) for own in numbers)
            self.classes = self.labels = np.array(numbers, int if plain else object)
        elif self.class_mode == "multi_output":
            self.labels = [np.array(frame[column].tolist()) for column in y_col]
        elif self.class_mode == "raw":
            self.labels = frame[y_col].values

    def _check_columns(self, frame, x_col, y_col, weight_col):
        if self.class_mode == "multi_output" and not isinstance(y_col, (list, tuple)):
            raise TypeError(
                f'If class_mode="{self.class_mode}", y_col must be a list. Received '
                f"{type(y_col).__name__}."
            )
        wanted = [x_col, weight_col] if self.class_mode in ("input", None) else [
            x_col, weight_col, *(y_col if isinstance(y_col, (list, tuple)) else [y_col])
        ]  # fmt: skip
        missing = [name for name in wanted if name is not None and name not in frame]
        if missing:
            raise ValueError(f"The dataframe has no columns {missing}: it has {list(frame)}.")
        if not all(isinstance(name, str) for name in frame[x_col]):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")

    def _with_files(self, frame, x_col):
        def valid(name):
            path = os.path.join(self.directory, name)
            return name.lower().endswith(self.white_list_formats) and os.path.isfile(path)

        mask = frame[x_col].map(valid).astype(bool)
        if len(mask) - mask.sum():
            warnings.warn(
                f'Found {len(mask) - mask.sum()} invalid image filename(s) in x_col="{x_col}". '
                "These filename(s) will be ignored.",
                stacklevel=4,
            )
        return frame[mask]

    def _with_classes(self, frame, classes, y_col):
        """The rows of known classes, and these in order."""
        if classes:
            known = set(classes)

            def kept(own):
                return own in known if isinstance(own, str) else any(one in known for one in own)

            frame = frame[frame[y_col].map(kept).astype(bool)]
            frame = frame.assign(**{y_col: [
                own if isinstance(own, str) else [one for one in own if one in known]
                for own in frame[y_col]
            ]})  # fmt: skip
        else:
            found = set()
            for own in frame[y_col]:
                found |= {own} if isinstance(own, str) else set(own)
            classes = sorted(found)
        if self.class_mode == "binary" and len(classes) != 2:
            raise ValueError(
                f'If class_mode="binary" there must be 2 classes. {len(classes)} class(es) were '
                "found."
            )
        return frame, list(classes)


class ImageDataGenerator:
    """Batches of pictures changed at random, of Keras 2; layers such as `RandomFlip` are faster.

    Args:
      featurewise_center, featurewise_std_normalization: subtract the mean of the data, divide by
        its standard deviation; call `fit` before.
      samplewise_center, samplewise_std_normalization: likewise by each picture's own.
      zca_whitening, zca_epsilon: whiten the pictures; call `fit` before.
      rotation_range: the most to turn, in degrees.
      width_shift_range, height_shift_range: the most to move: below 1 in parts of the side, else in
        pixels; or a list of numbers to choose from.
      brightness_range: (least, most) factor of the brightness.
      shear_range: the most to shear, in degrees.
      zoom_range: (least, most) part that is shown, or a number around 1.
      channel_shift_range: the most to add to all values.
      fill_mode, cval: what is beyond the edge: "nearest", "constant", "reflect" or "wrap".
      horizontal_flip, vertical_flip: mirror half of the pictures.
      rescale: a factor for all values, applied after the changes.
      preprocessing_function: applied to each picture after the changes.
      data_format: "channels_last" or "channels_first".
      validation_split: the part of the data that is for validation.
      interpolation_order: 0 for nearest pixels, 1 for straight lines between them.
      dtype: of the batches; that of keras.config.floatx() by default.

    Raises:
      ValueError: ranges that are none, a validation_split out of (0, 1).

    Example:
    >>> generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
    >>> batches = generator.flow(np.full((4, 2, 2, 1), 255.0), [0, 1, 2, 3], batch_size=2,
    ...                          shuffle=False)
    >>> x, y = next(batches)
    >>> x.shape, float(x.max()), y
    ((2, 2, 2, 1), 1.0, array([0, 1]))
    """

    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format=None,
        validation_split=0.0,
        interpolation_order=1,
        dtype=None,
    ):
        self.featurewise_center = featurewise_center or zca_whitening
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.featurewise_std_normalization = featurewise_std_normalization and not zca_whitening
        self.samplewise_std_normalization = samplewise_std_normalization
        self.featurewise_center = self.featurewise_center or featurewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode, self.cval = fill_mode, cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.data_format = standardize_data_format(data_format)
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        self.interpolation_order = interpolation_order
        self.dtype = settings.floatx if dtype is None else dtype
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(
                "`validation_split` must be strictly between 0 and 1.  Received: "
                f"{validation_split}"
            )
        self._validation_split = validation_split
        self.mean = self.std = self.zca_whitening_matrix = None
        self.zoom_range = self._pair("zoom_range", zoom_range, 1)
        if brightness_range is not None and np.size(brightness_range) != 2:
            raise ValueError(
                "`brightness_range should be tuple or list of two floats. Received: "
                f"{brightness_range}"
            )
        self.brightness_range = brightness_range

    @staticmethod
    def _pair(name, value, middle):
        if isinstance(value, (float, int)):
            return [middle - value, middle + value]
        if len(value) == 2 and all(isinstance(one, (float, int)) for one in value):
            return [value[0], value[1]]
        raise ValueError(
            f"`{name}` should be a float or a tuple or list of two floats. Received: {value}"
        )

    # -- where pictures come from ------------------------------------------------------------------

    def flow(
        self,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        ignore_class_split=False,
        subset=None,
    ):
        """Batches of the pictures of an array, without end.

        Args:
          x: (samples, height, width, channels); or a tuple of it and further columns.
          y, sample_weight: further columns.
          batch_size: samples of a batch.
          shuffle, seed: whether each epoch has another order, and what fixes it.
          save_to_dir, save_prefix, save_format: a folder to write the changed pictures into.
          ignore_class_split: allow parts that lack a class.
          subset: "training" or "validation", where there is a validation_split.

        Returns:
          An iterator over x, (x, y) or (x, y, sample_weight).
        """
        return NumpyArrayIterator(x, y, self, batch_size, shuffle, sample_weight, seed,
                                  self.data_format, save_to_dir, save_prefix, save_format, subset,
                                  ignore_class_split, self.dtype)  # fmt: skip

    def flow_from_directory(
        self,
        directory,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
    ):
        """Batches of the pictures of a folder, whose folders are the classes, without end.

        Args:
          directory: the folder.
          target_size: (height, width) that pictures are scaled to.
          color_mode: "rgb", "rgba" or "grayscale".
          classes: the folders to take, in the order of their labels.
          class_mode: "categorical", one-hot; "binary" or "sparse", numbers; "input", the pictures
            themselves; None, no labels.
          follow_links: also walk through links.
          interpolation, keep_aspect_ratio: as for `keras.utils.load_img`.

        The other arguments are those of `flow`.
        """
        return DirectoryIterator(directory, self, target_size, color_mode, classes, class_mode,
                                 batch_size, shuffle, seed, self.data_format, save_to_dir,
                                 save_prefix, save_format, follow_links, subset, interpolation,
                                 keep_aspect_ratio, self.dtype)  # fmt: skip

    def flow_from_dataframe(
        self,
        dataframe,
        directory=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        validate_filenames=True,
        **kwargs,
    ):
        """Batches of the pictures that a pandas DataFrame names, without end.

        Args:
          dataframe: the names of files and their labels.
          directory: the folder that the names count from.
          x_col, y_col, weight_col: the columns of names, labels and weights; `y_col` may be a list.
          class_mode: as for `flow_from_directory`; "raw", the columns as they are; "multi_output",
            a list of columns.
          validate_filenames: leave out names that are no files.

        The other arguments are those of `flow_from_directory`.
        """
        if kwargs.pop("drop_duplicates", False):
            dataframe = dataframe.drop_duplicates(x_col)
        kwargs = {k: v for k, v in kwargs.items() if k not in ("has_ext", "sort")}
        if kwargs:
            raise TypeError(f"flow_from_dataframe: unknown arguments {sorted(kwargs)}.")
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            data_format=self.data_format,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            validate_filenames=validate_filenames,
            dtype=self.dtype,
        )

    # -- what is done to a picture -----------------------------------------------------------------

    def standardize(self, x):
        """A picture, or a batch of them, normalized as the arguments say."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + 1e-6)
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x = x - self.mean
        if self.featurewise_std_normalization and self._fitted(
            "featurewise_std_normalization", self.std
        ):
            x = x / (self.std + 1e-6)
        if self.zca_whitening and self._fitted("zca_whitening", self.zca_whitening_matrix):
            matrix = self.zca_whitening_matrix.astype(x.dtype, copy=False)
            x = np.reshape(x.reshape(-1, len(matrix)) @ matrix, x.shape)
        return x

    @staticmethod
    def _fitted(name, value):
        if value is None:
            warnings.warn(
                f"This ImageDataGenerator specifies `{name}`, but it hasn't been fit on any "
                "training data. Fit it first by calling `.fit(numpy_data)`.",
                stacklevel=3,
            )
        return value is not None

    def _shift(self, spread, size):
        """How far to move: a number of a list, or up to a number either way."""
        try:  # a list, or a whole number of pixels
            moved = np.random.choice(spread)
            return moved * np.random.choice([-1, 1]) * (size if np.max(spread) < 1 else 1)
        except ValueError:
            moved = np.random.uniform(-spread, spread)
            return moved * size if np.max(spread) < 1 else moved

    def get_random_transform(self, img_shape, seed=None):
        """The numbers of one change, drawn for a picture of a shape: a dict."""
        if seed is not None:
            np.random.seed(seed)
        height, width = (img_shape[axis - 1] for axis in (self.row_axis, self.col_axis))

        def draw(spread):
            return np.random.uniform(-spread, spread) if spread else 0

        theta = draw(self.rotation_range)
        down, across = self.height_shift_range, self.width_shift_range
        tx = self._shift(down, height) if np.any(down) else 0
        ty = self._shift(across, width) if np.any(across) else 0
        shear = draw(self.shear_range)
        zooms = (1, 1) if self.zoom_range == [1, 1] else np.random.uniform(*self.zoom_range, 2)
        flips = [np.random.random() < 0.5 and wanted for wanted in
                 (self.horizontal_flip, self.vertical_flip)]  # fmt: skip
        shift = self.channel_shift_range
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zooms[0],
            "zy": zooms[1],
            "flip_horizontal": flips[0],
            "flip_vertical": flips[1],
            "channel_shift_intensity": draw(shift) if shift else None,
            "brightness": (
                None if self.brightness_range is None else np.random.uniform(*self.brightness_range)
            ),
        }

    def apply_transform(self, x, transform_parameters):
        """A picture changed by numbers such as `get_random_transform` gives; missing ones do
        nothing."""
        given = transform_parameters
        axes = {
            "row_axis": self.row_axis - 1,
            "col_axis": self.col_axis - 1,
            "channel_axis": self.channel_axis - 1,
        }
        moves = {key: given.get(key, 0) for key in ("theta", "tx", "ty", "shear")}
        moves |= {key: given.get(key, 1) for key in ("zx", "zy")}
        x = apply_affine_transform(x, **moves, **axes, fill_mode=self.fill_mode, cval=self.cval,
                                   order=self.interpolation_order)  # fmt: skip
        if given.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given["channel_shift_intensity"], axes["channel_axis"])
        if given.get("flip_horizontal", False):
            x = np.flip(x, axes["col_axis"])
        if given.get("flip_vertical", False):
            x = np.flip(x, axes["row_axis"])
        if given.get("brightness") is not None:
            x = apply_brightness_shift(x, given["brightness"], False)
        return x

    def random_transform(self, x, seed=None):
        """A picture changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Takes mean, standard deviation and whitening matrix from data.

        Args:
          x: (samples, height, width, channels).
          augment: take them from changed pictures.
          rounds: how often to go through them then.
          seed: fixes the changes.

        Raises:
          ValueError: an array of another rank.
        """
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(
                f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}"
            )
        if seed is not None:
            np.random.seed(seed)
        x = np.copy(x)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([self.random_transform(one) for _ in range(rounds) for one in x])
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x = x / (self.std + 1e-6)
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T, full_matrices=False)
            inverse = np.sqrt(len(x)) / (s + self.zca_epsilon)
            self.zca_whitening_matrix = (u * inverse) @ u.T
