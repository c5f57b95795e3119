"""tf.image and the pictures of tf.io: entered under their public paths when first asked for."""

from . import boxes, colour, draws, elastic, files, geometry, measure, resize, transform
