"""Dim: a dimension that is not known yet, as an integer expression of named sizes.

A size (`Dim.symbol("b")`) is some integer >= 1, or >= 0 where only the data tells it. Sums,
differences, products, floor divisions and maxima of sizes and ints are kept in one normal form, a
polynomial, so that two equal expressions are one: `(b * t) // t` is `b`. A result without sizes is
a plain int.

What a comparison cannot tell for all sizes is asked of the thread's `deciding`; where there is none
(in a trace) it raises `Undecided`, and the function is traced for its sizes one by one.
"""

from contextlib import contextmanager
from functools import cache
from itertools import count
from math import gcd, prod

from .context import context
from .errors import TraceBreak

_BY_DATA = "u"  # the first letter of sizes that only the data tells


class Undecided(TraceBreak):
    """A comparison of dimensions holds for some of their sizes and not for others."""


_numbers = count(1)  # of sizes that only the data tells


@contextmanager
def deciding(decide, sizes=None):
    """Within it, `decide(difference, relation)` answers what no rule can: is it "==" or "<" 0?

    Args:
      sizes: dict from names to what is typical of them.
    """
    before = context.decide, context.typical_sizes
    context.decide, context.typical_sizes = decide, sizes or {}
    try:
        yield
    finally:
        context.decide, context.typical_sizes = before


def told_by_data(name):
    """True for the name of a size that depends on values and not on the inputs' shapes alone."""
    return name.startswith(_BY_DATA)


class Symbol:
    """A named size. Symbols of one name are one."""

    __slots__ = ("least", "name")

    def __init__(self, name):
        if not name.isidentifier():  # programs have sizes as variables
            raise ValueError(f"A size is named as variables are, not {name!r}.")
        self.name, self.least = name, 0 if told_by_data(name) else 1

    def __repr__(self):
        return self.name

    def value(self, sizes):
        """Its size in a dict by name; itself where it is not there."""
        found = sizes.get(self.name)
        return Dim((((self,), 1),)) if found is None else found


class _Operation:
    """`x // y` where that does not come out even, or the larger of two."""

    __slots__ = ("_hash", "kind", "x", "y")

    def __init__(self, kind, x, y):
        self.kind, self.x, self.y = kind, x, y
        self._hash = hash((kind, x, y))

    def __eq__(self, other):
        return (
            other.__class__ is _Operation
            and self.kind == other.kind
            and same(self.x, other.x)
            and same(self.y, other.y)
        )

    def __hash__(self):
        return self._hash

    def __repr__(self):
        if self.kind == "max":
            return f"max({self.x!r}, {self.y!r})"
        return f"{_factor(self.x)} // {_factor(self.y)}"

    @property
    def least(self):
        x, y = least(self.x), least(self.y)
        if self.kind == "max":
            return max((v for v in (x, y) if v is not None), default=None)
        known = x is not None and self.y.__class__ is int and self.y > 0
        return x // self.y if known else 0 if x is not None and x >= 0 and (y or 0) > 0 else None

    def value(self, sizes):
        """Its value for sizes by name."""
        x, y = evaluate(self.x, sizes), evaluate(self.y, sizes)
        return maximum(x, y) if self.kind == "max" else x // y


def _factor(x):
    """The text of an operand of a product or a division."""
    plain = x.__class__ is not Dim or (repr(x).isidentifier())
    return repr(x) if plain else f"({x!r})"


