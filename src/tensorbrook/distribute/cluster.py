"""tf.distribute.cluster_resolver: which processes there are, and which of them this one is."""

import enum
import json
import os
import re
import types

TF_CONFIG = "TF_CONFIG"


class ClusterSpec:
    """The processes of a cluster: jobs, and the address of each of their tasks.

    Args:
      cluster: a dict from a job's name to a list of "host:port", or to a dict of these by task
        number; or a ClusterSpec.

    Raises:
      TypeError: it is something else.

    Example:
    >>> spec = tf.train.ClusterSpec({"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]})
    >>> spec.num_tasks("worker"), spec.task_address("worker", 1)
    (2, '10.0.0.2:2222')
    """

    def __init__(self, cluster):
        given = cluster._tasks if isinstance(cluster, ClusterSpec) else cluster
        if not isinstance(given, dict):
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network "
                f"addresses, or a `ClusterSpec`; got {cluster!r}."
            )
        self._tasks = {}
        for job, tasks in given.items():
            if not isinstance(tasks, dict | list | tuple):
                raise TypeError(
                    f"The tasks of job {job!r} must be a list of addresses, or a dict from a number"
                    f" to one; got {tasks!r}."
                )
            numbered = tasks.items() if isinstance(tasks, dict) else enumerate(tasks)
            self._tasks[str(job)] = {int(i): str(address) for i, address in numbered}

    def __bool__(self):
        return bool(self._tasks)

    def __eq__(self, other):
        return isinstance(other, ClusterSpec) and self._tasks == other._tasks

    def __repr__(self):
        jobs = self.as_dict()
        return f"ClusterSpec({ {job: jobs[job] for job in sorted(jobs)} })"

    @property
    def jobs(self):
        """The jobs' names."""
        return list(self._tasks)

    def _of(self, job):
        if job not in self._tasks:
            raise ValueError(f"No such job in cluster: {job!r}. It has {self.jobs}.")
        return self._tasks[job]

    def as_dict(self):
        """From a job's name to its addresses: a list, or a dict where numbers are missing."""
        return {
            job: list(tasks.values()) if list(tasks) == list(range(len(tasks))) else dict(tasks)
            for job, tasks in self._tasks.items()
        }

    def num_tasks(self, job_name):
        """How many tasks a job has."""
        return len(self._of(job_name))

    def task_indices(self, job_name):
        """The numbers of a job's tasks, sorted."""
        return sorted(self._of(job_name))

    def task_address(self, job_name, task_index):
        """The address of one task."""
        tasks = self._of(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}.")
        return tasks[task_index]

    def job_tasks(self, job_name):
        """A job's addresses by number, None where there is no task."""
        tasks = self._of(job_name)
        return [tasks.get(i) for i in range(max(tasks, default=-1) + 1)]


class ClusterResolver:
    """Finds out which processes there are. The base: subclasses say `cluster_spec` and `master`.

    Attributes:
      task_type, task_id: which of them this process is; None where nobody knows.
      environment: "" or "google", of no effect.
    """

    task_type: "str | None" = None
    task_id: "int | None" = None
    rpc_layer: "str | None" = None
    environment = ""

    def cluster_spec(self):
        """The ClusterSpec."""
        raise NotImplementedError(f"{type(self).__name__}.cluster_spec() is not written.")

    def master(self, task_type=None, task_id=None, rpc_layer=None):
        """The address of a task, "" where none is meant; by default this process's own."""
        kind = self.task_type if task_type is None else task_type
        number = self.task_id if task_id is None else task_id
        if kind is None or number is None:
            return ""
        address = self.cluster_spec().task_address(kind, number)
        layer = self.rpc_layer if rpc_layer is None else rpc_layer
        return f"{layer}://{address}" if layer else address

    def num_accelerators(self, task_type=None, task_id=None, config_proto=None):
        """How many accelerators a task has, by kind; {} where nobody said."""
        return {}


