"""`tensorbrook run`: programs for TensorFlow and Keras, unchanged, with Python's own semantics."""

import os
import subprocess
import sys
import textwrap

import pytest

import tensorbrook as tf
from tensorbrook.tools.run import run_program


@pytest.fixture
def program(tmp_path):
    def write(text, name="program.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


def command(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tensorbrook", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | environment,
    )


IMPORTS = {
    "import tensorflow as tf; found = tf": "tensorbrook",
    "import tensorflow; found = tensorflow.keras": "tensorbrook.keras",
    "import tensorflow.keras; found = tensorflow.keras": "tensorbrook.keras",
    "from tensorflow import keras as found": "tensorbrook.keras",
    "import keras; found = keras": "tensorbrook.keras",
    "import tf_keras as found": "tensorbrook.keras",
    "import keras.api as found": "tensorbrook.keras",
    "import tensorflow.compat.v2 as found": "tensorbrook",
    "import tensorflow.keras.layers as found": "tensorbrook.keras.layers",
    "from tensorflow.keras import layers as found": "tensorbrook.keras.layers",
    "from keras import layers as found": "tensorbrook.keras.layers",
    "import keras.losses as found": "tensorbrook.keras.losses",
    "import tensorflow.math as found": "tensorbrook.math",
}


@pytest.mark.parametrize("lines", IMPORTS)
def test_modules_are_the_very_same(lines, program):
    text = f"{lines}\nimport sys\nassert found is sys.modules[{IMPORTS[lines]!r}], found\n"
    run_program(program(text))


@pytest.mark.parametrize(
    "line",
    [
        "keras.src.layers.core.dense import Dense",
        "keras.src.layers.rnn.lstm import LSTM",
        "keras.src.callbacks.early_stopping import EarlyStopping",
        "keras.src.utils.numerical_utils import to_categorical",
        "keras.src.saving.saving_api import load_model",
        "keras.src.optimizers.schedules.learning_rate_schedule import ExponentialDecay",
        "keras.src.legacy.preprocessing.image import ImageDataGenerator",
        "keras.src.backend.common.keras_tensor import KerasTensor",
        "tf_keras.src.engine.base_layer import Layer",
        "keras.src.models.functional import Functional",
        "keras.src.backend import convert_to_numpy",
        "keras.api._v2.keras.layers import Dense",
        "tensorflow._api.v2.keras.layers import Dense",
        "tensorflow_core.python.keras.layers import Dense",
        "tensorflow_core.python.keras.api._v2.keras.optimizers import Adam",
        "tensorflow.python.data import Dataset",
        "tensorflow.core.example.example_pb2 import Example",
        "tensorflow.core.framework.graph_pb2 import GraphDef",
        "tensorflow.types.experimental import Callable",
    ],
)
def test_names_of_keras_s_own_source_are_the_public_ones(line, program):
    name = line.rpartition(" ")[2]
    run_program(program(f"from {line}\nassert {name}.__name__ == {name!r}"))
    with pytest.raises(ImportError, match="Nothing"):
        run_program(program(f"from {line.rpartition(' ')[0]} Nothing"))


def test_functions_of_keras_s_own_source(program):
    run_program(
        program("""
            import tensorflow as tf
            from keras.src.backend import get_keras_mask, set_keras_mask, unheard_of
            x = tf.constant([1.0])
            set_keras_mask(x, tf.constant([True]))
            assert get_keras_mask(x).numpy() == [True] and get_keras_mask(2 * x) is None
            try:
                unheard_of(x)
            except NotImplementedError as error:
                assert "keras.src.backend.unheard_of is Keras's inside" in str(error)
        """)
    )


def test_importing_keras_s_own_source_leaves_our_modules_as_they_are(program):
    ours = tf.keras.optimizers, tf.keras.optimizers.schedules
    for _ in range(2):
        run_program(
            program("""
                import keras.src.optimizers.schedules as found
                import keras.src.layers.layer
                from keras.optimizers import schedules

                assert found.serialize is schedules.serialize
            """)
        )
    assert (tf.keras.optimizers, tf.keras.optimizers.schedules) == ours


def test_names_inside_modules(program):
    run_program(
        program("""
            import tensorflow as tf, keras
            from tensorflow.keras.layers import Dense
            from keras.optimizers import Adam
            assert tf.keras is keras and Dense is tf.keras.layers.Dense
            assert Adam is tf.keras.optimizers.Adam and tf.__version__.startswith("2.")
            import tensorflow.keras.layers as again
            assert again is tf.keras.layers
        """)
    )


INSIDES = {
    "ops.math_ops": "assert float(found.reduce_sum(found.cast([1, 2], 'float32'))) == 3",
    "ops.array_ops": "assert found.where_v2([True], [1.0], [2.0]).numpy() == [1.0]",
    "ops.nn_ops": "assert found.softmax_v2([[0.0, 0.0]]).numpy().tolist() == [[0.5, 0.5]]",
    "ops.init_ops_v2": "assert found.Zeros()((2,)).numpy().tolist() == [0.0, 0.0]",
    "ops.string_ops": "assert found.string_join(['a', 'b']).numpy() == b'ab'",
    "ops.state_ops": "assert float(found.assign_add(tf.Variable(1.0), 2.0)) == 3",
    "framework.ops": "assert isinstance(found.convert_to_tensor(1), found.EagerTensor)",
    "framework.tensor_util": "assert found.constant_value(tf.constant(3)) == 3",
    "framework.smart_cond": "assert found.smart_cond(True, lambda: 1, lambda: 2) == 1",
    "client.device_lib": "assert found.list_local_devices()[0].name == '/device:CPU:0'",
    "platform.tf_logging": "assert found.ERROR == 40",
    "util.nest": "assert found.is_sequence([1]) and found.flatten([1, (2,)]) == [1, 2]",
    "util.tf_inspect": "assert found.getfullargspec(lambda a: a).args == ['a']",
    "util.tf_export": "assert found.keras_export('a.b')(len) is len",
    "ops.confusion_matrix": "assert found.confusion_matrix([0], [0]).numpy().tolist() == [[1]]",
    "ops.losses.losses_impl": "assert float(found.mean_squared_error([1.0], [3.0])) == 4",
    "ops.resource_variable_ops": "assert isinstance(tf.Variable(1.0), found.ResourceVariable)",
    "saved_model.tag_constants": "assert found.SERVING == 'serve'",
    "saved_model.signature_constants": "assert found.PREDICT_INPUTS == 'inputs'",
    "util.compat": "assert found.as_str(b'x') == 'x'",
    "util.deprecation": "found._PRINT_DEPRECATION_WARNINGS = False",
    "framework.composite_tensor": "assert issubclass(tf.RaggedTensor, found.CompositeTensor)",
    "ops.array_ops ": "assert found.prevent_gradient(2.0).numpy() == 2.0",
    "ops.control_flow_util": "assert not found.GraphOrParentsInXlaContext(None)",
    "ops.init_ops_v2 ": "assert found._compute_fans([3, 3, 4, 8]) == (36, 72)",
    "ops.parallel_for.control_flow_ops": "assert found.pfor(lambda i: 2 * i, 3)[2].numpy() == 4",
    "ops.signal.shape_ops": "assert found.frame(tf.range(4), 2, 2)[1].numpy().tolist() == [2, 3]",
    "ops.weights_broadcast_ops": "assert len(found.broadcast_weights([[1]], tf.ones([2, 3]))) == 2",
    "training.moving_averages": "move = found.assign_moving_average; "
    "assert move(tf.Variable(1.0), 3, 0.75, False) == 1.5",
    "training.tracking.base": "assert issubclass(tf.Module, found.Trackable)",
    "util.tf_decorator": "assert found.make_decorator(min, lambda *x: x).__name__ == 'min'",
    "keras.backend_config": "assert found.epsilon() == 1e-7 and found.floatx() == 'float32'",
}


@pytest.mark.parametrize("path", INSIDES)
def test_public_things_from_the_inside_of_tensorflow(path, program):
    package, _, last = path.strip().rpartition(".")
    run_program(
        program(f"""
            import tensorflow as tf
            from tensorflow.python.{package} import {last} as found
            import tensorflow.python.{path.strip()} as again
            assert again is found
            {INSIDES[path]}
        """)
    )


def test_structures_and_their_paths(program):  # as TensorFlow has them
    run_program(
        program("""
            from collections import namedtuple
            from tensorflow.python.util import nest
            Pair = namedtuple("Pair", "x y")
            rows = {"b": [1, (2,)], "a": Pair(3, 4)}
            paired = nest.map_structure_up_to(Pair(0, 0), lambda *v: v, Pair([1], 2), Pair(3, [4]))

            assert nest.flatten_up_to([0, 0], [[1, 2], 3]) == [[1, 2], 3]
            assert paired == Pair(([1], 3), (2, [4]))
            assert [*nest.yield_flat_paths(rows)][1:3] == [("a", "y"), ("b", 0)]
            assert nest.flatten_with_joined_string_paths(rows)[3] == ("b/1/0", 2)
            doubled = nest.map_structure_with_paths(lambda path, v: path * v, {"a": [2]})
            assert doubled == {"a": ["a/0a/0"]}
            wanted = nest.get_traverse_shallow_structure(lambda s: not isinstance(s, tuple), rows)
            assert wanted == {"b": [True, False], "a": False}
            for shallow, deep, error in (([0, 0], [1], ValueError), ([0], 1, TypeError)):
                try:
                    nest.assert_shallow_structure(shallow, deep)
                except error:
                    continue
                raise AssertionError(shallow)
        """)
    )


@pytest.mark.parametrize("name", ["flags", "app.flags"])
def test_flags_are_those_of_absl(name, program):
    flag = f"rows_{len(name)}"
    pytest.importorskip("absl.flags").FLAGS.unparse_flags()
    text = f"""
        import tensorflow as tf
        from tensorflow.python.platform import flags as again
        flags = tf.compat.v1.{name}
        FLAGS = flags.FLAGS
        flags.DEFINE_integer("{flag}", 3, "a number")
        def main(argv):
            assert argv[1:] == ["rest"] and FLAGS.{flag} == 5
            assert again.DEFINE_string is flags.DEFINE_string
            return 7
        tf.compat.v1.app.run()
    """
    with pytest.raises(SystemExit) as ended:
        run_program(program(text), [f"--{flag}=5", "rest"])
    assert ended.value.code == 7


@pytest.mark.parametrize(
    "line, message",
    [
        ("from tensorflow.python.ops import rnn_cell_impl", r"ops\.rnn_cell_impl is internal to"),
        ("import tensorflow.python.eager.tape", r"eager\.tape is internal to TensorFlow"),
        ("from tensorflow.python.ops.math_ops import no_such", r"math_ops\.no_such is internal to"),
        ("import tensorflow.contrib.slim", r"tf\.contrib is TensorFlow 1's: its parts are gone"),
        ("from tensorflow import contrib", "cannot import name 'contrib'.*its parts are gone"),
        ("from keras.utils.np_utils import none", "module 'keras.utils.np_utils' has no attribute"),
        ("import tensorflow.no_such_room", r"No module named 'tensorflow\.no_such_room'"),
        ("import keras.layers.no_such_room", r"'keras\.layers\.no_such_room'"),
        ("from tensorflow.keras import no_such_name", "cannot import name 'no_such_name'"),
    ],
)
def test_modules_that_are_not_there(line, message, program):
    with pytest.raises(ImportError, match=message):
        run_program(program(line))


def test_main_module_as_python_has_it(program, capsys):
    program("def greet(): return 'from beside'", "beside.py")
    path = program("""
        import os, sys
        import beside
        assert __name__ == "__main__" and sys.modules["__main__"].__file__ == __file__
        assert sys.path[0] == os.path.dirname(os.path.abspath(__file__))
        if __name__ == "__main__":
            print(sys.argv[1:], os.path.basename(sys.argv[0]), beside.greet())
    """)
    run_program(path, ["--rate", "0.1"])
    assert capsys.readouterr().out == "['--rate', '0.1'] program.py from beside\n"


def test_process_is_left_as_it_was(program):
    before = sys.argv[:], sys.path[:], sys.meta_path[:], sys.modules["__main__"]
    with pytest.raises(SystemExit):
        run_program(program("import sys, tensorflow, keras.layers; sys.exit(3)"), ["a"])
    assert before == (sys.argv[:], sys.path[:], sys.meta_path[:], sys.modules["__main__"])
    assert not [name for name in sys.modules if name.split(".")[0] in ("tensorflow", "keras")]


def test_numbers_come_out(program, capsys):
    run_program(program("import tensorflow as tf; print(float(tf.square(3.0) + 1))"))
    assert capsys.readouterr().out == "10.0\n"


@pytest.mark.parametrize(
    "text, status",
    [("", 0), ("import sys; sys.exit(7)", 7), ("raise SystemExit('no')", 1), ("1 / 0", 1)],
)
def test_exit_status(text, status, program):
    assert command("run", program(text)).returncode == status


DEEP = """
import tensorflow as tf

def deep(n):
    return tf.matmul(tf.ones((2, 3)), tf.ones((2, 3))) if n == 0 else deep(n - 1)

deep(9)
"""


def frames(stderr):
    return [line for line in stderr.splitlines() if line.startswith("  File ")]


def test_uncaught_exception_prints_short_with_the_users_line_last(program):
    path = program(DEEP)
    done = command("run", path)
    shown = frames(done.stderr)
    assert done.returncode == 1 and 1 <= len(shown) <= 5
    assert shown[-1].startswith(f'  File "{path}", line 5')
    assert "InvalidArgumentError" in done.stderr.splitlines()[-1] or "matmul" in done.stderr


def test_full_traceback_on_request(program):
    path = program(DEEP)
    done = command("run", path, TENSORBROOK_FULL_TRACEBACK="1")
    assert len(frames(done.stderr)) > 10
    assert "tensorbrook" in frames(done.stderr)[-1]


def test_cause_is_kept(program):
    text = "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('bad') from e\n"
    done = command("run", program(text))
    assert "KeyError: 'a'" in done.stderr and done.stderr.rstrip().endswith("ValueError: bad")
    assert "direct cause" in done.stderr and len(frames(done.stderr)) == 2


def test_syntax_error_shows_the_line(program):
    done = command("run", program("x = (1,\n"))
    assert done.returncode == 1 and "SyntaxError" in done.stderr and "x = (1," in done.stderr


def test_command_line():
    done = command("--version")
    assert done.stdout.split()[:2] == ["tensorbrook", tf.version.TENSORBROOK]
    assert "program.py" in command("--help").stdout
    assert command("run", "no_such_program.py").returncode == 2
    assert "invalid choice" in command("walk").stderr
