"""The driver as machine code, and the pool of threads that share a step's chunks."""

import ctypes
import functools
import os
import platform
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

import numpy as np

from ..base.config import settings
from .engine import loaded
from .target import llvm

# What driver.ll calls Program: the numbers and addresses that a call of it is given.
PROGRAM = np.dtype(
    [
        *(("steps", "i8"), ("step_count", "i8"), ("bases", "i8"), ("array_count", "i8")),
        *(("relocations", "i8"), ("relocation_count", "i8"), ("refused", "i8"), ("long", "i8")),
        *(("pool", "i8"), ("array_type", "i8"), ("signals_seen", "i8"), ("thread", "i8")),
        ("raised", "i8"),
    ]
)
# What it calls Pool: where its mutex and its condition lie, each with room for any system's.
_POOL_MUTEX, _POOL_CONDITION, _POOL_BYTES = 320, 448, 640
_SPINS = 6000  # rounds in which a worker looks for work before it goes to sleep
PATIENCE = 100_000_000  # nanoseconds from a program's start, and between looks for signals
_ALIGNED = 64
# Of CPython's and NumPy's structures: the type stands last in an object's head, the address of an
# array's elements first behind it, its flags six words later.
_HEAD_BYTES = object.__basicsize__
_OBJECT_TYPE, _ARRAY_DATA, _ARRAY_FLAGS = _HEAD_BYTES - 8, _HEAD_BYTES, _HEAD_BYTES + 48
_lock = Lock()


_ANY_MACHINE = {
    "pause": "fence seq_cst",
    "pause_declaration": "",
    "mode_declarations": "",
    "read_mode": "  %mode = add i64 0, 0",
    "write_mode": "",
}
_X86 = {
    "pause": "call void @llvm.x86.sse2.pause()",
    "pause_declaration": "declare void @llvm.x86.sse2.pause()",
    "mode_declarations": """declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)""",
    "read_mode": """  %word = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %word)
  %bits = load i32, ptr %word
  %mode = zext i32 %bits to i64""",
    "write_mode": """  %word = alloca i32
  %bits = trunc i64 %mode to i32
  store i32 %bits, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)""",
}
_ARM = _ANY_MACHINE | {
    "mode_declarations": """declare i64 @llvm.aarch64.get.fpcr()
declare void @llvm.aarch64.set.fpcr(i64)""",
    "read_mode": "  %mode = call i64 @llvm.aarch64.get.fpcr()",
    "write_mode": "  call void @llvm.aarch64.set.fpcr(i64 %mode)",
}
_MACHINES = {"x86_64": _X86, "amd64": _X86, "arm64": _ARM, "aarch64": _ARM}
_MACHINE = platform.machine().lower()
# The bits of the float mode with which a processor takes subnormal numbers for 0, and makes none.
FLUSH = {"x86_64": 0x8040, "amd64": 0x8040, "arm64": 1 << 24, "aarch64": 1 << 24}.get(_MACHINE, 0)


def _text():
    """The driver's LLVM text, with the offsets of Python's and NumPy's structures.

    It is the same in all processes, so that the cache on disk serves them: it holds no address.
    """
    values = {
        **_MACHINES.get(_MACHINE, _ANY_MACHINE),
        "spins": str(_SPINS),
        "clock": str(getattr(time, "CLOCK_MONOTONIC", 1)),
        "patience": str(PATIENCE),
        "data": str(_ARRAY_DATA),
        "type": str(_OBJECT_TYPE),
        "flags": str(_ARRAY_FLAGS),
    }
    text = (Path(__file__).parent / "driver.ll").read_text()
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


@functools.cache
def _engine():
    text = _text()
    return loaded(f"driver\n{text}", lambda: llvm().parse_assembly(text))[0]


class _MethodDef(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


@functools.cache
def execute():
    """The Python function `execute(program, *arrays)`: see driver.ll."""
    address = _engine().get_function_address("execute")
    definition = _MethodDef(b"execute", address, _METH_FASTCALL, b"Runs a program.")
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    make.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    function = make(ctypes.addressof(definition), None, None)
    _kept.append(definition)
    _keep_freed_memory()
    return function


def _keep_freed_memory():
    """Lets glibc keep what is freed for the next arrays.

    It would give it back to the system, which hands out each page anew and filled with zeros: in
    eager mode half of the time of a step. Who sets MALLOC_TRIM_THRESHOLD_ has decided already.
    """
    if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
        with suppress(AttributeError, OSError, TypeError):  # another library of C
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(_M_MMAP_THRESHOLD, _KEPT_ARRAY)
            mallopt(_M_TRIM_THRESHOLD, _KEPT_ARRAY * 8)


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_KEPT_ARRAY = 32 << 20  # bytes: the most that glibc takes for arrays from memory that it keeps
_METH_FASTCALL = 0x0080  # of CPython's methodobject.h: arguments come as an array
_kept = []


def aligned_bytes(size):
    """An uninitialised uint8 array that begins at a multiple of 64."""
    raw = np.empty(size + _ALIGNED, np.uint8)
    start = -address_of(raw) % _ALIGNED
    return raw[start : start + size]


def address_of(array):
    """The address of an array's data."""
    return array.__array_interface__["data"][0]


# -- threads ---------------------------------------------------------------------------------------


class Pool:
    """Threads that run chunks beside the calling one.

    Attributes:
      address: of the structure that driver.ll describes.
      threads: how many run chunks, the caller's own among them.
    """

    def __init__(self, threads):
        self._memory = aligned_bytes(_POOL_BYTES)
        self._memory[:] = 0
        self.address, self.threads = address_of(self._memory), 1
        if threads < 2 or not _has_threads():
            return
        system = ctypes.CDLL(None)
        system.pthread_mutex_init(ctypes.c_void_p(self.address + _POOL_MUTEX), None)
        system.pthread_cond_init(ctypes.c_void_p(self.address + _POOL_CONDITION), None)
        worker = ctypes.c_void_p(_engine().get_function_address("worker"))
        for _ in range(threads - 1):
            handle = ctypes.c_void_p()
            if system.pthread_create(
                ctypes.byref(handle), None, worker, ctypes.c_void_p(self.address)
            ):
                break
            system.pthread_detach(handle)
            self.threads += 1


def _has_threads():
    return sys.platform != "win32"


_pools = {}


def usable_cpus():
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def thread_count():
    """How many threads run the programs made from now on.

    What tf.config.threading was told, else TENSORBROOK_THREADS, else the processors there are.
    """
    if settings.intra_op_threads > 0:
        return settings.intra_op_threads
    given = os.environ.get("TENSORBROOK_THREADS", "")
    return max(1, int(given)) if given.isdigit() else usable_cpus()


def pool(threads=None):
    """The process's pool of so many threads; each size is made once and kept."""
    threads = threads or thread_count()
    found = _pools.get(threads)
    if found is None:
        with _lock:
            found = _pools.get(threads)
            if found is None:
                found = _pools[threads] = Pool(threads)
    return found


def _after_fork():
    _pools.clear()  # threads do not survive a fork: the child makes its own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
