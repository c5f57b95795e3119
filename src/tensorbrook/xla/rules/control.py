"""Branches, loops, gradients of one's own: graphs within graphs."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import io_callback

from ...core.op import OPS
from ...graph.subgraphs import floats, pure, vjp_graph
from ..lower import called, function_of, rule

_DEPTH = 66  # of the states kept at once: halves of 2**63 rounds, and both ends


@rule("cond")
def cond(pred, *operands, then_graph, else_graph):
    """The results of one of two graphs."""
    return lax.cond(pred, function_of(then_graph), function_of(else_graph), *operands)


@rule("scan")
def scan(*operands, body_graph, length, n_state, n_xs, reverse, saved, flush=False):
    """A loop over rows, which hands on states and collects results."""
    body = function_of(body_graph)
    state, xs = operands[:n_state], operands[n_state : n_state + n_xs]
    rest = operands[n_state + n_xs :]

    def step(state, rows):
        found = body(*state, *rows, *rest)
        return found[:n_state], found[n_state:]

    state, ys = lax.scan(step, list(map(jnp.asarray, state)), list(xs), length, reverse)
    return [*state, *ys]


@rule("while")
def while_(*operands, cond_graph, body_graph, n_state):
    """A loop as long as a condition holds."""
    test, body = function_of(cond_graph), function_of(body_graph)
    state, rest = operands[:n_state], operands[n_state:]
    state = list(map(jnp.asarray, state))
    return lax.while_loop(lambda s: test(*s, *rest)[0], lambda s: body(*s, *rest), state)


@rule("while_gradient", when=lambda attrs: len(attrs["wanted"]) == 1)
def while_gradient(*operands, cond_graph, body_graph, n_state, wanted):
    """The gradient of a loop of unknown length: n rounds in memory of log n states.

    The states of the rounds are wanted from the last to the first. Some are kept: at the start,
    half the way to the end, half the way from there, and so on; the next one is computed from the
    nearest kept before it.
    """
    count = len(body_graph.inputs)
    test, step = function_of(pure(cond_graph)), function_of(pure(body_graph))
    first, rest = list(map(jnp.asarray, operands[:n_state])), operands[n_state:count]
    carried = floats(body_graph.outputs)
    of_rest = tuple(i for i in wanted[0] if i >= n_state)
    gradient = function_of(vjp_graph(body_graph, carried + of_rest, carried)[0])

    def counted(carry):
        return carry[0] + 1, step(*carry[1], *rest)

    rounds, _ = lax.while_loop(
        lambda carry: test(*carry[1], *rest)[0], counted, (jnp.int64(0), first)
    )
    kept = [jnp.zeros((_DEPTH, *s.shape), s.dtype).at[0].set(s) for s in first]

    def back(carry):
        i, top, places, kept, cotangents, sums = carry
        top = jnp.where(places[top] > i, top - 1, top)
        top, places, kept = _filled(i, top, places, kept, lambda s: step(*s, *rest))
        found = gradient(*[k[top] for k in kept], *rest, *cotangents)
        sums = [s + d for s, d in zip(sums, found[len(carried) :])]
        return i - 1, top, places, kept, found[: len(carried)], sums

    inputs = body_graph.inputs
    start = (
        rounds - 1, jnp.int64(0), jnp.zeros(_DEPTH, jnp.int64), kept,
        list(map(jnp.asarray, operands[count:])),
        [jnp.zeros(inputs[i].shape, inputs[i].dtype) for i in of_rest],
    )  # fmt: skip
    *_, cotangents, sums = lax.while_loop(lambda carry: carry[0] >= 0, back, start)
    grads = dict(zip(carried + of_rest, [*cotangents, *sums]))
    return [grads[i] for i in wanted[0]]


def _filled(i, top, places, kept, step):
    """The stack of kept states with that of round i on its top."""

    def half_way(carry):
        top, places, kept = carry
        at = places[top]
        middle = at + (i - at + 1) // 2
        state = lax.fori_loop(at, middle, lambda _, s: step(s), [k[top] for k in kept])
        kept = [k.at[top + 1].set(s) for k, s in zip(kept, state)]
        return top + 1, places.at[top + 1].set(middle), kept

    return lax.while_loop(lambda carry: carry[1][carry[0]] < i, half_way, (top, places, kept))


@rule("custom_gradient")
def custom_gradient(*operands, gradient_graph, wanted, n_inputs, n_results, fault):
    """The function's results as they are."""
    return operands[n_inputs : n_inputs + n_results]


@rule("assert", asks_host=True)
def assert_(condition, *data, message):
    """The host is called where the condition does not hold, and raises."""
    kernel = OPS["assert"].kernel

    def fail(*operands):
        called(kernel, map(np.asarray, operands), {"message": message})

    def raised():
        io_callback(fail, (), condition, *data)

    lax.cond(jnp.all(condition), lambda: None, raised)
    return ()
