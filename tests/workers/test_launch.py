"""`tensorbrook launch`: processes with TF_CONFIG set, ended together; resolvers of clusters."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace as Thing

import pytest

import tensorbrook as tf
from tensorbrook.distribute import cluster
from tensorbrook.tools import launch

PROGRAM = """
import json, os, signal, sys, time
config = json.loads(os.environ["TF_CONFIG"])
index = config["task"]["index"]
print("I am", index, "of", config["cluster"]["worker"], sys.argv[1:], flush=True)
if "fail" in sys.argv and index == 1:
    print("wrong", file=sys.stderr)
    sys.exit(7)
if "term" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
if "wait" in sys.argv:
    time.sleep(60)
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    for name in ("TF_CONFIG", "SLURM_PROCID", "JOB_COMPLETION_INDEX"):
        monkeypatch.delenv(name, raising=False)
    return str(path)


def launched(*arguments):
    """(status, standard output, standard error) of the command, run in this process."""
    try:
        launch.main([*map(str, arguments)])
    except SystemExit as end:
        return end.code or 0
    return 0


def test_output_has_the_number_of_its_process(program, capfd):
    assert launched("-n", 2, program, "a", "b c") == 0
    out, err = capfd.readouterr()
    lines = sorted(out.splitlines())
    assert [line[:13] for line in lines] == ["[0] I am 0 of", "[1] I am 1 of"] and not err
    assert all(line.endswith("['a', 'b c']") and line.count("127.0.0.1:") == 2 for line in lines)


def test_the_first_failure_ends_all_and_is_the_status(program, capfd, monkeypatch):
    monkeypatch.setattr(launch, "GRACE", 0.2)
    begun = time.monotonic()
    assert launched("-n", 2, program, "fail", "wait") == 7
    assert time.monotonic() - begun < 30
    _, err = capfd.readouterr()
    assert "[1] wrong\n" in err
    assert "tensorbrook launch: process 1 ended with status 7" in err


def test_hosts_are_reached_by_a_command_such_as_ssh(program, capfd, tmp_path):
    shim = tmp_path / "reach.py"
    shim.write_text(
        "import subprocess, sys\n"
        "print('to', sys.argv[1], flush=True)\n"
        "sys.exit(subprocess.call(['sh', '-c', sys.argv[2]]))\n"
    )
    reach = f"{sys.executable} {shim}"
    ended = launched("-n", 2, "--hosts", "a,me@b", "--port", 4000, "--ssh", reach, program)
    out, err = capfd.readouterr()
    assert ended == 0, err
    addresses = "['a:4000', 'a:4001', 'b:4000', 'b:4001']"
    assert sorted(out.splitlines()) == sorted(
        line
        for i in range(4)
        for line in (f"[{i}] to {['a', 'me@b'][i // 2]}", f"[{i}] I am {i} of {addresses} []")
    )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_processes_end_with_the_command(program, how):
    command = [sys.executable, "-m", "tensorbrook", "launch", "-n", "2", program, "term", "wait"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1)
    try:
        lines = [started.stdout.readline() for _ in range(2)]
        assert sorted(line[:8] for line in lines) == ["[0] I am", "[1] I am"]
        time.sleep(0.3)  # until the programs listen to signals
        started.send_signal(how)
        status = started.wait(30)
    finally:
        started.kill()
        started.stdout.close()
    assert status == (3 if how is signal.SIGTERM else -how)
    for _ in range(100):
        listed = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True).stdout
        if program not in listed:
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {[x for x in listed.splitlines() if program in x]}")


def test_wrong_arguments(program, capsys):
    assert launched("-n", 0, program) == 2
    assert "at least" in capsys.readouterr().err


SLURM = {
    "SLURM_PROCID": "2",
    "SLURM_STEP_NODELIST": "n[1-2,07],m3",
    "SLURM_STEP_TASKS_PER_NODE": "1(x4)",
    "SLURM_STEP_NUM_TASKS": "4",
}


