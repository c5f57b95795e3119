"""Weights of applications: files that Keras publishes."""


def load(model, options):
    raise NotImplementedError
