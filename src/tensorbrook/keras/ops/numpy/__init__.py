"""keras.ops.numpy: NumPy's functions on tensors."""

from ..declare import functions as _functions
from . import create as _create
from . import elementwise as _elementwise
from . import linear as _linear
from . import order as _order
from . import reduce as _reduce
from . import shapes as _shapes

globals().update(_functions("ops.numpy"))
