"""tf.experimental.extension_type: what is known of an ExtensionType."""

from ..ops.extension import as_dict as as_dict
