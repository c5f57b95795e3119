"""The machine's float32 peak in GFLOP/s: all cores, independent fused multiply-adds in registers.

Without llvmlite it is what a large matrix product of NumPy reaches, a lower bound.
"""

import ctypes
import importlib.util
import os
import threading
import time

TURNS, SECONDS = 15, 0.1


def cores():
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def loop_text(lanes, chains=10):
    """LLVM of a loop: enough independent sums to hide latency, few enough for the registers."""
    vector, chain = f"<{lanes} x float>", range(chains)
    half = "<" + ", ".join(["float 0.5"] * lanes) + ">"
    fma = f"{vector} @llvm.fma.v{lanes}f32"
    phis = [f"%s{i} = phi {vector} [ zeroinitializer, %entry ], [ %t{i}, %body ]" for i in chain]
    sums = [f"%t{i} = call {fma}({vector} {half}, {vector} %s{i}, {vector} {half})" for i in chain]
    kept = [f"store volatile {vector} %t{i}, ptr %out, align 4" for i in chain]
    return "\n".join(
        [
            f"declare {fma}({vector}, {vector}, {vector})",
            "define void @loop(i64 %count) {",
            *("entry:", f"%out = alloca {vector}", "br label %body"),
            *("body:", "%i = phi i64 [ 0, %entry ], [ %next, %body ]", *phis, *sums),
            *("%next = add i64 %i, 1", "%more = icmp slt i64 %next, %count"),
            *("br i1 %more, label %body, label %done", "done:", *kept, "ret void", "}"),
        ]
    )


def fma_loop(llvm):
    """(function of an iteration count, operations an iteration, what keeps its code alive)."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    lanes = 16 if features.get("avx512f") else 8 if features.get("avx") else 4
    text = loop_text(lanes)
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=3
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    engine.finalize_object()
    function = ctypes.CFUNCTYPE(None, ctypes.c_int64)(engine.get_function_address("loop"))
    return function, 2 * text.count("call") * lanes, engine


def fastest(work):
    """The shortest of several turns: other programs only ever add time."""
    times = []
    for _ in range(TURNS):
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    return min(times)


def everywhere(function, iterations):
    """Runs the loop on all cores at once."""
    # A foreign call lets go of Python's lock, so that the threads run side by side.
    threads = [threading.Thread(target=function, args=[iterations]) for _ in range(cores())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Cores:
    """The loop on all cores.

    A host may lend a virtual machine's cores to others for a while: where two of them share one of
    the host's, two threads take twice as long as one.
    """

    def __init__(self):
        from llvmlite import binding

        self._function, self._operations, self._engine = fma_loop(binding)
        trial = 10**6
        self._iterations = int(trial * SECONDS / fastest(lambda: self._function(trial)))

    def run(self):
        """Runs it on all cores at once, for about SECONDS where all are there."""
        # A foreign call lets go of Python's lock, so that the threads run side by side.
        threads = [
            threading.Thread(target=self._function, args=[self._iterations]) for _ in range(cores())
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def gflops(self):
        """What all cores together reach."""
        return cores() * self._operations * self._iterations / fastest(self.run) / 1e9

    def all_there(self):
        """True when all cores together take hardly longer now than one alone."""
        before = time.perf_counter()
        self.run()
        return time.perf_counter() - before < 1.2 * SECONDS


def measure():
    """(GFLOP/s of all cores together, how they were measured, a function: are all cores there)."""
    if importlib.util.find_spec("llvmlite"):
        loop = Cores()
        return loop.gflops(), "FMA loop", loop.all_there
    import numpy as np

    a = np.ones((2048, 2048), np.float32)
    return (
        2 * 2048**3 / fastest(lambda: a @ a) / 1e9,
        "a matrix product, a lower bound",
        lambda: True,
    )


if __name__ == "__main__":
    gflops, how, _ = measure()
    print(f'{{"gflops": {gflops:.1f}, "how": "{how}", "cores": {cores()}}}')
