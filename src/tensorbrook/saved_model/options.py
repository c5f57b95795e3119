"""How a model is saved, and what looks like a saved one."""

import os

from ..base.files import path_of
from ..base.gfile import exists
from .constants import SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT


class SaveOptions:
    """Options of `tf.saved_model.save`.

    Args:
      function_aliases: a dict from names to tf.functions of the object, under which programs find
        their traces.
      extra_tags: texts that the saved model is marked with, besides "serve".
      save_debug_info, experimental_debug_stripper, experimental_custom_gradients,
        experimental_image_format, experimental_skip_saver, namespace_whitelist: change nothing
        here: no file is written for debugging, gradients are those of the graph's operations, and
        there are no operations of other namespaces.
      experimental_io_device: must be None or this machine.
      experimental_variable_policy: must be None: variables have one device.
      experimental_sharding_callback: must be None: variables lie in one file.

    Example:
    >>> tf.saved_model.SaveOptions(extra_tags=["quick"]).extra_tags
    ['quick']
    """

    def __init__(
        self,
        namespace_whitelist=None,
        save_debug_info=False,
        function_aliases=None,
        experimental_debug_stripper=False,
        experimental_io_device=None,
        experimental_variable_policy=None,
        experimental_custom_gradients=True,
        experimental_image_format=False,
        experimental_skip_saver=False,
        experimental_sharding_callback=None,
        extra_tags=None,
    ):
        for name, value in (
            ("experimental_variable_policy", experimental_variable_policy),
            ("experimental_sharding_callback", experimental_sharding_callback),
        ):
            if value is not None:
                raise NotImplementedError(
                    f"[SaveOptions] {name} is not built: variables lie in one file, without "
                    "devices. Leave it out."
                )
        if experimental_io_device not in (None, "/job:localhost"):
            raise NotImplementedError(
                f"[SaveOptions] experimental_io_device={experimental_io_device!r}: files are "
                "written by this machine. Leave it out."
            )
        self.namespace_whitelist = list(namespace_whitelist or [])
        self.save_debug_info, self.function_aliases = save_debug_info, function_aliases or {}
        self.extra_tags = list(extra_tags or [])
        self.experimental_io_device = experimental_io_device
        self.experimental_custom_gradients = experimental_custom_gradients


def contains_saved_model(export_dir):
    """Whether a folder is a saved model's.

    Example:
    >>> tf.saved_model.contains_saved_model("nowhere")
    False
    """
    folder = path_of(export_dir)
    names = SAVED_MODEL_FILENAME_PB, SAVED_MODEL_FILENAME_PBTXT
    return any(exists(os.path.join(folder, name)) for name in names)
