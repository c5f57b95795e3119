"""tf.sysconfig: what extensions in C++ are compiled with; there are none here."""

CXX11_ABI_FLAG, CXX_VERSION, MONOLITHIC_BUILD = 1, 201703, 0


def get_build_info():
    """What the package was built with.

    Example:
    >>> tf.sysconfig.get_build_info()["is_cuda_build"]
    False
    """
    return {"is_cuda_build": False, "is_rocm_build": False, "is_tensorrt_build": False}


def _no_headers():
    """There are no headers or libraries of TensorFlow.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError(
        "[tf.sysconfig] operations in C++ are not built: there are no headers or libraries. Write "
        "the function over tensors, or call C through tf.numpy_function."
    )


get_include = get_lib = get_compile_flags = get_link_flags = _no_headers
