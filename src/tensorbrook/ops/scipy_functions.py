"""Special functions by SciPy's definitions: Bessel functions, incomplete gamma and beta functions,
integrals. SciPy is imported when the first of them runs."""

import importlib

import numpy as np

from ..base.dtypes import FLOATS
from ..base.shapes import broadcast
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input, same_dtype
from ..core.tensor import convert_to_tensor
from ._families import binary, draw, unary
from .cast import cast
from .compare import equal
from .elementwise import cos, exp, log, log1p, sin
from .select import where
from .shape import static_int
from .special import _over, lgamma


def scipy_module(name):
    """A module of SciPy, an optional package.

    Raises:
      ModuleNotFoundError: it is not installed; the message says how to.
    """
    try:
        return importlib.import_module(f"scipy.{name}")
    except ModuleNotFoundError as fault:
        raise ModuleNotFoundError(
            f"This function is computed by scipy.{name}: pip install scipy ({fault})."
        ) from fault


def _kernel(name, part=None):
    """scipy.special's function of that name, computed in float64; of several results one `part`."""

    def kernel(*arrays):
        function = getattr(scipy_module("special"), name)
        out = function(*[np.asarray(a, np.float64) for a in arrays])
        return np.asarray(out if part is None else out[part]).astype(arrays[0].dtype)

    return kernel


def _special(name, doc, rule, scipy_name=None, part=None, domain=(0.5, 3.0)):
    return unary(
        f"math.special.{name}",
        _kernel(scipy_name or name, part),
        FLOATS,
        rule,
        doc=doc,
        domain=domain,
        tolerance="scale",
    )


_HALF_PI = np.pi / 2


def _spence_rule(g, y, x):
    one = equal(x, 1.0)
    apart = where(one, 2.0, x)
    return g * where(one, -1.0, log(apart) / (1 - apart))


dawsn = _special(
    "dawsn", "Dawson's integral.", lambda g, y, x: g * (1 - 2 * x * y), "dawsn", None, (-2, 2)
)
expint = _special("expint", "The exponential integral Ei.", lambda g, y, x: g * exp(x) / x, "expi")
fresnel_cos = _special(
    "fresnel_cos",
    "Fresnel's cosine integral.",
    lambda g, y, x: g * cos(_HALF_PI * x * x),
    "fresnel",
    1,
)
fresnel_sin = _special(
    "fresnel_sin",
    "Fresnel's sine integral.",
    lambda g, y, x: g * sin(_HALF_PI * x * x),
    "fresnel",
    0,
)
spence = _special(
    "spence", "Spence's integral: the integral of log(t) / (1 - t) from 1 to x.", _spence_rule
)
bessel_j0 = _special(
    "bessel_j0",
    "The Bessel function of the first kind of order 0.",
    lambda g, y, x: -g * bessel_j1(x),
    "j0",
)
bessel_j1 = _special(
    "bessel_j1",
    "The Bessel function of the first kind of order 1.",
    lambda g, y, x: g * (bessel_j0(x) - _over(y, x)),
    "j1",
)
bessel_y0 = _special(
    "bessel_y0",
    "The Bessel function of the second kind of order 0.",
    lambda g, y, x: -g * bessel_y1(x),
    "y0",
)
bessel_y1 = _special(
    "bessel_y1",
    "The Bessel function of the second kind of order 1.",
    lambda g, y, x: g * (bessel_y0(x) - y / x),
    "y1",
)
bessel_k0 = _special(
    "bessel_k0",
    "The modified Bessel function of the second kind of order 0.",
    lambda g, y, x: -g * bessel_k1(x),
    "k0",
)
bessel_k0e = _special(
    "bessel_k0e",
    "exp(x) times the modified Bessel function of the second kind of order 0.",
    lambda g, y, x: g * (y - bessel_k1e(x)),
    "k0e",
)
bessel_k1 = _special(
    "bessel_k1",
    "The modified Bessel function of the second kind of order 1.",
    lambda g, y, x: -g * (bessel_k0(x) + y / x),
    "k1",
)
bessel_k1e = _special(
    "bessel_k1e",
    "exp(x) times the modified Bessel function of the second kind of order 1.",
    lambda g, y, x: g * (y * (1 - 1 / x) - bessel_k0e(x)),
    "k1e",
)

# -- of two and three operands ---------------------------------------------------------------------


def _density(a, x):
    """That of the gamma distribution."""
    return exp((a - 1) * log(x) - x - lgamma(a))


_WEIGHTS = (3 / 4, -3 / 20, 1 / 60)  # of differences over 1, 2, 3 steps to both sides


def _igamma_grad_a_kernel(a, x):
    """By differences of the sixth order in float64: the function is smooth in `a`."""
    gammainc = scipy_module("special").gammainc
    exact, x64 = np.asarray(a, np.float64), np.asarray(x, np.float64)
    step = np.maximum(exact, 1e-6) * 0.01
    total = 0
    for k, weight in enumerate(_WEIGHTS, 1):
        total += weight * (gammainc(exact + k * step, x64) - gammainc(exact - k * step, x64))
    return np.asarray(total / step).astype(a.dtype)


