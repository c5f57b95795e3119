"""The settings a program can change, in one object with their defaults."""

import os
from contextlib import contextmanager
from dataclasses import dataclass, field, fields


def _debug_level():
    """TENSORBROOK_DEBUG as a number, 0 where it is not set."""
    text = os.environ.get("TENSORBROOK_DEBUG", "").strip() or "0"
    if not text.isdecimal():
        raise ValueError(f"TENSORBROOK_DEBUG is {text!r}: it must be a number from 0 to 4.")
    return int(text)


@dataclass
class Settings:
    """Process-wide settings; each is changed through the public function that names it."""

    run_functions_eagerly: bool = False  # tf.config.run_functions_eagerly
    check_graphs: bool = False  # verify the IR's grammar after each trace (on in the tests)
    floatx: str = "float32"  # keras.config.set_floatx
    epsilon: float = 1e-7  # keras.config.set_epsilon
    image_data_format: str = "channels_last"
    flash_attention: bool | None = None  # keras.config.disable_flash_attention
    max_epochs: int | None = None  # keras.config.set_max_epochs
    max_steps_per_epoch: int | None = None  # keras.config.set_max_steps_per_epoch
    traceback_filtering: bool = True  # keras.config.disable_traceback_filtering
    safe_mode: bool = True  # keras.config.enable_unsafe_deserialization
    interactive_logging: bool = True  # keras.config.disable_interactive_logging
    soft_device_placement: bool = True  # the CPU stands in for devices that are not there
    intra_op_threads: int = 0  # tf.config.threading; 0: TENSORBROOK_THREADS, or all processors
    inter_op_threads: int = 0
    debug_data: bool = False  # tf.data.experimental.enable_debug_mode
    jit: str = ""  # tf.config.optimizer.set_jit, which changes nothing
    tensor_float_32: bool = True  # as well
    logical_devices: dict = field(default_factory=dict)  # tf.config.set_logical_device_...
    logical_cpus: int = 1  # how many the CPU is, by that
    graph_optimizer: dict = field(  # tf.config.optimizer.set_experimental_options, no change
        default_factory=lambda: {"disable_model_pruning": False, "disable_meta_optimizer": False}
    )
    log_device_placement: bool = False  # tf.debugging.set_log_device_placement
    debug: int = _debug_level()  # what the compiler prints: compiler/debug.py


settings = Settings()


@contextmanager
def scoped(**changes):
    """A context with other settings; the old ones come back at its end."""
    before = {f.name: getattr(settings, f.name) for f in fields(settings)}
    try:
        for name, value in changes.items():
            if name not in before:
                raise AttributeError(f"No setting {name!r}; there are {sorted(before)}.")
            setattr(settings, name, value)
        yield settings
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
