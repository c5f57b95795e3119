"""Trainer: compile, fit, evaluate, predict, and the steps that subclasses override."""

import inspect
import warnings
from contextlib import contextmanager, nullcontext

from ...autodiff.tape import GradientTape
from ...base import nest
from ...base.config import settings
from ...base.context import context
from ...base.errors import TraceBreak
from ...core.dispatch import init_scope
from ...core.tensor import Tensor, convert_to_tensor
from ...data.dataset import Dataset
from ...data.iterator import TracedData
from ...distribute.replicas import default
from ...distribute.values import map_whole, select, split_rows
from ...distribute.variables import read_together
from ...function.autograph.gate import twin_in_trace
from ...function.function import Function
from ...graph.trace import Abstract, abstract
from ...ops import cast
from .. import optimizers
from ..callbacks.callback_list import CallbackList
from ..losses.base import for_all, for_replica
from ..metrics import Mean
from ..registry import decode, encode
from ..stateless import with_values
from .adapters import adapt, single_batch, split, unpack_x_y_sample_weight
from .arguments import (
    checked,
    need_targets,
    positive,
    refuse_unknown,
    validating_epochs,
    whole,
)
from .arguments import steps as whole_steps
from .compile import CompiledLoss, CompiledMetrics, batch_size_of, sort_third
from .loop import Batches, NaNWatch, Steps, arrays_of, concatenated, plain, predicted, run
from .training import Training
from .workers import for_worker