class Dim:
    """An integer expression of sizes: a sum of products of atoms, each with a coefficient.

    Attributes:
      terms: ((atoms, coefficient), ...): atoms are Symbols and what cannot be taken apart.

    Example:
    >>> from tensorbrook.base.dims import Dim
    >>> b, t = Dim.symbol("b"), Dim.symbol("t")
    >>> (b * t * 4) // t, (2 * b + 6) // 2, (t - 1) // 2 + 1, b - b
    (4*b, b + 3, (t + 1) // 2, 0)
    """

    __slots__ = ("_hash", "_text", "terms")

    def __init__(self, terms):
        self.terms = terms
        self._hash, self._text = hash(terms), None

    @staticmethod
    def symbol(name):
        """The size called `name`."""
        return Dim((((_symbol(name),), 1),))

    @staticmethod
    def of_data():
        """A new size that only the data tells."""
        return Dim.symbol(f"{_BY_DATA}{next(_numbers)}")

    @staticmethod
    def of_batch():
        """A new size that the elements of a data set have, and that is 1 at least."""
        return Dim.symbol(f"rows{next(_numbers)}")

    # -- arithmetic --------------------------------------------------------------------------------

    def __add__(self, other):
        if not _is_whole(other):
            return NotImplemented
        total = dict(self.terms)
        for atoms, n in _terms(other):
            total[atoms] = total.get(atoms, 0) + n
        return _made(total)

    def __neg__(self):
        return Dim(tuple([(atoms, -n) for atoms, n in self.terms]))

    def __sub__(self, other):
        if not _is_whole(other):
            return NotImplemented
        return self + -other

    def __rsub__(self, other):
        return -self + other if isinstance(other, int) else NotImplemented

    def __mul__(self, other):
        if not _is_whole(other):
            return NotImplemented
        total = {}
        for a, m in self.terms:
            for b, n in _terms(other):
                atoms = tuple(sorted(a + b, key=repr)) if a and b else a or b
                total[atoms] = total.get(atoms, 0) + m * n
        return _made(total)

    __radd__, __rmul__ = __add__, __mul__

    def __floordiv__(self, other):
        if not _is_whole(other):
            return NotImplemented
        return _divide(self, other)

    def __rfloordiv__(self, other):
        return _divide(other, self) if isinstance(other, int) else NotImplemented

    def __mod__(self, other):
        return self - self // other * other

    def __rmod__(self, other):
        return other - other // self * self

    def __divmod__(self, other):
        return self // other, self % other

    # -- comparison --------------------------------------------------------------------------------

    def __eq__(self, other):
        if other.__class__ is Dim and self.terms == other.terms:
            return True
        if not _is_whole(other):
            return NotImplemented
        return _holds(self - other, "==")

    def __lt__(self, other):
        return _holds(self - other, "<")

    def __gt__(self, other):
        return _holds(other - self, "<")

    def __le__(self, other):
        return not _holds(other - self, "<")

    def __ge__(self, other):
        return not _holds(self - other, "<")

    def __bool__(self):
        return not _holds(self, "==")

    def __index__(self):
        raise Undecided(f"the size {self!r} is needed as a number")

    def __truediv__(self, other):
        return self.__index__()

    __int__ = __float__ = __index__
    __rtruediv__ = __truediv__

    def __hash__(self):
        return self._hash

    def __repr__(self):
        if self._text is None:
            self._text = _text(self)
        return self._text

    def __reduce__(self):
        raise TypeError(f"the size {self!r} belongs to a trace and cannot be kept in a file")


def _is_whole(x):
    """True for what a Dim is added to or compared with; a float needs its size as a number."""
    if isinstance(x, float):
        raise Undecided(f"a size is needed as a number, beside {x!r}")
    return x.__class__ is Dim or isinstance(x, int)


@cache
def _symbol(name):
    return Symbol(name)


def _terms(x):
    if x.__class__ is Dim:
        return x.terms
    return (((), int(x)),) if x else ()


def _made(total):
    """The Dim, or the int, of a dict from atoms to coefficients."""
    terms = tuple(sorted([t for t in total.items() if t[1]], key=_order))
    if not terms:
        return 0
    return terms[0][1] if len(terms) == 1 and not terms[0][0] else Dim(terms)


def _order(term):
    return -len(term[0]), repr(term[0])


def _divide(x, y):
    """x // y, with what comes out even taken out."""
    if y.__class__ is int and y < 0:
        x, y = -x, -y
    if y.__class__ is int and y == 0:
        raise ZeroDivisionError(f"{x!r} // 0")
    even, rest = {}, {}
    divisors = _terms(y)
    if len(divisors) == 1:
        by, n = divisors[0]
        for atoms, m in _terms(x):
            left = _without(atoms, by)
            if left is not None and m % n == 0:
                even[left] = even.get(left, 0) + m // n
            elif not atoms and not by:  # of a number what is left is below the divisor
                even[()], rest[()] = divmod(m, n)
            else:
                rest[atoms] = m
    elif isinstance(x, Dim) and same(x, y):
        return 1
    else:
        rest = dict(_terms(x))
    quotient, rest = _made(even), _made(rest)
    if rest.__class__ is int and y.__class__ is int:
        return quotient + rest // y
    if rest.__class__ is int and rest == 0:
        return quotient
    if rest.__class__ is int and rest >= 0 and (least(y) or 0) > rest:
        return quotient
    if rest.__class__ is Dim and y.__class__ is int and rest.terms[0][1] < 0:
        # rounded upwards: of what is positive more is known
        return quotient - (y - 1 - rest) // y
    return quotient + Dim((((_Operation("//", rest, y),), 1),))


