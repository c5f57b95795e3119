"""tensorbrook beside TensorFlow, Keras on JAX and PyTorch, each in its own environment.

    make peers                                         the environments, once
    make bench                                         everything; long
    make bench BENCH="mlp cnn" PEERS=torch ROUNDS=3
    python benchmarks/run.py --read results.json --write README.md

Turns alternate between the frameworks, each in a fresh process with the thread counts and OpenBLAS
left as they come. Prints a line of JSON a turn, then the table of medians.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import peak
from make_peers import FOLDER, interpreter
from workloads import BY_NAME, WORKLOADS

HERE = Path(__file__).parent
TITLES = {
    "tensorbrook": "tensorbrook",
    "tensorflow": "TensorFlow",
    "jax": "Keras on JAX",
    "torch": "PyTorch",
    "onnx": "ONNX Runtime",
}
ONLY = {"onnx": ("picture", "pictures")}  # what does not train measures these alone
TRIES = 4  # of a turn, where other machines on the host take the cores away
BUSY = 0.5  # a load average above which others are at work
SCALE = {"us": 1e6, "ms": 1e3}
MARKS = ("<!-- bench -->", "<!-- /bench -->")
LEFT_AT_DEFAULT = ("OPENBLAS_", "OMP_", "MKL_", "VECLIB_", "TENSORBROOK_")


def environment():
    """The processes' variables: nothing that steers threads or BLAS, and no accelerator."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_AT_DEFAULT)}
    return kept | {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "TENSORBROOK_CACHE_MB": "0",  # first steps compile, in each process
    }