class SimpleClusterResolver(ClusterResolver):
    """The cluster that it is given.

    Args:
      cluster_spec: the ClusterSpec.
      master: what `master()` returns where no task is known.
      task_type, task_id: which process this is.
      environment: "", of no effect.
      num_accelerators: what `num_accelerators()` returns.
      rpc_layer: stands before addresses, as in "grpc://".

    Example:
    >>> spec = tf.train.ClusterSpec({"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]})
    >>> tf.distribute.cluster_resolver.SimpleClusterResolver(
    ...     spec, task_type="worker", task_id=1
    ... ).master()
    '10.0.0.2:2222'
    """

    def __init__(
        self,
        cluster_spec,
        master="",
        task_type=None,
        task_id=None,
        environment="",
        num_accelerators=None,
        rpc_layer=None,
    ):
        if not isinstance(cluster_spec, ClusterSpec):
            raise TypeError(f"`cluster_spec` must be a `tf.train.ClusterSpec`; got {cluster_spec}.")
        self._spec, self._master, self._accelerators = cluster_spec, master, num_accelerators
        self.task_type, self.task_id = task_type, task_id
        self.environment, self.rpc_layer = environment, rpc_layer

    def cluster_spec(self):
        """The ClusterSpec that it was given."""
        return self._spec

    def master(self, task_type=None, task_id=None, rpc_layer=None):
        """The address of a task; by default this process's own, or what it was given."""
        return super().master(task_type, task_id, rpc_layer) or self._master

    def num_accelerators(self, task_type=None, task_id=None, config_proto=None):
        """What it was given."""
        return self._accelerators or {}


class TFConfigClusterResolver(ClusterResolver):
    """The cluster that the environment variable TF_CONFIG describes.

    Args:
      task_type, task_id, rpc_layer, environment: in place of what TF_CONFIG says.

    Raises:
      ValueError: TF_CONFIG is no JSON of that form.

    Example:
    >>> import json, os
    >>> os.environ["TF_CONFIG"] = json.dumps(
    ...     {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
    ... )
    >>> tf.distribute.cluster_resolver.TFConfigClusterResolver().master()
    'grpc://b:1'
    >>> del os.environ["TF_CONFIG"]
    """

    def __init__(self, task_type=None, task_id=None, rpc_layer=None, environment=None):
        self._given = task_type, task_id
        config = _config()
        self.rpc_layer = rpc_layer or config.get("rpc_layer", "grpc")
        self.environment = environment or config.get("environment", "")

    @property
    def task_type(self):
        """What TF_CONFIG says under task, type."""
        return self._given[0] or _config().get("task", {}).get("type")

    @property
    def task_id(self):
        """What TF_CONFIG says under task, index."""
        given, said = self._given[1], _config().get("task", {}).get("index")
        return given if given is not None else None if said is None else int(said)

    def cluster_spec(self):
        """The ClusterSpec; an empty one where TF_CONFIG has no cluster."""
        return ClusterSpec(_config().get("cluster", {}))


def _config():
    text = os.environ.get(TF_CONFIG, "").strip()
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError as fault:
        raise ValueError(f"{TF_CONFIG} is no JSON: {fault}. It is {text[:200]!r}.") from None
    if not isinstance(found, dict) or not all(
        isinstance(found.get(k, {}), dict) for k in ("cluster", "task")
    ):
        raise ValueError(
            f'{TF_CONFIG} must be as {{"cluster": {{"worker": ["host:port"]}}, "task": {{"type": '
            f'"worker", "index": 0}}}}; it is {text[:200]!r}.'
        )
    return found


