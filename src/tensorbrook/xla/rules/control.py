"""Branches, loops, gradients of one's own: graphs within graphs."""

import jax
import jax.numpy as jnp
from jax import lax

from ..lower import function_of, rule


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

    state, ys = lax.scan(step, [jnp.asarray(s) for s in state], list(xs), length, reverse)
    return [*state, *ys]


@rule("while")
def while_(*operands, cond_graph, body_graph, n_state):
    """A loop as long as a condition holds."""
    test, body = function_of(cond_graph), function_of(body_graph)
    state, rest = operands[:n_state], operands[n_state:]
    state = [jnp.asarray(s) for s in state]
    return lax.while_loop(lambda s: test(*s, *rest)[0], lambda s: body(*s, *rest), state)


@rule("assert")
def assert_(condition, *data, message):
    """Nothing: a program of an accelerator cannot raise."""
    return ()
