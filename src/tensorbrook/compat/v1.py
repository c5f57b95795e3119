"""tf.compat.v1: what programs of TensorFlow 2 still take from there.

A name that TensorFlow 2 has as well is TensorFlow 2's; a table says which function another name
stands for, and which of its old arguments are called otherwise. What belongs to sessions and their
graphs is absent, and the error says what to do.
"""

import functools
import importlib
import logging as _logging
import operator
import re
import sys
from collections import Counter
from contextlib import contextmanager, nullcontext
from types import ModuleType, SimpleNamespace

import tensorbrook as tf

from ..base.shapes import Dimension
from ..formats import graph_messages
from ..formats.events import events_of
from ..old_graph import current_graph, wrap_function
from ..ops.sparse import SparseTensorValue
from ..removed import INSTEAD, ROWS
from ..saved_model.frozen import GraphTensor
from ..summary.old_writer import FileWriter
from .v1_training import entries, resize_by_corners


@functools.cache
def _called_otherwise(name):
    """The function of one row of the table."""
    path, *renamed = ROWS[name]
    function = operator.attrgetter(path)(tf)
    if not renamed:
        return function
    new = dict(pair.split(">") for pair in renamed)

    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **{new.get(key, key): value for key, value in kwargs.items()})

    call.__name__ = call.__qualname__ = name
    return call


def _caster(dtype):
    def to(x, name=None):
        return tf.cast(x, dtype)

    to.__name__, to.__doc__ = f"To{dtype.name}", f"`tf.cast(x, tf.{dtype.name})`."
    return to


def _nothing(*args, **kwargs):
    """Nothing to do: operations run at once, and variables and tables have their values."""


def _log(level):
    return lambda message, *args: tf.get_logger().log(level, message, *args)


_calls = Counter()


def _log_of(due):
    """Logs those of the calls from one line that are due by their number."""

    def log(level, message, n, *args):
        place = sys._getframe(1).f_code, sys._getframe(1).f_lineno
        if due(_calls[place], n):
            _log(level)(message, *args)
        _calls[place] += 1

    return log


