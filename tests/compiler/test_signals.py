"""Signals in programs that run long: handlers run meanwhile, and what they raise comes out."""

import signal
import time
from contextlib import contextmanager

import numpy as np
import pytest

import tensorbrook as tf

if not hasattr(signal, "setitimer"):
    pytest.skip("no interval timers here", allow_module_level=True)
ROUNDS = 2 * 10**9  # some 20 seconds


class Stop(Exception):
    pass


@contextmanager
def alarm(handle, seconds=0.2):
    """A context in which `handle` is called after so many seconds, and again each 0.1 s."""
    before = signal.signal(signal.SIGALRM, lambda *_: handle())
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def stop():
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise Stop


def stopped(function, rounds):
    """Calls a function of some number of rounds that a handler is to end soon."""
    function(tf.constant(0, tf.int64))  # compiled before: in a __del__ there, Stop would be lost
    began = time.monotonic()
    with alarm(stop), pytest.raises(Stop):
        function(tf.constant(rounds, tf.int64))
    assert time.monotonic() - began < 5


def test_a_handler_ends_a_loop_of_many_rounds():
    @tf.function
    def f(n):
        s = tf.constant(0.0)
        for _ in tf.range(n):
            s = s + 1.0
        return s

    stopped(f, ROUNDS)
    assert f(10).numpy() == 10


@pytest.mark.parametrize("size", [2, 1_100_000])
def test_a_handler_ends_a_while_loop_and_variables_hold_whole_values(size):
    v, w, m = tf.Variable(0, dtype=tf.int64), tf.Variable(tf.ones(size)), tf.Variable(tf.eye(3))

    @tf.function
    def f(n):
        i = tf.constant(0, tf.int64)
        while i < n:
            v.assign_add(2)
            w.assign(-w)
            m.assign(tf.transpose(m) * 2.0)
            i += 1
        return i

    stopped(f, ROUNDS)
    if size == 2:  # a copy of so little is quickly made: they are as they were
        assert v.numpy() == 0
        np.testing.assert_array_equal(w.numpy(), np.ones(2))
        np.testing.assert_array_equal(m.numpy(), np.eye(3))
    else:
        assert 0 <= v.numpy() < 2 * ROUNDS and v.numpy() % 2 == 0
        assert np.unique(w.numpy()).tolist() in ([-1.0], [1.0])
    v.assign(0)
    m.assign(tf.eye(3))
    f(tf.constant(5, tf.int64))
    assert v.numpy() == 10
    np.testing.assert_array_equal(m.numpy(), 32 * np.eye(3))


def test_a_handler_reads_the_variables_of_the_program_that_it_interrupts():
    v, seen = tf.Variable(1.0), []

    @tf.function
    def f(n):
        for _ in tf.range(n):
            v.assign_add(1.0)
        return v + 0.0

    def look():
        with pytest.raises(RuntimeError, match=r"within (itself|a program)"):
            f(3)
        seen.append(v.numpy())

    f(2)
    while len(seen) < 2:
        v.assign(0.0)
        with alarm(look, 0.05):
            assert f(10**7).numpy() == v.numpy() == 10**7
    assert all(0 <= value <= 10**7 for value in seen)


def test_a_handler_ends_a_loop_of_numpy_steps():
    # Between the steps, of a millisecond each, ctypes drops what a handler raises; Ctrl-C's own
    # KeyboardInterrupt is what comes out then.
    size = 256

    @tf.function
    def f(n):
        m = tf.eye(size, dtype=tf.complex64)
        for _ in tf.range(n):
            # no native code, and no np.errstate that a handler could leave on
            m = tf.signal.ifft(m)
        return m

    stopped(f, 10**8)
    once = f(4) * size**2  # ifft twice: reversed, and divided by the size
    np.testing.assert_allclose(once, np.eye(size), atol=1e-3)


def test_a_handler_that_returns_changes_nothing():
    v, seen = tf.Variable(1.0), []

    @tf.function
    def f(n):
        total = tf.constant(0.0)
        for _ in tf.range(n):
            for _ in tf.range(7):
                total = total + v
        v.assign(total)
        return total

    f(2)
    v.assign(1.0)
    with alarm(lambda: seen.append(time.monotonic()), 0.05):
        while len(seen) < 3:
            v.assign(1.0)
            assert f(10**6).numpy() == 7e6
    assert v.numpy() == 7e6
