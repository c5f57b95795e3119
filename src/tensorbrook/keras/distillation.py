"""keras.distillation: a small model, the student, learns from a trained one, the teacher."""

from .. import ops
from ..base import nest
from ..core.tensor import convert_to_tensor
from . import losses
from .metrics import Mean
from .models import Model
from .registry import Configurable, encode
from .tree import map_structure_up_to


class DistillationLoss:
    """The base of losses between the teacher's and the student's outputs.

    A subclass writes `compute_loss`; `teacher_layer_name` and `student_layer_name`, where it has
    them, name the layers whose outputs it gets in place of the models'.

    Example:
    >>> class Gap(tf.keras.distillation.DistillationLoss):
    ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
    ...         return tf.reduce_mean(tf.abs(teacher_outputs - student_outputs))
    >>> Gap().compute_loss(tf.ones([2]), tf.zeros([2])).numpy()
    np.float32(1.0)
    """

    teacher_layer_name = student_layer_name = None

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The loss as a scalar; both outputs are tensors or structures of them."""
        raise NotImplementedError(
            f"{type(self).__name__} has no compute_loss(teacher_outputs, student_outputs)."
        )

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Raises ValueError where there are other numbers of outputs."""
        counts = [len(nest.flatten(outputs)) for outputs in (teacher_outputs, student_outputs)]
        if counts[0] != counts[1]:
            raise ValueError(
                f"{type(self).__name__}: the teacher has {counts[0]} outputs, the student "
                f"{counts[1]}: there must be as many."
            )

    def validate_model_compatibility(self, teacher, student):
        """Raises ValueError where this loss does not fit two models."""
        for role, model in (("teacher", teacher), ("student", student)):
            name = getattr(self, f"{role}_layer_name")
            if name is not None:
                if not hasattr(model, "layers") or not model.inputs:
                    raise ValueError(
                        f"{type(self).__name__}: the {role} {model.name!r} has no graph of layers "
                        f"to find {name!r} in: use a functional or Sequential model."
                    )
                model.get_layer(name)


class _NestedLoss(Configurable, DistillationLoss):
    def __init__(self, loss):
        self.loss = loss
        self._functions = nest.map_structure(losses.get, loss)
        if all(function is None for function in nest.flatten(self._functions)):
            raise ValueError(f"{type(self).__name__}: at least one loss must be non-`None`.")

    def _argument(self, name, owner):
        return encode(getattr(self, name))

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The sum of the losses of all outputs, each a mean over its examples."""
        self.validate_outputs(teacher_outputs, student_outputs)
        found = []

        def add(function, teacher, student):
            if function is not None:
                found.append(ops.reduce_mean(function(teacher, student)))

        map_structure_up_to(self._functions, add, self._functions, teacher_outputs, student_outputs)
        return ops.add_n(found)


class LogitsDistillation(_NestedLoss):
    """The loss between the logits of teacher and student, both divided by a temperature.

    Args:
      temperature: a positive number; the higher, the more alike are the classes.
      loss: the name of a loss, a `Loss`, or a structure of these for models of several outputs, in
        which None leaves an output out.

    Raises:
      ValueError: a temperature that is no positive number, or no loss at all.

    Example:
    >>> loss = tf.keras.distillation.LogitsDistillation(2.0, loss="mse")
    >>> loss.compute_loss(tf.constant([[2.0, 4.0]]), tf.constant([[0.0, 0.0]])).numpy()
    np.float32(2.5)
    """

    def __init__(self, temperature=3.0, loss="kl_divergence"):
        if not isinstance(temperature, (int, float)) or temperature <= 0:
            raise ValueError(f"`temperature` must be a positive number, got {temperature!r}.")
        self.temperature = temperature
        super().__init__(loss)

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The loss of logits, as a scalar."""
        teacher, student = (
            nest.map_structure(lambda x: convert_to_tensor(x) / self.temperature, outputs)
            for outputs in (teacher_outputs, student_outputs)
        )
        return super().compute_loss(teacher, student)


class FeatureDistillation(_NestedLoss):
    """The loss between the outputs of a layer of the teacher and of one of the student.

    Args:
      loss: as in `LogitsDistillation`.
      teacher_layer_name, student_layer_name: the layers; None for the model's own outputs.

    Raises:
      ValueError: no loss at all.

    Example:
    >>> loss = tf.keras.distillation.FeatureDistillation("mae")
    >>> loss.compute_loss(tf.constant([[2.0, 4.0]]), tf.constant([[0.0, 0.0]])).numpy()
    np.float32(3.0)
    """

    def __init__(self, loss="mse", teacher_layer_name=None, student_layer_name=None):
        super().__init__(loss)
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name