class SlurmClusterResolver(ClusterResolver):
    """The cluster that Slurm's environment variables describe: a task for each of a step's.

    Args:
      jobs: a dict from a job's name to its number of tasks; by default all are workers.
      port_base: the port of a node's first task; its others have those that follow.
      gpus_per_node, gpus_per_task: what `num_accelerators` says; by default 0 and 1.
      tasks_per_node: how many tasks a node has; by default what Slurm says.
      auto_set_gpu: of no effect: which GPUs a task sees is Slurm's to say.
      rpc_layer: stands before addresses.

    Raises:
      RuntimeError: the process does not run under Slurm, or the numbers do not fit.
    """

    def __init__(
        self,
        jobs=None,
        port_base=8888,
        gpus_per_node=None,
        gpus_per_task=None,
        tasks_per_node=None,
        auto_set_gpu=True,
        rpc_layer="grpc",
    ):
        self.rpc_layer, self._gpus = rpc_layer, gpus_per_task if gpus_per_node else 0
        hosts = expanded_hosts(_slurm("STEP_NODELIST", "NODELIST", "JOB_NODELIST"))
        counts = (
            [tasks_per_node] * len(hosts)
            if tasks_per_node is not None
            else expanded_counts(_slurm("STEP_TASKS_PER_NODE", "TASKS_PER_NODE"))
        )
        addresses = [
            f"{host}:{port_base + i}"
            for host, count in zip(sorted(hosts), counts)
            for i in range(count)
        ]
        self._jobs = dict(jobs or {"worker": len(addresses)})
        if sum(self._jobs.values()) != len(addresses):
            raise RuntimeError(
                f"Requested {sum(self._jobs.values())} tasks but {len(addresses)} were assigned."
            )
        self._spec, rest, self._rank = {}, iter(addresses), int(_slurm("PROCID"))
        for job, count in self._jobs.items():
            self._spec[job] = [next(rest) for _ in range(count)]
        self.task_type, self.task_id = self.get_task_info()

    def cluster_spec(self):
        """The ClusterSpec."""
        return ClusterSpec(self._spec)

    def get_task_info(self):
        """(the job's name, the number in it) of this process."""
        rank = self._rank
        for job, count in self._jobs.items():
            if rank < count:
                return job, rank
            rank -= count
        raise RuntimeError(f"SLURM_PROCID is {self._rank}, but there are {self._jobs} tasks.")

    def num_accelerators(self, task_type=None, task_id=None, config_proto=None):
        """The GPUs of a task."""
        return {"GPU": self._gpus} if self._gpus else {}


def _slurm(*names):
    """The first of Slurm's variables that is there."""
    for name in names:
        if os.environ.get(f"SLURM_{name}"):
            return os.environ[f"SLURM_{name}"]
    raise RuntimeError(
        f"SLURM_{names[0]} is not in the environment: SlurmClusterResolver works in tasks that srun"
        " started."
    )


def expanded_hosts(text):
    """Slurm's list of hosts written out: "n[1-2,07],m3" is n1, n2, n07, m3."""
    hosts = []
    for part in re.findall(r"(?:[^,\[\]]|\[[^\]]*\])+", text):
        names = [""]
        for plain, ranges in re.findall(r"([^\[\]]+)|\[([^\]]*)\]", part):
            ends = [plain] if plain else [n for piece in ranges.split(",") for n in _numbers(piece)]
            names = [name + end for name in names for end in ends]
        hosts += names
    return hosts


def _numbers(piece):
    first, _, last = piece.partition("-")
    return [f"{i:0{len(first)}}" for i in range(int(first), int(last or first) + 1)]


def expanded_counts(text):
    """Slurm's numbers of tasks written out: "2(x3),1" is 2, 2, 2, 1."""
    found = re.findall(r"(\d+)(?:\(x(\d+)\))?", text)
    return [int(count) for count, times in found for _ in range(int(times or 1))]


