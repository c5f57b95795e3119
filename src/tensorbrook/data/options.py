"""tf.data.Options: what a pipeline is allowed to do."""

from __future__ import annotations

import enum


class AutoShardPolicy(enum.IntEnum):
    """How a distributed data set is divided among workers."""

    OFF = -1
    AUTO = 0
    FILE = 1
    DATA = 2
    HINT = 3


class AutotuneAlgorithm(enum.Enum):
    """How TensorFlow chooses its buffer sizes and thread counts."""

    DEFAULT = 0
    HILL_CLIMB = 1
    GRADIENT_DESCENT = 2
    MAX_PARALLELISM = 3
    STAGE_BASED = 4


class ExternalStatePolicy(enum.Enum):
    """What to do about state when a data set is serialized."""

    WARN = 0
    IGNORE = 1
    FAIL = 2


def _named(names, kind):
    return dict.fromkeys(names.split(), kind)


class _OptionsBase:
    """Named settings with None for those not set; another name or type is an error."""

    _names: dict[str, type] = {}  # noqa: RUF012
    _groups: dict[str, type] = {}  # noqa: RUF012
    _mutable: bool

    def __init_subclass__(cls):
        for name in (*cls._names, *cls._groups):  # `Options.deterministic` is there too
            if not hasattr(cls, name):
                setattr(cls, name, None)

    def __init__(self):
        object.__setattr__(self, "_mutable", True)
        for name in self._names:
            object.__setattr__(self, name, None)
        for name, group in self._groups.items():
            object.__setattr__(self, name, group())

    def __setattr__(self, name, value):
        if not self._mutable:
            raise ValueError(
                "Mutating `tf.data.Options()` returned by `tf.data.Dataset.options()` "
                "has no effect. Use `tf.data.Dataset.with_options(options)` to set or "
                "update dataset options."
            )
        if name not in self._names and name not in self._groups:
            raise AttributeError(
                f"Cannot set the property {name} on {type(self).__name__}; it has "
                f"{sorted([*self._names, *self._groups])}."
            )
        kind = self._groups.get(name) or self._names[name]
        if not isinstance(value, kind):
            raise TypeError(f'Property "{name}" must be of type {kind}, got: {value!r}.')
        object.__setattr__(self, name, value)

    def __eq__(self, other):
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in (*self._names, *self._groups)
        )

    def merge(self, other):
        """These options, with those that `other` sets in their place."""
        merged = type(self)()
        for name in self._names:
            value = getattr(other, name)
            object.__setattr__(merged, name, getattr(self, name) if value is None else value)
        for name in self._groups:
            object.__setattr__(merged, name, getattr(self, name).merge(getattr(other, name)))
        return merged

    def _freeze(self):
        object.__setattr__(self, "_mutable", False)
        for name in self._groups:
            getattr(self, name)._freeze()
        return self


class AutotuneOptions(_OptionsBase):
    """Hints for the choice of buffer sizes."""

    _names = {"enabled": bool, "autotune_algorithm": AutotuneAlgorithm}  # noqa: RUF012
    _names |= _named("cpu_budget ram_budget initial_parallelism min_parallelism", int)


class DistributeOptions(_OptionsBase):
    """How the data set is divided among workers and devices."""

    _names = {"auto_shard_policy": AutoShardPolicy, "num_devices": int}  # noqa: RUF012


class OptimizationOptions(_OptionsBase):
    """Rewrites of the pipeline; none of them changes its elements."""

    _names = _named(
        "apply_default_optimizations filter_fusion filter_parallelization inject_prefetch "
        "map_and_batch_fusion map_and_filter_fusion map_fusion map_parallelization "
        "noop_elimination parallel_batch shuffle_and_repeat_fusion seq_interleave_prefetch",
        bool,
    )


class ThreadingOptions(_OptionsBase):
    """Hints for the number of threads."""

    _names = _named("max_intra_op_parallelism private_threadpool_size", int)


class ServiceOptions(_OptionsBase):
    """Options of the tf.data service."""

    _names = {"pinned": bool}  # noqa: RUF012


class Options(_OptionsBase):
    """What a pipeline may do; give it to `Dataset.with_options`.

    All of TensorFlow's options are permissions (`deterministic = False` allows another order) or
    hints about threads and rewrites. Pipelines here always keep their order, size their own thread
    pools, and give the same elements whatever is set.

    Example:
    >>> options = tf.data.Options()
    >>> options.deterministic = False
    >>> dataset = tf.data.Dataset.range(3).with_options(options)
    >>> dataset.options().deterministic
    False
    """

    _names = {  # noqa: RUF012
        "dataset_name": str,
        "framework_type": list,
        "experimental_external_state_policy": ExternalStatePolicy,
    }
    _names |= _named(
        "deterministic experimental_deterministic experimental_slack "
        "experimental_symbolic_checkpoint experimental_warm_start",
        bool,
    )
    _groups = {  # noqa: RUF012
        "autotune": AutotuneOptions,
        "experimental_distribute": DistributeOptions,
        "experimental_optimization": OptimizationOptions,
        "experimental_service": ServiceOptions,
        "threading": ThreadingOptions,
    }

    @property
    def experimental_threading(self):
        """The older name of `threading`."""
        return getattr(self, "threading")  # noqa: B009  a name of _groups
