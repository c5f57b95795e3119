"""Records TensorFlow's layouts of DTensors: `python make_dtensor.py`, with TensorFlow."""

import json
import pathlib

import dtensor_cases as cases

TASK = "/job:localhost/replica:0/task:0/device:"


def namespace():
    import tensorflow as tf
    from tensorflow.experimental import dtensor

    cpu = tf.config.list_physical_devices("CPU")[0]
    one = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [one] * 6)
    mesh = dtensor.create_mesh(cases.MESH, devices=[f"CPU:{i}" for i in range(6)])

    def layout(*specs):
        return dtensor.Layout(list(specs), mesh)

    def made(dtype, shape, *specs):
        count = 1
        for size in shape:
            count *= size
        whole = tf.cast(tf.reshape(tf.range(count), shape), dtype)
        whole = dtensor.copy_to_mesh(whole, dtensor.Layout.replicated(mesh, len(shape)))
        return dtensor.relayout(whole, layout(*specs))

    def gradient(function, value):
        variable = dtensor.DVariable(value)

        @tf.function
        def of():
            with tf.GradientTape() as tape:
                y = function(variable)
            return tape.gradient(y, variable)

        return of()

    names = {"tf": tf, "dtensor": dtensor, "mesh": mesh, "layout": layout, "gradient": gradient}
    names |= {name: made(tf.float32, *rest) for name, rest in cases.NAMES.items()}
    names |= {name: made(tf.int32, *rest) for name, rest in cases.INTEGERS.items()}
    return names


def asked(names, expression):
    found = eval(expression, dict(names))
    found = found if isinstance(found, list | tuple) else [found]
    specs = [",".join(names["dtensor"].fetch_layout(one).sharding_specs) for one in found]
    return specs, [list(one.shape) for one in found]


def text_of(names, expression):
    return str(eval(expression, dict(names))).replace(TASK, "~")


def told(function, names, expression):
    try:
        return function(names, expression)
    except Exception as fault:
        print(expression, type(fault).__name__, str(fault)[:300])
        return None


def main():
    names = namespace()
    layouts = {e: told(asked, names, e) for e in cases.EXPRESSIONS}
    texts = {e: told(text_of, names, e) for e in cases.TEXTS}
    path = pathlib.Path(__file__).parent / "golden" / "dtensor.json"
    path.write_text(json.dumps({"layouts": layouts, "texts": texts}, indent=1) + "\n")


if __name__ == "__main__":
    main()
