"""Feeds loaders bytes that nobody meant: `python tests/fuzz/run.py LOADER... --minutes 30`.

With atheris (`pip install atheris`) the bytes are led by coverage, else they are good ones changed
at random. What a loader makes of them is a value or one of its documented errors, within a
second of work and 100 MB, with no file but the one named, no socket, import or process. What breaks
this is made smaller and kept in `corpus/LOADER`, which `test_loaders.py` tries again.
"""

import argparse
import faulthandler  # noqa: F401 (atheris asks for it at last)
import hashlib
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
try:
    import atheris
except ImportError:
    atheris = None

if atheris is not None and "--plain" not in sys.argv:
    with atheris.instrument_imports(include=["tensorbrook"], enable_loader_override=False):
        from loaders import LOADERS
else:
    atheris = None
    from loaders import LOADERS

import audit

import tensorbrook

CORPUS = Path(__file__).with_name("corpus")
SECONDS, ROOM = 1.0 if atheris is None else 4.0, 100 << 20
OURS = str(Path(tensorbrook.__file__).parent)
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
EDGES += (0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 1 << 40)
TEXTS = (b"-1", b"99999999999999999999", b"1e999", b"NaN", b"null", b"[]", b"{}", b'"', b"true")
TEXTS += (b"[" * 2000, b"../", b"__class__", b"os.system", b"lambda", b"\xff\xfe", b"")


class TooSlow(BaseException):
    """A loader took more than its time."""


def _too_slow(*_):
    raise TooSlow


class Attempts:
    """Tries bytes on a loader, in a folder that is emptied each time."""

    def __init__(self, name):
        self.name, self.loader = name, LOADERS[name]
        self.folder = tempfile.mkdtemp(prefix="tensorbrook-fuzz-")
        self.finds, self.count = {}, 0
        self.seeds = self.loader.seeds()
        signal.signal(signal.SIGVTALRM, _too_slow)
        os.environ["TENSORBROOK_CACHE_DIR"] = self.folder
        for seed in self.seeds:
            self.emptied()
            self.loader.load(self.loader.lay(self.folder, seed))

    def emptied(self):
        for entry in os.scandir(self.folder):
            is_folder = entry.is_dir(follow_symlinks=False)
            shutil.rmtree(entry.path) if is_folder else os.unlink(entry.path)

    def fault_of(self, data):
        """(what tells a fault from others, its text), or None."""
        self.count += 1
        self.emptied()
        path = self.loader.lay(self.folder, data)
        writes = [path] if self.loader.writes else []
        if self.loader.writes == "out":
            writes = [self.folder]
        before = resource.getrlimit(resource.RLIMIT_AS)
        with open("/proc/self/statm") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        try:
            resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, before[1]))
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            with (
                warnings.catch_warnings(),
                audit.only(path, writes=writes, imports=("PIL", "ml_dtypes")),
            ):
                warnings.simplefilter("ignore")
                self.loader.load(path)
        except self.loader.errors as fault:
            if isinstance(fault, MemoryError) and MemoryError not in self.loader.errors:
                return _told(fault)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as fault:
            return _told(fault)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            resource.setrlimit(resource.RLIMIT_AS, before)
        return None

    def tried(self, data):
        """Tries bytes; a fault that is new is made smaller and kept."""
        data = bytes(data)
        for given in {data, self.loader.sealed(data)}:
            found = self.fault_of(given)
            if found is not None and found[0] not in self.finds:
                self.finds[found[0]] = self.smaller(given, found[0])
                self.keep(found)

    def keep(self, found):
        data = self.finds[found[0]]
        folder = CORPUS / self.name.replace(" ", "_").replace(":", "")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
        print(f"\n== {self.name}: {found[0]}, {len(data)} bytes\n{found[1]}", flush=True)

    def smaller(self, data, key, seconds=5):
        """Bytes with the same fault, and as few as can be found soon."""
        until, step = time.monotonic() + seconds, len(data) // 2
        while step and time.monotonic() < until:
            at = 0
            while at < len(data) and time.monotonic() < until:
                less = data[:at] + data[at + step :]
                found = self.fault_of(less)
                if found is not None and found[0] == key:
                    data = less
                else:
                    at += step
            step //= 2
        return data

    def of_the_corpus(self):
        """The faults that finds of before have still."""
        folder = CORPUS / self.name.replace(" ", "_").replace(":", "")
        for path in sorted(folder.glob("*")):
            found = self.fault_of(path.read_bytes())
            if found is not None:
                self.finds.setdefault(found[0], path.read_bytes())
                print(f"\n== {self.name}: {path.name}: {found[0]}\n{found[1]}", flush=True)


