"""Writers under faults: killed at random moments, on a full disk, in a folder that may not be
written to, two at once. Whatever comes, there is the old content or the new, whole.

    python tests/faults/harness.py [NAME...] [--kills N]

A process makes ready and forks the writers, which are then killed or limited: a fork costs little.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

from writers import ROWS, STREAMS, WRITERS

from tensorbrook.base import files
from tensorbrook.errors import ResourceExhaustedError

NOBODY = 65534
_children: set[int] = set()


def forked(work):
    """The number of a process that does `work()`, and then ends with 0, or 1 and a traceback."""
    sys.stdout.flush()
    number = os.fork()
    if number:
        _children.add(number)
        return number
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def ended(number, seconds=60):
    """The exit status of a process, which has some time to end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found, status = os.waitpid(number, os.WNOHANG)
        if found:
            _children.remove(number)
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    raise AssertionError("a writer hangs")


def kill(number):
    _children.discard(number)
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


class Trial:
    """A writer and the folder it writes into, in which lies number 1 already."""

    def __init__(self, writer, top):
        self.writer, self.folder = writer, os.path.join(top, "folder")
        os.mkdir(self.folder)
        os.chmod(top, 0o755), os.chmod(self.folder, 0o755)
        start = time.perf_counter()
        writer.write(self.folder, 1)
        self.seconds = time.perf_counter() - start
        self.names = self.names_here()
        self.last = self.number = 1
        self.check(1)

    def names_here(self):
        names = sorted(str(p.relative_to(self.folder)) for p in Path(self.folder).rglob("*"))
        return [name for name in names if not self.writer.may_stay(name)]

    def check(self, *expected):
        found = self.writer.read(self.folder)
        assert found in expected, f"{found} was read where {expected} had been written"
        return found

    def expect_only_what_belongs_here(self):
        found = self.names_here()
        assert found == self.names, f"there lie {found}, and {self.names} belong there"

    # ---- the faults

    def killed(self, rounds):
        """Kills a writer that writes on and on, at random moments."""
        before = self.number
        for _ in range(rounds):
            child = forked(lambda: [self.writer.write(self.folder, n % 9 + 1) for n in range(999)])
            time.sleep(random.uniform(0, 3 * self.seconds) + 0.001)
            kill(child)
            self.check(*range(1, 10))

        def afresh():
            files._SEEN_FOLDERS.clear()  # as in a new process
            self.writer.write(self.folder, before)

        assert ended(forked(afresh)) == 0
        self.check(before)
        self.expect_only_what_belongs_here()

    def on_a_full_disk(self, rounds):
        """Lets files grow to a part of their size only."""
        largest = max(p.stat().st_size for p in Path(self.folder).rglob("*") if p.is_file())
        for share in [0, *(random.random() for _ in range(rounds))]:

            def write(most=int(share * 0.9 * largest)):
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
                self.refused(ResourceExhaustedError)

            assert ended(forked(write)) == 0, f"with room for {share:.0%}"
            self.check_after_a_full_disk()

    def check_after_a_full_disk(self):
        self.check(self.number)
        self.expect_only_what_belongs_here()

    def in_a_folder_for_reading(self, rounds):
        """Takes from the writer the right to write into the folder."""
        folders = [p for p in Path(self.folder).rglob("*") if p.is_dir()] + [Path(self.folder)]

        def write():
            if os.getuid() == 0:
                os.setgid(NOBODY), os.setuid(NOBODY)
            self.refused(PermissionError)  # which TensorFlow's is as well

        for folder in folders:
            folder.chmod(0o555)
        try:
            assert ended(forked(write)) == 0
        finally:
            for folder in folders:
                folder.chmod(0o755)
        self.check(self.number)
        self.expect_only_what_belongs_here()

    def refused(self, kind):
        """The writer's own error of that kind, which names a place in the folder."""
        if self.writer.is_quiet:
            return self.writer.write(self.folder, 8)
        try:
            self.writer.write(self.folder, 8)
        except kind as error:
            assert self.folder in str(error), f"names no file: {error}"
            assert not files._NOT_THERE_YET.search(str(error)), f"names one of ours: {error}"
        else:
            raise AssertionError("nothing was said")

    def two_at_once(self, rounds):
        """Has two write to one place, while a third one reads."""
        until = time.monotonic() + max(0.3, rounds * self.seconds)

        def write(number):
            random.seed(number)
            while time.monotonic() < until:
                self.writer.write(self.folder, number)
                time.sleep(random.random() * self.seconds)

        pair = [forked(lambda n=n: write(n)) for n in (6, 7)]
        while time.monotonic() < until:
            self.check(self.number, 6, 7)
        assert [ended(child) for child in pair] == [0, 0]
        self.number = self.check(6, 7)
        self.expect_only_what_belongs_here()


class StreamTrial(Trial):
    """A writer that writes bit by bit: what was whole before the fault can be read."""

    def check(self, *expected):
        rows = self.writer.read(self.folder)
        assert len(rows) <= ROWS and set(rows) <= {*expected}, f"{len(rows)} rows of {set(rows)}"
        assert len(set(rows)) < 2, "a mixture"
        return rows

    def killed(self, rounds):
        """Kills a writer that writes on and on, at random moments; another one writes afresh."""
        super().killed(rounds)
        assert len(self.check(self.number)) == ROWS

    def check_after_a_full_disk(self):
        """So much of the file as there was room for can be read."""
        assert len(self.check(8)) < ROWS


FAULTS = (Trial.killed, Trial.on_a_full_disk, Trial.in_a_folder_for_reading, Trial.two_at_once)


def run(name, rounds):
    """What went wrong with a writer, a text for each fault that did."""
    wrong = []
    trial = Trial if name in WRITERS else StreamTrial
    for fault in FAULTS if name in WRITERS else FAULTS[:3]:
        top = tempfile.mkdtemp(prefix="tensorbrook-faults-")
        try:
            getattr(trial, fault.__name__)(trial({**WRITERS, **STREAMS}[name], top), rounds)
        except Exception:
            wrong.append(f"{name}, {fault.__name__}:\n{traceback.format_exc()}")
        finally:
            for child in list(_children):
                kill(child)
            shutil.rmtree(top)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help=f"of {[*WRITERS, *STREAMS]}; by default all")
    parser.add_argument("--kills", type=int, default=20, help="of each writer, and other rounds")
    options = parser.parse_args()
    wrong = [
        text for name in options.names or [*WRITERS, *STREAMS] for text in run(name, options.kills)
    ]
    print(*wrong, sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
