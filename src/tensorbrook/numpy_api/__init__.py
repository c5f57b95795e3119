"""tf.experimental.numpy: NumPy's functions on tensors, with NumPy's dtypes.

They are the functions of keras.ops under other rules of promotion (rules.py). A table declares them
(table.py); those whose arguments differ are written out (functions.py).
"""
