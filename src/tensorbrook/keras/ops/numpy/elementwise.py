"""keras.ops: functions of each element."""

from .... import ops
from ..declare import binary, unary

exp = unary("numpy.exp", ops.exp, "e to the x, element by element.", floats=True)
negative = unary("numpy.negative", ops.negative, "-x, element by element.")
add = binary("numpy.add", ops.add, "x1 + x2, element by element.")
divide = binary("numpy.divide", ops.divide, "x1 / x2, element by element.", floats=True)
