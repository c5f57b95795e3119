"""BackupAndRestore: a training that was killed comes to the same weights, bit for bit."""

import functools
import os
import random
import subprocess
import sys

import backed_up
import numpy as np
import pytest
from backed_up import KINDS, Killed, Killer, train

import tensorbrook as tf

keras = tf.keras


@functools.cache
def undisturbed(kind):
    return train(kind)[0]


def killed(kind, folder, save_freq, hook, count, first=False, **arguments):
    """Trains until the program is killed; `first` tells whether before the backup, or after it."""
    killer = [Killer(hook, count)]
    where = {"before": killer} if first else {"after": killer}
    with pytest.raises(Killed):
        train(kind, folder, save_freq, **where, **arguments)


# at the ends and in the middle of epochs; twice each
MOMENTS = [("on_train_batch_end", 4, 9), ("on_epoch_end", 1, 2), ("on_test_batch_end", 3, 4)]


@pytest.mark.parametrize("save_freq", ["epoch", 3])
@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_to_the_same_weights(kind, save_freq, tmp_path):
    for number, (hook, *counts) in enumerate(MOMENTS):
        folder = str(tmp_path / str(number))
        for first, count in enumerate(counts):
            killed(kind, folder, save_freq, hook, count, bool(first))
        found, _ = train(kind, folder, save_freq)
        assert found == undisturbed(kind), (hook, counts)
        assert not os.path.exists(folder)


def test_the_order_of_samples_goes_on_without_a_seed_too(tmp_path, monkeypatch):
    def system_gives(seed):
        make = np.random.PCG64
        monkeypatch.setattr(np.random, "default_rng", lambda: np.random.Generator(make(seed)))

    system_gives(1)
    want = train("arrays", seed=None)[0]
    killed("arrays", str(tmp_path), 3, "on_train_batch_end", 16, seed=None)
    system_gives(2)
    assert train("arrays", str(tmp_path), 3, seed=None)[0] == want


def test_a_killed_process_goes_on(tmp_path):
    """TENSORBROOK_KILLS tells how often, if not 3 times."""
    kills, rng = int(os.environ.get("TENSORBROOK_KILLS", 3)), random.Random()
    for kind, save_freq in (("arrays", "2"), ("dataset", "epoch")):
        want = run(kind, "", save_freq).communicate()[0]
        done, latest = 0, 2.0
        while done < kills:
            process = run(kind, tmp_path / kind, save_freq, 0.02)
            process.stdout.readline()
            try:
                process.wait(rng.uniform(0.1, latest))
                latest *= 0.8  # it came to its end: begin anew, and kill earlier
            except subprocess.TimeoutExpired:
                process.kill()
                done += 1
            process.communicate()
        found = run(kind, tmp_path / kind, save_freq).communicate()[0]
        assert found == want, kind


def run(kind, folder, save_freq, seconds=0.0):
    command = [sys.executable, backed_up.__file__, kind, folder, save_freq, seconds]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
