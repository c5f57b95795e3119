"""Fits the polynomials of compiler/mathlib_*.py, and records function values to test them by.

    python tests/oracles/make_mathlib.py tables > src/tensorbrook/compiler/mathlib_tables.py
    python tests/oracles/make_mathlib.py golden > tests/oracles/golden/mathlib.json

Needs mpmath. A polynomial interpolates its function at the Chebyshev nodes of the interval, in 60
digits, which is within a few times of the best there is. Its degree is the smallest whose error,
weighted by what the polynomial is multiplied with and divided by the result, stays below 2**-26
for float and 2**-55 for double.
"""

import json
import random
import struct
import sys

import mpmath as mp

mp.mp.dps = 400 if sys.argv[1] == "golden" else 60  # angles as large as 1e300 need their digits
GOAL = {"float": mp.mpf(2) ** -26, "double": mp.mpf(2) ** -55}
LOG2 = mp.log(2)


def near_zero(function, series):
    """`function`, but the sum of series(k) * x**k where the formula would cancel."""
    return lambda x: (
        mp.fsum(series(k) * x**k for k in range(12)) if abs(x) < 1e-8 else function(mp.mpf(x))
    )


def odd(function, sign, term):
    """(function(x) / x - 1) / x**2 of z = x**2, for an odd function with derivative 1 at 0."""
    return near_zero(
        lambda z: (function(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda k: sign**k * term(k)
    )


def asin_term(k):
    n = k + 1
    return mp.binomial(2 * n, n) / (mp.mpf(4) ** n * (2 * n + 1))


def erfc_scaled(t):
    """(1 + 2x) exp(x**2) erfc(x) of t = (x - 4) / (x + 4)."""
    x = 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


HALF = LOG2 / 2 + mp.mpf("0.001")
QUARTER = mp.pi / 4 + mp.mpf("0.001")
ROOT = mp.sqrt(2)
# name: function, interval, weight of its absolute error in the relative error of the result, types
POLYNOMIALS = {
    "exp": (
        near_zero(lambda r: (mp.exp(r) - 1 - r) / r**2, lambda k: 1 / mp.factorial(k + 2)),
        (-HALF, HALF),
        lambda r: r**2,
    ),
    "expm1": (
        near_zero(lambda r: (mp.exp(r) - 1 - r) / r**2, lambda k: 1 / mp.factorial(k + 2)),
        (-HALF, HALF),
        lambda r: r,
    ),
    "log": (
        near_zero(
            lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, lambda k: mp.mpf(-1) ** k / (k + 3)
        ),
        (1 / ROOT - 1 - mp.mpf("1e-6"), ROOT - 1 + mp.mpf("1e-6")),
        lambda f: f**2,
    ),
    "sinh": (
        odd(mp.sinh, 1, lambda k: 1 / mp.factorial(2 * k + 3)),
        (0, 1),
        lambda z: z,
    ),
    "sin": (
        odd(mp.sin, -1, lambda k: -1 / mp.factorial(2 * k + 3)),
        (0, QUARTER**2),
        lambda z: z,
    ),
    "cos": (
        near_zero(
            lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
            lambda k: mp.mpf(-1) ** k / mp.factorial(2 * k + 4),
        ),
        (0, QUARTER**2),
        lambda z: z**2,
    ),
    "asin": (odd(mp.asin, 1, asin_term), (0, mp.mpf("0.25")), lambda z: z),
    "atan": (odd(mp.atan, -1, lambda k: mp.mpf(-1) / (2 * k + 3)), (0, 1), lambda z: z),
    "erf": (
        near_zero(
            lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1,
            lambda k: (
                2 / mp.sqrt(mp.pi) * mp.mpf(-1) ** k / (mp.factorial(k) * (2 * k + 1)) - (k == 0)
            ),
        ),
        (0, 1),
        lambda z: 1,
    ),
    "log_erfc": (lambda x: mp.log(mp.erfc(x)), (1, 4), lambda x: mp.erfc(x), "float"),
    "erfc_scaled": (erfc_scaled, (mp.mpf(-7) / 9, mp.mpf(3) / 4), lambda t: 1, "double"),
    # 2 atanh(s) = 2 s + 2/3 s**3 + s**5 * this(s**2)
    "pow": (
        near_zero(
            lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2 - 2 * z / 3) / z**2,
            lambda k: mp.mpf(2) / (2 * k + 5),
        ),
        (0, mp.mpf("0.0295")),
        lambda z: z**2 * 2**8,
        "double",
    ),
}


def rounded(value, name):
    return struct.unpack("f", struct.pack("f", value))[0] if name == "float" else float(value)


def fit(function, low, high, count):
    """`count` coefficients, the constant one first."""
    nodes = [mp.cos(mp.pi * (2 * k + 1) / (2 * count)) for k in range(count)]
    points = [(low + high) / 2 + (high - low) / 2 * node for node in nodes]
    matrix = mp.matrix([[point**k for k in range(count)] for point in points])
    return list(mp.lu_solve(matrix, mp.matrix([function(point) for point in points])))


def smallest_fit(name, function, interval, weight):
    low, high = map(mp.mpf, interval)
    samples = [low + (high - low) * k / 200 for k in range(201)]
    values = [function(sample) for sample in samples]
    for count in range(3, 40):
        coefficients = fit(function, low, high, count)
        errors = (
            abs((mp.polyval(coefficients[::-1], x) - value) * weight(x))
            for x, value in zip(samples, values)
        )
        if max(errors) < GOAL[name]:
            return [rounded(c, name) for c in coefficients]
    raise ValueError("no polynomial is good enough")


def tables():
    print('"""Coefficients, constant first, as tests/oracles/make_mathlib.py fits them."""\n')
    print("# fmt: off")
    for name in GOAL:
        print(f"{name.upper()} = {{")
        for key, (function, interval, weight, *only) in POLYNOMIALS.items():
            if not only or name in only:
                print(f'    "{key}": (')
                for c in smallest_fit(name, function, interval, weight):
                    print(f"        {c!r},")
                print("    ),")
        print("}")
    print('COEFFICIENTS = {"float": FLOAT, "double": DOUBLE}')
    # 1 / (pi / 2) as a whole number, for the reduction of large angles
    with mp.workdps(400):
        digits = f"{int(mp.floor(2 / mp.pi * mp.mpf(2) ** 1248)):0312x}"
    print("# floor(2 / pi * 2**1248)")
    print("TWO_OVER_PI = int(")
    for start in range(0, 312, 78):
        print(f'    "{digits[start : start + 78]}"')
    print("    , 16)")


POINTS = {
    "everywhere": [1e-300, 3e-20, 1e-9, 1e-4, 0.01, 0.1, 0.3, 0.45, 0.5, 0.55, 0.7, 0.75, 0.9],
    "above": [1.0, 1.1, 1.3, 1.42, 1.7, 2.0, 2.5, 3.2, 5.0, 7.7, 11.0, 17.5, 25.3],
    "far": [36.0, 60.0, 100.0, 333.0, 700.0],
    "huge": [1e4, 1e7, 1e15, 1e22, 1e100, 1e300, 1.7e308],
}
GROUPS = {
    "exp expm1 sigmoid softplus sinh cosh": ("everywhere above far", (1, -1)),
    "tanh asinh sin cos tan atan": ("everywhere above far huge", (1, -1)),
    "asin acos atanh": ("everywhere", (1, -1)),
    "erf erfc": ("everywhere above", (1, -1)),
    "log log1p": ("everywhere above far huge", (1,)),
    "acosh": ("above far huge", (1,)),
}
NAMED = {
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "pow": mp.power,
    "atan2": mp.atan2,
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
}
PAIRS = {
    "pow": [
        *[(1.0000001, 6e9), (0.999999999, 7e11), (1.5, 1700.3), (0.3, 600.1), (7.1, -350.7)],
        *[(2.0, 0.5), (1e-300, 1.02), (1e300, -1.07), (1.41421, 2000.5), (0.7072, 2050.0)],
        *[(-3.0, 5.0), (-1.1, -4.0), (10.0, 308.0), (5e-324, 0.7), (3.3, 1e-10)],
    ],
    "atan2": [(y, x) for y in (1e-8, 0.3, 1.0, -2.5, 1e9) for x in (1e-8, 0.31, -1.0, 2.6, -1e9)],
    "logaddexp": [
        (0.0, 0.0),
        (1.0, 1.5),
        (-3.0, 2.0),
        (700.0, 699.0),
        (-700.0, -720.0),
        (3.0, 90.0),
    ],
}


def golden():
    """{function: [[argument, ..., value], ...]}, the values true to a double."""
    generator = random.Random(1)
    result = {}
    for names, (groups, signs) in GROUPS.items():
        points = [p for group in groups.split() for p in POINTS[group]]
        points += [p * generator.uniform(0.9, 1.0) for p in points]
        for name in names.split():
            function = NAMED.get(name) or getattr(mp, name)
            allowed = [s * p for p in points for s in signs if name != "acosh" or p >= 1]
            result[name] = [[p, float(function(mp.mpf(p)))] for p in allowed]
    # the double nearest of all to a multiple of pi / 2
    for name in ("sin", "cos", "tan"):
        worst = 6381956970095103 * 2.0**797
        result[name].append([worst, float(getattr(mp, name)(mp.mpf(worst)))])
    for name, pairs in PAIRS.items():
        result[name] = [[*p, float(NAMED[name](*map(mp.mpf, p)))] for p in pairs]
    rows = (f"{json.dumps(name)}: {json.dumps(rows)}" for name, rows in result.items())
    print("{\n" + ",\n".join(rows) + "\n}")


if __name__ == "__main__":
    {"tables": tables, "golden": golden}[sys.argv[1]]()