def test_processes_of_slurm_and_kubernetes_know_which_they_are(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert launch.config_of_others([]) is None
    with monkeypatch.context() as patch:
        for name, value in SLURM.items():
            patch.setenv(name, value)
        found = json.loads(launch.config_of_others([], 9000))
        assert found["cluster"]["worker"] == ["m3:9000", "n07:9000", "n1:9000", "n2:9000"]
        assert found["task"] == {"type": "worker", "index": 2}
    with monkeypatch.context() as patch:
        patch.setenv("JOB_COMPLETION_INDEX", "1")
        found = json.loads(launch.config_of_others(["p-0.s", "p-1.s"]))
        assert found["cluster"]["worker"] == ["p-0.s:29400", "p-1.s:29400"]
        assert found["task"]["index"] == 1
    monkeypatch.setenv("TF_CONFIG", "{}")
    assert launch.config_of_others([]) == "{}"


# -- resolvers: figures of TensorFlow's ------------------------------------------------------------

resolvers = tf.distribute.cluster_resolver


def test_cluster_spec():
    spec = tf.train.ClusterSpec({"worker": ["a:1", "b:2"], "ps": {2: "c:3"}})
    assert repr(spec) == "ClusterSpec({'ps': {2: 'c:3'}, 'worker': ['a:1', 'b:2']})"
    assert spec.jobs == ["worker", "ps"] and spec.job_tasks("ps") == [None, None, "c:3"]
    assert spec.num_tasks("worker") == 2 and spec.task_indices("ps") == [2]
    assert spec == tf.train.ClusterSpec(spec) and not tf.train.ClusterSpec({})
    with pytest.raises(ValueError, match="No such job in cluster: 'x'"):
        spec.task_address("x", 0)
    with pytest.raises(ValueError, match="No task with index 7 in job 'worker'"):
        spec.task_address("worker", 7)
    for wrong in (3, {"worker": "a:1"}):
        with pytest.raises(TypeError, match="addresses"):
            tf.train.ClusterSpec(wrong)
    with pytest.raises(ValueError, match="parameter servers"):
        cluster.ranks_of(spec)


def test_of_tf_config(monkeypatch):
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    found = resolvers.TFConfigClusterResolver()
    assert (found.task_type, found.task_id, found.rpc_layer) == ("worker", 1, "grpc")
    assert found.master() == "grpc://b:2" and found.master("worker", 0) == "grpc://a:1"
    monkeypatch.setenv("TF_CONFIG", "")
    found = resolvers.TFConfigClusterResolver()
    assert not found.cluster_spec() and found.master() == "" and found.task_id is None
    assert tf.distribute.MultiWorkerMirroredStrategy().num_replicas_in_sync == 1
    for wrong in ("{", "[]", '{"cluster": 3}'):
        monkeypatch.setenv("TF_CONFIG", wrong)
        with pytest.raises(ValueError, match="TF_CONFIG"):
            resolvers.TFConfigClusterResolver()
    monkeypatch.setenv("TF_CONFIG", json.dumps({**config, "task": {"type": "worker", "index": 5}}))
    with pytest.raises(ValueError, match="task 5 of job 'worker'"):
        tf.distribute.MultiWorkerMirroredStrategy()


def test_of_slurm(monkeypatch):
    with pytest.raises(RuntimeError, match="SLURM_STEP_NODELIST"):
        resolvers.SlurmClusterResolver()
    for name, value in SLURM.items():
        monkeypatch.setenv(name, value)
    found = resolvers.SlurmClusterResolver(
        {"ps": 1, "worker": 3}, gpus_per_node=1, tasks_per_node=1
    )
    assert found.cluster_spec().as_dict() == {
        "ps": ["m3:8888"],
        "worker": ["n07:8888", "n1:8888", "n2:8888"],
    }
    assert found.get_task_info() == ("worker", 1) and found.master() == "grpc://n1:8888"
    with pytest.raises(RuntimeError, match="Requested 4 tasks but 8 were assigned"):
        resolvers.SlurmClusterResolver({"worker": 4}, tasks_per_node=2)
    assert cluster.expanded_counts("2(x3),1") == [2, 2, 2, 1]
    assert cluster.expanded_hosts("a[01-03]-x,b") == ["a01-x", "a02-x", "a03-x", "b"]


def test_simple_and_union():
    one = resolvers.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": ["a:1"]}),
        task_type="worker",
        task_id=0,
        rpc_layer="grpc",
        num_accelerators={"GPU": 1},
    )
    two = resolvers.SimpleClusterResolver(tf.train.ClusterSpec({"worker": ["b:1"], "ps": ["c:1"]}))
    assert one.master("worker", 0, "x") == "x://a:1" and two.master() == ""
    both = resolvers.UnionResolver(one, two)
    assert both.cluster_spec().as_dict() == {"worker": ["a:1", "b:1"], "ps": ["c:1"]}
    assert (both.task_type, both.task_id) == ("worker", 0)
    assert both.num_accelerators() == {"GPU": 1} and two.num_accelerators() == {}
    with pytest.raises(ImportError, match="tensorbrook launch --hosts"):
        resolvers.KubernetesClusterResolver()
    with pytest.raises(ImportError, match="google-api-python-client"):
        resolvers.GCEClusterResolver("project", "zone", "group", 8470)
    assert os.environ.get("TF_CONFIG") is None


