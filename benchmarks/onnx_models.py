"""`predict` of pictures by ONNX Runtime, on the models of `torch_models.py`."""

import io

import onnxruntime
import samples
import torch
import torch_models


def call(name, framework):
    """The function that the workload `name` calls over and over."""
    model_name, count, side, channels = torch_models.PICTURES[name]
    network = torch_models.model(model_name).eval()
    file, example = io.BytesIO(), torch.zeros(2, channels, side, side)
    torch.onnx.export(
        network, (example,), file, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "n"}}
    )
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    x = samples.pictures(count, side, channels).transpose(0, 3, 1, 2).copy()

    def predict():
        return [session.run(None, {"x": x[i : i + 256]})[0] for i in range(0, count, 256)][-1]

    return predict
