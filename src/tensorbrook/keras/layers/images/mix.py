"""Pictures with parts erased or of others, mixed pictures, and chains of changes by chance."""

from .... import ops
from ... import random
from .base import ImageLayer, channels_last, check_value_range, factor_of
from .colour import (
    AutoContrast,
    Equalization,
    RandomBrightness,
    RandomColorDegeneration,
    RandomContrast,
    RandomPosterization,
    RandomSharpness,
    Solarization,
    within,
)
from .geometry import RandomRotation, RandomShear, RandomTranslation, chances


def _rectangles(layer, batch, size, parts, seed):
    """Rectangles anywhere in pictures: bool (batch, height, width, 1).

    Args:
      size: (height, width) of the pictures.
      parts: (batch, 2): the sides' parts of those of the picture: across, and down.
    """
    height, width = size
    starts = [layer._uniform((batch,), seed=seed) for _ in "xy"]
    inside = []
    for k, (side, shape) in enumerate(((width, (1, 1, width, 1)), (height, (1, height, 1, 1)))):
        whole = ops.cast(side, "float32")
        length = ops.reshape(parts[:, k] * whole, (-1, 1, 1, 1))
        start = ops.reshape(starts[k], (-1, 1, 1, 1)) * (whole - length)
        place = ops.reshape(ops.cast(ops.range(side), "float32"), shape)
        inside.append(ops.logical_and(place >= start, place < start + length))
    return ops.logical_and(*inside)


class RandomErasing(ImageLayer):
    """Covers a rectangle of some pictures in training.

    Args:
      factor: the chance of each picture; or (least, most), between which it is drawn.
      scale: the most of the square of each side's part of the picture's; or (least, most).
      fill_value: what covers it: a number; None for noise.
      value_range: (least, greatest) value of a pixel.
      seed: an integer for the same choices at each run.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: a factor or scale out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.RandomErasing(scale=(0.3, 0.3), fill_value=0.0, seed=1)
    >>> layer(tf.ones([1, 4, 4, 1]), training=True).shape
    TensorShape([1, 4, 4, 1])
    """

    _in_training_only = True

    def __init__(
        self,
        factor=1.0,
        scale=(0.02, 0.33),
        fill_value=None,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0, 1.0)
        self.scale = factor_of(scale, 0.0, 1.0, "scale")
        self.fill_value, self.value_range = fill_value, check_value_range(value_range)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which pictures, the rectangles, and what covers them."""
        images = data["images"]
        batch, height, width, channels = images._shape
        parts = ops.sqrt(self._uniform((batch, 2), *self.scale, seed))
        masks = _rectangles(self, batch, (height, width), parts, seed)
        chosen = chances(self, batch, self.factor, seed)
        if self.fill_value is None:
            first = self.data_format == "channels_first"
            shape = (batch, channels, height, width) if first else images._shape
            fill = random.normal(shape, dtype=self.compute_dtype, seed=seed or self.generator)
            fill = (channels_last(fill) if first else fill) * self.value_range[1]
        else:
            fill = ops.cast(self.fill_value, self.compute_dtype)
        fill = ops.clip_by_value(fill, *(ops.cast(v, fill.dtype) for v in self.value_range))
        return {"apply_erasing": chosen, "batch_masks": masks, "fill_value": fill}

    def transform_images(self, images, transformation, training=True):
        """The pictures, partly covered."""
        chosen = ops.reshape(transformation["apply_erasing"], (-1, 1, 1, 1))
        covered = ops.logical_and(chosen, transformation["batch_masks"])
        return ops.where(covered, transformation["fill_value"], images)


def _mixed(x, weight, other):
    weight = ops.cast(weight, x.dtype)
    return weight * x + (1 - weight) * other


class MixUp(ImageLayer):
    """Mixes each picture of a batch with another one in training, labels too (Zhang, 2017).

    Labels and masks are numbers, such as one-hot vectors; boxes of both pictures are kept.

    Args:
      alpha: of the beta distribution, of which the shares are drawn.
      data_format: "channels_last" or "channels_first".
      seed: an integer for the same choices at each run.

    Raises:
      ValueError: a negative alpha.

    Example:
    >>> layer = tf.keras.layers.MixUp(seed=1)
    >>> mixed = layer({"images": tf.ones([4, 2, 2, 3]), "labels": tf.eye(4)}, training=True)
    >>> mixed["labels"].numpy().sum(1)
    array([1., 1., 1., 1.], dtype=float32)
    """

    _in_training_only = True

    def __init__(self, alpha=0.2, data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        if alpha < 0:
            raise ValueError(f"`alpha` should be 0 or more. Received: alpha={alpha}")
        self.alpha = alpha
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The share of each picture, and which other one it is mixed with: (batch,) each."""
        batch, seed = data["images"]._shape[0], seed or self.generator
        order = random.shuffle(ops.range(batch), seed=seed)
        weight = random.beta((batch,), self.alpha, self.alpha, seed=seed)
        return {"mix_weight": weight, "permutation_order": order}

    def _of_both(self, x, transformation):
        if not x.dtype.is_floating:
            x = ops.cast(x, self.compute_dtype)
        weight = ops.reshape(transformation["mix_weight"], (-1, *(1,) * (len(x._shape) - 1)))
        return _mixed(x, weight, ops.gather(x, transformation["permutation_order"]))

    def transform_images(self, images, transformation, training=True):
        """The pictures, mixed."""
        return self._of_both(images, transformation)

    def transform_labels(self, labels, transformation, training=True):
        """The labels, mixed alike."""
        return self._of_both(labels, transformation)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks, mixed alike."""
        return self._of_both(segmentation_masks, transformation)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The boxes of both pictures."""
        order = transformation["permutation_order"]
        return {k: ops.concat([v, ops.gather(v, order)], 1) for k, v in bounding_boxes.items()}


