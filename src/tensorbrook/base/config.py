"""The settings a program can change, in one object with their defaults."""

import os
from contextlib import contextmanager


def _debug_level():
    """TENSORBROOK_DEBUG as a number, 0 where it is not set."""
    text = os.environ.get("TENSORBROOK_DEBUG", "").strip() or "0"
    if not text.isdecimal():
        raise ValueError(f"TENSORBROOK_DEBUG is {text!r}: it must be a number from 0 to 4.")
    return int(text)


class Settings:
    """Process-wide settings; each is changed through the public function that names it.

    There is one object of it, `settings`. No dataclass: to make that takes longer than all of this.
    """

    def __init__(self):
        self.run_functions_eagerly = False  # tf.config.run_functions_eagerly
        self.check_graphs = False  # verify the IR's grammar after each trace (on in the tests)
        self.floatx = "float32"  # keras.config.set_floatx
        self.epsilon = 1e-7  # keras.config.set_epsilon
        self.image_data_format = "channels_last"
        self.flash_attention = None  # keras.config.disable_flash_attention
        self.max_epochs = None  # keras.config.set_max_epochs
        self.max_steps_per_epoch = None  # keras.config.set_max_steps_per_epoch
        self.traceback_filtering = True  # keras.config.disable_traceback_filtering
        self.safe_mode = True  # keras.config.enable_unsafe_deserialization
        self.interactive_logging = True  # keras.config.disable_interactive_logging
        self.soft_device_placement = True  # the CPU stands in for devices that are not there
        self.intra_op_threads = 0  # tf.config.threading; 0: TENSORBROOK_THREADS, or all processors
        self.inter_op_threads = 0
        self.debug_data = False  # tf.data.experimental.enable_debug_mode
        self.jit = ""  # tf.config.optimizer.set_jit, which changes nothing
        self.tensor_float_32 = True  # as well
        self.logical_devices = {}  # tf.config.set_logical_device_...
        self.logical_cpus = 1  # how many the CPU is, by that
        # tf.config.optimizer.set_experimental_options, which changes nothing
        self.graph_optimizer = {"disable_model_pruning": False, "disable_meta_optimizer": False}
        self.log_device_placement = False  # tf.debugging.set_log_device_placement
        self.debug = _debug_level()  # what the compiler prints: compiler/debug.py


settings = Settings()


@contextmanager
def scoped(**changes):
    """A context with other settings; the old ones come back at its end."""
    before = vars(settings).copy()
    try:
        for name, value in changes.items():
            if name not in before:
                raise AttributeError(f"No setting {name!r}; there are {sorted(before)}.")
            setattr(settings, name, value)
        yield settings
    finally:
        vars(settings).update(before)