_LEVELS = {n: getattr(_logging, n) for n in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")}
logging = SimpleNamespace(
    **_LEVELS,
    **{name.lower(): _log(level) for name, level in _LEVELS.items() if name != "ERROR"},
    **dict.fromkeys(("error", "TaskLevelStatusMessage"), _log(_logging.ERROR)),
    **dict.fromkeys(("log", "vlog"), lambda level, text, *args: _log(level)(text, *args)),
    flush=_nothing,
    log_every_n=_log_of(lambda call, n: not call % n),
    log_first_n=_log_of(lambda call, n: call < n),
    log_if=lambda level, text, condition, *args: condition and _log(level)(text, *args),
    warning=_log(_logging.WARNING),
    get_verbosity=lambda: tf.get_logger().level,
    set_verbosity=lambda level: tf.get_logger().setLevel(level),
)


class _FlagValues:
    """The values of absl's flags, which read the command line when one is first asked for."""

    def __getattr__(self, name):
        values = importlib.import_module("absl.flags").FLAGS
        if not values.is_parsed():
            values(sys.argv, known_only=True)
        return getattr(values, name)

    def __call__(self, argv, known_only=False):
        return importlib.import_module("absl.flags").FLAGS(argv, known_only)


def _run_app(main=None, argv=None):
    """Calls `main(argv)`, by default the program's own with its command line, and exits."""
    main, argv = main or sys.modules["__main__"].main, sys.argv if argv is None else argv
    sys.exit(main(_FLAGS(argv, known_only=True) if "absl.flags" in sys.modules else argv))


class _Options:
    """Settings of sessions; any may be set, none changes anything: there are no sessions."""

    def __init__(self, **settings):
        self.__dict__.update(settings)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        inner = self.__dict__[name] = _Options()
        return inner


class Session:
    """There is no session: operations run at once. `run` gives the values of tensors.

    Args:
      graph: whose imported tensors `run` knows by name.
      target, config: of no effect.

    Example:
    >>> with tf.compat.v1.Session() as session:
    ...     session.run(tf.constant(1) + 1)
    np.int32(2)
    """

    def __init__(self, target="", graph=None, config=None):
        self.graph = current_graph() if graph is None else graph
        self._entered = None

    def __enter__(self):
        self._entered = self.graph.as_default()
        self._entered.__enter__()
        return self

    def __exit__(self, *exc):
        self._entered.__exit__(*exc)
        self.close()

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """The values of a structure of tensors.

        Args:
          fetches: tensors; or tensors of the graph that was imported, or their names.
          feed_dict: values of such tensors.

        Raises:
          NotImplementedError: feed_dict with other tensors: there are no placeholders.
        """
        leaves = tf.nest.flatten(fetches)
        if leaves and all(isinstance(x, str | GraphTensor) for x in leaves):
            values = [tf.convert_to_tensor(v) for v in (feed_dict or {}).values()]
            fetches = self.graph.function(list(feed_dict or {}), fetches)(*values)
        elif feed_dict:
            raise NotImplementedError(
                "[Session.run] there are no placeholders to feed: call a function with the values."
            )
        return tf.nest.map_structure(lambda x: x.numpy() if hasattr(x, "numpy") else x, fetches)

    def close(self):
        """Nothing to close."""


def _resizes(method):
    def resize(images, size, align_corners=False, half_pixel_centers=False, name=None):
        if half_pixel_centers or (method == "area" and not align_corners):
            return tf.image.resize(images, size, method)
        if method in ("area", "bicubic"):
            raise NotImplementedError(
                f"[resize_{method}] tensorbrook puts pixels' centres at halves, as TensorFlow 2 "
                "does: call tf.image.resize, or give half_pixel_centers=True."
            )
        return resize_by_corners(images, size, method, align_corners)

    resize.__name__ = f"resize_{method}"
    resize.__doc__ = f"Pictures (batch, height, width, channels) resized by {method}."
    return resize


_METHODS = ("bilinear", "nearest", "bicubic", "area")  # by number, as TensorFlow 1 counts them


def _resize_images(
    images, size, method=0, align_corners=False, preserve_aspect_ratio=False, name=None
):
    """`resize_bilinear` and its kin by a method's number or name; also of one picture."""
    if preserve_aspect_ratio:
        raise NotImplementedError("[resize_images] preserve_aspect_ratio: use tf.image.resize.")
    images = tf.convert_to_tensor(images)
    if len(images.shape) == 3:
        return _resize_images(images[None], size, method, align_corners)[0]
    return _resizes(_METHODS[method] if isinstance(method, int) else method)(
        images, size, align_corners
    )


def _divide(x, y, name=None):
    """x / y, rounded down where both are integers."""
    x, y = (tf.convert_to_tensor(x), y) if not hasattr(y, "dtype") else (x, y)
    quotient = x // y if (x if hasattr(x, "dtype") else y).dtype.is_integer else x / y
    return tf.convert_to_tensor(quotient)


def _assigns(method):
    def assign(ref, value, *args, **kwargs):
        return getattr(ref, method)(value)

    assign.__name__, assign.__doc__ = method, f"`ref.{method}(value)`."
    return assign


def _scatters(method):
    def scatter(ref, indices, updates, use_locking=None, name=None):
        return getattr(ref, method)(tf.IndexedSlices(updates, indices))

    scatter.__name__, scatter.__doc__ = method, f"`ref.{method}(updates at indices)`."
    return scatter


def _sparse_to_dense(
    sparse_indices, output_shape, sparse_values, default_value=0, validate_indices=True, name=None
):
    """A tensor of `default_value` with `sparse_values` at the indices."""
    indices = tf.cast(sparse_indices, tf.int64)
    indices = indices if len(indices.shape) == 2 else tf.reshape(indices, (-1, 1))
    values = tf.broadcast_to(sparse_values, (indices.shape[0],))
    return tf.sparse.to_dense(tf.SparseTensor(indices, values, output_shape), default_value)


def _x_times_w(x, weights, biases, name=None):
    """`x @ weights + biases`."""
    return tf.nn.bias_add(tf.matmul(x, weights), biases)


def _where(condition, x=None, y=None, name=None):
    """`tf.where`, but a vector of conditions chooses rows."""
    if x is None and y is None:
        return tf.where(condition)
    condition, rank = tf.convert_to_tensor(condition), len(tf.convert_to_tensor(x).shape)
    if len(condition.shape) == 1:
        condition = tf.reshape(condition, (-1, *(1,) * (rank - 1)))
    return tf.where(condition, x, y)


def _print_and_pass(input_, data, message=None, first_n=None, summarize=None, name=None):
    """`input_`, after the values of `data` are printed on stderr."""
    tf.print(*([message] if message else []), *data, summarize=summarize or 3)
    return tf.identity(input_)


def _of_elements(field):
    def get(dataset_or_iterator):
        return tf.nest.map_structure(
            lambda spec: getattr(spec, field, type(spec)), dataset_or_iterator.element_spec
        )

    return get


def _records(path, options=None):
    """The records of a file, as bytes."""
    return tf.data.TFRecordDataset(path, options or "").as_numpy_iterator()


def _dropout(x, keep_prob=None, noise_shape=None, seed=None, name=None, rate=None):
    """`tf.nn.dropout`; keep_prob is 1 - rate."""
    if (keep_prob is None) == (rate is None):
        raise ValueError("[nn.dropout] give either rate or keep_prob.")
    return tf.nn.dropout(x, 1 - keep_prob if rate is None else rate, noise_shape, seed)


def _ctc_loss(labels, inputs=None, sequence_length=None, preprocess_collapse_repeated=False,
              ctc_merge_repeated=True, ignore_longer_outputs_than_inputs=False, time_major=True,
              logits=None):  # fmt: skip
    """`tf.nn.ctc_loss` of labels as a SparseTensor, the blank being the last class."""
    if preprocess_collapse_repeated or not ctc_merge_repeated:
        raise NotImplementedError(
            "[nn.ctc_loss] preprocess_collapse_repeated=True and ctc_merge_repeated=False are not "
            "built: collapse the labels before, and leave these arguments at their defaults."
        )
    logits = inputs if logits is None else logits
    loss = tf.nn.ctc_loss(labels, logits, None, sequence_length, time_major, blank_index=-1)
    return tf.where(tf.math.is_inf(loss), 0.0, loss) if ignore_longer_outputs_than_inputs else loss


def _embedding_lookup(
    params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None
):
    """`tf.nn.embedding_lookup`; row i is in part i % n of n, unless the strategy is "div"."""
    if isinstance(params, list | tuple) and len(params) > 1 and partition_strategy == "mod":
        ids = tf.convert_to_tensor(ids)
        starts = tf.cumsum([p.shape[0] for p in params], exclusive=True)
        ids = tf.gather(tf.cast(starts, ids.dtype), ids % len(params)) + ids // len(params)
    return tf.nn.embedding_lookup(params, ids, max_norm)


def _strings_split(
    input=None, sep=None, maxsplit=-1, result_type="SparseTensor", source=None, name=None
):
    """`tf.strings.split` of a vector, as a SparseTensor unless "RaggedTensor" is asked for."""
    texts = tf.convert_to_tensor(input if source is None else source)
    rows = tf.strings.split(texts if texts.shape.rank else texts[None], sep, maxsplit)
    return rows if result_type == "RaggedTensor" else rows.to_sparse()


def _string_split(
    source, sep=None, skip_empty=True, delimiter=None, result_type="SparseTensor", name=None
):
    """Texts cut at each character of `sep` or `delimiter`; "" cuts between all characters."""
    marks = next((m for m in (sep, delimiter) if m is not None), " ")
    for mark in marks[1:]:
        source = tf.strings.regex_replace(source, re.escape(mark), marks[0])
    rows = tf.strings.split(source, marks[0]) if marks else tf.strings.bytes_split(source)
    rows = tf.ragged.boolean_mask(rows, tf.not_equal(rows, "")) if skip_empty else rows
    return rows if result_type == "RaggedTensor" else rows.to_sparse()


def _get_variable(name, shape=None, dtype=None, initializer=None, trainable=True):
    """A new variable at each call, of a value or of what an initializer makes of a shape."""
    start = tf.keras.initializers.GlorotUniform() if initializer is None else initializer
    start = start() if isinstance(start, type) else start
    start = start(shape, dtype=dtype or tf.float32) if callable(start) else start
    return tf.Variable(start, trainable=trainable, name=name, dtype=dtype)


def _global_step(graph=None):
    """The variable that counts steps."""
    if not _steps:
        _steps.append(tf.Variable(0, trainable=False, name="global_step", dtype=tf.int64))
    return _steps[0]


_steps = []  # it, when somebody asked for it


def _scope():
    """What variable_scope gives: a name, and settings that change nothing."""
    name = tf.get_current_name_scope()
    return SimpleNamespace(name=name, caching_device="", set_caching_device=_nothing)


@contextmanager
def _variable_scope(name_or_scope=None, default_name=None):
    """`tf.name_scope`: no variable is used again."""
    name = default_name if name_or_scope is None else name_or_scope
    with tf.name_scope(name if isinstance(name, str) else f"{name.name}/"):
        yield _scope()


def _disable_eager(*args, **kwargs):
    """Graphs of TensorFlow 1 are not built.

    Raises:
      NotImplementedError: always.
    """
    raise NotImplementedError(
        "tensorbrook has no graphs of TensorFlow 1: operations run at once. Leave the call out, "
        "and use @tf.function for speed."
    )


def _one_shot(dataset, shared_name=None):
    """`iter(dataset)`."""
    return iter(dataset)


_GFILE = {
    **dict.fromkeys(("FastGFile", "GFile", "Open"), "GFile"),
    "Copy": "copy", "DeleteRecursively": "rmtree", "Exists": "exists", "Glob": "glob",
    "IsDirectory": "isdir", "ListDirectory": "listdir", "MakeDirs": "makedirs", "MkDir": "mkdir",
    "Remove": "remove", "Rename": "rename", "Stat": "stat", "Walk": "walk",
}  # fmt: skip
_FLAGS = _FlagValues()
_MESSAGES = ("Event", "GraphDef", "RunMetadata", "Summary", "SummaryMetadata")
_OWN = {
    **{f"to_{n}": _caster(d) for n, d in {
        "float": tf.float32, "double": tf.float64, "int32": tf.int32, "int64": tf.int64,
        "bfloat16": tf.bfloat16, "complex64": tf.complex64, "complex128": tf.complex128,
    }.items()},
    **dict.fromkeys(
        ("disable_eager_execution", "disable_v2_behavior", "disable_v2_tensorshape"),
        _disable_eager,
    ),
    **dict.fromkeys(
        ("enable_eager_execution", "enable_v2_behavior", "enable_resource_variables",
         "enable_v2_tensorshape", "enable_control_flow_v2", "enable_tensor_equality",
         "global_variables_initializer", "local_variables_initializer", "tables_initializer",
         "initialize_all_variables", "variables_initializer", "reset_default_graph"),
        _nothing,
    ),
    **dict.fromkeys(("ConfigProto", "GPUOptions", "OptimizerOptions", "RunOptions"), _Options),
    "SparseTensorValue": SparseTensorValue, "sparse.SparseTensorValue": SparseTensorValue,
    "Dimension": Dimension, "InteractiveSession": Session, "Session": Session,
    "executing_eagerly_outside_functions": lambda: True,
    "colocate_with": lambda op, ignore_existing=False: nullcontext(),
    "control_flow_v2_enabled": lambda: True, "dimension_value": tf.compat.dimension_value,
    "is_variable_initialized": lambda variable: tf.constant(True),
    "get_variable": _get_variable, "get_variable_scope": _scope,
    "placeholder_with_default": lambda input, shape, name=None: tf.convert_to_tensor(input),
    "variable_scope": _variable_scope, "train.get_or_create_global_step": _global_step,
    "train.create_global_step": _global_step,
    "train.get_global_step": lambda graph=None: _steps[0] if _steps else None,
    "app.run": _run_app, "flags.FLAGS": _FLAGS,
    "data.make_initializable_iterator": _one_shot, "data.make_one_shot_iterator": _one_shot,
    "image.resize_bilinear": _resizes("bilinear"), "image.resize_bicubic": _resizes("bicubic"),
    "image.resize_nearest_neighbor": _resizes("nearest"), "image.resize_area": _resizes("area"),
    "image.resize_images": _resize_images, "image.resize": _resize_images,
    "nn.embedding_lookup": _embedding_lookup, "nn.dropout": _dropout,
    "string_split": _string_split, "strings.split": _strings_split,
    "nn.ctc_loss": _ctc_loss, "nn.ctc_loss_v2": tf.nn.ctc_loss,
    "image.ResizeMethod": SimpleNamespace(BILINEAR=0, NEAREST_NEIGHBOR=1, BICUBIC=2, AREA=3),
    "nn.xw_plus_b": _x_times_w, "nn.relu_layer": lambda *args: tf.nn.relu(_x_times_w(*args)),
    "div": _divide, "where": _where, "sparse_to_dense": _sparse_to_dense, "Print": _print_and_pass,
    "batch_gather": lambda params, indices, name=None: tf.gather(params, indices, batch_dims=-1),
    **{name: _assigns(name) for name in ("assign", "assign_add", "assign_sub")},
    **{n: _scatters(n) for n in ("scatter_update", "scatter_add", "scatter_sub")},
    "data.get_output_shapes": _of_elements("shape"),
    "data.get_output_types": _of_elements("dtype"),
    "python_io.tf_record_iterator": _records, "io.tf_record_iterator": _records,
    **entries(),
    **{name: vars(graph_messages)[name] for name in _MESSAGES},
    **{f"summary.{name}": vars(graph_messages)[name] for name in _MESSAGES if name[0] in "ES"},
    "train.summary_iterator": events_of, "summary.FileWriter": FileWriter,
    "get_default_graph": current_graph, "wrap_function": wrap_function,
}  # fmt: skip
_SPACES = {name.partition(".")[0] for name in (*ROWS, *_OWN) if "." in name} | {
    "train",
    "gfile",
    "layers",
}


class _Space(ModuleType):
    """A namespace of tf.compat.v1: what the table has in it, and else the namespace of `tf`."""

    def __init__(self, name):
        super().__init__(f"{__name__}.{name}")
        self._name = name

    def __getattr__(self, name):
        return _found(f"{self._name}.{name}")


def _found(path):
    if path in _OWN:
        return _OWN[path]
    if path in ROWS:
        return _called_otherwise(path)
    if path in _SPACES:
        return _Space(path)
    space, _, name = path.removeprefix("app.").partition(".")
    if space == "flags":
        return getattr(importlib.import_module("absl.flags"), name) if name else _Space("flags")
    if space == "gfile" and name in _GFILE:
        return getattr(tf.io.gfile, _GFILE[name])
    if path in INSTEAD:
        raise AttributeError(f"tf.compat.v1.{path} is TensorFlow 1's: {INSTEAD[path]}.")
    return operator.attrgetter(path)(tf)


def __getattr__(name):
    return _found(name)