class CutMix(ImageLayer):
    """Puts a rectangle of another picture into each in training (Yun, 2019).

    Labels are mixed in the share of the areas; one picture by itself stays as it is.

    Args:
      factor: the most of alpha of the beta distribution, of which the shares are drawn; or (least,
        most).
      seed: an integer for the same choices at each run.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: a factor out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.CutMix(seed=1)
    >>> mixed = layer({"images": tf.ones([4, 2, 2, 3]), "labels": tf.eye(4)}, training=True)
    >>> mixed["labels"].numpy().sum(1)
    array([1., 1., 1., 1.], dtype=float32)
    """

    _in_training_only = True

    def __init__(self, factor=1.0, seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0, 1.0)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The share of each picture, the rectangles, and which picture they are of."""
        batch, height, width, _ = data["images"]._shape
        alpha = self._uniform((), *self.factor, seed)
        weight = random.beta((batch,), alpha, alpha, seed=seed or self.generator)
        side = ops.sqrt(1.0 - weight)
        masks = _rectangles(self, batch, (height, width), ops.stack([side, side], -1), seed)
        order = random.shuffle(ops.range(batch), seed=seed or self.generator)
        return {"permutation_order": order, "batch_masks": masks, "mix_weight": weight}

    def _changed(self, parts, training):
        if "bounding_boxes" in parts:
            raise NotImplementedError(
                "CutMix of pictures with bounding boxes is not built, nor in Keras: use MixUp."
            )
        return super()._changed(parts, training)

    def transform_images(self, images, transformation, training=True):
        """The pictures with their rectangles."""
        other = ops.gather(images, transformation["permutation_order"])
        return ops.where(transformation["batch_masks"], other, images)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks, with those of the rectangles."""
        return self.transform_images(segmentation_masks, transformation)

    def transform_labels(self, labels, transformation, training=True):
        """The labels, mixed."""
        labels = labels if labels.dtype.is_floating else ops.cast(labels, self.compute_dtype)
        weight = ops.reshape(transformation["mix_weight"], (-1, *(1,) * (len(labels._shape) - 1)))
        return _mixed(labels, weight, ops.gather(labels, transformation["permutation_order"]))


# -- chains ----------------------------------------------------------------------------------------


class _Chain(ImageLayer):
    """Layers of pictures of which some are applied, one after the other, chosen by chance."""

    _in_training_only = True
    _severe = ("brightness", "color_degeneration", "contrast", "sharpness")

    def _set_layers(self, factor, value_range, interpolation, all_ops=True):
        low, high = factor
        geometry = {"interpolation": interpolation}
        colour = {"value_range": value_range}
        bits = max(1, int(8 * low)), max(1, int(8 * high))
        table = {
            "shear": RandomShear(factor, factor, **geometry),
            "translation": RandomTranslation(factor, factor, **geometry),
            "rotation": RandomRotation(factor, **geometry),
            "brightness": RandomBrightness(factor, **colour),
            "color_degeneration": RandomColorDegeneration(factor, **colour),
            "contrast": RandomContrast(factor, **colour),
            "sharpness": RandomSharpness(factor, **colour),
            "posterization": RandomPosterization(bits, **colour),
            "solarization": Solarization(factor, factor, **colour),
            "auto_contrast": AutoContrast(**colour),
            "equalization": Equalization(**colour),
        }
        names = [name for name in table if all_ops or name not in self._severe]
        self._changes = [
            within(self, table[name]) if hasattr(table[name], "generator") else table[name]
            for name in names
        ]

    def _drawn(self, images, seed):
        """What each of the layers draws."""
        data = {"images": images}
        seed = seed or self.generator
        return [layer.get_random_transformation(data, True, seed) for layer in self._changes]

    def _apply(self, which, images, drawn):
        """The pictures, changed by the layer of a number, which may be a tensor."""

        def branch(layer, transformation):
            return lambda: layer.transform_images(images, transformation)

        branches = [branch(layer, t) for layer, t in zip(self._changes, drawn)]
        return ops.switch_case(which, branches)

    def get_random_transformation(self, data, training=True, seed=None):
        """The pictures are drawn for as they change: nothing is drawn beforehand."""
        return None


