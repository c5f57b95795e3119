"""tf.experimental.dtensor: layouts and texts as TensorFlow's, values as without a mesh."""

import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = Path(__file__).parent / "oracles"
sys.path.append(str(ORACLES))
import dtensor_cases as cases  # noqa: E402

dtensor = tf.experimental.dtensor
GOLDEN = json.loads((ORACLES / "golden" / "dtensor.json").read_text())
TASK = "/job:localhost/replica:0/task:0/device:"
SIX = [f"CPU:{i}" for i in range(6)]
MESH = dtensor.create_mesh(cases.MESH, devices=SIX)
U = dtensor.UNSHARDED


def layout(*specs):
    return dtensor.Layout(list(specs), MESH)


def numbers(dtype, shape, *specs):
    whole = tf.cast(tf.reshape(tf.range(int(np.prod(shape))), shape), dtype)
    return dtensor.relayout(dtensor.copy_to_mesh(whole, layout(*[U] * len(shape))), layout(*specs))


def gradient(function, value):
    variable = dtensor.DVariable(value)

    @tf.function
    def of():
        with tf.GradientTape() as tape:
            y = function(variable)
        return tape.gradient(y, variable)

    return of()


def namespace():
    names = {"tf": tf, "dtensor": dtensor, "mesh": MESH, "layout": layout, "gradient": gradient}
    names |= {name: numbers("float32", *rest) for name, rest in cases.NAMES.items()}
    return names | {name: numbers("int32", *rest) for name, rest in cases.INTEGERS.items()}


@pytest.mark.parametrize("expression", cases.EXPRESSIONS)
def test_layouts_are_tensorflows(expression):
    names = namespace()
    found = eval(expression, names)
    found = found if isinstance(found, list | tuple) else [found]
    specs, shapes = GOLDEN["layouts"][expression]
    assert [",".join(dtensor.fetch_layout(one).sharding_specs) for one in found] == specs
    assert [list(one.shape) for one in found] == shapes
    if "dtensor" in expression or "gradient" in expression:
        return
    plain = {n: tf.constant(v.numpy()) if dtensor.is_dtensor(v) else v for n, v in names.items()}
    expected = eval(expression, plain)
    expected = expected if isinstance(expected, list | tuple) else [expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6)
        for part, key in zip(dtensor.unpack(one), dtensor.fetch_layout(one).slices(one.shape)):
            np.testing.assert_array_equal(part.numpy(), one.numpy()[key])


@pytest.mark.parametrize("expression", cases.TEXTS)
def test_texts_are_tensorflows(expression):
    text = str(eval(expression, namespace())).replace(TASK, "~")
    assert text == GOLDEN["texts"][expression]


def test_a_mesh():
    assert MESH.shape() == [3, 2] and MESH.size == 6 and MESH.dim_names == ["x", "y"]
    assert MESH.strides == [2, 1] and MESH["x"] == ("x", 3) and MESH.dim_size("y") == 2
    assert MESH.contains_dim("x") and not MESH.contains_dim("z") and MESH.device_type() == "CPU"
    assert MESH.coords(3).numpy().tolist() == [1, 1] and MESH.min_global_device_id() == 0
    assert MESH.unravel_index()[4] == {"x": 2, "y": 0} == MESH.device_location(4)
    assert MESH.local_devices()[5] == f"{TASK}CPU:5" and MESH.host_mesh() == MESH
    assert dtensor.Mesh.from_string(MESH.to_string()) == MESH
    assert dtensor.create_mesh({"x": 3, "y": 2}, devices=SIX) == MESH
    assert dtensor.create_mesh().shape() == [len(dtensor.local_devices("CPU"))]
    one = dtensor.create_mesh([("x", 6)], devices=SIX, mesh_name="m")
    assert one.name == "m" and one != MESH and one.global_devices() == []


