"""Discretization: measurements as the numbers of the bins they lie in."""

import numpy as np

from .... import ops
from ....core.dispatch import current_trace
from ....core.tensor import convert_to_tensor
from ....graph.trace import Abstract
from ..preprocess import first_of
from .encoding import MODES, FeatureLayer, check_mode, encoded, encoded_shape, of_values, values_of


class Discretization(FeatureLayer):
    """The number of the bin in which each value lies.

    Args:
      bin_boundaries: where bins end, sorted; a value that equals one lies in the bin behind it.
      num_bins: how many bins of about equally many values `adapt` is to find.
      epsilon: how exact it is: a share of the data.
      output_mode: "int"; or "one_hot", "multi_hot", "count" as in CategoryEncoding.
      sparse: whether the rows come as a SparseTensor.

    Raises:
      ValueError: neither boundaries nor a number of bins, or both; an unknown mode.

    Example:
    >>> layer = tf.keras.layers.Discretization(bin_boundaries=[0.0, 1.0])
    >>> layer([[-1.5, 0.5, 3.0]]).numpy()
    array([[0, 1, 2]], dtype=int32)
    """

    def __init__(
        self,
        bin_boundaries=None,
        num_bins=None,
        epsilon=0.01,
        output_mode="int",
        sparse=False,
        dtype=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, dtype=dtype, **kwargs)
        check_mode(self, output_mode, sparse, ("int", *MODES))
        if num_bins is not None and num_bins < 0:
            raise ValueError(
                f"`num_bins` must be greater than or equal to 0. Received: `num_bins={num_bins}`."
            )
        if (num_bins is None) == (bin_boundaries is None):
            raise ValueError(
                "Exactly one of `num_bins` and `bin_boundaries` should be set. Received: "
                f"`num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`."
            )
        self.bin_boundaries, self.num_bins = bin_boundaries, num_bins
        if bin_boundaries is not None:
            self.bin_boundaries = [float(b) for b in np.asarray(bin_boundaries)]
            if sorted(self.bin_boundaries) != self.bin_boundaries:
                raise ValueError(f"`bin_boundaries` must be sorted, got {bin_boundaries}.")
        self.epsilon, self.output_mode, self.sparse = epsilon, output_mode, sparse
        self.reset_state()

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The layer of a config, with what it has learnt."""
        learnt = config.get("num_bins") is not None and config.get("bin_boundaries") is not None
        layer = cls(**({**config, "bin_boundaries": None} if learnt else config))
        if learnt:
            layer.bin_boundaries = list(config["bin_boundaries"])
        return layer

    def get_config(self):
        """The arguments that make an equal layer, with what it has learnt."""
        config = super().get_config()
        del config["trainable"]  # which Keras's layer does not take
        return config

    # -- what it learns ----------------------------------------------------------------------------

    def adapt(self, data, steps=None):
        """Finds the boundaries of bins with about equally many values of data each.

        Args:
          data: an array or tensor, or a `tf.data.Dataset` of batches.
          steps: how many batches to take; all by default.

        Raises:
          ValueError: the layer was given its boundaries.
        """
        if self.num_bins is None:
            raise ValueError(
                f"Layer {self.name!r} was given its bin_boundaries: it cannot adapt() to data. "
                "Give num_bins instead."
            )
        self.reset_state()
        if hasattr(data, "element_spec"):
            if not len(first_of(data.element_spec).shape):
                data = data.batch(128)
            for batch in data if steps is None else data.take(steps):
                self.update_state(first_of(batch))
        else:
            self.update_state(data)
        self.finalize_state()

    def update_state(self, data):
        """Takes more data into account."""
        values = np.asarray(convert_to_tensor(data), "float32")
        self._summary = _merged(values, self._summary, self.epsilon)

    def finalize_state(self):
        """Sets the boundaries by what has been seen."""
        if self.num_bins is not None:
            bins = _compressed(self._summary, 1.0 / self.num_bins)[0, :-1]
            self.bin_boundaries = bins.tolist()

    def reset_state(self):
        """Forgets what has been seen."""
        if self.num_bins is not None:
            self._summary = np.zeros((2, 0), "float32")

    def _lacks_state(self):
        return self.bin_boundaries is None

    def _take_state(self, restored):
        self.load_own_variables({"0": restored.summary.numpy()})

    def load_own_variables(self, store):
        """Takes the summary of data that files of Keras 2 have in place of the boundaries."""
        if "0" in store:
            self._summary = store["0"]
            self.finalize_state()

    # -- what it does ------------------------------------------------------------------------------

    def call(self, inputs):
        """The bins' numbers, or what `output_mode` makes of them."""
        if self.bin_boundaries is None and not isinstance(current_trace(), Abstract):
            raise ValueError(
                f"Layer {self.name!r} has no bins yet: call adapt() on data, or give it "
                "bin_boundaries."
            )
        values = values_of(inputs)
        dtype = values.dtype if values.dtype.is_floating else "float32"
        bounds = ops.cast(convert_to_tensor(self.bin_boundaries or [], "float32"), dtype)
        flat = ops.reshape(ops.cast(values, dtype), (-1,))
        found = ops.reshape(ops.searchsorted(bounds, flat, side="right"), values._shape)
        x = of_values(inputs, found)
        if self.output_mode == "int":
            return x
        depth = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        return encoded(x, depth, self.output_mode, self.compute_dtype, sparse=self.sparse)

    def compute_output_shape(self, input_shape):
        """The shape of what `call` gives."""
        depth = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        return encoded_shape(input_shape, depth, self.output_mode)


# A summary of data is a matrix of two rows: values in order, and how many each stands for.


def _merged(values, summary, epsilon):
    """The summary of what a summary stands for and of more values."""
    more = np.stack([np.sort(values, axis=None), np.ones(values.size, "float32")])
    if not summary.shape[1]:
        return _compressed(more, epsilon)
    both = np.concatenate([summary, more], axis=1)
    return _compressed(both[:, np.argsort(both[0], kind="stable")], epsilon)


def _compressed(summary, epsilon):
    """A summary of about 1 / epsilon values, which are interpolated."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = (epsilon + np.arange(0.0, 1.0, epsilon)).astype("float32")
    total = summary[1].astype("float32").cumsum()
    of_all = total / total[-1]
    values = np.interp(shares, of_all, summary[0])
    reached = np.interp(shares, of_all, total)
    return np.stack([values, np.diff(reached, prepend=0.0)]).astype("float32")
