"""The machine that code is made for: its name, its vectors, its LLVM target."""

import functools


@functools.cache
def llvm():
    """llvmlite's binding, initialised; ImportError where llvmlite is missing."""
    import llvmlite.binding as binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


@functools.cache
def available():
    """True where llvmlite can be imported."""
    try:
        llvm()
    except (ImportError, OSError):
        return False
    return True


@functools.cache
def cpu():
    """(name, features) of the host's processor, as LLVM has them."""
    binding = llvm()
    return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


@functools.cache
def has(feature):
    """True when the processor has a feature such as "avx512f" or "fma"."""
    return f"+{feature}" in cpu()[1].split(",")


@functools.cache
def vector_bytes():
    """The size of a vector register."""
    return 64 if has("avx512f") else 32 if has("avx") else 16


@functools.cache
def vector_registers():
    """How many vector registers there are."""
    return 32 if has("avx512f") or not has("sse2") else 16


@functools.cache
def fused_multiply_add():
    """True when x * y + z is one instruction."""
    return has("fma") or has("neon")


@functools.cache
def converts_float16():
    """True when float16 becomes float32, and back, by one instruction."""
    return has("f16c") or has("neon")


def new_machine(jit=False):
    """A TargetMachine of the host, to emit objects, or (jit) for an engine to own."""
    name, features = cpu()
    target = llvm().Target.from_default_triple()
    return target.create_target_machine(cpu=name, features=features, opt=2, jit=jit)
