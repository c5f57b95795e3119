"""Products, einsum and norms."""

import numpy as np
import tensorflow as tf

A = tf.constant([[1.0, 2.0], [3.0, 4.0]])
B = tf.constant([[0.5, -1.0], [2.0, 0.25]])
x = tf.constant([1.0, -1.0])
print(A @ B)
print(tf.matmul(A, B, transpose_a=True).numpy().tolist())
print(tf.matmul(A, B, transpose_b=True).numpy().tolist())
print(tf.linalg.matvec(A, x).numpy(), tf.tensordot(x, x, axes=1).numpy())

batch = tf.reshape(tf.range(12.0), (2, 2, 3))
other = tf.reshape(tf.range(12.0, 24.0), (2, 3, 2))
print((batch @ other).numpy().tolist())
print(tf.matmul(batch, tf.ones((3, 1))).shape)

print(tf.einsum("ij,jk->ik", A, B).numpy().tolist())
print(
    tf.einsum("ij->ji", A).numpy().tolist(),
    tf.einsum("ii->", A).numpy(),
    tf.einsum("ii->i", A).numpy(),
)
print(tf.einsum("i,j->ij", x, tf.constant([3.0, 4.0])).numpy().tolist())
print(tf.einsum("bij,bjk->bik", batch, other)[1].numpy().tolist())
print(tf.einsum("...ij,jk->...ik", batch, tf.ones((3, 2))).shape)
print(tf.einsum("bij,bij->b", batch, batch).numpy())
print(tf.tensordot(batch, other, axes=[[2], [1]]).shape, tf.tensordot(A, B, axes=2).numpy())

print(tf.norm(A).numpy(), tf.norm(A, axis=1).numpy(), tf.norm(A, ord=1).numpy())
print(
    tf.linalg.trace(A).numpy(),
    tf.linalg.diag([1.0, 2.0]).numpy().tolist(),
    tf.linalg.diag_part(A).numpy(),
)
print(tf.linalg.band_part(tf.ones((3, 3)), -1, 0).numpy().tolist())
print(tf.eye(3, 2).numpy().tolist(), tf.linalg.matrix_transpose(batch).shape)
print(tf.math.l2_normalize([[3.0, 4.0], [6.0, 8.0]], axis=1).numpy().tolist())

# Power iteration finds the largest eigenvalue of a symmetric matrix.
S = tf.constant([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
v = tf.ones((3, 1))
for _ in range(50):
    v = S @ v
    v /= tf.norm(v)
eigenvalue = tf.squeeze(tf.transpose(v) @ S @ v)
print(f"largest eigenvalue {eigenvalue:.4f}, NumPy {np.linalg.eigvalsh(S.numpy())[-1]:.4f}")

# Conjugate gradients solve S w = b.
b = tf.constant([[1.0], [2.0], [3.0]])
w, residual = tf.zeros_like(b), b
direction = residual
for _ in range(3):
    rr = tf.reduce_sum(residual**2)
    alpha = rr / tf.reduce_sum(direction * (S @ direction))
    w += alpha * direction
    residual -= alpha * (S @ direction)
    direction = residual + tf.reduce_sum(residual**2) / rr * direction
print("solution", tf.reshape(w, -1).numpy(), "check", tf.reshape(S @ w, -1).numpy())
