"""A train step on 100 batches of random lengths, against 100 batches of one length.

    python benchmarks/lengths.py [ROUNDS]

Two attention blocks of width 64, batch 16, lengths 5 to 150. Each run is a process of its own,
first with an empty cache on disk, then with the cache that the first one left. Prints seconds for
all 100 calls, the first one included, medians over the rounds, and the ratios; then how far losses
and gradients are from eager ones.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

WIDTH, BATCH, CALLS = 64, 16, 100


def lengths(kind):
    import numpy as np

    drawn = np.random.default_rng(0).integers(5, 151, CALLS)
    return drawn.tolist() if kind == "random" else [int(drawn.mean())] * CALLS


def model(tf):
    layers = [tf.keras.layers.Dense(WIDTH) for _ in range(10)]
    final = tf.keras.layers.Dense(1)

    def block(x, q, k, v, up, down):
        scores = tf.matmul(q(x), k(x), transpose_b=True) / WIDTH**0.5
        x = x + tf.matmul(tf.nn.softmax(scores), v(x))
        return x + down(tf.nn.relu(up(x)))

    def forward(x):
        return final(tf.reduce_mean(block(block(x, *layers[:5]), *layers[5:]), axis=1))

    forward(tf.zeros([1, 5, WIDTH]))
    return forward, [w for layer in (*layers, final) for w in layer.trainable_weights]


def run(kind, check):
    import time

    import numpy as np

    import tensorbrook as tf

    tf.keras.utils.set_random_seed(0)
    rng = np.random.default_rng(1)
    sizes = lengths(kind)
    batches = [tf.constant(rng.standard_normal((BATCH, n, WIDTH)).astype("f4")) for n in sizes]
    targets = tf.constant(rng.standard_normal((BATCH, 1)).astype("f4"))
    forward, weights = model(tf)
    optimizer = tf.keras.optimizers.Adam(1e-3)
    optimizer.build(weights)

    def gradients(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(forward(x) - targets))
        return loss, tape.gradient(loss, weights)

    def step(x):
        loss, found = gradients(x)
        optimizer.apply_gradients(zip(found, weights))
        return loss

    if check:  # each step from the weights of an eager run: a training magnifies rounding
        compiled, worst = tf.function(gradients), 0.0
        for x in batches:
            (one, ours), (other, theirs) = compiled(x), gradients(x)
            apart = tf.linalg.global_norm([a - b for a, b in zip(ours, theirs)])
            apart = max(float(apart / tf.linalg.global_norm(theirs)), abs(float(one / other - 1)))
            worst = max(worst, apart)
            step(x)
        print(json.dumps(worst))
        return
    compiled = tf.function(step)
    began = time.perf_counter()
    for x in batches:
        float(compiled(x))
    print(json.dumps(time.perf_counter() - began))


def measured(kind, cache, *flags):
    environment = os.environ | {"TENSORBROOK_CACHE_DIR": cache}
    command = [sys.executable, __file__, "--run", kind, *flags]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def main(rounds):
    seconds = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
            for kind, cache in (("one", one), ("random", many)):
                for state in ("cold", "warm"):
                    seconds.setdefault((kind, state), []).append(measured(kind, cache))
    median = {key: statistics.median(values) for key, values in seconds.items()}
    for state in ("cold", "warm"):
        one, many = median["one", state], median["random", state]
        print(f"{state}: one length {one:.3f} s, random lengths {many:.3f} s: {many / one:.2f}x")
    with tempfile.TemporaryDirectory() as cache:
        worst = measured("random", cache, "--check")
    print(f"losses and gradients differ from eager ones by {worst:.1e} of their size at most")


if __name__ == "__main__":
    if "--run" in sys.argv:
        run(sys.argv[sys.argv.index("--run") + 1], "--check" in sys.argv)
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