def test_a_layout():
    one = layout(U, "x")
    assert one.rank == 2 and one.shape == [3, 2] and one.num_shards(1) == 3
    assert one.offset_to_shard() == [(0, 0), (0, 0), (0, 1), (0, 1), (0, 2), (0, 2)]
    assert one.global_shape_from_local_shape((2, 2)) == (2, 6)
    assert one.local_shape_from_global_shape((2, 6)) == (2, 2)
    assert one.offset_tuple_to_global_index((0, 1)) == 1 and one.delete([0]) == layout("x")
    assert dtensor.Layout.replicated(MESH, 2) == layout(U, U)
    assert dtensor.Layout.batch_sharded(MESH, "x", 2) == layout("x", U)
    assert dtensor.Layout.inner_sharded(MESH, "x", 2) == one
    assert dtensor.Layout.from_string(one.to_string()) == one and hash(one) == hash(layout(U, "x"))
    assert not one.is_fully_replicated() and layout(U).is_fully_replicated()
    assert layout("x", U).is_batch_parallel() and not one.is_batch_parallel()
    assert "parted:unsharded,x" in one.to_parted().to_string()
    assert dtensor.Layout.from_string(one.to_parted().to_string()).type != one.type


def wrong_add():
    other = dtensor.create_mesh([("x", 6)], devices=SIX)
    return numbers("float32", (6,), "x") + dtensor.copy_to_mesh(
        [1.0], dtensor.Layout.replicated(other, 1)
    )


ones = tf.ones
WRONG = [
    (lambda: layout("x", "x"), ValueError, "Mesh dimension x was repeated"),
    (lambda: layout("z"), ValueError, "z: A dimension sharding must either be a valid mesh dim"),
    (lambda: dtensor.Layout("x", MESH), TypeError, "must be a list of names"),
    (lambda: dtensor.Layout([None], MESH), TypeError, "UNSHARDED"),
    (lambda: MESH.dim_size("z"), ValueError, "no dimension 'z'"),
    (lambda: dtensor.create_mesh([("x", 4)], devices=SIX), ValueError, "must be equal to total"),
    (
        lambda: dtensor.create_mesh([("x", 2)], devices=["GPU:0"] * 2),
        ValueError,
        "Duplicate devices found",
    ),
    (
        lambda: dtensor.create_mesh([("x", 6)], devices=SIX, device_type="GPU"),
        ValueError,
        "Conflicting devices",
    ),
    (
        lambda: dtensor.create_distributed_mesh([("x", 1)]),
        ValueError,
        "run dtensor.initialize_accelerator_system",
    ),
    (lambda: dtensor.create_tpu_mesh(["x"], [1], "m"), ValueError, "must be equal to total size"),
    (
        lambda: dtensor.create_tpu_mesh(["x"], [1], "m", ring_dims=1),
        NotImplementedError,
        "rings are XLA's",
    ),
    (lambda: dtensor.pack([ones([2])] * 5, layout(U)), tf.errors.InvalidArgumentError, "5 tensors"),
    (
        lambda: dtensor.pack([ones([2])] * 6, layout(U, U)),
        tf.errors.InvalidArgumentError,
        "Packed layout should have the same rank",
    ),
    (
        lambda: dtensor.pack([ones([2])] * 5 + [ones([3])], layout(U)),
        tf.errors.UnimplementedError,
        "must currently all have the same shape",
    ),
    (
        lambda: dtensor.pack([[1.0]] * 5 + [[2.0]], layout(U)),
        tf.errors.InvalidArgumentError,
        "device 5 has the same part as device 0",
    ),
    (
        lambda: dtensor.fetch_layout(tf.constant(1)),
        tf.errors.InvalidArgumentError,
        "FetchLayout expects a tensor placed on the layout device",
    ),
    (
        lambda: dtensor.unpack(tf.constant(1)),
        tf.errors.InvalidArgumentError,
        "DTensorUnpack expects",
    ),
    (
        lambda: dtensor.copy_to_mesh(tf.range(5), layout("x")),
        tf.errors.InvalidArgumentError,
        "size 5, which is not divisible by the 3 devices",
    ),
    (
        lambda: dtensor.copy_to_mesh(tf.range(6), layout("x", U)),
        tf.errors.InvalidArgumentError,
        "rank 2",
    ),
    (
        lambda: dtensor.check_layout(numbers("int32", (6,), "x"), layout(U)),
        ValueError,
        "did not match expected layout",
    ),
    (wrong_add, tf.errors.UnknownError, "must have same mesh configuration"),
    (lambda: dtensor.DVariable([1.0]), tf.errors.InvalidArgumentError, "Neither layout nor DTen"),
    (lambda: dtensor.shutdown_accelerator_system(), ValueError, "is not initialized"),
    (lambda: dtensor.initialize_accelerator_system("GPU"), ValueError, "no devices of type GPU"),
    (lambda: dtensor.initialize_accelerator_system("XPU"), ValueError, "Unknown device_type XPU"),
    (lambda: dtensor.initialize_tpu_system(), tf.errors.NotFoundError, "No TPUs"),
    (lambda: dtensor.local_devices("CPU", 3), ValueError, "no process 3"),
]


