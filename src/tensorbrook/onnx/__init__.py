"""tf.onnx: functions as models of ONNX, which ONNX Runtime and others run."""

from .export import export, model_of, summary, write
