"""No search for cyclic garbage while a function is traced and compiled; it goes on afterwards."""

import gc
import threading

import pytest

import tensorbrook as tf
from tensorbrook.base.garbage import paused


@pytest.fixture(autouse=True)
def as_before():
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


@pytest.mark.parametrize("was", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_a_trace_leaves_the_switch_as_it_was(was, fails):
    seen = []

    @tf.function
    def f(x):
        seen.append(gc.isenabled())
        if fails:
            raise ValueError("in a trace")
        return x + 1.0

    (gc.enable if was else gc.disable)()
    if fails:
        with pytest.raises(ValueError, match="in a trace"):
            f(tf.constant(1.0))
    else:
        assert float(f(tf.constant(1.0))) == 2.0
    assert seen == [False]
    assert gc.isenabled() == was


def test_the_last_of_several_threads_goes_on():
    inside, leave = threading.Event(), threading.Event()

    def other():
        with paused:
            inside.set()
            leave.wait(10)

    gc.enable()
    with paused:
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()
