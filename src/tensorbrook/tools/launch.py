"""`tensorbrook launch`: one program in several processes that train together.

Each process gets the variable TF_CONFIG, which says which processes there are and which of them it
is. A shell starts it, here or at the other end of ssh. Its standard input is a link to this
process: when that is closed, however this process ends, the shell's watcher ends the program.
"""

import argparse
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from ..distribute.cluster import TF_CONFIG, SlurmClusterResolver
from ..distribute.collectives import CLUSTER_KEY
from . import run

GRACE = 10.0  # seconds that the other processes have to end by themselves, with their own message
KILL = 5.0  # seconds between asking a process to end and ending it
FIRST_PORT = 29400
_INDEX = "JOB_COMPLETION_INDEX"  # Kubernetes: the number of an indexed Job's pod
_PASSED = (
    "TENSORBROOK_",
    "KERAS_",
    "XLA_",
    "JAX_",
    "PYTHONPATH",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)
ABOUT = """
Run a program in several processes that train together: inside it,
tf.distribute.MultiWorkerMirroredStrategy() finds the others by TF_CONFIG.

  tensorbrook launch -n 4 train.py            4 processes on this machine
  tensorbrook launch --hosts a,b train.py     one on a and one on b, over ssh
  srun -n 8 tensorbrook launch train.py       Slurm starts the processes: each is one of them
  tensorbrook launch --hosts p-0.s,p-1.s train.py
                                              the same in each pod of an indexed Job of
                                              Kubernetes, which has JOB_COMPLETION_INDEX

Each line of output has its process's number before it. When a process fails, the others are
ended, and its exit status is the command's. Signals go to all processes.
"""


@dataclass
class Worker:
    """One process.

    Args:
      rank: its number.
      process: the shell, or the ssh client, that runs it.
      readers: the threads that pass its output on.
    """

    rank: int
    process: Any
    readers: list

    def let_go(self):
        """Asks it to end."""
        with suppress(OSError):
            self.process.stdin.close()

    def send(self, number):
        """Sends it a signal."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def parser():
    """The command's arguments."""
    made = argparse.ArgumentParser(
        prog="tensorbrook launch",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("-n", "--processes", type=int, help="how many on each host; 1 by default")
    made.add_argument(
        "--hosts", help="names of hosts, with commas between; this machine by default"
    )
    made.add_argument(
        "--port",
        type=int,
        help=f"of a host's first process; {FIRST_PORT} by default, free ones on this machine",
    )
    made.add_argument(
        "--ssh", default="ssh -o BatchMode=yes", help="the command that reaches hosts"
    )
    made.add_argument("--python", help="of the hosts; by default this one's path")
    made.add_argument("program", help="the program's file; the same path on all hosts")
    made.add_argument("arguments", nargs=argparse.REMAINDER, help="of the program")
    return made


def main(argv: Sequence[str]) -> None:
    """`tensorbrook launch`: ends with the status of the first process that failed, or 0."""
    given = parser().parse_args(argv)
    if given.processes is not None and given.processes < 1:
        parser().error(f"-n {given.processes}: there must be one process at least")
    hosts = [h for h in (given.hosts or "").split(",") if h]
    if given.processes is None:
        config = config_of_others(hosts, given.port)
        if config is not None:
            os.environ[TF_CONFIG] = config
            return run.main(given.program, given.arguments)
    return sys.exit(launch(given, hosts))


def config_of_others(hosts, port=None):
    """TF_CONFIG for a process that Slurm, Kubernetes or someone else started; None for no such.

    Args:
      hosts: the pods' names, for Kubernetes.
      port: of the first process of a host.
    """
    if os.environ.get(TF_CONFIG):
        return os.environ[TF_CONFIG]
    port = port or FIRST_PORT
    if os.environ.get("SLURM_PROCID") and int(os.environ.get("SLURM_STEP_NUM_TASKS") or 1) > 1:
        found = SlurmClusterResolver(port_base=port)
        return config_for(found.cluster_spec().job_tasks("worker"), found.task_id)
    if hosts and os.environ.get(_INDEX):
        return config_for([f"{h}:{port}" for h in hosts], int(os.environ[_INDEX]))
    return None


def config_for(addresses, rank):
    """TF_CONFIG for one of several workers."""
    task = {"type": "worker", "index": rank}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


def free_ports(count):
    """So many ports of this machine that nobody listens on."""
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.socket()) for _ in range(count)]
        for server in servers:
            server.bind(("127.0.0.1", 0))
        return [server.getsockname()[1] for server in servers]


