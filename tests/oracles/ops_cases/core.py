"""Cases of keras.ops.core: control flow, slices, scatters, conversions; and of rearrange."""

import numpy as np

from . import case

UNARY = ["stop_gradient"]
BINARY = []


def cases():
    yield from control_flow()
    yield from slices()
    yield case("cast(a, 'int32')")
    yield case("cast(i, 'bfloat16')")
    yield case("saturate_cast(a * 300, 'int8')", smooth=False)
    yield case("convert_to_tensor(a, dtype='float64')")
    yield case("convert_to_tensor([1, 2])")
    yield case("convert_to_tensor([1.0, 2.0])")
    yield case("unstack(a)", batch=[])
    yield case("unstack(a, axis=1)")
    yield case("rearrange(c, 'a b c -> c (b a)')")
    yield case("rearrange(c, 'a b (c d) -> a d b c', d=2)")
    yield case("rearrange(c, 'a b (c d) -> (a b) (d c)', c=2)")
    yield case("rearrange(c, 'a b c -> b a c')")


def control_flow():
    # Keras's symbolic calls of these take no closures over Keras inputs: no batch
    yield case("map(lambda row: row * 2 + 1, a)", batch=[])
    yield case("map(lambda row: {'x': row, 'y': sum(row)}, a)", batch=[])
    yield case("map(lambda rows: rows[0] * rows[1], (a, b))", batch=[])
    yield case("vectorized_map(lambda row: sum(row * row), a)", batch=[])
    yield case("vectorized_map(lambda rows: rows[0] - rows[1], [a, b])", batch=[])
    yield case("scan(lambda s, x: (s + x, s + x), w, a)", batch=[])
    yield case("scan(lambda s, x: (s * x, s * x), w, a, reverse=True)", batch=[])
    yield case("scan(lambda s, x: (s * 2, s * 2), w, length=3)", batch=[])
    yield case("associative_scan(lambda x, y: x + y, a, axis=1)", batch=[])
    yield case("associative_scan(lambda x, y: x * y, p, axis=0, reverse=True)", batch=[])
    yield case("associative_scan(lambda x, y: x + y, k)", batch=[])
    yield case("associative_scan(lambda x, y: [x[0] * y[0], y[0] * x[1] + y[1]], [v, w])", batch=[])
    yield case(
        "cond(a[0, 0] > 0, lambda: cast(2, 'float32'), lambda: cast(3, 'float32'))",
        batch=[],
        smooth=False,
    )
    yield case("switch(1, [lambda x: x + 1, lambda x: x * 3], a)", batch=[])
    yield case("switch(-1, [lambda x: x + 1, lambda x: x * 3], a)", batch=[])
    yield case("switch(7, [lambda x, y: x + y, lambda x, y: x * y], a, b)", batch=[])
    yield case("fori_loop(0, 4, lambda i, s: s * 2 + 1, a)", batch=[])
    yield case("while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s * 2 + i), (0, i))", batch=[])
    yield case("while_loop(lambda s: s[0, 0] < 100, lambda s: s * 2, i)", batch=[])
    yield case("while_loop(lambda q: q < 9, lambda q: q + 1, 0, maximum_iterations=4)")


def slices():
    yield case("slice(c, (0, 1, 1), (2, 2, 3))", batch=[])
    yield case("slice(a, [1, 0], [1, 3])", batch=[])
    yield case("slice(a, (k[0] - 1, 1), (1, 2))", batch=[])
    yield case("slice_update(c, (0, 1, 2), c[:, 1:, :1])", batch=[])
    yield case("slice_update(a, (1, 1), w[:2][None])", batch=[])
    yield case("slice_update(a, (k[1], 0), b[:1])", batch=[])
    yield case("scatter([[1, 0], [0, 2], [0, 2]], w, (2, 4))", batch=[])
    yield case("scatter(idx, a, (4, 3))", batch=[], idx=np.array([[3], [1]], "int32"))
    for reduction in (None, "add", "max", "min", "mul"):
        yield case(f"scatter_update(a, [[1, 0], [0, 2]], w[:2], reduction={reduction!r})", batch=[])
        yield case(f"scatter_update(m, [[2], [0]], a, reduction={reduction!r})", batch=[])
    yield case("scatter_update(m, [[2], [2]], a, reduction='add')", batch=[])
    yield case("scatter_update(p, [[1, 1], [1, 1]], w[:2], reduction='mul')", batch=[])