class RandAugment(_Chain):
    """Changes pictures in training by some of eleven layers, chosen by chance (Cubuk, 2019).

    Args:
      value_range: (least, greatest) value of a pixel.
      num_ops: how many layers, one after the other.
      factor: how strong they are, in [0, 1]; or (least, most).
      interpolation: "bilinear" or "nearest".
      seed: an integer for the same choices at each run.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: a factor out of [0, 1], num_ops below 0.

    Example:
    >>> layer = tf.keras.layers.RandAugment(seed=1)
    >>> layer(tf.ones([1, 4, 4, 3]), training=True).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_ops=2,
        factor=0.5,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = check_value_range(value_range)
        self.factor = factor_of(factor, 0.0, 1.0)
        if num_ops < 0:
            raise ValueError(f"`num_ops` must be 0 or more. Received: num_ops={num_ops}")
        self.num_ops, self.interpolation = num_ops, interpolation
        self._seeded(seed)
        self._set_layers(self.factor, self.value_range, interpolation)

    def transform_images(self, images, transformation, training=True):
        """The pictures, changed."""
        which = random.randint((self.num_ops,), 0, len(self._changes), seed=self.generator)
        drawn = self._drawn(images, self.generator)
        for k in range(self.num_ops):
            images = self._apply(which[k], images, drawn)
        return images


class AugMix(_Chain):
    """Mixes pictures with several chains of changes in training (Hendrycks, 2019).

    Which layers make a chain is drawn from the layer's own seed, not from Python's `random`.

    Args:
      value_range: (least, greatest) value of a pixel.
      num_chains: how many chains.
      chain_depth: how many layers a chain has at most.
      factor: how strong they are, in [0, 1]; or (least, most).
      alpha: of the distributions of the shares.
      all_ops: False leaves out brightness, colours, contrast and sharpness.
      interpolation: "bilinear" or "nearest".
      seed: an integer for the same choices at each run.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: a factor out of [0, 1], numbers below 1.

    Example:
    >>> layer = tf.keras.layers.AugMix(seed=1)
    >>> layer(tf.ones([1, 4, 4, 3]), training=True).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_chains=3,
        chain_depth=3,
        factor=0.3,
        alpha=1.0,
        all_ops=True,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = check_value_range(value_range)
        self.factor = factor_of(factor, 0.0, 1.0)
        if num_chains < 1 or chain_depth < 1:
            raise ValueError(
                "`num_chains` and `chain_depth` must be 1 or more. Received: "
                f"num_chains={num_chains}, chain_depth={chain_depth}"
            )
        self.num_chains, self.chain_depth, self.alpha = num_chains, chain_depth, alpha
        self.all_ops, self.interpolation = all_ops, interpolation
        self._seeded(seed)
        self._set_layers(self.factor, self.value_range, interpolation, all_ops)

    def transform_images(self, images, transformation, training=True):
        """The pictures, mixed with changed ones."""
        seed = self.generator
        shares = random.gamma((self.num_chains,), self.alpha, seed=seed)
        shares = ops.cast(shares / ops.reduce_sum(shares), images.dtype)
        kept = ops.cast(random.beta((), self.alpha, self.alpha, seed=seed), images.dtype)
        mixed = 0.0
        for chain in range(self.num_chains):
            depth = random.randint((), 1, self.chain_depth + 1, seed=seed)
            which = random.randint((self.chain_depth,), 0, len(self._changes), seed=seed)
            changed = images
            for k in range(self.chain_depth):
                step = self._apply(which[k], changed, self._drawn(changed, seed))
                changed = ops.where(depth > k, step, changed)
            mixed = mixed + shares[chain] * changed
        return _mixed(images, kept, mixed)
