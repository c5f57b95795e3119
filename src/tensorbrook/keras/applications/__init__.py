"""keras.applications: networks for pictures, as they were published."""

import functools as _functools
import sys as _sys
from types import ModuleType as _ModuleType

from . import imagenet as _imagenet
from .building import obtain_input_shape as _obtain_input_shape
from .building import same_padding as _correct_pad
from .convolutional_next import (
    ConvNeXtBase,
    ConvNeXtLarge,
    ConvNeXtSmall,
    ConvNeXtTiny,
    ConvNeXtXLarge,
)
from .dense import DenseNet121, DenseNet169, DenseNet201
from .efficient import (
    EfficientNetB0,
    EfficientNetB1,
    EfficientNetB2,
    EfficientNetB3,
    EfficientNetB4,
    EfficientNetB5,
    EfficientNetB6,
    EfficientNetB7,
    EfficientNetV2B0,
    EfficientNetV2B1,
    EfficientNetV2B2,
    EfficientNetV2B3,
    EfficientNetV2L,
    EfficientNetV2M,
    EfficientNetV2S,
)
from .inception import InceptionResNetV2, InceptionV3
from .mobile import MobileNet, MobileNetV2, MobileNetV3Large, MobileNetV3Small
from .residual import ResNet50, ResNet50V2, ResNet101, ResNet101V2, ResNet152, ResNet152V2
from .searched import NASNetLarge, NASNetMobile
from .vgg import VGG16, VGG19
from .xception_net import Xception

# Keras's modules, each with how its networks want their pictures, and which networks it has.
_MODULES = {
    "convnext": (None, "ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge"),
    "densenet": ("torch", "DenseNet121 DenseNet169 DenseNet201"),
    "efficientnet": (None, " ".join(f"EfficientNetB{i}" for i in range(8))),
    "efficientnet_v2": (
        None,
        "EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S "
        "EfficientNetV2M EfficientNetV2L",
    ),
    "inception_resnet_v2": ("tf", "InceptionResNetV2"),
    "inception_v3": ("tf", "InceptionV3"),
    "mobilenet": ("tf", "MobileNet"),
    "mobilenet_v2": ("tf", "MobileNetV2"),
    "mobilenet_v3": (None, ""),
    "nasnet": ("tf", "NASNetMobile NASNetLarge"),
    "resnet": ("caffe", "ResNet50 ResNet101 ResNet152"),
    "resnet50": ("caffe", "ResNet50"),
    "resnet_v2": ("tf", "ResNet50V2 ResNet101V2 ResNet152V2"),
    "vgg16": ("caffe", "VGG16"),
    "vgg19": ("caffe", "VGG19"),
    "xception": ("tf", "Xception"),
}


@_functools.cache
def _prepared_by(mode):
    if mode is None:
        return _imagenet.unchanged

    @_functools.wraps(_imagenet.preprocess_input)
    def preprocess_input(x, data_format=None):
        return _imagenet.preprocess_input(x, data_format, mode)

    del (
        preprocess_input.__wrapped__
    )  # inspect would show the signature of the function behind it, which has a mode
    return preprocess_input


def _module(name, members):
    module = _ModuleType(f"{__name__}.{name}", f"keras.applications.{name}")
    vars(module).update(members, decode_predictions=_imagenet.decode_predictions)
    _sys.modules[module.__name__] = globals()[name] = module


_module(
    "imagenet_utils",
    {
        "preprocess_input": _imagenet.preprocess_input,
        "correct_pad": _correct_pad,
        **dict.fromkeys(("_obtain_input_shape", "obtain_input_shape"), _obtain_input_shape),
    },
)
for _name, (_mode, _members) in _MODULES.items():
    _networks = {_member: globals()[_member] for _member in _members.split()}
    _module(_name, {**_networks, "preprocess_input": _prepared_by(_mode)})
