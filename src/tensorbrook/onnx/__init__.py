"""tf.onnx: functions as models of ONNX, which ONNX Runtime and others run."""

from .model import Model, export, model_of
