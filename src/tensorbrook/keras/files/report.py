"""What of a file fits a model: told before anything is changed."""

_SHOWN = 10


class LoadReport:
    """What a file of weights gave, or could give, a model.

    Attributes:
      loaded: paths of the model's variables that the file has a value for.
      missing: paths of variables that the file has none for.
      unexpected: paths in the file that the model has no variable for.
      misshapen: (path of a variable, its shape, the shape in the file).
      skipped: (path, why) of what was left out on purpose, such as the state of an optimizer that
        is not built.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1, name="d")])
    >>> model.save_weights("a.weights.h5")
    >>> print(model.load_weights("a.weights.h5"))
    a.weights.h5: 2 variables loaded.
    """

    def __init__(self, name):
        self.name, self.loaded, self.missing = name, [], []
        self.unexpected, self.misshapen, self.skipped = [], [], []

    @property
    def fits(self):
        """Whether every variable has its value, and every value its variable."""
        return not (self.missing or self.unexpected or self.misshapen)

    def lines(self):
        """What does not fit, a line each, the first ten of each kind."""
        shapes = [f"{p}: {want} here, {got} in the file" for p, want, got in self.misshapen]
        found = []
        for title, items in (
            ("Of another shape", shapes),
            ("Missing in the file", self.missing),
            ("Too much in the file", self.unexpected),
            ("Left out", [f"{p} ({why})" for p, why in self.skipped]),
        ):
            if items:
                found.append(f"{title}: {len(items)}")
                found += [f"  {item}" for item in items[:_SHOWN]]
                if len(items) > _SHOWN:
                    found.append(f"  ... and {len(items) - _SHOWN} more")
        return found

    def __str__(self):
        text = f"{self.name}: {len(self.loaded)} variables loaded."
        return "\n".join([text, *self.lines()])

    __repr__ = __str__

    def check(self, model, remedy):
        """Raises what does not fit, where something does not.

        Raises:
          ValueError: with all of it.
        """
        if self.fits:
            return
        count = len(self.missing) + len(self.unexpected) + len(self.misshapen)
        raise ValueError(
            f"{self.name} does not fit {model!r}: {count} variables differ, {len(self.loaded)} fit."
            " Nothing was changed.\n" + "\n".join(self.lines()) + f"\n{remedy}"
        )
