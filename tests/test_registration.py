"""Where functions are registered: flat names in `ops`, and the hooks of lower layers."""

import pytest

import tensorbrook as tf
from tensorbrook import ops
from tensorbrook.core.hooks import Hooks, hooks, provide


def test_a_function_of_another_namespace_does_not_take_a_plain_name():
    split, split_text = object(), object()
    expected = {"split": split, "strings_split": split_text}
    assert ops.flat_names({"split": split, "strings.split": split_text}) == expected
    assert ops.flat_names({"strings.split": split_text, "split": split}) == expected
    assert ops.split is tf.split
    assert ops.random_split is tf.random.split


def test_names_of_one_function_are_one():
    assert ops.softmax is tf.nn.softmax
    assert ops.flat_names({"add": len, "math.add": len}) == {"add": len}


def test_two_functions_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"ops\.pool: tf\.nn\.pool and another function"):
        ops.flat_names({"math.pool": len, "nn.pool": max})


@pytest.mark.parametrize("name", ["pack", "no_such_hook"])
def test_a_hook_is_listed_and_provided_once(name):
    with pytest.raises(ValueError, match=f"{name}.*core/hooks.py"):
        provide(name)(len)
    assert not hasattr(hooks, "no_such_hook")


def test_every_hook_is_provided():
    names = [name for name in vars(Hooks) if not name.startswith("_")]
    assert len(names) >= 6
    assert tf.keras  # imported on first use, it provides the last one
    assert all(callable(getattr(hooks, name)) for name in names)
