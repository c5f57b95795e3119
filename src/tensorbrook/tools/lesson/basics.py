"""Chapters 1 to 7: tensors, variables, gradients, a line learned by hand, tf.function, Dataset."""

import time

import numpy as np

import tensorbrook as tf
from tensorbrook.charts import chart

from .chapter import Chapter


def tensors():
    a = tf.constant([[1, 2], [3, 4]])
    print(a)

    # A tensor never changes: arithmetic makes new ones, element by element.
    print(a - a[0])  # the row a[0] is spread over both rows: broadcasting
    print(a @ a)  # the matrix product, tf.matmul

    # Real numbers. What NumPy knows stays NumPy: .numpy() and back are one step each.
    noise = tf.random.normal(shape=(1000, 3), seed=1)
    mean, deviation = tf.reduce_mean(noise, axis=0), tf.math.reduce_std(noise, axis=0)
    print("mean of each column     ", mean.numpy().round(2))
    print("deviation of each column", deviation.numpy().round(2))
    print("largest exp             ", np.max(tf.exp(noise).numpy()).round(2))
    return {"noise": noise.numpy()}


def variables(noise):
    rows = tf.constant(noise)
    total = tf.Variable(tf.zeros_like(rows[0]), name="total")
    for row in rows[:100]:
        total.assign_add(row)

    print(total)
    at_once = tf.reduce_sum(rows[:100], axis=0)
    difference = tf.reduce_max(tf.abs(total - at_once))
    print("against reduce_sum: off by", float(difference))
    return {"summing_error": float(difference)}


def gradients():
    x = tf.Variable(np.linspace(-4.0, 4.0, 161))
    with tf.GradientTape() as tape:
        y = tf.sin(x) * tf.exp(-0.1 * x**2)
    slope = tape.gradient(y, x)

    # The same slope the slow way: a small step to either side.
    step = 1e-5
    right = tf.sin(x + step) * tf.exp(-0.1 * (x + step) ** 2)
    left = tf.sin(x - step) * tf.exp(-0.1 * (x - step) ** 2)
    measured = (right - left) / (2 * step)
    error = float(tf.reduce_max(tf.abs(slope - measured)))
    print("largest difference between the two:", error)

    # A tape inside a tape: the slope of the slope.
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            cube = x**3
        first = inner.gradient(cube, x)
    second = outer.gradient(first, x)
    print("second derivative of x**3 at x = 4:", float(second[-1]))
    curves = {"x": x.numpy(), "y": y.numpy(), "slope": slope.numpy()}
    return {"curves": curves, "slope_error": error, "second": float(second[-1])}


def line_data():
    random = np.random.default_rng(13)
    line_x = np.linspace(0, 3, 120)
    line_y = 2 * line_x + 0.9 + random.normal(scale=0.5, size=line_x.shape)

    features = tf.constant(line_x.reshape(-1, 1), dtype=tf.float32)
    labels = tf.constant(line_y.reshape(-1, 1), dtype=tf.float32)
    print("features", features.shape, features.dtype)
    return {"line_x": line_x, "line_y": line_y, "features": features, "labels": labels}


def line_by_hand(features, labels):
    w = tf.Variable([[100.0]])  # far off on purpose
    b = tf.Variable(tf.zeros(shape=(1,)))

    def predict(x):
        return tf.matmul(x, w) + b

    def train_on_batch(x, y, learning_rate=0.1):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - predict(x)))
        dloss_dw, dloss_db = tape.gradient(loss, [w, b])
        w.assign_sub(learning_rate * dloss_dw)
        b.assign_sub(learning_rate * dloss_db)
        return loss

    order = np.random.default_rng(0).permutation(len(features))
    x, y = tf.gather(features, order), tf.gather(labels, order)
    line_losses = []
    for epoch in range(10):
        starts = range(0, len(x), 4)
        losses = [float(train_on_batch(x[i : i + 4], y[i : i + 4])) for i in starts]
        line_losses.append(np.mean(losses))
        print(f"epoch {epoch + 1:2d}: mean loss {line_losses[-1]:10.4f}")
    w_learned, b_learned = float(w[0, 0]), float(b[0])
    print(f"learned: y = {w_learned:.3f} x + {b_learned:.3f}")
    return {"line_losses": line_losses, "w": w_learned, "b": b_learned}


def function(features, labels):
    w, b = tf.Variable([[100.0]]), tf.Variable([0.0])

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - (x @ w + b)))
        dw, db = tape.gradient(loss, [w, b])
        w.assign_sub(0.1 * dw)
        b.assign_sub(0.1 * db)
        return loss

    traces = []

    @tf.function
    def traced_step(x, y):
        traces.append(x.shape)  # plain Python: runs while tracing, not on every call
        return step(x, y)

    results, seconds = {}, {}
    for name, train in (("eager", step), ("tf.function", traced_step)):
        w.assign([[100.0]])
        b.assign([0.0])
        loss = train(features, labels)
        started = time.perf_counter()
        for _ in range(200):
            loss = train(features, labels)
        seconds[name] = (time.perf_counter() - started) / 200
        results[name] = float(loss)
        print(f"{name:12s} loss {results[name]:.6f}, {seconds[name] * 1e6:.0f} us a step")
    print("traced", len(traces), "time for 201 calls")
    difference = abs(results["eager"] - results["tf.function"])
    return {"seconds": seconds, "traces": len(traces), "function_difference": difference}