def test_kubernetes_tells_the_pods():
    resolvers, asked = tf.distribute.cluster_resolver, []

    def pods(label_selector):
        asked.append(label_selector)
        found = [("b", "10.0.0.2"), ("a", "10.0.0.1")] if "w" in label_selector else [("c", "ip")]
        phase = "Pending" if "late" in label_selector else "Running"
        return Thing(
            items=[
                Thing(metadata=Thing(name=name), status=Thing(phase=phase, host_ip=ip))
                for name, ip in found
            ]
        )

    client = Thing(list_pod_for_all_namespaces=pods)
    jobs = {"worker": ["job=w"], "chief": ["job=c"]}
    found = resolvers.KubernetesClusterResolver(jobs, 7000, override_client=client)
    assert found.cluster_spec().as_dict() == {  # TensorFlow's
        "worker": ["10.0.0.1:7000", "10.0.0.2:7000"],
        "chief": ["ip:7000"],
    }
    assert asked == ["job=w", "job=c"] and (found.task_type, found.task_id) == (None, None)
    assert found.master() == "" and found.master("worker", 1) == "grpc://10.0.0.2:7000"
    found.task_type, found.task_id = "chief", 0
    assert found.master() == "grpc://ip:7000" and found.master(rpc_layer="x") == "x://ip:7000"
    late = resolvers.KubernetesClusterResolver({"worker": ["late"]}, override_client=client)
    with pytest.raises(RuntimeError, match='Pod "c" is not running; phase: "Pending"'):
        late.cluster_spec()


def test_compute_engine_tells_its_machines():
    pages = [["zones/z/instances/b", "zones/z/instances/a"], ["zones/z/instances/c"]]
    addresses = {"a": "10.0.0.3", "b": "10.0.0.1", "c": "10.0.0.2"}

    def request(number):
        items = [{"instance": name} for name in pages[number]]
        return Thing(execute=lambda: {"items": items}, number=number)

    def first(project, zone, instanceGroups, body):
        assert (project, zone, instanceGroups) == ("p", "z", "g")
        return request(0)

    def following(previous_request, previous_response):
        return request(1) if previous_request.number == 0 else None

    def one(project, zone, instance):
        found = {"networkInterfaces": [{"networkIP": addresses[instance]}]}
        return Thing(execute=lambda: found)

    groups = Thing(listInstances=first, listInstances_next=following)
    service = Thing(instanceGroups=lambda: groups, instances=lambda: Thing(get=one))
    found = tf.distribute.cluster_resolver.GCEClusterResolver(
        "p", "z", "g", 8470, task_id=1, service=service
    )
    wanted = [f"10.0.0.{i}:8470" for i in (1, 2, 3)]  # TensorFlow's
    assert found.cluster_spec().as_dict() == {"worker": wanted}
    assert found.master() == "grpc://10.0.0.2:8470" and found.master(task_id=2)[-6] == "3"
