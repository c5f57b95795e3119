"""CRC-32C by the processor's own instruction for it, where it has one."""

import platform
from ctypes import CFUNCTYPE, c_int64, c_void_p
from functools import cache

import numpy as np

from .engine import loaded
from .target import has, llvm

_LANES = 4  # chains of instructions at a time: one instruction takes three steps of the clock
_LONG = 1 << 18  # bytes from which on lanes are worth while
# What the processor has: LLVM's name of the feature, and its function of 8 bytes.
_X86 = ("sse4.2", "i64 @llvm.x86.sse42.crc32.64.64(i64, i64)")
_ARM = ("crc", "i32 @llvm.aarch64.crc32cx(i32, i64)")
_KINDS = {"x86_64": _X86, "AMD64": _X86, "aarch64": _ARM, "arm64": _ARM}


def _text(lanes, declared):
    """A function (data, words of a lane, states): each lane's state after its words."""
    kind, function = declared.split("(")[0].split(" ", 1)
    phis, steps, ends = [], [], []
    for n in range(lanes):
        phis.append(f"  %s{n} = phi {kind} [%first{n}, %entry], [%t{n}, %loop]")
        steps += [
            f"  %lane{n} = mul i64 %words, {n}",
            f"  %at{n} = add i64 %lane{n}, %i",
            f"  %p{n} = getelementptr i64, ptr %data, i64 %at{n}",
            f"  %w{n} = load i64, ptr %p{n}, align 1",
            f"  %t{n} = call {kind} {function}({kind} %s{n}, i64 %w{n})",
        ]
        ends += [
            f"  %e{n} = getelementptr i64, ptr %states, i64 {n}",
            *([f"  %x{n} = zext i32 %t{n} to i64"] if kind == "i32" else []),
            f"  store i64 %{'x' if kind == 'i32' else 't'}{n}, ptr %e{n}",
        ]
    starts = []
    for n in range(lanes):
        starts += [
            f"  %b{n} = getelementptr i64, ptr %states, i64 {n}",
            f"  %{'f' if kind == 'i32' else 'first'}{n} = load i64, ptr %b{n}",
            *([f"  %first{n} = trunc i64 %f{n} to i32"] if kind == "i32" else []),
        ]
    return "\n".join(
        [
            f"define void @crc{lanes}(ptr %data, i64 %words, ptr %states) {{",
            "entry:",
            *starts,
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [0, %entry], [%next, %loop]",
            *phis,
            *steps,
            "  %next = add i64 %i, 1",
            "  %more = icmp ult i64 %next, %words",
            "  br i1 %more, label %loop, label %end",
            "end:",
            *ends,
            "  ret void",
            "}",
        ]
    )


@cache
def _functions():
    """The compiled functions by their numbers of lanes; None where the processor cannot."""
    feature, declared = _KINDS.get(platform.machine(), ("", ""))
    if not feature or not has(feature):
        return None
    text = "\n".join([f"declare {declared}", _text(1, declared), _text(_LANES, declared)])
    engine, _ = loaded(text, lambda: llvm().parse_assembly(text))
    kind = CFUNCTYPE(None, c_void_p, c_int64, c_void_p)
    found = {n: kind(engine.get_function_address(f"crc{n}")) for n in (1, _LANES)}
    found[0] = engine  # the code lives as long
    return found


def state_after(data, state):
    """The state of a CRC-32C after a uint8 array of whole words of 8 bytes; None: it cannot tell.

    Args:
      data: a contiguous uint8 array, of 8 bytes at least.
      state: the state before, an integer.
    """
    functions = _functions()
    if functions is None:
        return None
    lanes = _LANES if len(data) >= _LONG else 1
    words = len(data) // (8 * lanes)
    states = np.zeros(lanes, np.int64)
    states[0] = state
    functions[lanes](data.ctypes.data, words, states.ctypes.data)
    state, *others = states.tolist()
    for other in others:
        state = _shifted(state, 8 * words) ^ other
    rest = data[8 * words * lanes :]
    return state if not len(rest) else state_after(rest, state)


# A state is a vector of 32 bits, and zeros that follow change it by a matrix: a list of what each
# bit becomes.


def _times(matrix, state):
    total = 0
    while state:
        low = state & -state
        total ^= matrix[low.bit_length() - 1]
        state ^= low
    return total


@cache
def _after_zeros(power):
    """The matrix of 2 ** power bytes of zeros; of one bit for power = -3."""
    if power == -3:
        return [0x82F63B78, *(1 << n for n in range(31))]
    half = _after_zeros(power - 1)
    return [_times(half, row) for row in half]


def _shifted(state, count):
    """A state after `count` bytes of zeros."""
    power = 0
    while count:
        if count & 1:
            state = _times(_after_zeros(power), state)
        count >>= 1
        power += 1
    return state