def _told(fault):
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(OURS)] or frames[-1:]
    place = f"{os.path.relpath(ours[-1].filename, OURS)}:{ours[-1].lineno}"
    if isinstance(fault, TooSlow | RecursionError):
        place = os.path.relpath(ours[-1].filename, OURS)
    text = "".join(traceback.format_exception(fault)[-12:])
    return f"{type(fault).__name__} at {place}", text[-3000:]


def changed(data, seeds, rng):
    """Good bytes with a few changes."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 8))):
        at, kind = rng.randrange(len(data) + 1), rng.randrange(10)
        end = at + rng.choice((1, 1, 2, 4, 8, 16, 64, rng.randrange(len(data) + 1)))
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(data):
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind == 2:
            del data[at:end]
        elif kind == 3:
            data[at:at] = data[at:end] * rng.choice((1, 1, 2, 50))
        elif kind == 4:
            form = rng.choice(("<I", ">I", "<H", ">H", "<Q", ">Q"))
            number = rng.choice(EDGES) & ((1 << 8 * struct.calcsize(form)) - 1)
            data[at : at + struct.calcsize(form)] = struct.pack(form, number)
        elif kind == 5:
            other = rng.choice(seeds)
            start = rng.randrange(len(other) + 1)
            data[at:end] = other[start : start + end - at]
        elif kind == 6:
            del data[at:]
        elif kind == 7:
            numbers = list(re.finditer(rb"-?\d+", data))
            if numbers:
                found = rng.choice(numbers)
                data[found.start() : found.end()] = rng.choice(TEXTS)
        elif kind == 8:
            words = list(re.finditer(rb'"[^"]{0,60}"|true|false|null', data))
            if words:
                found, other = rng.choice(words), rng.choice(words)
                new = rng.choice(
                    (data[other.start() : other.end()], b'"' + rng.choice(TEXTS) + b'"')
                )
                data[found.start() : found.end()] = new
        else:
            data[at:end] = rng.choice(TEXTS)
        if len(data) > 1 << 17:
            del data[1 << 17 :]
    return bytes(data)


def at_random(attempts, seconds, seed):
    rng, until = random.Random(seed), time.monotonic() + seconds
    pool = list(attempts.seeds)
    while pool and time.monotonic() < until:
        attempts.tried(changed(rng.choice(pool), pool, rng))


def led_by_coverage(attempts, seconds):
    pool = Path(attempts.folder + "-seeds")
    pool.mkdir()
    child = os.fork()  # libFuzzer ends its process itself
    if child:
        _, status = os.waitpid(child, 0)
        for crash in pool.glob("crash-*"):
            attempts.finds[f"status {status}"] = crash.read_bytes()
            attempts.keep((f"the process ended with status {status}", ""))
        shutil.rmtree(pool)
        return
    for number, seed in enumerate(attempts.seeds):
        (pool / str(number)).write_bytes(seed)
    rng = random.Random()

    def mutate(data, most, seed):
        rng.seed(seed)
        if rng.random() < 0.5:
            return changed(data, attempts.seeds, rng)[:most]
        return atheris.Mutate(data, most)

    options = [
        f"-max_total_time={seconds:.0f}",
        "-timeout=0",
        "-rss_limit_mb=0",
        "-print_final_stats=1",
    ]
    options += [
        "-max_len=131072",
        "-verbosity=0",
        "-detect_leaks=0",
        f"-artifact_prefix={pool}/",
        str(pool),
    ]
    atheris.Setup([sys.argv[0], *options], attempts.tried, custom_mutator=mutate)
    atheris.Fuzz()


def run(name, seconds, seed):
    attempts = Attempts(name)
    attempts.of_the_corpus()
    start = time.monotonic()
    try:
        if atheris is not None:
            led_by_coverage(attempts, seconds)
        else:
            at_random(attempts, seconds, seed)
    finally:
        shutil.rmtree(attempts.folder, ignore_errors=True)
    rate = attempts.count / max(time.monotonic() - start, 1e-9)
    if atheris is None:  # which tells by itself
        print(f"{name}: {attempts.count} tries, {rate:.0f} a second, {len(attempts.finds)} faults")
    return bool(attempts.finds)


def main():
    os.umask(0o077)
    parser = argparse.ArgumentParser()
    parser.add_argument("loaders", nargs="*", help=f"of {list(LOADERS)}; by default all")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=None, help="of the changes")
    parser.add_argument("--plain", action="store_true", help="without atheris")
    options = parser.parse_args()
    names = options.loaders or list(LOADERS)
    if len(names) == 1:
        return run(names[0], 60 * options.minutes, options.seed)
    more = [f"--minutes={options.minutes}", f"--seed={options.seed or 0}"]
    more += ["--plain"] if options.plain else []
    done = [subprocess.run([sys.executable, __file__, name, *more]).returncode for name in names]
    return any(done)


if __name__ == "__main__":
    sys.exit(main())