def _without(atoms, by):
    """The atoms left when those of `by` are taken away, or None."""
    left = list(atoms)
    for atom in by:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def _text(dim):
    parts = []
    for atoms, n in dim.terms:
        alone = len(atoms) == 1 and n == 1
        factors = [repr(a) if alone or a.__class__ is Symbol else f"({a!r})" for a in atoms]
        if abs(n) != 1 or not atoms:
            factors.insert(0, str(abs(n)))
        sign = "-" if n < 0 else "+"
        parts.append((sign, "*".join(factors)))
    first = ("-" if parts[0][0] == "-" else "") + parts[0][1]
    return first + "".join(f" {sign} {text}" for sign, text in parts[1:])


# -- what is known of all sizes --------------------------------------------------------------------


def least(x):
    """A number that `x` is never below, or None where there is none."""
    if x.__class__ is not Dim:
        return x
    total = 0
    for atoms, n in x.terms:
        if n < 0 and len(atoms) == 1 and atoms[0].__class__ is _Operation:
            atoms, n = _turned_around(atoms, n)
        bounds = [a.least for a in atoms]
        if (n < 0 and atoms) or any(b is None or b < 0 for b in bounds):
            undivided = _undivided(x)
            return None if undivided is x else least(undivided)
        total += n * prod(bounds)
    return total


def _turned_around(atoms, n):
    """-n * (y // k) as n * ((k - 1 - y) // k), of which more may be known."""
    y, by = atoms[0].x, atoms[0].y
    if atoms[0].kind != "//" or by.__class__ is not int or by <= 0:
        return atoms, n
    return (_Operation("//", by - 1 - y, by),), -n


def _undivided(x):
    """What `x` is never below, without its multiples of divisions: n * (y // n) >= y - n + 1."""
    total = 0
    for atoms, n in x.terms:
        term = Dim(((atoms, n),)) if atoms else n
        atom = atoms[0] if len(atoms) == 1 else None
        by = atom.y if atom.__class__ is _Operation and atom.kind == "//" else None
        if by.__class__ is int and by > 0 and n % by == 0:
            term = n // by * (atom.x - (by - 1 if n > 0 else 0))
        total = total + term
    return x if same(total, x) else total


def typical(x):
    """`x` for the sizes of the first call: for choices that are a matter of speed alone."""
    if x.__class__ is tuple or x.__class__ is list:
        return tuple(map(typical, x))
    return evaluate(x, context.typical_sizes) if x.__class__ is Dim else x


def same(x, y):
    """True where two dimensions are equal whatever the sizes are; asks nobody."""
    if x.__class__ is Dim or y.__class__ is Dim:
        return x.__class__ is y.__class__ and x.terms == y.terms
    return x == y


def same_shape(x, y):
    """True where two shapes are equal whatever the sizes are."""
    return x is y or (len(x) == len(y) and all(map(same, x, y)))


def _holds(difference, relation):
    """Whether a difference is (always) == 0 or < 0."""
    if difference.__class__ is not Dim:
        return difference == 0 if relation == "==" else difference < 0
    low, high = least(difference), least(-difference)
    if relation == "==":
        if (low is not None and low > 0) or (high is not None and high > 0):
            return False
        constant = sum(n for atoms, n in difference.terms if not atoms)
        step = gcd(*[n for atoms, n in difference.terms if atoms])
        if constant % step:
            return False
    elif low is not None and low >= 0:
        return False
    elif high is not None and high > 0:
        return True
    if context.decide is None:
        raise Undecided(
            f"whether {difference!r} {relation} 0 depends on sizes that the trace leaves open"
        )
    return context.decide(difference, relation)


def maximum(x, y):
    """The larger of two dimensions."""
    if x.__class__ is not Dim and y.__class__ is not Dim:
        return max(x, y)
    difference = x - y
    low, high = least(difference), least(-difference)
    if low is not None and low >= 0:
        return x
    if high is not None and high >= 0:
        return y
    if x.__class__ is int or y.__class__ is int:
        number, x = (x, y) if x.__class__ is int else (y, x)
        y, x = 0, x - number
    else:
        number = 0
    x, y = sorted((x, y), key=repr)
    return Dim((((_Operation("max", x, y),), 1),)) + number


