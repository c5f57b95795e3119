"""Spectrograms of sounds. Keras needs SciPy for them."""

from . import case, rng

SOUND = rng.normal(size=(2, 60)).round(2).astype("float32")
TWO = rng.normal(size=(2, 40, 2)).round(2).astype("float32")


def cases():
    for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft"):
        yield case("STFTSpectrogram", {"mode": mode, "frame_length": 8}, TWO)
    for config in (
        {"scaling": "spectrum", "window": "hamming"},
        {"scaling": None, "periodic": True},
        {"padding": "same", "frame_step": 5, "fft_length": 16},
        {"expand_dims": True},
        {"window": None},
    ):
        yield case("STFTSpectrogram", {"frame_length": 8, **config}, TWO)
    first = TWO.transpose(0, 2, 1)
    for more in ({}, {"expand_dims": True}):
        config = {"frame_length": 8, "mode": "psd", "data_format": "channels_first"}
        yield case("STFTSpectrogram", {**config, **more}, first)
    small = {"fft_length": 16, "sequence_stride": 8, "num_mel_bins": 5, "sampling_rate": 8000}
    for config in (
        {},
        {"power_to_db": False},
        {"window": None, "mag_exp": 1.0},
        {"window": "hamming", "sequence_length": 12},
        {"max_freq": 3000.0, "min_freq": 100.0, "top_db": 10.0, "ref_power": 2.0},
    ):
        yield case("MelSpectrogram", {**small, **config}, SOUND)
