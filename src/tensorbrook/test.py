"""tf.test: questions about the installation."""

from .config import list_physical_devices


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """Whether there is a GPU.

    Example:
    >>> tf.test.is_gpu_available()
    False
    """
    return bool(list_physical_devices("GPU"))


def gpu_device_name():
    """The first GPU's name; an empty string where there is none."""
    return "/device:GPU:0" if is_gpu_available() else ""


def is_built_with_cuda():
    """False: there is no CUDA in it."""
    return False


is_built_with_gpu_support = is_built_with_rocm = is_built_with_xla = is_built_with_cuda
