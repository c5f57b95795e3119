"""The exact remainder of floats, in rounds that take off what can be taken off without rounding."""

from llvmlite import ir

from .emit import lanes_of, repeated, vector_type


def remainder(e, t, x, y):
    """The rest of x / y with the sign of x, as the C library's fmod; it needs fused multiply-add.

    A round takes from the rest a multiple of |y| times a power of two that has no more digits than
    a float; the new rest is a float too, so nothing is rounded. Ordinary numbers need one round.
    """
    rest, divisor = e.intrinsic("fabs", x), e.intrinsic("fabs", y)
    (rest,) = e.repeat([rest], lambda rest: _Round(e, t, lanes_of(x)).taken(rest, divisor))
    known = e.b.fcmp_ordered("ord", x, y)
    return e.b.select(known, e.intrinsic("copysign", rest, x), e.b.fadd(x, y))


class _Round:
    def __init__(self, e, t, lanes):
        self.e, self.t, self.lanes = e, t, lanes
        self.digits = 24 if t.itemsize == 4 else 53
        self.bias = (1 << 8 * t.itemsize - self.digits - 1) - 1
        self.bits = ir.IntType(8 * t.itemsize)
        self.kind = vector_type(self.bits, lanes)

    def taken(self, rest, divisor):
        """(whether a rest is still larger, the new rests)."""
        b = self.e.b
        steps = b.sub(self._exponent(rest), self._exponent(divisor))
        step = self._scaled(divisor, b.sub(steps, self._number(self.digits - 2)))
        # subnormal divisors are smaller than their exponent says
        more = b.sub(self._exponent(b.fdiv(rest, step)), self._number(self.bias + self.digits - 2))
        step = self._scaled(step, more)
        whole = self.e.intrinsic("trunc", b.fdiv(rest, step))
        left = self.e.intrinsic("fma", b.fneg(whole), step, rest)
        below = b.fcmp_ordered("<", left, self.e.constant(self.t, 0, self.lanes))
        left = b.select(below, b.fadd(left, step), left)
        rest = b.select(b.fcmp_ordered(">=", rest, divisor), left, rest)
        again = b.fcmp_ordered(">=", rest, divisor)
        if self.lanes:
            again = b.bitcast(again, ir.IntType(self.lanes))
            again = b.icmp_unsigned("!=", again, ir.Constant(again.type, 0))
        return again, [rest]

    def _number(self, value):
        return repeated(ir.Constant(self.bits, value), self.lanes)

    def _exponent(self, value):
        bits = self.e.b.bitcast(value, self.kind)
        return self.e.b.lshr(bits, self._number(self.digits - 1))

    def _scaled(self, value, by):
        """`value` times two to the power of `by`, where that is positive."""
        b = self.e.b
        by = b.select(b.icmp_signed(">", by, self._number(0)), by, self._number(0))
        first = b.lshr(by, self._number(1))
        for part in (first, b.sub(by, first)):  # either power alone is a normal number
            power = b.shl(b.add(part, self._number(self.bias)), self._number(self.digits - 1))
            value = b.fmul(value, b.bitcast(power, value.type))
        return value
