"""Tables of what modules declare as they are imported."""

from .hooks import hooks


class Table(dict):
    """What modules declared, by name.

    Most operations are imported on first use: a name that is not there yet brings them all, and so
    does whoever asks for `all` names.
    """

    def __missing__(self, name):
        if not dict.__contains__(self.all(), name):
            raise KeyError(name)
        return self[name]

    def all(self):
        """Itself, with all operations imported."""
        hooks.import_operations()
        return self