def turn(python, *arguments, timeout=600):
    """What a fresh process prints as JSON, or {"error": the last line of its complaint}."""
    command = [python, *map(str, arguments)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment(), timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return {"error": f"took more than {timeout} s"}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def undisturbed(all_there, python, *arguments):
    """A turn during which all cores were there, before and after it, or the last of some tries."""
    for _ in range(TRIES):
        ready = all_there()
        result = turn(python, *arguments)
        if ready and all_there():
            return result
    return result | {"disturbed": True}


def measure(pythons, workloads, rounds, all_there):
    """All turns, in alternation; a framework that fails at a workload has one turn there."""
    turns = []
    for workload in workloads:
        failed = set()
        for _ in range(rounds):
            able = [f for f in pythons if workload.name in ONLY.get(f, (workload.name,))]
            for framework in sorted(set(able) - failed, key=list(TITLES).index):
                command = pythons[framework], HERE / "measure.py", workload.name, framework
                result = undisturbed(all_there, *command)
                result |= {"workload": workload.name, "framework": framework}
                print(json.dumps(result), flush=True)
                turns.append(result)
                if "error" in result:
                    failed.add(framework)
    return turns


def medians(turns, key):
    """{(workload, framework): median of `key`} over the turns that have it."""
    values = {}
    for result in turns:
        if key in result:
            values.setdefault((result["workload"], result["framework"]), []).append(result[key])
    return {place: statistics.median(seen) for place, seen in values.items()}


def shown(value):
    """Three figures, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def times(workloads, frameworks, turns, gflops):
    """The rows of the main table."""
    seconds = medians(turns, "seconds")
    failed = {(result["workload"], result["framework"]) for result in turns if "error" in result}
    for workload in workloads:
        places = [(workload.name, framework) for framework in frameworks]
        own = seconds.get((workload.name, "tensorbrook"))
        peers = [seconds[p] for p in places if p in seconds and p[1] != "tensorbrook"]
        best = min(peers, default=None)
        cells = []
        for place in places:
            cell = "failed" if place in failed else ""
            if place in seconds:
                cell = f"{shown(seconds[place] * SCALE[workload.unit])} {workload.unit}"
                if own and place[1] != "tensorbrook":
                    cell += f" ({shown(seconds[place] / own)}x)"
            cells.append(cell)
        ratio = f"{shown(best / own)}x" if own and best else ""
        shares = [f"{workload.flop / t / gflops / 1e9:.0%}" if t else "-" for t in (own, best)]
        yield [workload.title, *cells, ratio, " / ".join(shares) if workload.flop else ""]


def beginnings(workloads, frameworks, turns):
    """The rows of first steps and peak memory."""
    first, memory = medians(turns, "first"), medians(turns, "memory")
    for workload in workloads:
        cells = []
        for framework in frameworks:
            place = workload.name, framework
            parts = [f"{shown(first[place])} s"] if place in first else []
            parts += [f"{shown(memory[place])} MiB"] if place in memory else []
            cells.append(", ".join(parts))
        yield [workload.title, *cells]


def render(results):
    """The Markdown of results {"machine": ..., "peak": ..., "turns": [...]}."""
    turns, peak, load = results["turns"], results["peak"], results["load"]
    frameworks = [f for f in TITLES if any(t["framework"] == f for t in turns)]
    workloads = [w for w in WORKLOADS if any(t["workload"] == w.name for t in turns)]
    titles = [TITLES[framework] for framework in frameworks]
    timed = times(workloads, frameworks, turns, peak["gflops"])
    begun = beginnings(workloads, frameworks, turns)
    return "\n".join(
        [
            f"{results['machine']}; float32 peak {peak['gflops']:.0f} GFLOP/s ({peak['how']}). "
            f"Medians of {results['rounds']} alternating processes; `fit` is the time of one step."
            + (f" **The machine was busy (load {load:.2f}).**" if load > BUSY else ""),
            "",
            table(["", *titles, "fastest peer", "share of peak"], timed),
            "",
            "In brackets, and against the fastest peer: how many times tensorbrook's time that is, "
            "so above 1 tensorbrook is quicker. Share of the peak: tensorbrook / fastest peer, "
            "counting the operations of matrix products and convolutions alone.",
            "",
            "First step of a fresh process (model, compilation without a cache on disk, and step; "
            "without the import), and the process's peak memory:",
            "",
            table(["", *titles], begun),
        ]
    )


def write(path, text):
    """Puts `text` between the marks in the file."""
    old = Path(path).read_text()
    if any(old.count(mark) != 1 for mark in MARKS):
        raise SystemExit(f"[bench] {path} has not each of {' and '.join(MARKS)} exactly once")
    before, rest = old.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    Path(path).write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")


def chosen(names, known, what):
    """The names in a string, all where it is empty; others are refused."""
    names = names.replace(",", " ").split() or list(known)
    unknown = set(names) - set(known)
    if unknown:
        raise SystemExit(f"[bench] no {what} {sorted(unknown)}; there are: {', '.join(known)}")
    return names


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="some of: " + " ".join(BY_NAME))
    parser.add_argument("--frameworks", default="", help="some of: " + " ".join(TITLES))
    parser.add_argument("--rounds", type=int, default=5, help="turns of each framework")
    parser.add_argument("--save", help="a file for the results as JSON")
    parser.add_argument("--read", help="render such a file, measure nothing")
    parser.add_argument("--write", help="a file to put the table into, between " + " ".join(MARKS))
    return parser.parse_args(arguments)


def run(given):
    """Measures what the command line asks for."""
    workloads = [BY_NAME[name] for name in chosen(given.only, BY_NAME, "workload")]
    pythons = {}
    for name in chosen(given.frameworks, TITLES, "framework"):
        python = sys.executable if name == "tensorbrook" else interpreter(name)
        if Path(python).exists():
            pythons[name] = python
        else:
            print(f"{name} is not in {FOLDER}: left out; `make peers` installs it", file=sys.stderr)
    # Another program on a core slows frameworks unequally, some tenfold.
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > BUSY:
        print(f"the machine is busy (load {load:.2f}): the ratios will be wrong", file=sys.stderr)
    gflops, how, all_there = peak.measure()
    python = platform.python_version()
    return {
        "load": load,
        "machine": f"{platform.machine()}, {peak.cores()} cores, Python {python}",
        "rounds": given.rounds,
        "peak": {"gflops": gflops, "how": how},
        "turns": measure(pythons, workloads, given.rounds, all_there),
    }


def main(arguments=None):
    given = parse(arguments)
    results = json.loads(Path(given.read).read_text()) if given.read else run(given)
    if given.save:
        Path(given.save).write_text(json.dumps(results, indent=1) + "\n")
    text = render(results)
    print(text)
    if given.write:
        write(given.write, text)


if __name__ == "__main__":
    main()