def dataset(features, labels):
    pairs = tf.data.Dataset.from_tensor_slices((features, labels))
    batches = pairs.shuffle(buffer_size=1024, seed=3).batch(16)
    print(batches.element_spec)

    w, b = tf.Variable([[10.0]]), tf.Variable([0.0])
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.1)

    @tf.function
    def train_on_batch(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - (x @ w + b)))
        gradients = tape.gradient(loss, [w, b])
        optimizer.apply_gradients(zip(gradients, [w, b]))
        return loss

    dataset_losses = []
    for _ in range(15):  # each pass shuffles anew
        losses = [float(train_on_batch(x, y)) for x, y in batches]
        dataset_losses.append(np.mean(losses))
    print("batches of", [len(x) for x, _ in batches])
    print(f"learned: y = {float(w[0, 0]):.3f} x + {float(b[0]):.3f}")
    return {"dataset_losses": dataset_losses, "dataset_w": float(w[0, 0])}


CHAPTERS = [
    Chapter(
        "Tensors",
        tensors,
        """A tensor is an array that remembers its shape and its element type, and can be
        differentiated later on. It cannot be written to: every operation gives a new tensor. That
        one rule is what lets the tape of chapter 3 trust what it has seen.""",
        facts=lambda s: [
            f"{s['noise'].shape[0]} random rows: their mean is "
            f"{abs(s['noise'].mean()):.3f} away from 0."
        ],
    ),
    Chapter(
        "Variables",
        variables,
        """What a model learns must change while it learns, so it lives in variables. A variable
        holds one tensor at a time; assign, assign_add and assign_sub put another one in. Summing
        rows one by one gives what reduce_sum gives at once, up to the rounding of float32.""",
        facts=lambda s: [f"Row by row and at once: {s['summing_error']:.1g} apart."],
    ),
    Chapter(
        "Gradients",
        gradients,
        """A GradientTape writes down each operation on a variable while it is open. Asked for a
        gradient, it walks back through its notes by the chain rule. No step size is involved, so
        the result is exact up to rounding, while differences between neighbours are not.""",
        figures=lambda s: [
            chart.line_chart(
                {
                    "y = sin(x) exp(-x²/10)": (s["curves"]["x"], s["curves"]["y"]),
                    "dy/dx by the tape": (s["curves"]["x"], s["curves"]["slope"]),
                },
                title="A function and its slope",
                x_label="x",
            )
        ],
        facts=lambda s: [
            f"Tape against finite differences at 161 places: at most {s['slope_error']:.0e} apart.",
            f"The second derivative of x³ at 4 comes out as {s['second']:g} (6 x, exactly 24).",
        ],
    ),
    Chapter(
        "Data for a line",
        line_data,
        """120 measurements of something that follows y = 2 x + 0.9, each with an error of about
        0.5. A model sees only the points. Whether it finds 2 and 0.9 again can be checked,
        because here the truth is known.""",
        figures=lambda s: [
            chart.scatter_chart(
                np.stack([s["line_x"], s["line_y"]], axis=1),
                title="The data",
                x_label="x",
                y_label="y",
            )
        ],
        facts=lambda s: [f"{len(s['line_x'])} points, x from 0 to 3."],
    ),
    Chapter(
        "Linear regression by hand",
        line_by_hand,
        """Gradient descent in full: predict, measure the loss, ask the tape how the loss changes
        with w and b, step against it, again. The start w = 100 is absurd, and after two passes
        over the data it no longer matters.""",
        figures=lambda s: [
            chart.scatter_chart(
                np.stack([s["line_x"], s["line_y"]], axis=1),
                lines={
                    "learned": ([0, 3], [s["b"], 3 * s["w"] + s["b"]]),
                    "truth": ([0, 3], [0.9, 6.9]),
                },
                title="The learned line over the data",
                x_label="x",
                y_label="y",
            ),
            chart.line_chart(
                {"training loss": s["line_losses"]},
                title="Loss, on a logarithmic scale",
                x_label="epoch",
                y_label="mean squared error",
                log_y=True,
            ),
        ],
        facts=lambda s: [
            f"Learned y = {s['w']:.3f} x + {s['b']:.3f}; the truth is y = 2 x + 0.9.",
            f"The mean loss fell from {s['line_losses'][0]:.1f} to {s['line_losses'][-1]:.3f}; "
            "the noise alone accounts for 0.25.",
        ],
    ),
    Chapter(
        "tf.function",
        function,
        """The same step, decorated. On its first call tf.function follows the Python code once
        with placeholders and records a graph; later calls with like arguments run the graph and
        no longer the Python. The numbers must not change by that, and they do not.""",
        figures=lambda s: [
            chart.bar_chart(
                {name: round(t * 1e6, 1) for name, t in s["seconds"].items()},
                title="Time of a training step",
                unit=" µs",
            )
        ],
        facts=lambda s: [
            f"After 201 steps the two losses differ by {s['function_difference']:.1g}.",
            f"The Python body ran {s['traces']} time for 201 calls; a call took "
            f"{s['seconds']['tf.function'] * 1e6:.0f} µs, eagerly "
            f"{s['seconds']['eager'] * 1e6:.0f} µs.",
        ],
    ),
    Chapter(
        "Dataset",
        dataset,
        """tf.data feeds a model: slices of the arrays, shuffled anew on every pass, cut into
        batches. The last batch is smaller, since 16 does not divide 120. And an optimizer now
        does the assigning.""",
        figures=lambda s: [
            chart.line_chart(
                {"training loss": s["dataset_losses"]},
                title="Loss with batches of 16",
                x_label="epoch",
                y_label="mean squared error",
                log_y=True,
            )
        ],
        facts=lambda s: [
            f"The slope is found again: {s['dataset_w']:.3f}; the loss fell from "
            f"{s['dataset_losses'][0]:.2f} to {s['dataset_losses'][-1]:.3f}."
        ],
    ),
]
