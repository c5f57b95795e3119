"""TensorBoard: what happens in training, in files that TensorBoard shows."""

import os
import time
import warnings
from contextlib import ExitStack

import numpy as np

from ... import ops
from ...base.files import makedirs, path_of, replacing
from ...core.tensor import convert_to_tensor
from ...formats.graph_messages import Event
from ...function.function import Function
from ...summary import profile, recording
from ...summary.graphs import graph_message, write_ran
from ...summary.values import histogram, image, scalar, write_for
from ...summary.writers import create_file_writer
from ..layers.embedding import Embedding
from .base import Callback

_PROFILE = (
    "profile_batch must be a non-negative integer or 2-tuple of positive integers. A pair of "
    "positive integers signifies a range of batches to profile. Found: {}"
)


class TensorBoard(Callback):
    """Writes what TensorBoard shows: metrics, weights, graphs, profiles, embeddings.

    `tensorboard --logdir=LOG_DIR` shows them: LOG_DIR/train what comes of training, and
    LOG_DIR/validation what comes of validation. Summaries that a model's own code writes
    (`tf.summary.scalar` in a layer's `call`) are among them where `update_freq` is not "epoch".

    Args:
      log_dir: the folder; no other run may use it.
      histogram_freq: each so many epochs the distributions of all weights are written; 0 for never.
      write_graph: write the model's layers, and the graph of its training step.
      write_images: write weights as pictures too, as often as their distributions.
      write_steps_per_second: write how quick training is.
      update_freq: "epoch"; or each how many batches metrics are written, "batch" for 1.
      profile_batch: the batch, counted from 1, or the first and the last one (a pair or "2,5"), of
        which a profile is taken; 0 for none.
      embeddings_freq: each so many epochs the tables of Embedding layers are written; 0 for never.
      embeddings_metadata: the file that names the rows of all tables, or a dict from names of
        layers to files; relative to `log_dir`.
      write_grads, batch_size: Keras 1's, of no effect; write_grads=True warns.

    Raises:
      ValueError: `profile_batch`, `update_freq` or a layer's name makes no sense.
      OpError: while training, when a file cannot be written.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> watch = tf.keras.callbacks.TensorBoard("logs", histogram_freq=1)
    >>> _ = model.fit(np.ones((8, 2)), np.ones(8), epochs=2, verbose=0, callbacks=[watch])
    >>> tf.io.gfile.listdir("logs")
    ['train']
    """

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
        write_grads=False,
        batch_size=None,
    ):
        if write_grads:
            warnings.warn(
                "TensorBoard: write_grads=True writes no gradients, as in Keras 2: write them with "
                "tf.summary.histogram in a train_step of your own.",
                stacklevel=2,
            )
        self.log_dir = path_of(log_dir)
        self.histogram_freq, self.write_graph, self.write_images = (
            histogram_freq,
            write_graph,
            write_images,
        )
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not self.update_freq >= 1:
            raise ValueError(
                f'update_freq must be "epoch", "batch" or a positive number, got {update_freq!r}.'
            )
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        self._first_profiled, self._last_profiled = _range_of(profile_batch)
        self._writers, self._open, self._profile = {}, {}, None
        self._batch = {"train": 0, "test": 0}
        self._begun, self._graphs_due = {}, False
        self._listen()

    def _listen(self):
        """Has the hooks of batches called only where something is to be done: they cost time."""
        if self.update_freq != "epoch" or self._last_profiled:
            self.on_train_batch_begin = self._train_batch_begin
            self.on_train_batch_end = self._train_batch_end
        if self.update_freq != "epoch":
            self.on_test_batch_begin = self._test_batch_begin

    # -- files -------------------------------------------------------------------------------------

    def _writer(self, name):
        if name not in self._writers:
            self._writers[name] = create_file_writer(os.path.join(self.log_dir, name))
        return self._writers[name]

    def _writing(self, name, step):
        """A context in which summaries go to a writer, whatever `record_if` says."""
        return recording.changed(writer=self._writer(name), step=step, condition=True)

    def _scalars(self, name, values, step):
        with self._writing(name, int(step)):
            for tag, value in values.items():
                scalar(tag, ops.reduce_mean(value) if np.ndim(value) else value)

    def _open_to_model(self, mode, name):
        """Lets summaries of the model's own code be written, each `update_freq` batches."""
        if self.update_freq == "epoch":
            return
        self._open[mode] = ExitStack()
        self._open[mode].enter_context(
            recording.changed(
                writer=self._writer(name),
                step=self._batch[mode],
                condition=lambda: self._batch[mode] % self.update_freq == 0,
            )
        )

    def _close_to_model(self, mode):
        if mode in self._open:
            self._open.pop(mode).close()

    # -- hooks -------------------------------------------------------------------------------------

    def set_model(self, model):
        """Takes the model; writes its layers."""
        super().set_model(model)
        self._graphs_due = self.write_graph
        if self.embeddings_freq:
            self._write_projector()

    def on_train_begin(self, logs=None):
        """Begins the file of training."""
        self._batch = {"train": 0, "test": 0}
        self._begun = {"epoch": (time.perf_counter(), self._iterations())}
        self._writer("train")
        if self.write_graph and getattr(self.model, "_graph", None) is not None:
            with self._writing("train", 0):
                write_for("graph_keras_model", "keras", self.model.to_json(), 0)
        self._open_to_model("train", "train")

    def on_train_end(self, logs=None):
        """Closes the files."""
        self._end_profile()
        self._close_to_model("test")
        self._close_to_model("train")
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    _interrupted = on_train_end

    def on_epoch_begin(self, epoch, logs=None):
        """Takes the time."""
        self._begun["epoch"] = time.perf_counter(), self._iterations()

    def on_epoch_end(self, epoch, logs=None):
        """Writes the metrics of an epoch, and what is due besides."""
        self._write_epoch(epoch, logs or {})
        if self._graphs_due:
            self._write_step()
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        for writer in self._writers.values():
            writer.flush()

    def on_test_begin(self, logs=None):
        """Opens the file of validation to the model's own code."""
        self._open_to_model("test", "validation")

    def on_test_end(self, logs=None):
        """Writes the metrics of an evaluation, by the steps of training so far."""
        self._close_to_model("test")
        if self.model.optimizer is not None:
            named = {f"evaluation_{name}_vs_iterations": v for name, v in (logs or {}).items()}
            self._scalars("validation", named, self._iterations())
            self._writer("validation").flush()

    def _train_batch_begin(self, batch, logs=None):
        self._batch["train"] += 1
        number = self._batch["train"]
        if "train" in self._open:
            recording.change(step=number)
        self._begun["batch"] = time.perf_counter()
        if number == self._first_profiled:
            profile.begin(os.path.join(self.log_dir, "train"))
            self._profile = True

    def _train_batch_end(self, batch, logs=None):
        number = self._batch["train"]
        if self.update_freq != "epoch" and number % self.update_freq == 0:
            found = {f"batch_{name}": value for name, value in (logs or {}).items()}
            if self.write_steps_per_second:
                passed = time.perf_counter() - self._begun["batch"]
                found = {"batch_steps_per_second": 1 / passed, **found}
            self._scalars("train", found, number)
        if number >= self._last_profiled:
            self._end_profile()

    def _test_batch_begin(self, batch, logs=None):
        self._batch["test"] += 1
        if "test" in self._open:
            recording.change(step=self._batch["test"])

    def _end_profile(self):
        """Ends the profile that is on: a folder for TensorBoard, and the graphs that ran."""
        if self._profile is None:
            return
        self._profile, session = None, profile.end()
        session.save()
        last = self._batch["train"]
        with self._writing("train", last):
            write_ran(session, f"batch_{last}", last)

    # -- what is written ---------------------------------------------------------------------------

    def _iterations(self):
        optimizer = self.model.optimizer
        return 0 if optimizer is None else int(ops.cast(optimizer.iterations, "int64").numpy())

    def _write_epoch(self, epoch, logs):
        train = {f"epoch_{n}": v for n, v in logs.items() if not n.startswith("val_")}
        rate = getattr(self.model.optimizer, "learning_rate", None)
        if rate is not None:
            train["epoch_learning_rate"] = float(convert_to_tensor(rate).numpy())
        if self.write_steps_per_second:
            begin, steps = self._begun["epoch"]
            passed = time.perf_counter() - begin
            train["epoch_steps_per_second"] = (self._iterations() - steps) / passed
        self._scalars("train", train, epoch)
        val = {f"epoch_{n[4:]}": v for n, v in logs.items() if n.startswith("val_")}
        if val:
            self._scalars("validation", val, epoch)

    def _write_step(self):
        """Writes the graph of the training step, once there is one."""
        step = self.model.train_function
        self._graphs_due = False
        traced = step.traced() if isinstance(step, Function) else ()
        if traced:
            data = graph_message(traced[-1].graph).SerializeToString()
            self._writer("train").file().add(Event(graph_def=data))

    def _write_weights(self, epoch):
        with self._writing("train", epoch):
            for layer in self.model.layers:
                for weight in layer.weights:
                    name = weight.path.replace(":", "_")
                    histogram(f"{name}/histogram", weight)
                    picture = _as_picture(weight.numpy()) if self.write_images else None
                    if picture is not None:
                        image(f"{name}/image", picture)

    def _embeddings(self):
        return [layer for layer in self.model.layers if isinstance(layer, Embedding)]

    def _write_projector(self):
        """Writes which tables there are, for TensorBoard's projector."""
        given, entries = self.embeddings_metadata, []
        left = dict(given) if isinstance(given, dict) else {}
        for layer in self._embeddings():
            rows = [f'  tensor_name: "{layer.name}/embeddings"\n  tensor_path: "{layer.name}.tsv"']
            file = left.pop(layer.name, None) if isinstance(given, dict) else given
            if file is not None:
                rows.append(f'  metadata_path: "{path_of(file)}"')
            entries.append("embeddings {\n" + "\n".join(rows) + "\n}\n")
        if left:
            raise ValueError(
                "Unrecognized `Embedding` layer names passed to `keras.callbacks.TensorBoard` "
                f"`embeddings_metadata` argument: {left.keys()}"
            )
        self._write_text("projector_config.pbtxt", "".join(entries))

    def _write_embeddings(self):
        for layer in self._embeddings():
            rows = layer.weights[0].numpy()
            lines = ("\t".join(map(repr, row)) + "\n" for row in rows.astype("float64").tolist())
            self._write_text(f"{layer.name}.tsv", "".join(lines))

    def _write_text(self, name, text):
        makedirs(self.log_dir)
        with (
            replacing(os.path.join(self.log_dir, name)) as new,
            open(new, "w", encoding="utf-8") as file,
        ):
            file.write(text)


def _range_of(batches):
    """The first and the last batch of a profile; (0, 0) for none."""
    found = batches.split(",") if isinstance(batches, str) else batches
    try:
        found = tuple(map(int, found)) if isinstance(found, list | tuple) else (int(found),) * 2
    except ValueError:
        raise ValueError(_PROFILE.format(batches)) from None
    if len(found) == 1:
        found *= 2
    first, last = found if len(found) == 2 else (0, -1)
    if first < 0 or last < first or (first == 0) != (last == 0):
        raise ValueError(_PROFILE.format(batches))
    return found


def _as_picture(weight):
    """A weight as pictures (number, height, width, channels), or None where it is none."""
    found = np.squeeze(weight)
    if found.ndim == 1:
        return found.reshape(1, -1, 1, 1)
    if found.ndim == 2:
        found = found.T if found.shape[0] > found.shape[1] else found
        return found[None, :, :, None]
    if found.ndim == 3:  # a picture for each of the last axis
        return found.transpose(2, 0, 1)[..., None]
    return found if found.ndim == 4 and found.shape[-1] in (1, 3, 4) else None