def addresses_of(hosts, each, port):
    """The address of each process: those of the first host first."""
    if not hosts and port is None:
        return [f"127.0.0.1:{p}" for p in free_ports(each)]
    first = port or FIRST_PORT
    return [
        f"{host.rpartition('@')[2]}:{first + i}"
        for host in hosts or ["127.0.0.1"]
        for i in range(each)
    ]


def script(config, environment, python, program, arguments):
    """What a shell does to be one process. The first line it reads is the cluster's secret, which
    so stands in no list of processes."""
    command = shlex.join([python, "-m", "tensorbrook", "run", program, *arguments])
    exports = "; ".join(f"export {k}={shlex.quote(v)}" for k, v in environment.items())
    return (
        f"read -r {CLUSTER_KEY}; export {CLUSTER_KEY}; export {TF_CONFIG}={shlex.quote(config)}; "
        f"{exports}; cd {shlex.quote(os.getcwd())} || exit 1; exec 3<&0; "
        "(exec >/dev/null 2>&1; cat <&3; kill -TERM $$) & "
        f"exec {command} </dev/null 3<&-"
    )


def launch(given, hosts):
    """Starts the processes and waits for their end; returns the status."""
    each = given.processes or 1
    addresses = addresses_of(hosts, each, given.port)
    environment = {k: v for k, v in os.environ.items() if k.startswith(_PASSED)}
    environment = {**environment, "PYTHONUNBUFFERED": "1"}
    environment.pop(CLUSTER_KEY, None)
    secret = os.environ.get(CLUSTER_KEY) or secrets.token_hex(16)
    python, width = given.python or sys.executable, len(str(len(addresses) - 1))
    workers = []
    for rank in range(len(addresses)):
        config = config_for(addresses, rank)
        shell = script(config, environment, python, given.program, given.arguments)
        command = (
            [*shlex.split(given.ssh), hosts[rank // each], shell] if hosts else ["sh", "-c", shell]
        )
        workers.append(start(rank, command, secret, f"[{rank:{width}}] ".encode()))
    with forwarded(workers):
        status = wait(workers)
    for worker in workers:
        worker.let_go()
        for reader in worker.readers:
            reader.join(2.0)
    return status


def start(rank, command, secret, mark):
    """Starts one process."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # so that Ctrl-C comes once, from here
    )
    with suppress(BrokenPipeError):
        process.stdin.write(f"{secret}\n".encode())
        process.stdin.flush()
    pairs = (process.stdout, sys.stdout), (process.stderr, sys.stderr)
    readers = [threading.Thread(target=pass_on, args=(*p, mark), daemon=True) for p in pairs]
    for reader in readers:
        reader.start()
    return Worker(rank, process, readers)


def pass_on(source, target, mark):
    """Writes each line of a process's output with its mark."""
    with source:
        for line in source:
            text = (mark + line.removesuffix(b"\n")).decode("utf-8", "replace")
            with suppress(ValueError, OSError):  # nobody reads it any more
                target.write(f"{text}\n")
                target.flush()


class forwarded:
    """While it is open, signals to this process go to the workers."""

    def __init__(self, workers):
        self._workers, self._before = workers, {}

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._forward)

    def _forward(self, number, frame):
        for worker in self._workers:
            worker.send(number)

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)


def wait(workers):
    """Waits for the end of all; once one has failed, the others have GRACE seconds left."""
    failed, first, running = None, None, list(workers)
    while running:
        for worker in list(running):
            status = worker.process.poll()
            if status is None:
                continue
            running.remove(worker)
            if status and failed is None:
                failed, first = worker, time.monotonic()
        elapsed = 0 if first is None else time.monotonic() - first
        for worker in running:
            if elapsed > GRACE:
                worker.let_go()
            if elapsed > GRACE + KILL:
                worker.send(signal.SIGKILL)
        time.sleep(0.05)
    if failed is None:
        return 0
    status = failed.process.returncode
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
    print(f"tensorbrook launch: process {failed.rank} ended with {how}", file=sys.stderr)
    return 128 - status if status < 0 else status