class Distiller(Model):
    """A model that trains a student from targets and from a teacher, which stays as it is.

    The loss is `student_loss_weight` times compile's loss of the student, and
    `1 - student_loss_weight` times the weighted sum of the distillation losses.

    Args:
      teacher: the trained model; it is frozen.
      student: the model to train: `distiller.student` is it afterwards.
      distillation_losses: a `DistillationLoss`, or a list of them.
      distillation_loss_weights: as many weights; 1 each by default.
      student_loss_weight: between 0 and 1.
      name: the model's name.

    Raises:
      ValueError: models whose inputs or outputs differ in shape or dtype, or a weight outside of
        its bounds.

    Example:
    >>> teacher = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])
    >>> student = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])
    >>> losses = tf.keras.distillation.LogitsDistillation(temperature=2.0)
    >>> distiller = tf.keras.distillation.Distiller(teacher, student, losses)
    >>> distiller.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> history = distiller.fit(np.ones((4, 2)), np.zeros(4), verbose=0)
    >>> sorted(history.history)
    ['distillation_loss', 'loss', 'student_loss', 'total_loss']
    """

    def __init__(
        self,
        teacher,
        student,
        distillation_losses,
        distillation_loss_weights=None,
        student_loss_weight=0.5,
        name="distiller",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        single = isinstance(distillation_losses, DistillationLoss)
        self.distillation_losses = [distillation_losses] if single else list(distillation_losses)
        count = len(self.distillation_losses)
        self.distillation_loss_weights = distillation_loss_weights or [1.0] * count
        self.student_loss_weight = student_loss_weight
        self._check(teacher, student)
        teacher.trainable = False
        self.teacher, self.student = teacher, student
        self._features = {
            "teacher": self._extractor(teacher, "teacher"),
            "student": self._extractor(student, "student"),
        }
        self.student_loss_tracker = Mean(name="student_loss")
        self.distillation_loss_tracker = Mean(name="distillation_loss")
        self.total_loss_tracker = Mean(name="total_loss")
        self.built = True

    def _check(self, teacher, student):
        if not 0 <= self.student_loss_weight <= 1:
            raise ValueError(
                f"student_loss_weight must be between 0.0 and 1.0, got {self.student_loss_weight}."
            )
        if len(self.distillation_loss_weights) != len(self.distillation_losses):
            raise ValueError(
                f"There are {len(self.distillation_losses)} distillation losses, and "
                f"{len(self.distillation_loss_weights)} distillation_loss_weights."
            )
        for role, model in (("Teacher", teacher), ("Student", student)):
            if not isinstance(model, Model):
                raise ValueError(f"{role} must be a keras.Model, got {type(model)}.")
        for what in ("input", "output"):
            told = [getattr(model, f"{what}s", None) for model in (teacher, student)]
            if all(told):
                shapes = [[(tuple(x.shape), x.dtype) for x in nest.flatten(xs)] for xs in told]
                if shapes[0] != shapes[1]:
                    raise ValueError(
                        f"Teacher and student {what} shapes are incompatible. Teacher: "
                        f"{shapes[0]}, Student: {shapes[1]}. Shapes and dtypes must be the same."
                    )
        for loss in self.distillation_losses:
            if not isinstance(loss, DistillationLoss):
                raise ValueError(f"{loss!r} is no keras.distillation.DistillationLoss.")
            loss.validate_model_compatibility(teacher, student)

    def _extractor(self, model, role):
        """A model that gives the outputs of the layers that losses name, and its own."""
        names = {getattr(loss, f"{role}_layer_name") for loss in self.distillation_losses}
        if not names - {None}:
            return lambda x, training: {None: model(x, training=training)}
        inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
        layers = {name: model.get_layer(name).output for name in sorted(names - {None})}
        extractor = Model(inputs, [model.output, *layers.values()])

        def features(x, training):
            return dict(zip([None, *layers], extractor(x, training=training)))

        return features

    def compile(self, optimizer="adam", loss=None, metrics=None, **kwargs):
        """Says how the student is trained: as of any model."""
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def call(self, inputs, training=None, **kwargs):
        """The student's outputs."""
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The weighted sum of the student's loss and of the distillation losses."""
        own = self.student_loss_weight
        student_loss = 0.0 if y is None else super().compute_loss(x, y, y_pred, sample_weight)
        distilled = 0.0
        if own < 1:
            teacher = self._features["teacher"](x, training=False)
            named = any(loss.student_layer_name for loss in self.distillation_losses)
            student = self._features["student"](x, training=training) if named else {}
            student[None] = y_pred
            distilled = sum(
                weight
                * loss.compute_loss(
                    teacher[loss.teacher_layer_name], student[loss.student_layer_name]
                )
                for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights)
            )
        total = own * student_loss + (1 - own) * distilled
        self.student_loss_tracker.update_state(student_loss)
        self.distillation_loss_tracker.update_state(distilled)
        self.total_loss_tracker.update_state(total)
        return total
