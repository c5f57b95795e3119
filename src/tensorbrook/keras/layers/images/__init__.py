"""Layers that change pictures: their size; at random their geometry, colours and mixture."""

from .colour import (
    AutoContrast,
    ContrastLimitedAdaptiveHistogramEqualization,
    Equalization,
    RandomBrightness,
    RandomColorDegeneration,
    RandomColorJitter,
    RandomContrast,
    RandomGaussianBlur,
    RandomGrayscale,
    RandomHue,
    RandomInvert,
    RandomPosterization,
    RandomSaturation,
    RandomSharpness,
    Solarization,
)
from .geometry import (
    RandomElasticTransform,
    RandomFlip,
    RandomPerspective,
    RandomRotation,
    RandomShear,
    RandomTranslation,
    RandomZoom,
)
from .mix import AugMix, CutMix, MixUp, RandAugment, RandomErasing
from .size import CenterCrop, MaxNumBoundingBoxes, RandomCrop, RandomHeight, RandomWidth, Resizing
