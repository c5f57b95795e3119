"""The same models and steps in PyTorch's words, trained by a plain loop."""

import shutil
from functools import partial

import samples
import torch
from torch import nn


class Formula(nn.Module):
    """A layer that is a formula over other layers or weights, which it registers by name."""

    def __init__(self, formula, **parts):
        super().__init__()
        self.formula = formula
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.formula(self, x)


def dense(features, hidden, units):
    return [nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, units)]


def cnn():
    first = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return [*first, *second, nn.Flatten(), nn.Linear(5 * 5 * 64, 10)]


def resnet():
    def convolved(channels):
        convolution = nn.Conv2d(channels, 32, 3, padding="same", bias=False)
        return convolution, nn.BatchNorm2d(32, eps=1e-3, momentum=0.01)

    def block():
        inner = nn.Sequential(*convolved(32), nn.ReLU(), *convolved(32))
        return Formula(lambda self, x: torch.relu(x + self.inner(x)), inner=inner)

    pooled = Formula(lambda self, x: x.mean((2, 3)))
    return [*convolved(3), nn.ReLU(), block(), block(), pooled, nn.Linear(32, 10)]


def lstm():
    last = Formula(lambda self, x: self.lstm(x)[1][0][0], lstm=nn.LSTM(64, 64, batch_first=True))
    return [nn.Embedding(samples.WORDS, 64), last, nn.Linear(64, 1), nn.Sigmoid()]


def gru():
    both = nn.GRU(32, 64, batch_first=True, bidirectional=True)
    last = Formula(lambda self, x: self.gru(x)[1].movedim(0, 1).flatten(1), gru=both)
    return [last, nn.Linear(128, 1), nn.Sigmoid()]


def transformer():
    table = nn.Parameter(torch.empty(64, 128).uniform_(-0.05, 0.05))
    position = Formula(lambda self, x: x + self.table, table=table)
    options = dict(dropout=0.0, activation="gelu", layer_norm_eps=1e-3, batch_first=True)
    blocks = [nn.TransformerEncoderLayer(128, 4, 512, **options) for _ in range(2)]
    pooled = Formula(lambda self, x: x.mean(1))
    return [nn.Embedding(samples.WORDS, 128), position, *blocks, pooled, nn.Linear(128, 10)]


MODELS = {
    "tiny": partial(dense, 2, 5, 1),
    "predict": partial(dense, 10, 32, 1),
    "mlp": partial(dense, 784, 128, 10),
    "cnn": cnn,
    "resnet": resnet,
    "lstm": lstm,
    "gru": gru,
    "transformer": transformer,
}


def model(name):
    """A new model, with Keras's sizes."""
    torch.manual_seed(13)
    return nn.Sequential(*MODELS[name]())


def trainer(name, framework):
    """fit(x, y, batch, epochs) -> the losses of the epochs, of a new model."""
    # Convolutions are quickest where channels come last, as they do in Keras.
    network = model(name).to(memory_format=torch.channels_last)
    losses = {"tiny": nn.MSELoss, "lstm": nn.BCELoss, "gru": nn.BCELoss}
    loss_of = losses.get(name, nn.CrossEntropyLoss)()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)

    def fit(x, y, batch, epochs):
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        y = y.long() if y.dtype == torch.int32 else y
        x = x.permute(0, 3, 1, 2) if x.ndim == 4 else x  # a view: channels stay last in memory
        losses = []
        for _ in range(epochs):
            total = torch.zeros(())
            for rows in torch.randperm(len(x)).split(batch):
                loss = loss_of(network(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach()
            losses.append(float(total) * batch / len(x))
        return losses

    return fit


def loss_at(w, b, x, y):
    return torch.mean(torch.square(y - (torch.matmul(x, w) + b)))


def eager_step():
    """The linear-regression step: tensors, autograd.grad, an update in place."""
    x, y = map(torch.tensor, samples.line())
    w = torch.tensor([[100.0]], requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    def step():
        loss = loss_at(w, b, x, y)
        dloss_dw, dloss_db = torch.autograd.grad(loss, [w, b])
        with torch.no_grad():
            w.sub_(0.1 * dloss_dw)
            b.sub_(0.1 * dloss_db)
        return loss.detach()

    return step


def compiled_step():
    """The whole step under torch.compile, in functional form, as it is quickest."""
    x, y = map(torch.tensor, samples.line())
    gradients = torch.func.grad_and_value(loss_at, argnums=(0, 1))

    @torch.compile
    def update(w, b):
        (dloss_dw, dloss_db), loss = gradients(w, b, x, y)
        return w - 0.1 * dloss_dw, b - 0.1 * dloss_db, loss

    w, b = torch.tensor([[100.0]]), torch.zeros(1)

    @torch.no_grad
    def step():
        nonlocal w, b
        w, b, loss = update(w, b)
        return loss

    return step


def call(name, framework):
    """The function that the workload `name` calls over and over."""
    if name == "predict":
        network, x = model(name), samples.one_sample()

        @torch.inference_mode
        def predict():
            return network(torch.from_numpy(x)).numpy()

        return predict
    if name == "add":
        a, b = map(torch.tensor, samples.line())
        return lambda: torch.add(a, b)
    # torch.compile calls a C++ compiler; where there is none, eager mode is PyTorch's way.
    compiles = name == "function" and shutil.which("g++")
    return compiled_step() if compiles else eager_step()