@pytest.mark.parametrize(("call", "fault", "message"), WRONG)
def test_wrong_calls(call, fault, message):
    with pytest.raises(fault, match=message):
        call()


def test_the_system():
    assert dtensor.preferred_device_type() == "CPU" and dtensor.num_clients() == 1
    assert dtensor.client_id() == 0 and dtensor.job_name() == "localhost" and dtensor.jobs() == []
    assert dtensor.full_job_name() == "localhost/replica:0/task:0" and dtensor.heartbeat_enabled()
    assert dtensor.num_global_devices("GPU") == 0 == dtensor.num_local_devices("gpu")
    assert dtensor.device_name() == f"{TASK}CUSTOM:0" == numbers("int32", (6,), "x").device
    assert dtensor.initialize_accelerator_system("CPU") == "CPU"
    with pytest.raises(ValueError, match="already been initialized"):
        dtensor.initialize_accelerator_system()
    count = dtensor.num_local_devices("CPU")
    assert dtensor.create_distributed_mesh([("x", count)], device_type="CPU").size == count
    dtensor.barrier(MESH)
    dtensor.shutdown_accelerator_system()
    assert all(d.device_type != "CUSTOM" for d in tf.config.list_logical_devices())
    assert all(d.device_type != "CUSTOM" for d in tf.config.list_physical_devices())


def test_pack_and_unpack():
    parts = [tf.constant([[i, i + 10]]) for i in range(6)]
    x = dtensor.pack(parts, layout("x", "y"))
    assert x.shape == (3, 4) and dtensor.is_dtensor(x) and not dtensor.is_dtensor(parts[0])
    for part, back in zip(parts, dtensor.unpack(x)):
        np.testing.assert_array_equal(part, back)
    text = dtensor.pack([["a"], ["b"]] * 3, layout("y"))
    assert '"CPU:1": ["b"]' in str(text)
    again = pickle.loads(pickle.dumps(x))
    assert dtensor.fetch_layout(again) == layout("x", "y")
    kept = dtensor.relayout(x, layout(dtensor.MATCH, U))
    assert dtensor.fetch_layout(kept) == layout("x", U)


def test_scopes():
    assert dtensor.get_default_mesh() is None
    with dtensor.default_mesh(MESH):
        assert dtensor.get_default_mesh() == MESH
        x = tf.constant([1.0, 2.0]) + 1.0
    assert dtensor.get_default_mesh() is None and dtensor.fetch_layout(x) == layout(U)
    with dtensor.run_on(MESH):
        assert dtensor.is_dtensor(tf.function(lambda t: t * 2.0)(x))
    plain = dtensor.call_with_layout(tf.ones, None, [2])
    assert not dtensor.is_dtensor(plain)


