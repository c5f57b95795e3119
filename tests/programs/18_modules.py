"""tf.Module: objects that keep their variables."""

import tensorflow as tf


class SimpleModule(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.a_variable = tf.Variable(5.0, name="train_me")
        self.non_trainable = tf.Variable(5.0, trainable=False, name="do_not_train_me")

    def __call__(self, x):
        return self.a_variable * x + self.non_trainable


simple = SimpleModule(name="simple")
print(simple(tf.constant(5.0)))
print("trainable:", [v.name for v in simple.trainable_variables])
print("all:", [v.name for v in simple.variables], simple.name)


class Dense(tf.Module):
    def __init__(self, in_features, out_features, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([in_features, out_features]), name="w")
        self.b = tf.Variable(tf.zeros([out_features]), name="b")

    def __call__(self, x):
        return tf.nn.relu(tf.matmul(x, self.w) + self.b)


class FlexibleDense(tf.Module):
    def __init__(self, out_features, name=None):
        super().__init__(name=name)
        self.is_built = False
        self.out_features = out_features

    def __call__(self, x):
        if not self.is_built:
            self.w = tf.Variable(tf.random.normal([x.shape[-1], self.out_features]), name="w")
            self.b = tf.Variable(tf.zeros([self.out_features]), name="b")
            self.is_built = True
        return tf.matmul(x, self.w) + self.b


class Network(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.layers = [Dense(3, 3), FlexibleDense(2)]
        self.extra = {"scale": tf.Variable(2.0, name="scale")}

    @tf.function
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x * self.extra["scale"]


tf.random.set_seed(5)
network = Network(name="the_model")
print(network(tf.constant([[2.0, 2.0, 2.0]])).numpy())
print([type(m).__name__ for m in network.submodules])
print(sorted((v.name, tuple(v.shape)) for v in network.variables))
print(len(network.trainable_variables), network.name)

with tf.GradientTape() as tape:
    loss = tf.reduce_sum(network(tf.constant([[1.0, 2.0, 2.0]])) ** 2)
gradients = tape.gradient(loss, network.trainable_variables)
for variable, gradient in zip(network.trainable_variables, gradients):
    variable.assign_sub(0.01 * gradient)
after = tf.reduce_sum(network(tf.constant([[1.0, 2.0, 2.0]])) ** 2)
print(f"{loss.numpy():.4f} {after.numpy():.4f}")


class Lazy(tf.Module):
    @tf.Module.with_name_scope
    def __call__(self, x):
        "Scales."
        if not hasattr(self, "scale"):
            self.scale = tf.Variable(2.0, name="scale")
        return x * self.scale


class Outer(tf.Module):
    def __init__(self):
        super().__init__()
        self.a_inner = [Lazy("first"), {"k": Lazy("second")}]
        self.z = tf.Variable(1.0, name="z")
        self.operator = tf.linalg.LinearOperatorDiag(tf.Variable([1.0], name="diagonal"))
        with tf.name_scope("made"):
            self.made = Lazy()

    @tf.Module.with_name_scope
    def __call__(self, x):
        return self.made(self.a_inner[1]["k"](self.a_inner[0](x)))


outer = Outer()
print(outer(tf.constant(1.0)).numpy(), [v.name for v in outer.variables])
print([m.name for m in outer.submodules][:3], outer.made.name_scope.name, Lazy.__call__.__doc__)
found = outer._flatten(predicate=lambda v: isinstance(v, tf.Variable), expand_composites=True)
print([v.name for v in found])
