"""From kernels to machine code: one LLVM module for all kernels that are not compiled yet."""

import hashlib
import time
from pathlib import Path
from threading import RLock

from llvmlite import ir

from . import cache
from .emit import Emitter
from .target import cpu, llvm, new_machine

MOST_MODULES = 256  # that are kept for programs to come
_code = {}  # kernel key -> (address of its code, the engine that owns it)
_modules = {}  # engine -> the keys of its kernels; what was used longest ago comes first
_lock = RLock()
statistics = {"kernels": 0, "modules": 0, "cached": 0, "seconds": 0.0}


def kernel_name(key):
    """The symbol of a kernel."""
    return "k" + hashlib.blake2b(key.encode(), digest_size=10).hexdigest()


def addresses(kernels):
    """The addresses of kernels' code, compiling those that are new.

    Kernels of equal keys are compiled once a process while they are in use or not long out of it,
    and once a machine where the cache on disk keeps them.

    Returns:
      (addresses, engines): the code lives as long as the engines are kept.
    """
    with _lock:
        missing = {k.key: k for k in kernels if k.key not in _code}
        if missing:
            _compile(missing)
        found = [_code[k.key] for k in kernels]
        engines = list(dict.fromkeys(engine for _, engine in found))
        for engine in engines:
            _modules[engine] = _modules.pop(engine)
        for engine in list(_modules)[: max(len(_modules) - MOST_MODULES, 0)]:
            for key in _modules.pop(engine):
                del _code[key]
    return [address for address, _ in found], engines


def _compile(missing):
    started = time.perf_counter()
    # code made by another version of this folder is never run
    key = "\n".join([_source(), *missing])
    engine, fresh = loaded(key, lambda: build_module(missing.values()))
    _modules[engine] = list(missing)
    for text in missing:
        _code[text] = engine.get_function_address(kernel_name(text)), engine
    statistics["modules" if fresh else "cached"] += 1
    statistics["kernels"] += len(missing) if fresh else 0
    statistics["seconds"] += time.perf_counter() - started


def loaded(key, make_module):
    """(engine of a module, True when it was compiled now and not found in the cache on disk).

    Args:
      key: all that the code depends on, but for LLVM and the processor.
      make_module: function without arguments that returns the LLVM module.
    """
    key = "\n".join([key, repr(llvm().llvm_version_info), *cpu()])
    body = cache.load(key)
    fresh = body is None
    if fresh:
        body = new_machine().emit_object(make_module())
        cache.store(key, body)
    engine = llvm().create_mcjit_compiler(llvm().parse_assembly(""), new_machine(jit=True))
    engine.add_object_file(llvm().ObjectFileRef.from_data(body))
    engine.finalize_object()
    return engine, fresh


def llvm_text(kernels):
    """The kernels in LLVM's language."""
    module = ir.Module("tensorbrook")
    module.triple = llvm().get_default_triple()
    for kernel in kernels:
        symbols = getattr(kernel, "symbols", ())
        emitter = Emitter(module, kernel_name(kernel.key), kernel.count, symbols)
        kernel.emit(emitter)
        emitter.finish()
    return str(module)


def build_module(kernels):
    """The LLVM module of kernels; it comes vectorised and in registers, so no pass is run."""
    return llvm().parse_assembly(llvm_text(kernels))


_source_digest = []


def _source():
    """A digest of this folder's own code, so that a changed compiler never reuses old objects."""
    if not _source_digest:
        digest = hashlib.blake2b(digest_size=16)
        for path in sorted(Path(__file__).parent.rglob("*.py")):
            digest.update(path.read_bytes())
        _source_digest.append(digest.hexdigest())
    return _source_digest[0]
