"""Cases of layers, a file for each family: what goes in. make_layers.py records what Keras makes of it.

Each file has a function `cases` that yields rows made by `case`.
"""

import numpy as np

rng = np.random.default_rng(7)
TRAINING = {"training": True}


def case(layer, config, *inputs, call=None, masks=None, calls=1, apart=False, weights=(0.2, 1.5)):
    """A row of the table.

    Args:
      layer: the class's name in `keras.layers`.
      config: the constructor's arguments, as plain data; a layer within, such as a wrapped one, is
        a dict {"class_name": ..., "config": {...}}.
      inputs: arrays, or shapes of normal numbers. Keep them small: they are stored.
      call: further arguments of the call, as plain data.
      masks: for each input, its mask or None.
      calls: how often the layer is called, one after the other.
      apart: the inputs are arguments of their own (`layer(query, value)`), not one list.
      weights: the least and the greatest of the numbers that the weights get.
    """
    arrays = [
        x if isinstance(x, np.ndarray) else rng.normal(size=x).round(3).astype("float32")
        for x in inputs
    ]
    return {
        "layer": layer,
        "config": config,
        "inputs": arrays,
        "call": call or {},
        "masks": masks,
        "calls": calls,
        "apart": apart,
        "range": weights,
    }