def test_variables():
    v = dtensor.DVariable(numbers("float32", (6, 2), "x", U), name="v")
    assert isinstance(v, tf.Variable) and dtensor.is_dtensor(v) and v.name == "v:0"
    assert v.layout == layout("x", U) == dtensor.fetch_layout(v)
    v.assign(numbers("float32", (6, 2), U, U) * 2.0)
    v.assign_sub(numbers("float32", (6, 2), U, "y"))
    assert v.layout == layout("x", U)
    np.testing.assert_array_equal(v.numpy(), np.arange(12.0).reshape(6, 2))
    other = dtensor.create_mesh([("x", 6)], devices=SIX)
    with pytest.raises(tf.errors.UnknownError, match="same mesh"):
        v.assign(dtensor.copy_to_mesh(v.numpy(), dtensor.Layout.replicated(other, 2)))
    made = dtensor.DVariable(lambda: tf.ones([6]), layout=layout("x"))
    assert made.layout == layout("x") and dtensor.fetch_layout(v + 1.0) == layout("x", U)
    assert pickle.loads(pickle.dumps(v)).layout == v.layout


def test_functions_write_variables():
    v = dtensor.DVariable(numbers("float32", (4, 6), U, "x"))
    x = numbers("float32", (6, 4), U, U)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((x @ v) ** 2)
        v.assign_sub(0.001 * tape.gradient(loss, v))
        return loss, dtensor.relayout(x @ v, layout("x", U))

    before, first = v.numpy(), x.numpy()
    loss, y = step(x)
    np.testing.assert_allclose(float(loss), ((first @ before) ** 2).sum(), rtol=1e-6)
    expected = before - 0.002 * first.T @ (first @ before)
    np.testing.assert_allclose(v.numpy(), expected, rtol=1e-4)
    assert v.layout == layout(U, "x") and dtensor.fetch_layout(y) == layout("x", U)
    assert (
        dtensor.fetch_layout(loss).rank == 0
        and "on a mesh:" in step.get_concrete_function(x).executable((x,)).explain()
    )


def test_files(tmp_path):
    v = dtensor.DVariable(numbers("float32", (6, 2), "x", U))
    dtensor.enable_save_as_bf16([v])
    value = v.numpy()
    for kind in (tf.train.Checkpoint, lambda **parts: dtensor.DTensorCheckpoint(MESH, **parts)):
        path = kind(v=v).save(str(tmp_path / "a"))
        v.assign(v * 0.0)
        kind(v=v).restore(path).assert_consumed()
        assert v.layout == layout("x", U)
        np.testing.assert_array_equal(v.numpy(), value)
    path = str(tmp_path / "b")
    dtensor.name_based_save(MESH, path, {"v": v})
    found = dtensor.name_based_restore(MESH, path, {"v": v})["v"]
    assert dtensor.fetch_layout(found) == v.layout
    np.testing.assert_array_equal(found.numpy(), value)
    dtensor.sharded_save(MESH, path, ["w"], [""], [v])
    assert tf.train.list_variables(path) == [("w", [6, 2])]
    with pytest.raises(ValueError, match="a name for each tensor"):
        dtensor.sharded_save(MESH, path, ["w"], ["6 2 0,3:0,2"], [v])
    with pytest.raises(ValueError, match="is empty"):
        dtensor.name_based_restore(MESH, path, {})


def test_data_sets():
    data = tf.data.Dataset.from_tensor_slices((np.arange(12.0).reshape(6, 2), np.arange(6)))
    batches = dtensor.DTensorDataset(
        data,
        mesh=MESH,
        layouts=(layout("x", U), layout("x")),
        global_batch_size=3,
        batch_dim="x",
        prefetch=1,
    )
    assert len(batches) == 2 and batches.element_spec[0].shape[1] == 2
    (x, y), _ = batches
    assert dtensor.fetch_layout(x) == layout("x", U) and y.numpy().tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="must be a multiple of num_global_replicas"):
        dtensor.DTensorDataset(
            data, mesh=MESH, layouts=layout("x"), global_batch_size=4, batch_dim="x"
        )
