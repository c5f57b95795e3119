"""SwapEMAWeights: evaluation with the moving averages of the weights."""

from .base import Callback


class SwapEMAWeights(Callback):
    """Evaluates and predicts with the moving averages that the optimizer keeps of the weights.

    The weights and their averages change places before an evaluation, and back after it. The
    optimizer must have been made with `use_ema=True`.

    Args:
      swap_on_epoch: leave the averages in the model from the end of an epoch to the next one's
        beginning, where callbacks that come after this one see them.

    Raises (when it would swap):
      ValueError: an optimizer without averages.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
    >>> model.compile(tf.keras.optimizers.SGD(0.1, use_ema=True), "mse")
    >>> x = np.ones((4, 1))
    >>> swap = tf.keras.callbacks.SwapEMAWeights()
    >>> _ = model.fit(x, x, validation_data=(x, x), callbacks=[swap], verbose=0)
    """

    def __init__(self, swap_on_epoch=False):
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _optimizers(self):
        """The optimizers that keep averages, within those that hold others."""
        outer = self.model.optimizer
        inner = getattr(outer, "inner_optimizer", outer)
        found = [o for o in getattr(inner, "optimizers", [inner]) if getattr(o, "use_ema", False)]
        if not found:
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. "
                "Received: use_ema=False. Make it with use_ema=True, as in "
                "keras.optimizers.Adam(use_ema=True)."
            )
        return found

    def _swap(self, swapped):
        """Puts the averages into the model, or the weights back."""
        if self._swapped == swapped:
            return
        for optimizer in self._optimizers():
            optimizer.swap_averages()
        self._swapped = swapped

    def on_epoch_begin(self, epoch, logs=None):
        """Puts the weights back."""
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch, logs=None):
        """Puts the averages into the model, for good after the last epoch."""
        if not self.swap_on_epoch:
            return
        if epoch < self.params["epochs"] - 1:
            self._swap(True)
        else:
            for optimizer in self._optimizers():
                optimizer.finalize_variable_values(self.model.trainable_variables)

    def on_test_begin(self, logs=None):
        """Puts the averages into the model."""
        self._swap(True)

    def on_test_end(self, logs=None):
        """Puts the weights back."""
        self._swap(False)

    def on_predict_begin(self, logs=None):
        """Puts the averages into the model."""
        self._swap(True)

    def on_predict_end(self, logs=None):
        """Puts the weights back."""
        self._swap(False)
