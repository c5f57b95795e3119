"""Cases of keras.ops.numpy."""

from . import case

UNARY = ["exp", "negative"]
BINARY = ["add", "divide"]


def cases():
    yield case("exp(a)")
    yield case("add(a, v)")
