"""Pictures as ImageNet's networks take them, and what their classes mean."""

import json

import numpy as np

from ... import ops
from ...base.dtypes import as_dtype
from ...core.tensor import Deferred, Tensor, convert_to_tensor
from ..config import floatx, image_data_format
from ..utils import get_file

_MODES = ("caffe", "tf", "torch")
_CLASSES = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_BLUE_GREEN_RED = (103.939, 116.779, 123.68)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocess_input(x, data_format=None, mode="caffe"):
    """Pictures of bytes as a network was trained on them.

    Args:
      x: an array or tensor of one picture or a batch, RGB, from 0 to 255. An array stays one,
        and one of floats is changed itself, as in Keras.
      data_format: where the channels are; Keras's setting by default.
      mode: "caffe": BGR less the mean colour; "tf": from -1 to 1; "torch": from 0 to 1, then
        normalized by ImageNet's mean and deviation.

    Raises:
      ValueError: another mode or data format, or pictures of another rank than 3 or 4.

    Example:
    >>> tf.keras.applications.imagenet_utils.preprocess_input(np.full((1, 1, 3), 255.0), mode="tf")
    array([[[1., 1., 1.]]])
    """
    if mode not in _MODES:
        raise ValueError(f"Expected mode to be one of 'caffe', 'tf' or 'torch'. Received: {mode!r}")
    data_format = data_format or image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "Expected data_format to be one of 'channels_first' or 'channels_last'. Received: "
            f"data_format={data_format!r}"
        )
    tensor = x if isinstance(x, (Tensor, Deferred)) else convert_to_tensor(x)
    if len(tensor.shape) not in (3, 4):
        raise ValueError(
            f"preprocess_input: x must be one picture or a batch, of rank 3 or 4. Received: shape "
            f"{tuple(tensor.shape)}"
        )
    if not as_dtype(tensor.dtype).is_floating:
        tensor = ops.cast(tensor, floatx())
    axis = -3 if data_format == "channels_first" else -1
    result = _converted(tensor, mode, axis)
    if not isinstance(x, np.ndarray):
        return result
    if x.dtype.kind != "f" or not x.flags.writeable:
        return result.numpy()
    x = np.flip(x, axis) if mode == "caffe" else x
    x[...] = result.numpy()
    return x


def _converted(x, mode, axis):
    def along(values):
        shape = [1] * (-axis)
        shape[0] = 3
        return ops.constant(np.reshape(values, shape), as_dtype(x.dtype))

    if mode == "tf":
        return x / 127.5 - 1.0
    if mode == "torch":
        return (x / 255.0 - along(_MEAN)) / along(_DEVIATION)
    return ops.reverse(x, [axis]) - along(_BLUE_GREEN_RED)


def unchanged(x, data_format=None):
    """The pictures as they are: these networks take bytes, and begin with their own conversion.

    Args:
      x: an array or tensor of pictures.
      data_format: of no matter.
    """
    return x


def decode_predictions(preds, top=5):
    """The likeliest classes of ImageNet.

    Args:
      preds: (samples, 1000), a network's results.
      top: how many classes to give.

    Returns:
      For each sample a list of (class name, description, probability), the likeliest first. The
      names are fetched once, into the cache folder.

    Raises:
      ValueError: preds of another shape.
    """
    if len(np.shape(preds)) != 2 or np.shape(preds)[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape "
            f"(samples, 1000)). Received: shape {np.shape(preds)}"
        )
    path = get_file(
        "imagenet_class_index.json",
        _CLASSES,
        cache_subdir="models",
        file_hash="c2c37ea517e94d9795004a39431a14cb",
    )
    with open(path) as file:
        names = json.load(file)
    preds = np.asarray(preds)
    best = np.argsort(preds)[:, : -top - 1 : -1]
    return [[(*names[str(i)], row[i]) for i in order] for row, order in zip(preds, best)]