def minimum(x, y):
    """The smaller of two dimensions."""
    return x + y - maximum(x, y)


def sliced(size, key):
    """(first element, how many) of a slice of an axis of `size`: with Dims as with ints.

    Raises:
      Undecided: an open size with a step backwards from or to a given place.
    """
    start, stop, step = key.start, key.stop, key.step
    if not has_dims((size, start, stop, step)):
        start, stop, step = key.indices(size)
        return start, len(range(start, stop, step))
    step = 1 if step is None else step
    if step < 0:
        if start is not None or stop is not None:
            raise Undecided("a slice backwards from or to a place of an axis of open size")
        return size - 1, (size - 1) // -step + 1
    start = 0 if start is None else _place(size, start)
    stop = size if stop is None else _place(size, stop)
    return start, maximum((stop - start + step - 1) // step, 0)


def _place(size, at):
    """Where a slice's bound lies on an axis."""
    if least(at) is None or least(at) < 0:
        return maximum(size + at, 0) if at < 0 else minimum(at, size)
    return at if same(size, at) else minimum(at, size)


# -- sizes put in ----------------------------------------------------------------------------------


def evaluate(x, sizes):
    """`x` with sizes (ints or Dims, in a dict by name) put in; deep in tuples, lists and dicts.

    A class of its own may have the method `at_sizes(sizes)`, and the attributes `open_sizes` (are
    there any) and `sizes` (which).
    """
    cls = x.__class__
    if cls is Dim:
        total = 0
        for atoms, n in x.terms:
            for atom in atoms:
                n = atom.value(sizes) * n
            total = n + total
        return total
    if cls is tuple:
        return tuple([evaluate(v, sizes) for v in x]) if has_dims(x) else x
    if cls is list:
        return [evaluate(v, sizes) for v in x]
    if cls is dict:
        return {k: evaluate(v, sizes) for k, v in x.items()}
    at = getattr(x, "at_sizes", None)
    return x if at is None else at(sizes)


def has_dims(x):
    """True when a Dim is in `x`, a tuple, list or dict looked into."""
    cls = x.__class__
    if cls is Dim:
        return True
    if cls is tuple or cls is list:
        return any([has_dims(v) for v in x])
    if cls is dict:
        return any([has_dims(v) for v in x.values()])
    return getattr(x, "open_sizes", False) is True


def symbols_of(x, found=None):
    """The names of all sizes in `x`, in order of their first appearance, as a dict."""
    found = {} if found is None else found
    cls = x.__class__
    if cls is int:
        return found
    if cls is Dim:
        for atoms, _ in x.terms:
            for atom in atoms:
                symbols_of(atom, found)
    elif cls is Symbol:
        found[x.name] = x
    elif cls is _Operation:
        symbols_of(x.x, found)
        symbols_of(x.y, found)
    elif cls is tuple or cls is list:
        for v in x:
            symbols_of(v, found)
    elif cls is dict:
        symbols_of(list(x.values()), found)
    elif getattr(x, "open_sizes", False) is True:
        found.update(x.sizes)
    return found


def bind(shape, actual, sizes):
    """Notes in `sizes` what the dimensions of `shape` that are single sizes are in `actual`."""
    for dim, size in zip(shape, actual):
        if dim.__class__ is Dim:
            (atoms, n), *more = dim.terms
            if not more and n == 1 and len(atoms) == 1 and atoms[0].__class__ is Symbol:
                sizes.setdefault(atoms[0].name, size)


def evaluator(dims):
    """A function from sizes by name to the list of what `dims` are: quicker than one by one."""
    names = tuple(symbols_of(list(dims)))
    text = f"lambda {', '.join(names)}: [{', '.join(map(repr, dims))}]"
    # The text holds nothing but names of sizes, numbers, + - * // and max.
    function = eval(text, {"max": max})
    return lambda sizes: function(*[sizes[n] for n in names])


def source(x):
    """`x` as Python source in which each size is a variable of its name."""
    if x.__class__ is Dim:
        return repr(x)
    if x.__class__ is tuple:
        return "(" + "".join([source(v) + ", " for v in x]) + ")"
    return repr(x)