_igamma_grad_a = Op(
    "igamma_grad_a",
    _igamma_grad_a_kernel,
    lambda a, x: _together("igamma", a, x),
    samples=lambda rng: [((draw(rng, (3,), (0.5, 3)), draw(rng, (2, 1), (0.5, 3))), {})],
    doc="The derivative of igamma by its first operand.",
    why_no_gradient="it is a derivative itself, which TensorFlow does not differentiate either",
    elementwise=True,
    broadcasts=True,
    tolerance="scale",
)


def _together(name, *specs):
    """The Spec of an element by element result of operands of one dtype of floats."""
    same_dtype(name, specs)
    check_dtype(name, specs[0], FLOATS)
    shape = ()
    for spec in specs:
        shape = broadcast(shape, spec.shape)
        if shape is None:
            fail(name, "Incompatible shapes", specs, "Reshape them so that they broadcast.")
    return Spec(shape, specs[0].dtype)


igamma = binary(
    "math.igamma",
    _kernel("gammainc"),
    FLOATS,
    (
        lambda g, y, a, x: g * apply(_igamma_grad_a, (a, x), {}),
        lambda g, y, a, x: g * _density(a, x),
    ),
    doc="The lower regularized incomplete gamma function P(a, x).",
    arguments=("a", "x"),
    domain=(0.5, 3.0),
    constants=(0,),
    tolerance="scale",
)
igammac = binary(
    "math.igammac",
    _kernel("gammaincc"),
    FLOATS,
    (
        lambda g, y, a, x: -g * apply(_igamma_grad_a, (a, x), {}),
        lambda g, y, a, x: -g * _density(a, x),
    ),
    doc="The upper regularized incomplete gamma function Q(a, x) = 1 - P(a, x).",
    arguments=("a", "x"),
    domain=(0.5, 3.0),
    constants=(0,),
    tolerance="scale",
)


def _zeta_kernel(x, q):
    """SciPy's, but for the poles, where TensorFlow gives inf only if both sides of it go there."""
    pole = (q <= 0) & (q == np.floor(q)) & (x % 2 != 0)
    return np.where(pole, x.dtype.type(np.nan), _kernel("zeta")(x, q))


zeta = binary(
    "math.zeta",
    _zeta_kernel,
    FLOATS,
    (None, lambda g, y, x, q: -g * x * zeta(x + 1, q)),
    doc="The Hurwitz zeta function: the sum of 1 / (q + k)^x for k = 0, 1, 2 ...",
    arguments=("x", "q"),
    domain=(1.5, 4.0),
    tolerance="scale",
    constants=(0,),
)


def _betainc_rule(g, y, a, b, x):
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)
    return g * exp((b - 1) * log1p(-x) + (a - 1) * log(x) - log_beta)


_betainc = Op(
    "betainc",
    _kernel("betainc"),
    lambda a, b, x: _together("betainc", a, b, x),
    per_input(None, None, _betainc_rule),
    samples=lambda rng: [
        ((draw(rng, (3,), (0.5, 3)), draw(rng, (3,), (0.5, 3)), draw(rng, (2, 3), (0.1, 0.9))), {})
    ],
    doc="The regularized incomplete beta integral.",
    elementwise=True,
    broadcasts=True,
    tolerance="scale",
    constants=(0, 1),
)


@public("math.betainc")
def betainc(a, b, x, name=None):
    """The regularized incomplete beta integral I_x(a, b).

    Args:
      a, b: floats above 0.
      x: floats in [0, 1], by which alone it has a gradient.

    Raises:
      InvalidArgumentError: shapes that do not broadcast, dtypes that differ.

    Example:
    >>> tf.math.betainc(1.0, 1.0, tf.constant([0.25, 0.5])).numpy()
    array([0.25, 0.5 ], dtype=float32)
    """
    x = tensor_of(x)
    return apply(_betainc, (*[convert_to_tensor(v, x.dtype) for v in (a, b)], x), {})


@public("math.sobol_sample")
def sobol_sample(dim, num_results, skip=0, dtype="float32", name=None):
    """Points of the Sobol sequence in the unit cube, which fill it evenly.

    Args:
      dim: its number of dimensions.
      num_results: how many points.
      skip: how many of the sequence to leave out.
      dtype: float32 or float64.

    Returns:
      (num_results, dim) numbers in (0, 1).

    Example:
    >>> tf.math.sobol_sample(2, 2).numpy().tolist()
    [[0.5, 0.5], [0.75, 0.25]]
    """
    dim, count, skip = (
        static_int(v, n) for v, n in ((dim, "dim"), (num_results, "num_results"), (skip, "skip"))
    )
    sequence = scipy_module("stats").qmc.Sobol(dim, scramble=False, bits=32)
    sequence.fast_forward(skip + 1)  # the first point of SciPy's is the corner
    return cast(convert_to_tensor(sequence.random(count)), dtype)
