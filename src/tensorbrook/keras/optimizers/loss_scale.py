"""LossScaleOptimizer: another optimizer, with a loss scale that adapts itself."""

from ... import ops
from ...base import nest
from ...core.dispatch import init_scope
from ...core.tensor import convert_to_tensor
from ...core.trackable import Bare
from .. import initializers, registry
from .base import Optimizer
from .state import Variables

_FOR_INNER = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class LossScaleOptimizer(Optimizer):
    """Wraps an optimizer so that small float16 gradients do not vanish.

    `scale_loss` multiplies the loss by a scale; `apply` divides the gradients by it. A step with
    gradients that are not finite is left out and halves the scale; after `dynamic_growth_steps`
    good steps the scale doubles.

    Args:
      inner_optimizer: the optimizer that updates.
      initial_scale: the scale to start from.
      dynamic_growth_steps: see above.
      name: a name.

    Raises:
      ValueError: `dynamic=False`, or an argument that belongs to the inner optimizer.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.LossScaleOptimizer(tf.keras.optimizers.SGD(0.5), 4.0)
    >>> _ = optimizer.apply_gradients([(tf.constant(4.0), v)])
    >>> v.numpy()
    np.float32(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant(np.inf), v)])
    >>> v.numpy(), optimizer.dynamic_scale.numpy()
    (np.float32(0.5), np.float32(2.0))
    """

    def __init__(
        self, inner_optimizer, initial_scale=2.0**15, dynamic_growth_steps=2000, name=None, **kwargs
    ):
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer no longer supports `dynamic=False`. Instead, simply set "
                "`loss_scale_factor` directly on the `inner_optimizer`."
            )
        unknown = [argument for argument in kwargs if argument not in _FOR_INNER]
        if unknown:
            raise ValueError(
                "LossScaleOptimizer does not support arguments: "
                f"{', '.join(f'`{argument}`' for argument in unknown)}."
            )
        for argument, value in kwargs.items():
            if value != _FOR_INNER[argument]:
                raise ValueError(
                    f"LossScaleOptimizer does not support `{argument}`. Instead, set `{argument}` "
                    "on the `inner_optimizer`."
                )
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        inner_optimizer.loss_scale_factor = None
        inner_optimizer._path = f"{self.name}/{inner_optimizer.name}"

    def build(self, variables):
        """Creates the scale, and the inner optimizer's slots for `variables`."""
        self._make_scale()
        self.inner_optimizer._know(variables)
        self._trainable_variables = self.inner_optimizer._trainable_variables
        self.built = True

    def _make_scale(self):
        if "dynamic_scale" not in self.__dict__:
            start = initializers.Constant(self.initial_scale)
            with init_scope():  # they live on outside of a trace that meets them first
                self.step_counter = self.add_variable((), dtype="int64", name="step_counter")
                self.dynamic_scale = self.add_variable((), start, "float32", name="dynamic_scale")

    @property
    def variables(self):
        """The scale's variables and the inner optimizer's."""
        return Variables(self._variables + self.inner_optimizer.variables)

    # where Keras 3 has the inner optimizer's beside them
    _track_last = (*Optimizer._track_last, "_iterations", "_learning_rate")

    def _track_aliases(self):
        # Keras 2's names
        inner = self.inner_optimizer
        if "dynamic_scale" not in vars(self):
            return {}
        scale = Bare(current_loss_scale=self.dynamic_scale, good_steps=self.step_counter)
        return {**inner._track_children(), **inner._track_aliases(), "loss_scale": scale}

    def _track_slot(self, name, variable):
        return self.inner_optimizer._track_slot(name, variable)

    @property
    def iterations(self):
        """The inner optimizer's."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self):
        """The inner optimizer's; settable."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self.inner_optimizer.learning_rate = learning_rate

    lr = learning_rate

    def _know(self, variables):
        self.build(variables)

    def _clips(self):
        return self.inner_optimizer._clips()

    def _clip_on_replica(self, gradients, variables, scale=None):
        self._make_scale()
        return self.inner_optimizer._clip_on_replica(gradients, variables, self.dynamic_scale)

    def _apply(self, gradients, variables, when):
        scale = self.dynamic_scale
        parts = nest.flatten(gradients, expand_composites=True)
        floats = [p for p in parts if p.dtype.is_floating]
        finite = ops.reduce_all(ops.stack([ops.reduce_all(ops.is_finite(p)) for p in floats]))
        unscaled = [
            g if getattr(v, "overwrite_with_gradient", False) else g / ops.cast(scale, g.dtype)
            for g, v in zip(gradients, variables)
        ]
        self.inner_optimizer._apply(unscaled, variables, finite)
        grows = ops.equal(self.step_counter, self.dynamic_growth_steps - 1)
        counts = ops.logical_and(finite, ops.logical_not(grows))
        self.step_counter.assign(
            ops.where(counts, self.step_counter + 1, ops.zeros_like(self.step_counter))
        )
        factor = ops.where(finite, ops.where(grows, 2.0, 1.0), 0.5)
        scale.assign(scale * factor)

    @property
    def loss_scale(self):
        """The scale as it is: Keras 2's name of `dynamic_scale`, which is a variable."""
        self._make_scale()
        return self.dynamic_scale.value

    def scale_loss(self, loss):
        """The loss, multiplied by the scale; take the gradient of the result."""
        self._make_scale()  # a trace that begins here is to follow the scale
        loss = convert_to_tensor(loss)
        return loss * ops.cast(self.dynamic_scale, loss.dtype)

    def get_scaled_loss(self, loss):
        """Keras 2's name of `scale_loss`; also of a function that returns the loss."""
        if callable(loss) and not hasattr(loss, "dtype"):
            return lambda: self.scale_loss(loss())
        return self.scale_loss(loss)

    def get_unscaled_gradients(self, grads):
        """The gradients of a scaled loss, divided by the scale, to be given to the inner optimizer.

        Args:
          grads: a list of gradients, None among them stays.
        """
        self._make_scale()
        return [None if g is None else g / ops.cast(self.dynamic_scale, g.dtype) for g in grads]

    def finalize_variable_values(self, var_list):
        """The inner optimizer's."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self):
        """The arguments, with the inner optimizer's configuration."""
        return {
            "name": self.name,
            "inner_optimizer": registry.serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer made of what `get_config` returned."""
        config = dict(config)
        inner = registry.deserialize(config.pop("inner_optimizer"), custom_objects=custom_objects)
        return cls(inner, **config)
