"""Expressions of tf.signal, tf.linalg, tf.math and tf.nn whose figures make_tf.py records.

What depends on signs or on an order that is free is put so that it does not: absolute values,
sorted eigenvalues, products.
"""

EXPRESSIONS = """
tf.signal.hann_window(4)
tf.signal.hann_window(5)
tf.signal.hann_window(4, periodic=False)
tf.signal.hann_window(1)
tf.signal.hamming_window(6, periodic=False, dtype=tf.float64)
tf.signal.kaiser_window(5, beta=4.0)
tf.signal.kaiser_bessel_derived_window(6, beta=4.0)
tf.signal.vorbis_window(6)
tf.signal.frame(a, 3, 2)
tf.signal.frame(a, 3, 2, pad_end=True, pad_value=9)
tf.signal.frame(a, 2, 1, axis=0)
tf.signal.frame(a[:, :2], 3, 2)
tf.signal.overlap_and_add(c, 1)
tf.signal.overlap_and_add(c, 4)
tf.signal.stft(a, 4, 2)
tf.signal.stft(a, 3, 2, fft_length=6, window_fn=None, pad_end=True)
tf.signal.inverse_stft(tf.signal.stft(a, 4, 2), 4, 2)
tf.signal.inverse_stft(tf.signal.stft(a, 4, 2), 4, 2, window_fn=tf.signal.inverse_stft_window_fn(2))
tf.signal.inverse_stft_window_fn(3)(8, dtype=tf.float32)
[tf.signal.dct(a, type=t) for t in (1, 2, 3, 4)]
[tf.signal.dct(a, type=t, norm="ortho") for t in (2, 3, 4)]
[tf.signal.dct(a, type=t, n=4) for t in (2, 3, 4)]
[tf.signal.idct(a, type=t) for t in (1, 2, 3, 4)]
[tf.signal.idct(a, type=t, norm="ortho") for t in (2, 3, 4)]
tf.signal.mdct(tf.concat([a, a], 1), 4)
tf.signal.mdct(tf.concat([a, a], 1), 8, window_fn=None, pad_end=True, norm="ortho")
tf.signal.inverse_mdct(tf.signal.mdct(tf.concat([a, a], 1), 4))
tf.signal.inverse_mdct(tf.signal.mdct(tf.concat([a, a], 1), 4, norm="ortho"), norm="ortho")
tf.signal.linear_to_mel_weight_matrix(4, 9, 8000, 125.0, 3800.0)
tf.signal.mfccs_from_log_mel_spectrograms(a)
tf.signal.fft(z)
tf.signal.ifft(z)
tf.signal.fft2d(z)
tf.signal.ifft2d(z)
tf.signal.fft3d(z[None])
tf.signal.rfft(a)
tf.signal.rfft(a, fft_length=[4])
tf.signal.rfft(a, fft_length=[10])
tf.signal.rfft2d(a)
tf.signal.irfft(z)
tf.signal.irfft(z, fft_length=[5])
tf.signal.irfft2d(z, fft_length=[4, 4])
tf.signal.fftshift(a)
tf.signal.fftshift(a, axes=[1])
tf.signal.ifftshift(a, axes=1)
tf.linalg.lu(s)
tf.linalg.lu_reconstruct(*tf.linalg.lu(s))
tf.linalg.lu_solve(*tf.linalg.lu(s), s[:, :1])
tf.linalg.lu_matrix_inverse(*tf.linalg.lu(s))
tf.linalg.triangular_solve(s, s[:, :2])
tf.linalg.triangular_solve(s, s[:, :2], lower=False)
tf.linalg.triangular_solve(s, s[:, :2], adjoint=True)
tf.linalg.cholesky_solve(tf.linalg.cholesky(s), s[:, :2])
tf.sort(tf.math.real(tf.linalg.eigvals(s)))
tf.linalg.eigvalsh(s)
tf.linalg.slogdet(s - 4 * tf.eye(3))
tf.linalg.logdet(s)
tf.linalg.pinv(a)
tf.linalg.pinv(a[:, :2], rcond=0.5)
tf.linalg.matrix_rank(tf.concat([a, a], 0))
tf.linalg.matrix_rank(s, tol=3.0)
tf.linalg.lstsq(tf.transpose(a), tf.transpose(a)[:, :1] + 1)
tf.linalg.lstsq(a, a[:, :1] + 1)
tf.linalg.lstsq(tf.transpose(a), tf.transpose(a)[:, :1] + 1, l2_regularizer=0.5)
tf.linalg.lstsq(tf.transpose(a), tf.transpose(a)[:, :1] + 1, fast=False)
tf.linalg.cross(s, s[::-1])
tf.linalg.expm(s * 0.2)
tf.linalg.expm(s * 3)
tf.linalg.normalize(a)
tf.linalg.normalize(a, axis=1, ord=1)
tf.math.erfinv(u)
tf.math.erfcinv(u + 1)
tf.math.ndtri(u / 2 + 0.5)
tf.math.erfinv([1.0, -1.0, 0.0])
tf.math.unsorted_segment_prod(c, [2, -1], 3)
tf.math.segment_prod(tf.range(1, 5), [0, 0, 2, 2])
[getattr(tf.math.special, f"bessel_{n}")(p) for n in ("j0", "j1", "y0", "y1", "k0", "k1", "k0e", "k1e", "i0", "i1e")]
[getattr(tf.math.special, n)(p) for n in ("dawsn", "expint", "fresnel_cos", "fresnel_sin", "spence")]
[tf.math.igamma(p, q), tf.math.igammac(p, q), tf.math.zeta(p + 1, q), tf.math.betainc(p, q, u[1:] / 2 + 0.3)]
tf.math.zeta([1.0, 0.5, 2.0, 3.0], [1.0, 1.0, -0.5, 0.0])
tf.math.polygamma([0.0, 1.0, 2.0, 0.5], p)
tf.math.sobol_sample(3, 5, skip=2)
tf.math.lbeta([[1.0, 2.5], [3.0, 0.5]])
tf.math.polyval([p, 2.0, q], p)
tf.math.accumulate_n([a, a])
tf.math.cumulative_logsumexp(a, axis=1)
tf.math.cumulative_logsumexp(a, axis=1, exclusive=True)
tf.math.cumulative_logsumexp(a, reverse=True, exclusive=True)
tf.math.approx_max_k(a, 2)
tf.math.invert_permutation([2, 0, 3, 1])
[tf.math.is_non_decreasing(p), tf.math.is_strictly_increasing(a)]
tf.math.unsorted_segment_sqrt_n(a, [1, 1], 3)
tf.histogram_fixed_width(a, [-1.0, 1.0], nbins=4)
tf.histogram_fixed_width_bins(a, [-1.0, 1.0], nbins=4)
gradients(lambda p, q: [tf.math.igamma(p, q), tf.math.zeta(p + 1, q) + tf.math.igammac(q, p)], p, q)
gradients(lambda a: [tf.math.cumulative_logsumexp(a, axis=1), tf.math.cumulative_logsumexp(a, exclusive=True)[1:]], a)
gradients(lambda p: [tf.math.polygamma(2.0, p), tf.math.lbeta(p), tf.math.special.spence(p)], p)
tf.nn.depth_to_space(tf.reshape(tf.range(16), [1, 2, 2, 4]), 2)
tf.nn.space_to_depth(tf.reshape(tf.range(16), [1, 4, 2, 2]), 2)
""".strip().split("\n")


def names(tf, np):
    """What the expressions are evaluated with."""
    rng = np.random.default_rng(3)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32").round(2)

    def gradients(function, *inputs):
        """Those of the sum of the values' squares."""
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = sum(tf.reduce_sum(y * y) for y in function(*inputs))
        return tape.gradient(loss, inputs)

    return {
        "tf": tf,
        "gradients": gradients,
        "p": tf.constant(np.float32([0.5, 1.0, 2.5, 4.0])),
        "q": tf.constant(np.float32([1.5, 0.3, 2.0, 3.0])),
        "a": tf.constant(normal(2, 7)),
        "c": tf.constant(normal(2, 3, 4)[:, :2]),
        "z": tf.constant((normal(2, 3) + 1j * normal(2, 3)).astype("complex64")),
        "s": tf.constant(np.float32([[4, 1, 0.5], [1, 3, -1], [0.5, -1, 5]])),
        "u": tf.constant(np.float32([-0.99, -0.3, 1e-4, 0.5, 0.9])),
    }