class Trainer:
    """What a Model adds to a Layer: training."""

    _training_functions = ("train_function", "test_function", "predict_function")
    _made_otherwise = frozenset()  # steps of which a class makes the function itself
    optimizer = loss = None  # a program's class may have methods of these names

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in ("train", "test", "predict"):
            if f"make_{name}_function" in vars(cls):
                cls._made_otherwise |= {f"{name}_step"}

    def __init__(self):
        self.stop_training = False
        self.stop_evaluating = self.stop_predicting = False
        self.train_function = self.test_function = self.predict_function = None
        self.jit_compile = False
        self.compiled, self.run_eagerly, self.history = False, False, None
        self.steps_per_execution = 1
        self._compiled_loss = self._compiled_metrics = self._loss_tracker = self._frozen = None
        self._programs, self._slices, self._training = {}, {}, None
        self._strategy = context.strategy  # of tf.distribute: in whose scope it was made

    def __getstate__(self):
        functions = dict.fromkeys([*self._training_functions, "_strategy"])
        state = {**super().__getstate__(), **functions}
        return {**state, "_programs": {}, "_slices": {}, "history": None, "_training": None}

    # -- compile -----------------------------------------------------------------------------------

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
        **kwargs,
    ):
        """Says how to train.

        Args:
          optimizer: an optimizer or its name.
          loss: a loss, its name or a function; for several outputs a list or a dict by name.
          loss_weights: numbers by which outputs' losses count. Metrics in this third place, Keras
            2's order, are understood as metrics.
          metrics: metrics, names or functions; a plain list applies to every output.
          weighted_metrics: metrics that sample weights and class weights apply to.
          run_eagerly: run steps as plain Python, for debugging.
          steps_per_execution: how many batches make an execution: callbacks hear of each execution.
            "auto", Keras 2's, is 1.
          jit_compile: a hint that changes no result.
          auto_scale_loss: for "mixed_float16", wrap the optimizer in a LossScaleOptimizer.

        Raises:
          ValueError: a name that is unknown, with the nearest ones.
        """
        unknown = set(kwargs) - {"experimental_run_tf_function", "sample_weight_mode"}
        if unknown:
            raise TypeError(f"compile() got unknown arguments {sorted(unknown)}.")
        loss_weights, metrics = sort_third(loss_weights, metrics)
        with self._scope():
            self._compile(optimizer, loss, loss_weights, metrics, weighted_metrics, auto_scale_loss)
        self.run_eagerly = bool(run_eagerly)
        steps_per_execution = 1 if steps_per_execution == "auto" else steps_per_execution
        self.steps_per_execution = positive("steps_per_execution", steps_per_execution) or 1
        self.jit_compile = False if jit_compile == "auto" else bool(jit_compile)
        self.stop_training, self.compiled = False, True
        self._programs, self._slices, self._frozen = {}, {}, None
        if self._trainable:
            self._frozen = [layer for layer in self._flatten_layers() if not layer._trainable]
        self._compile_arguments = {
            "optimizer": self.optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def _compile(self, optimizer, loss, loss_weights, metrics, weighted_metrics, auto_scale_loss):
        """The part of `compile` that makes objects."""
        self.optimizer = None if optimizer is None else optimizers.get(optimizer)
        scaled = isinstance(self.optimizer, optimizers.LossScaleOptimizer | None)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and not scaled:
            self.optimizer = optimizers.LossScaleOptimizer(self.optimizer)
        self.loss = loss
        names = self.output_names if getattr(self, "_graph", None) is not None else None
        self._compiled_loss = None if loss is None else CompiledLoss(loss, loss_weights, names)
        given = metrics is not None or weighted_metrics is not None
        self._compiled_metrics = (
            CompiledMetrics(metrics, weighted_metrics, names, loss) if given else None
        )
        self._loss_tracker = Mean(name="loss")

    def get_compile_config(self):
        """What compile was given, as plain data; None before compile."""
        return encode(self._compile_arguments) if self.compiled else None

    def compile_from_config(self, config):
        """Compiles with what `get_compile_config` returned."""
        if "compile" in vars(type(self)) and "get_compile_config" not in vars(type(self)):
            warnings.warn(
                "`compile()` was not called as part of model loading because the model's "
                f"`compile()` method is custom. {type(self).__name__} has no get_compile_config() "
                "of its own to say how: call compile() afterwards.",
                stacklevel=2,
            )
            return
        self.compile(**decode(config))
        if self.built and hasattr(self.optimizer, "build"):
            self.optimizer.build(self.trainable_variables)

    @property
    def unrolled_steps_per_execution(self):
        """How many steps' code stands in a row; it changes nothing here. 1 unless it was set."""
        return self.__dict__.get("_unrolled_steps", 1)

    @unrolled_steps_per_execution.setter
    def unrolled_steps_per_execution(self, value):
        self._unrolled_steps = positive("unrolled_steps_per_execution", value)

    def _need_compiled(self):
        if not self.compiled:
            raise ValueError(
                "You must call `compile()` before using the model: model.compile(optimizer, loss, "
                "metrics)."
            )

    @property
    def metrics(self):
        """The loss tracker, compile's metrics, and those kept by the model and its layers."""
        found = [self._loss_tracker] if self._loss_tracker is not None else []
        if self._compiled_metrics is not None:
            found += self._compiled_metrics.metrics
        if self._compiled_loss is not None:
            found += self._compiled_loss.trackers
        known = {id(m) for m in found}
        return found + [m for m in super().metrics if id(m) not in known]

    @property
    def metrics_names(self):
        """The names in the logs, "loss" first."""
        return self._compiled_names() + [m.name for m in self._own_metrics()]

    def _compiled_names(self):
        """The names in the logs of what compile was given."""
        names = ["loss"] if self._loss_tracker is not None else []
        plain, others = self._compiled_metrics.names() if self._compiled_metrics else ((), ())
        trackers = self._compiled_loss.trackers if self._compiled_loss is not None else ()
        return [*names, *plain, *(t.name for t in trackers), *others]

    def _own_metrics(self):
        """Metrics that are attributes of the model or its layers."""
        compiled = {id(self._loss_tracker)}
        if self._compiled_metrics is not None:
            compiled |= set(map(id, self._compiled_metrics.metrics))
        if self._compiled_loss is not None:
            compiled |= set(map(id, self._compiled_loss.trackers))
        return [m for m in self.metrics if id(m) not in compiled]

    def reset_metrics(self):
        """Sets all metrics back to their start."""
        for m in self.metrics:
            m.reset_state()

    # -- replicas ----------------------------------------------------------------------------------

    @property
    def distribute_strategy(self):
        """The strategy of tf.distribute that the model was made in, or the one in scope."""
        return self._strategy or context.strategy or default()

    def _scope(self):
        """The scope of the model's strategy: what it makes belongs to that."""
        return nullcontext() if self._strategy is None else self._strategy.scope()

    @contextmanager
    def _as_compiled(self):
        """Trains what `compile` found to be trained, where the whole model was frozen since, as
        Keras 2 does: programs freeze a discriminator for the model that it is a part of, and train
        it by itself nevertheless."""
        frozen = set(map(id, self._frozen or ()))
        layers = [] if self._trainable or self._frozen is None else self._flatten_layers()
        thawed = [x for x in layers if not x._trainable and id(x) not in frozen]
        for layer in thawed:
            layer._set_trainable(True)
        try:
            yield
        finally:
            for layer in thawed:
                layer._set_trainable(False)

    def _adapt(self, *args, **kwargs):
        """The adapter of data: of this process's part of them, where several train together."""
        return for_worker(adapt(*args, **kwargs), self.distribute_strategy)

    def _on_replicas(self, name):
        """A step that runs once for each replica, on its part of a batch."""
        strategy, step = self._strategy, getattr(self, name)

        def run_all(data):
            parts = split_rows(data, strategy._local_replicas)
            found = strategy._on_replicas(step, (parts,), {})
            if name == "predict_step":
                return _in_order(found, strategy)
            variables = [v for m in self.metrics for v in m.variables]
            with strategy.scope(), read_together(variables):
                logs = self.get_metrics_result()
            if isinstance(found, dict) and found.keys() == logs.keys():
                return logs
            return select(0, found)

        return run_all

    # -- steps -------------------------------------------------------------------------------------

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The total loss of a batch: compile's losses and those of layers and regularizers.

        Raises:
          ValueError: there is nothing to minimise, or a loss but no targets.
        """
        total = self._total_loss(y, y_pred, sample_weight)
        if total is None:
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, or call "
                "self.add_loss in a layer."
            )
        return total

    def _total_loss(self, y, y_pred, sample_weight):
        total = None
        if self._compiled_loss is not None:
            need_targets(y, "a loss")
            total = self._compiled_loss(y, y_pred, sample_weight)
        for loss in self.losses:
            loss = for_replica(loss)
            total = loss if total is None else total + cast(loss, total.dtype)
        return total

    def _compute_loss(self, x, y, y_pred, sample_weight, training):
        """`compute_loss`, which a subclass may have written without `training`. Models without a
        loss can be evaluated: it is 0 then."""
        own = type(self).compute_loss
        if own is Trainer.compute_loss and not training:
            total = self._total_loss(y, y_pred, sample_weight)
            return convert_to_tensor(0.0) if total is None else total
        parameters = inspect.signature(own).parameters.values()
        asks = any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in parameters)
        more = {"training": training} if asks else {}
        return self.compute_loss(x, y, y_pred, sample_weight, **more)

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """`compute_loss` with other values of the variables, which stay as they are.

        Returns:
          The loss, and the new values of the three lists of variables.
        """
        groups = self.trainable_variables, self.non_trainable_variables, self.metrics_variables
        given = trainable_variables, non_trainable_variables, metrics_variables
        loss, after = with_values(
            [v for group in groups for v in group],
            [v for group in given for v in group],
            lambda: self._compute_loss(x, y, y_pred, sample_weight, training),
        )
        after = iter(after)
        return loss, tuple([next(after) for _ in group] for group in groups)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Updates compile's metrics; returns all values by name."""
        if self._compiled_metrics is not None:
            need_targets(y, "metrics")
            self._compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """The values of all metrics by name."""
        logs = {"loss": self._loss_tracker.result()} if self._loss_tracker is not None else {}
        if self._compiled_loss is not None:
            logs.update({t.name: t.result() for t in self._compiled_loss.trackers})
        if self._compiled_metrics is not None:
            logs.update(self._compiled_metrics.result())
        for m in self._own_metrics():
            value = m.result()
            logs.update(value if isinstance(value, dict) else {m.name: value})
        return logs

    _is_compiled = property(lambda self: self.compiled, doc="Keras 2's name.")

    def compiled_loss(self, y, y_pred, sample_weight=None, regularization_losses=None):
        """Keras 2's name for the loss: compile's, plus `regularization_losses`; tracked."""
        total = self._compiled_loss(y, y_pred, sample_weight, regularization_losses)
        self._loss_tracker.update_state(total, sample_weight=batch_size_of(y_pred))
        return total

    @property
    def compiled_metrics(self):
        """Keras 2's name for compile's metrics: has `update_state(y, y_pred, sample_weight)`."""
        if self._compiled_metrics is None:
            self._compiled_metrics = CompiledMetrics(None, None, None)
        return self._compiled_metrics

    def _takes_training(self):
        parameters = inspect.signature(type(self).call).parameters
        return "training" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())

    def _forward(self, x, training):
        return self(x, training=training) if self._takes_training() else self(x)

    def train_step(self, data):
        """One step of training on a batch; returns the logs. Subclasses may override it."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        if self.optimizer is None:
            raise ValueError(
                "Training needs an optimizer, and compile() was given optimizer=None: name one, as "
                'in model.compile(optimizer="adam", ...).'
            )
        with GradientTape() as tape:
            y_pred = self._forward(x, True)
            loss = self._compute_loss(x, y, y_pred, sample_weight, True)
            self._loss_tracker.update_state(for_all(loss), sample_weight=batch_size_of(x))
            scaled = self.optimizer.scale_loss(loss)
        weights = self.trainable_variables
        if not weights:
            warnings.warn("The model does not have any trainable weights.", stacklevel=2)
            return self.compute_metrics(x, y, y_pred, sample_weight)
        self.optimizer.apply_gradients(zip(tape.gradient(scaled, weights), weights))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data):
        """One step of evaluation on a batch; returns the logs. Subclasses may override it."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._forward(x, False)
        loss = self._compute_loss(x, y, y_pred, sample_weight, False)
        self._loss_tracker.update_state(for_all(loss), sample_weight=batch_size_of(x))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data):
        """The outputs for a batch. Subclasses may override it."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._forward(x, False)

    def _program(self, name):
        """What runs a step on a batch: what a `make_train_function` (or its kin) of the program's
        own made, or else the step as a traced function."""
        if name not in self._made_otherwise:
            return self._step_program(name)
        attribute = name.replace("step", "function")
        made = getattr(self, f"make_{attribute}")() or getattr(self, attribute)
        return lambda batch: made(iter(Dataset.from_tensors(batch)))

    def _step_program(self, name):
        """A step as a traced function, which falls back to eager where it cannot be traced."""
        key = self._program_key(name)
        found = self._programs.get(key)
        if found is None:
            step = getattr(self, name)
            spread = self._strategy is not None and self._strategy.num_replicas_in_sync > 1
            if spread:
                step = self._on_replicas(name)

            def traced(data):
                data = next(data) if isinstance(data, TracedData) else data
                if context.distribution is not None:
                    data = nest.map_structure(context.distribution._batch, data)
                result = step(data) if spread else twin_in_trace(step)(data)
                if self._programs.get(key) is found:  # the step may have made the weights
                    del self._programs[key]
                    self._programs[self._program_key(name)] = found
                return result

            found = step
            if not self.run_eagerly:
                found = Function(traced, f"{self.name}.{name}", open_axes=self._open_axes)
            self._programs[key] = found
        attribute = name.replace("step", "function")
        if self.__dict__.get(attribute) is not found:
            setattr(self, attribute, found)
        return found

    def _program_key(self, name):
        trained = tuple(map(id, self.trainable_variables)) if name == "train_step" else None
        return name, self.run_eagerly, trained

    def _open_axes(self, tensors):
        """(number, axis) of what differs from batch to batch: the size, and what is None in inputs
        and outputs."""
        if not hasattr(tensors[0], "_shape"):  # an iterator
            return []
        size = tensors[0]._shape[:1]
        found = [(i, 0) for i, t in enumerate(tensors) if t._shape[:1] == size != ()]
        if getattr(self, "_graph", None) is not None:
            declared = [*nest.flatten(self.inputs), *nest.flatten(self.outputs)]
            for i, (tensor, like) in enumerate(zip(tensors, declared)):
                if len(tensor._shape) == len(like.shape):
                    found += [(i, a) for a, d in enumerate(like.shape) if d is None and a]
        return found

    def make_train_function(self, force=False):
        """The function that runs `train_step` on a batch, or the next one of an iterator."""
        return self._step_program("train_step")

    def make_test_function(self, force=False):
        """The function that runs `test_step` on a batch, or the next one of an iterator."""
        return self._step_program("test_step")

    def make_predict_function(self, force=False):
        """The function that runs `predict_step` on a batch, or the next one of an iterator."""
        return self._step_program("predict_step")

    # names of Keras 2 on TensorFlow 1, for programs that call them before they start threads
    _make_train_function, _make_test_function = make_train_function, make_test_function
    _make_predict_function = make_predict_function

    def _prepare(self, batch, step):
        """Builds model, metrics and optimizer for a first batch, before a step is traced.

        What a step of one's own calls, and with what, only that step knows.
        """
        with self._scope():
            self._prepare_in_scope(select(0, batch), step)

    def _prepare_in_scope(self, batch, step):
        x, y, _ = unpack_x_y_sample_weight(batch)
        unbuilt = [m for m in (self._compiled_metrics,) if m is not None and m._bound is None]
        loss = self._compiled_loss
        pending = bool(unbuilt) or (loss is not None and loss._built is None)
        usual = getattr(type(self), step) is getattr(Trainer, step)
        if usual and (not self.built or pending) and self._has_call():
            y_pred = self._outputs_for(x)
            if y is not None:
                if loss is not None and loss._built is None:
                    loss.build(y, y_pred)
                for m in unbuilt:
                    m.build(y, y_pred)
        if self.optimizer is not None and not getattr(self.optimizer, "built", True):
            weights = self.trainable_variables
            if weights:
                self.optimizer.build(weights)

    def _has_call(self):
        """Whether the model computes outputs; one whose steps are its own may do without."""
        needs_graph = getattr(type(self).call, "needs_graph", False)
        return not needs_graph or getattr(self, "_graph", None) is not None

    def _outputs_for(self, x):
        """The outputs' shapes for inputs, without running anything where that is possible."""
        try:
            with init_scope(), Abstract():
                shapes = nest.map_structure(
                    lambda t: abstract(t._shape, t._dtype) if isinstance(t, Tensor) else t, x
                )
                return self._forward(shapes, False)
        except TraceBreak:
            return self._forward(x, False)

    # -- fit ---------------------------------------------------------------------------------------

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        **kwargs,
    ):
        """Trains the model.

        Args:
          x: inputs: arrays, tensors, structures of them, a Dataset, a generator or a PyDataset (the
            last three yield targets and weights as well).
          y: targets.
          batch_size: samples a step, 32 by default.
          epochs: how many times to go through the data, counted from 0 whatever `initial_epoch`.
          verbose: "auto" or 1 for a bar, 2 for a line an epoch, 0 for silence.
          callbacks: keras.callbacks.Callback objects.
          validation_split: the share of the data, at their end, kept for validation.
          validation_data: (x, y), (x, y, weights), or a Dataset.
          shuffle: a new order each epoch (arrays only).
          class_weight: dict from class to weight.
          sample_weight: weights of samples.
          initial_epoch: the epoch to start with.
          steps_per_epoch, validation_steps: how many batches make an epoch.
          validation_batch_size, validation_freq: of the validation runs; each so many epochs, or in
            those of a list (from 1).
          workers, use_multiprocessing, max_queue_size: accepted for old programs.

        Returns:
          The History, with `.history["loss"]` and so on.

        Raises:
          ValueError: no compile before; data that do not fit together or the model.
        """
        refuse_unknown("fit", kwargs)
        self._need_compiled()
        batch_size, verbose = checked(batch_size, verbose)
        steps_per_epoch = whole_steps("steps_per_epoch", steps_per_epoch)
        epochs, initial_epoch = map(whole, ("epochs", "initial_epoch"), (epochs, initial_epoch))
        epochs = epochs if settings.max_epochs is None else min(epochs, settings.max_epochs)
        validates = validating_epochs(validation_freq)
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation = split((x, y, sample_weight), validation_split)
            validation_data = tuple(validation)
        data = self._adapt(x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight)
        batches = Batches(data, steps_per_epoch, epochs, self.steps_per_execution)
        validation_steps = whole_steps("validation_steps", validation_steps)
        size = positive("validation_batch_size", validation_batch_size) or batch_size
        validation = self._validation(validation_data, size, validation_steps)
        self.stop_training = False
        params = {"epochs": epochs, "steps": batches.num_batches}
        callbacks = self._callbacks(callbacks, verbose, history=True, **params)
        nan = NaNWatch()
        steps = self._steps("train_step", callbacks, "train", nan)
        training = self._training = Training(self, batches, validation, callbacks, initial_epoch)
        with self._as_compiled(), training:
            callbacks.on_train_begin()
            logs = {}
            for epoch in range(training.epoch, training.epoch if training.stopped else epochs):
                nan.epoch = epoch
                training.begin(epoch)
                callbacks.on_epoch_begin(epoch)
                logs = self._epoch(steps, batches, callbacks, "train", training) or {}
                if validation is not None and validates(epoch):
                    found = self._evaluate(validation, validation_steps, callbacks, 0)
                    logs.update({"val_" + name: value for name, value in found.items()})
                callbacks.on_epoch_end(epoch, logs)
                training.at = 0
                if self.stop_training:
                    break
            if self.optimizer is not None:
                self.optimizer.finalize_variable_values(self.trainable_variables)
            callbacks.on_train_end(logs)
        return self.history

    def _validation(self, data, batch_size, steps):
        if data is None:
            return None
        try:
            if isinstance(data, (tuple, list)) and not hasattr(data, "element_spec"):
                x, y, weight = unpack_x_y_sample_weight(tuple(data))
                return self._adapt(x, y, weight, batch_size, steps)
            return self._adapt(data, steps=steps)
        except (ValueError, TypeError) as error:
            raise type(error)(f"`validation_data`: {error}") from error

    def _callbacks(self, callbacks, verbose, history=False, **params):
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks,
            add_history=history,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            **params,
        )

    def _steps(self, name, callbacks, mode, nan=None):
        quiet = not callbacks.sees_batches(mode)
        return Steps(self, name, quiet, 1 if quiet else self.steps_per_execution, nan)

    def _epoch(self, steps, batches, callbacks, mode, training=None):
        """Runs one epoch of Steps that return logs, or its rest; returns the last ones as floats.

        `training` is told how many batches are done.
        """
        first = 0 if training is None else training.at
        begin = getattr(callbacks, f"on_{mode}_batch_begin")
        finish = getattr(callbacks, f"on_{mode}_batch_end")
        steps.begin(callbacks.may_change_model(), first)

        def each(i, logs):
            steps.at = i + 1
            if training is not None:
                training.at = steps.at
            if steps.nan is not None:
                steps.nan.check(i, _as_logs(logs))

        def end(i, logs):
            logs = _as_logs(logs)
            finish(i, lambda: plain(logs))

        pieces = batches.epoch(steps.take, steps.may_overlap, first)
        hooks = begin, each, end
        stops = "stop_training" if mode == "train" else "stop_evaluating"
        logs = run(pieces, steps, hooks, lambda: getattr(self, stops), steps.per_execution, first)
        if steps.nan is not None:
            steps.nan.settle()
        if logs is None and first:  # all batches of the epoch were done
            logs = self.get_metrics_result()
        return None if logs is None else plain(_as_logs(logs))

    # -- evaluate and predict ----------------------------------------------------------------------

    def _evaluate(self, adapter, steps, callbacks, verbose):
        batches = Batches(adapter, steps, 1, self.steps_per_execution)
        callbacks = self._callbacks(callbacks, verbose, epochs=1, steps=batches.num_batches)
        callbacks.on_test_begin()
        self.stop_evaluating = False
        self.reset_metrics()
        logs = self._epoch(self._steps("test_step", callbacks, "test"), batches, callbacks, "test")
        logs = logs or {}
        callbacks.on_test_end(logs)
        return logs

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **kwargs,
    ):
        """The loss and metrics on data, in test mode.

        Args:
          x, y, batch_size, sample_weight, verbose, callbacks: as for `fit`.
          steps: how many batches to take.
          return_dict: return a dict by name instead of a list.

        Returns:
          The loss, or the list of loss and metrics in the order of `metrics_names`, or a dict.
        """
        refuse_unknown("evaluate", kwargs)
        self._need_compiled()
        batch_size, verbose = checked(batch_size, verbose)
        steps = whole_steps("steps", steps)
        adapter = self._adapt(x, y, sample_weight, batch_size, steps)
        logs = self._evaluate(adapter, steps, callbacks, verbose)
        if return_dict:
            return logs
        order = dict.fromkeys(n for n in (*self.metrics_names, *logs) if n in logs)
        values = [logs[n] for n in order]
        return values[0] if len(values) == 1 else values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, **kwargs):
        """The outputs for inputs, batch by batch, as NumPy arrays.

        Args:
          x, batch_size, verbose, callbacks: as for `fit`; of data with targets these are left out.
          steps: how many batches to take.
        """
        refuse_unknown("predict", kwargs)
        strategy = self._strategy or context.strategy
        alone = strategy is None or strategy._group.size == 1
        if verbose == 0 and not callbacks and steps is None and alone:
            batch = single_batch(x, batch_size)
            if batch is not None:  # nothing but the program, and no copy
                return predicted(self._program("predict_step"), batch)
        batch_size, verbose = checked(batch_size, verbose)
        steps = whole_steps("steps", steps)
        size = self.steps_per_execution
        batches = Batches(self._adapt(x, batch_size=batch_size, steps=steps), steps, 1, size)
        callbacks = self._callbacks(callbacks, verbose, epochs=1, steps=batches.num_batches)
        self.stop_predicting = False
        callbacks.on_predict_begin()
        parts, told = [], [0]

        def each(i, outputs):
            parts.append(arrays_of(outputs))

        def end(i, outputs):
            outputs = parts[-1] if size == 1 else concatenated(parts[told[0] :])
            told[0] = len(parts)
            callbacks.on_predict_batch_end(i, {"outputs": outputs})

        hooks = callbacks.on_predict_batch_begin, each, end
        program = self._program("predict_step")
        run(batches.epoch(), program, hooks, lambda: self.stop_predicting, size)
        callbacks.on_predict_end()
        return concatenated(parts)

    # -- single batches ----------------------------------------------------------------------------

    def _batch(self, x, y=None, sample_weight=None, class_weight=None):
        return next(self._adapt(x, y, sample_weight, 2**31, None, False, class_weight).epoch())

    def _result(self, logs, return_dict):
        logs = plain(_as_logs(logs))
        if return_dict:
            return logs
        names = self._compiled_names()
        if any(n not in names for n in logs):
            names = self.metrics_names
        values = [logs[n] for n in names if n in logs]
        return values[0] if len(values) == 1 else values

    def train_on_batch(
        self,
        x,
        y=None,
        sample_weight=None,
        class_weight=None,
        return_dict=False,
        reset_metrics=True,
    ):
        """One step of training on one batch; returns loss and metrics as `evaluate` does, of this
        batch alone, or with Keras 2's `reset_metrics=False` of those before it too."""
        self._need_compiled()
        batch = self._batch(x, y, sample_weight, class_weight)
        with self._as_compiled():
            self._prepare(batch, "train_step")
            if reset_metrics:
                self.reset_metrics()
            return self._result(self._program("train_step")(batch), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False, reset_metrics=True):
        """Loss and metrics on one batch, in test mode; arguments as train_on_batch's."""
        self._need_compiled()
        batch = self._batch(x, y, sample_weight)
        self._prepare(batch, "test_step")
        if reset_metrics:
            self.reset_metrics()
        return self._result(self._program("test_step")(batch), return_dict)

    def predict_on_batch(self, x):
        """The outputs for one batch, as NumPy arrays."""
        batch = single_batch(x, 2**31)
        batch = self._batch(x) if batch is None else batch
        return predicted(self._program("predict_step"), batch)

    # -- Keras 2's names ---------------------------------------------------------------------------

    def fit_generator(self, generator, steps_per_epoch=None, epochs=1, verbose=1, **kwargs):
        """Keras 2's name of `fit` on a generator."""
        return self.fit(
            generator, steps_per_epoch=steps_per_epoch, epochs=epochs, verbose=verbose, **kwargs
        )

    def evaluate_generator(self, generator, steps=None, callbacks=None, verbose=0, **kwargs):
        """Keras 2's name of `evaluate` on a generator."""
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose, **kwargs)

    def predict_generator(self, generator, steps=None, callbacks=None, verbose=0, **kwargs):
        """Keras 2's name of `predict` on a generator."""
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose, **kwargs)


def _in_order(outputs, strategy):
    """A structure of the outputs of several replicas, joined along the rows."""

    def join(leaf):
        return strategy._all_gather(list(strategy.experimental_local_results(leaf)), 0)

    return map_whole(join, outputs)


def _as_logs(logs):
    if not isinstance(logs, dict):
        raise ValueError(
            f"train_step and test_step must return a dict of logs, got {type(logs).__name__}."
        )
    return logs
