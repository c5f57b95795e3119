"""Expressions of DTensors on a mesh of 3 by 2 devices: what TensorFlow says of their layouts.

`t(shape, *specs)` is a DTensor of the numbers 0, 1, ... with the dtype float32; `i` one of int32.
"""

MESH = [("x", 3), ("y", 2)]
NAMES = {
    "A": ((6, 4), "x", "unsharded"),
    "B": ((6, 4), "unsharded", "y"),
    "C": ((6, 4), "x", "y"),
    "R": ((6, 4), "unsharded", "unsharded"),
    "K": ((4, 6), "unsharded", "x"),
    "K2": ((4, 6), "y", "unsharded"),
    "K3": ((4, 6), "y", "x"),
    "KR": ((4, 6), "unsharded", "unsharded"),
    "S": ((6, 6), "x", "unsharded"),
    "T": ((6, 6), "unsharded", "x"),
    "V": ((6, 6), "unsharded", "y"),
    "b": ((4,), "y"),
    "r": ((4,), "unsharded"),
    "P": ((6, 4, 4, 2), "x", "unsharded", "unsharded", "unsharded"),
    "F": ((3, 3, 2, 4), "unsharded", "unsharded", "unsharded", "y"),
    "Q": ((3, 3, 2, 4), "unsharded", "unsharded", "unsharded", "unsharded"),
    "M": ((6, 4, 2), "x", "y", "unsharded"),
    "N": ((6, 4, 2), "x", "unsharded", "unsharded"),
    "O": ((2, 4), "unsharded", "unsharded"),
}
INTEGERS = {"I": ((6,), "x"), "J": ((2,), "unsharded")}
EXPRESSIONS = """
A + B
A + R
A + b
A + r
B + r
A + 1.0
C + A
S + T
T + S
A * R
A ** 2
A > 0
tf.equal(A, R)
tf.maximum(A, 0.0)
tf.where(A > 0, A, R)
tf.where(A > 0, A, B)
tf.clip_by_value(A, 0.0, 1.0)
tf.nn.relu(C)
tf.cast(C, tf.int32)
tf.identity(C)
tf.add_n([A, A])
R @ KR
A @ KR
R @ K
A @ K
B @ K2
C @ K2
C @ KR
R @ K2
A @ K3
A @ K2
B @ KR
S @ T
S @ V
T @ S
T @ V
T @ T
tf.matmul(A, S, transpose_a=True)
tf.matmul(A, R, transpose_b=True)
tf.matmul(A, A, transpose_b=True)
tf.matmul(N, M, transpose_b=True)
tf.matmul(N, tf.transpose(N, [0, 2, 1]))
tf.einsum("ab,bc->ac", A, KR)
tf.einsum("abc,cd->abd", N, O)
tf.reduce_sum(C)
tf.reduce_sum(C, 0)
tf.reduce_sum(C, 1)
tf.reduce_sum(C, 1, keepdims=True)
tf.reduce_mean(A, 0)
tf.reduce_max(C, 1)
tf.argmax(A, 1)
tf.transpose(C)
tf.reshape(A, [24])
tf.reshape(A, [6, 2, 2])
tf.reshape(A, [3, 2, 4])
tf.reshape(A, [2, 12])
tf.reshape(B, [24])
tf.reshape(C, [6, 2, 2])
tf.reshape(P, [6, -1])
tf.reshape(P, [-1, 2])
tf.expand_dims(C, 1)
tf.expand_dims(C, 0)
tf.squeeze(tf.expand_dims(C, 1))
tf.concat([C, C], 0)
tf.concat([C, C], 1)
tf.concat([A, B], 1)
tf.stack([A, A], 1)
tf.unstack(C, axis=1)
tf.split(A, 2, 1)
A[:, 0]
C[:2]
C[..., None]
A[:, 1:3]
B[:, 1:3]
tf.gather(A, J)
tf.gather(R, I)
tf.gather(A, J, axis=1)
tf.tile(A, [1, 2])
tf.pad(A, [[0, 0], [1, 1]])
tf.broadcast_to(A, [2, 6, 4])
tf.one_hot(I, 5)
tf.nn.softmax(A)
tf.nn.softmax(C)
tf.nn.log_softmax(A)
tf.nn.softmax_cross_entropy_with_logits(A, A)
tf.nn.sparse_softmax_cross_entropy_with_logits(I, S)
tf.nn.bias_add(A, r)
tf.nn.conv2d(P, Q, 1, "SAME")
tf.nn.max_pool2d(P, 2, 2, "SAME")
tf.cumsum(A, 1)
tf.nn.l2_loss(A)
tf.nn.moments(A, [0])
tf.nn.batch_normalization(A, r, r, r, r, 0.1)
tf.function(lambda a, c: a + c)(A, R)
tf.function(lambda a: tf.matmul(a, a, transpose_b=True))(R)
tf.function(lambda a, c: tf.reduce_sum(tf.nn.relu(tf.matmul(a, c)), 1))(C, K2)
gradient(lambda v: tf.reduce_sum(tf.matmul(A, v) ** 2), KR)
gradient(lambda v: tf.reduce_sum(tf.matmul(B, v) ** 2), K2)
dtensor.relayout(A, layout("unsharded", "y"))
dtensor.call_with_layout(tf.ones, layout("x", "y"), shape=(6, 4))
dtensor.relayout_like(A, B)
""".strip().splitlines()
TEXTS = """
A
repr(C)
I
tf.reduce_sum(C)
tf.sqrt(A)
tf.cast(C, tf.bool)
R
dtensor.unpack(A)[2]
dtensor.DVariable(A, name="w")
tf.random.stateless_uniform((2,), (1, 1))
mesh
layout("x", "unsharded")
""".strip().splitlines()