class UnionResolver(ClusterResolver):
    """Several resolvers as one: the first that says something is right.

    Args:
      *args: ClusterResolvers; their jobs are put together, the tasks of one job one after another.
      rpc_layer: in place of the first resolver's.
    """

    def __init__(self, *args, **kwargs):
        for resolver in args:
            if not isinstance(resolver, ClusterResolver):
                raise TypeError(f"All arguments must be ClusterResolvers; got {resolver!r}.")
        if not args:
            raise ValueError("At least one ClusterResolver is required.")
        self._resolvers, self.rpc_layer = args, kwargs.pop("rpc_layer", args[0].rpc_layer)
        self.task_type = kwargs.pop("task_type", args[0].task_type)
        self.task_id = kwargs.pop("task_id", args[0].task_id)
        if kwargs:
            raise TypeError(f"UnionResolver() got unknown arguments {sorted(kwargs)}.")

    def cluster_spec(self):
        """The ClusterSpec of all of them."""
        jobs = {}
        for resolver in self._resolvers:
            spec = resolver.cluster_spec()
            for job in spec.jobs:
                known = jobs.setdefault(job, [])
                known += [a for a in spec.job_tasks(job) if a is not None and a not in known]
        return ClusterSpec(jobs)

    def num_accelerators(self, task_type=None, task_id=None, config_proto=None):
        """What the first that knows says."""
        found = (r.num_accelerators(task_type, task_id) for r in self._resolvers)
        return next((n for n in found if n), {})


class TPUClusterResolver(ClusterResolver):
    """Finds TPUs, of which there are none: programs that try go on without.

    Raises:
      ValueError: always, as TensorFlow raises it without a TPU.

    Example:
    >>> try:
    ...     resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    ... except ValueError:
    ...     strategy = tf.distribute.get_strategy()
    """

    def __init__(self, tpu=None, *args, **kwargs):
        raise ValueError(
            "Please provide a TPU Name to connect to: there are no TPUs. Use "
            f"tf.distribute.get_strategy(); got tpu={tpu!r}."
        )


class KubernetesExecutableLocation(enum.Enum):
    """Where a program that asks Kubernetes runs: in one of its pods, or elsewhere."""

    WITHIN_CLUSTER = 0
    OFF_CLUSTER = 1


class KubernetesClusterResolver(ClusterResolver):
    """The cluster of the pods that Kubernetes names, each time when it is asked.

    Which of them this process is, Kubernetes does not tell: set `task_type` and `task_id`.

    Args:
      job_to_label_mapping: from a job's name to a list of label selectors of its pods; by default
        {"worker": ["job-name=tensorflow"]}.
      tf_server_port: the port of all addresses; the hosts are those of the pods' machines.
      rpc_layer: stands before addresses.
      override_client: what has `list_pod_for_all_namespaces(label_selector=)`, such as
        `kubernetes.client.CoreV1Api()`; by default one of that, with the pod's own credentials or
        those of the user's files.
      executable_location: a KubernetesExecutableLocation: whose credentials.

    Raises:
      ImportError: no client is given, and the package kubernetes is not there.
      ValueError: another `executable_location`.
      RuntimeError: of `cluster_spec()`: a pod does not run.

    Example:
    >>> from types import SimpleNamespace as Thing
    >>> status = Thing(phase="Running", host_ip="10.0.0.1")
    >>> pods = Thing(items=[Thing(metadata=Thing(name="a"), status=status)])
    >>> client = Thing(list_pod_for_all_namespaces=lambda label_selector: pods)
    >>> resolver = tf.distribute.cluster_resolver.KubernetesClusterResolver(override_client=client)
    >>> resolver.cluster_spec(), resolver.master("worker", 0)
    (ClusterSpec({'worker': ['10.0.0.1:8470']}), 'grpc://10.0.0.1:8470')
    """

    def __init__(
        self,
        job_to_label_mapping=None,
        tf_server_port=8470,
        rpc_layer="grpc",
        override_client=None,
        executable_location=KubernetesExecutableLocation.WITHIN_CLUSTER,
    ):
        self._selectors = job_to_label_mapping or {"worker": ["job-name=tensorflow"]}
        self._port, self.rpc_layer = tf_server_port, rpc_layer
        self._client = override_client or _kubernetes(executable_location)

    def cluster_spec(self):
        """The ClusterSpec: each selector's pods in the order of their names."""
        return ClusterSpec({job: self._addresses(s) for job, s in self._selectors.items()})

    def _addresses(self, selectors):
        pods = []
        for selector in selectors:
            found = self._client.list_pod_for_all_namespaces(label_selector=selector).items
            pods += sorted(found, key=lambda pod: pod.metadata.name)
        for pod in pods:
            if pod.status.phase != "Running":
                raise RuntimeError(
                    f'Pod "{pod.metadata.name}" is not running; phase: "{pod.status.phase}".'
                )
        return [f"{pod.status.host_ip}:{self._port}" for pod in pods]


