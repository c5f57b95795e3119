"""Cases of keras.ops.math: segments, top-k, Fourier transforms, special functions."""

import numpy as np

from . import case

UNARY = ["erf", "erfc", "erfinv", "rsqrt", "logsumexp"]
BINARY = []
S = np.array([[4, 1], [1, 3]], "float32")


def cases():
    yield case("erf(a)")
    yield case("erfc(a)")
    yield case("erfinv(u)")
    yield case("rsqrt(p)")
    yield case("logsumexp(c)")
    yield case("logsumexp(c, axis=(0, 2), keepdims=True)")
    yield case("logsumexp(c, axis=1)")
    yield case("cdist(a, m)")
    yield case("top_k(a, 2)")
    yield case("top_k(i, 1)")
    yield case("in_top_k([0, 2], a, 1)", smooth=False)
    yield case("in_top_k(i[:, 1] % 3, a, 2)", smooth=False)
    yield case("logdet(x)", smooth=False, x=S)
    yield case("extract_sequences(c, 2, 2)")
    yield case("extract_sequences(k, 3, 1)")
    yield case("view_as_complex(c[:, :, :2])", smooth=False)
    yield case("view_as_real(z)", smooth=False)
    for name in ("sum", "max", "min", "prod"):
        yield case(f"segment_{name}(m, k[:3], num_segments=3)", batch=[])
        yield case(f"segment_{name}(c, k[:2], num_segments=4)", batch=[])
        yield case(f"segment_{name}(i, k[:2] - 1, num_segments=2)", batch=[])
    yield from transforms()


def transforms():
    yield case("fft((c, c * 2))")
    yield case("fft2((c, c + 1))")
    yield case("ifft2((c, c + 1))")
    yield case("rfft(c)")
    yield case("rfft(c, fft_length=3)")
    yield case("rfft(a, fft_length=8)")
    yield case("irfft((a, b))")
    yield case("irfft((a, b), fft_length=5)")
    yield case("irfft((a, b), fft_length=8)")
    signal = np.sin(np.arange(24) ** 1.3).astype("float32").round(3).reshape(2, 12)
    for center in (True, False):
        for window in ("'hann'", "'hamming'", "None", "window"):
            own = {"x": signal} | (
                {"window": np.float32([0.2, 1, 0.5, 0.7])} if window == "window" else {}
            )
            yield case(f"stft(x, 4, 2, 6, window={window}, center={center})", batch=["x"], **own)
            yield case(
                f"istft(stft(x, 4, 2, 6), 4, 2, 6, window={window}, center={center})",
                batch=["x"],
                **own,
            )
    yield case("istft(stft(x, 6, 3, 6), 6, 3, 6, length=10)", batch=["x"], x=signal)