def _kubernetes(location):
    """Kubernetes's own client."""
    try:
        from kubernetes import client, config  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ImportError(
            "KubernetesClusterResolver needs Kubernetes's Python client: `pip install kubernetes`. "
            "Without it `tensorbrook launch --hosts a,b program.py` works (docs/devices.md)."
        ) from None
    is_outside = KubernetesExecutableLocation(location).value
    (config.load_kube_config if is_outside else config.load_incluster_config)()
    return client.CoreV1Api()


class GCEClusterResolver(ClusterResolver):
    """The cluster of the running machines of an instance group of Google Compute Engine.

    Args:
      project, zone, instance_group: the names.
      port: the port of all addresses.
      task_type: the job of all machines.
      task_id: the number of this one, counted by sorted addresses.
      rpc_layer: stands before addresses.
      credentials: for the service; by default the machine's own.
      service: `googleapiclient.discovery.build("compute", "v1")`, or what is like it.

    Raises:
      ImportError: no service is given, and google-api-python-client is not there.
    """

    def __init__(
        self,
        project,
        zone,
        instance_group,
        port,
        task_type="worker",
        task_id=0,
        rpc_layer="grpc",
        credentials="default",
        service=None,
    ):
        self._place, self._group = {"project": project, "zone": zone}, instance_group
        self._port, self.rpc_layer = port, rpc_layer
        self.task_type, self.task_id = task_type, task_id
        self._service = service or _compute_engine(credentials)

    def cluster_spec(self):
        """The ClusterSpec, which the service tells each time."""
        groups, found = self._service.instanceGroups(), []
        body = {"instanceState": "RUNNING"}
        request = groups.listInstances(**self._place, instanceGroups=self._group, body=body)
        while request is not None:
            response = request.execute()
            for item in response["items"]:
                name = item["instance"].rpartition("/")[2]
                one = self._service.instances().get(**self._place, instance=name).execute()
                found.append(f"{one['networkInterfaces'][0]['networkIP']}:{self._port}")
            request = groups.listInstances_next(request, response)
        return ClusterSpec({self.task_type: sorted(found)})


def _compute_engine(credentials):
    """Google's own client."""
    try:
        from googleapiclient import discovery  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ImportError(
            "GCEClusterResolver needs Google's client: `pip install google-api-python-client`."
        ) from None
    credentials = None if credentials == "default" else credentials
    return discovery.build("compute", "v1", credentials=credentials)


cluster_resolver = types.SimpleNamespace(
    ClusterResolver=ClusterResolver,
    GCEClusterResolver=GCEClusterResolver,
    KubernetesClusterResolver=KubernetesClusterResolver,
    KubernetesExecutableLocation=KubernetesExecutableLocation,
    SimpleClusterResolver=SimpleClusterResolver,
    SlurmClusterResolver=SlurmClusterResolver,
    TFConfigClusterResolver=TFConfigClusterResolver,
    TPUClusterResolver=TPUClusterResolver,
    UnionResolver=UnionResolver,
)


def ranks_of(spec):
    """The processes that train together, as (job, number, address) in the order of their ranks:
    the chief, then the workers.

    Raises:
      ValueError: there are parameter servers, which nothing here uses.
    """
    if "ps" in spec.jobs:
        raise ValueError(
            "The cluster has parameter servers (ps), and none are built: make it of workers, for "
            "tf.distribute.MultiWorkerMirroredStrategy."
        )
    return [
        (job, i, spec.task_address(job, i))
        for job in ("chief", "worker")
        if job in spec.jobs
        for i in spec.task_indices(job)
    ]
