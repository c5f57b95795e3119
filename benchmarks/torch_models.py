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


def transformer():
    table = nn.Parameter(torch.empty(64, 128).uniform_(-0.05, 0.05))
    position = Formula(lambda self, x: x + self.table, table=table)
    options = dict(dropout=0.0, activation="gelu", layer_norm_eps=1e-3, batch_first=True)
    blocks = [nn.TransformerEncoderLayer(128, 4, 512, **options) for _ in range(2)]
    pooled = Formula(lambda self, x: x.mean(1))
    return [nn.Embedding(samples.WORDS, 128), position, *blocks, pooled, nn.Linear(128, 10)]


def mobilenet():
    def unit(channels, filters, size, stride=1, groups=1, active=True):
        padding = (size - 1) // 2
        parts = [
            nn.Conv2d(channels, filters, size, stride, padding, groups=groups, bias=False),
            nn.BatchNorm2d(filters, eps=1e-3, momentum=0.001),
        ]
        return [*parts, nn.ReLU6()] if active else parts

    def block(channels, filters, stride, expansion):
        wide = channels * expansion
        widened = unit(channels, wide, 1) if expansion > 1 else []
        moved = unit(wide, wide, 3, stride, wide)
        inner = nn.Sequential(*widened, *moved, *unit(wide, filters, 1, active=False))
        same = stride == 1 and channels == filters
        return Formula(lambda self, x: x + self.inner(x), inner=inner) if same else inner

    parts, channels = unit(3, 32, 3, 2), 32
    for filters, count, stride, expansion in (
        (16, 1, 1, 1), (24, 2, 2, 6), (32, 3, 2, 6), (64, 4, 2, 6), (96, 3, 1, 6),
        (160, 3, 2, 6), (320, 1, 1, 6),
    ):  # fmt: skip
        for i in range(count):
            parts.append(block(channels, filters, stride if i == 0 else 1, expansion))
            channels = filters
    pooled = Formula(lambda self, x: x.mean((2, 3)))
    return [*parts, *unit(320, 1280, 1), pooled, nn.Linear(1280, 10)]


def unet():
    def pair(channels, filters):
        first = nn.Conv2d(channels, filters, 3, padding="same")
        return nn.Sequential(
            first, nn.ReLU(), nn.Conv2d(filters, filters, 3, padding="same"), nn.ReLU()
        )

    def formula(self, x):
        high = self.high(x)
        middle = self.middle(self.pool(high))
        low = self.low(self.pool(middle))
        low = self.up_middle(torch.cat([self.up(low), middle], 1))
        low = self.up_high(torch.cat([self.up(low), high], 1))
        return torch.sigmoid(self.last(low))

    parts = {
        "high": pair(3, 32), "middle": pair(32, 64), "low": pair(64, 128),
        "up_middle": pair(192, 64), "up_high": pair(96, 32), "last": nn.Conv2d(32, 1, 1),
        "pool": nn.MaxPool2d(2), "up": nn.Upsample(scale_factor=2),
    }  # fmt: skip
    return [Formula(formula, **parts)]


def wavenet():
    def causal(channels, dilation):
        convolution = nn.Conv1d(channels, 32, 2, dilation=dilation)
        return Formula(
            lambda self, x: torch.relu(self.convolution(nn.functional.pad(x, (dilation, 0)))),
            convolution=convolution,
        )

    blocks = [
        Formula(lambda self, x: x + self.inner(x), inner=causal(32, 2**i)) for i in range(1, 10)
    ]
    turned = [Formula(lambda self, x: x.transpose(1, 2)) for _ in range(2)]
    return [turned[0], causal(1, 1), *blocks, turned[1], nn.Linear(32, 1)]


def gru():
    def formula(self, x):
        return self.gru(x)[1].transpose(0, 1).flatten(1)

    both = nn.GRU(32, 64, batch_first=True, bidirectional=True)
    return [Formula(formula, gru=both), nn.Linear(128, 1), nn.Sigmoid()]


def gpt():
    table = nn.Parameter(torch.empty(128, 256).uniform_(-0.05, 0.05))
    position = Formula(lambda self, x: x + self.table, table=table)

    def formula(self, x):
        parts = self.projected(self.first(x)).unflatten(-1, (3, 8, 32)).permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(*parts, is_causal=True)
        x = x + self.joined(seen.transpose(1, 2).flatten(2))
        return x + self.forward_parts(self.second(x))

    def block():
        hidden = nn.Sequential(nn.Linear(256, 1024), nn.GELU(), nn.Linear(1024, 256))
        norms = [nn.LayerNorm(256, eps=1e-3) for _ in range(2)]
        return Formula(
            formula, first=norms[0], second=norms[1], projected=nn.Linear(256, 768),
            joined=nn.Linear(256, 256), forward_parts=hidden,
        )  # fmt: skip

    last = [nn.LayerNorm(256, eps=1e-3), nn.Linear(256, 1000)]
    return [nn.Embedding(1000, 256), position, *[block() for _ in range(4)], *last]


def recommender():
    table = nn.Embedding(1_000_000, 64, sparse=True)
    hidden = [nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1)]
    return [table, nn.Flatten(), *hidden, nn.Sigmoid()]


MODELS = {
    "tiny": partial(dense, 2, 5, 1),
    "predict": partial(dense, 10, 32, 1),
    "mlp": partial(dense, 784, 128, 10),
    "cnn": cnn,
    "resnet": resnet,
    "lstm": lstm,
    "transformer": transformer,
    "mobilenet": mobilenet,
    "unet": unet,
    "wavenet": wavenet,
    "gru": gru,
    "gpt": gpt,
    "recommender": recommender,
}
LOSSES = {
    **dict.fromkeys(("tiny", "wavenet"), nn.MSELoss),
    **dict.fromkeys(("lstm", "unet", "gru", "recommender"), nn.BCELoss),
}


def model(name):
    """A new model, with Keras's sizes."""
    torch.manual_seed(13)
    return nn.Sequential(*MODELS[name]())


def trainer(name, framework):
    """fit(x, y, batch, epochs) -> the losses of the epochs, of a new model."""
    # Convolutions are quickest where channels come last, as they do in Keras.
    network = model(name).to(memory_format=torch.channels_last)
    loss_of = LOSSES.get(name, nn.CrossEntropyLoss)()
    if name == "recommender":  # Adagrad, which moves the rows looked up alone
        optimizer = torch.optim.Adagrad(network.parameters(), lr=1e-3, eps=1e-7)
    else:
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)

    def fit(x, y, batch, epochs):
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        y = y.long() if y.dtype == torch.int32 else y
        if x.ndim == 4:  # views: channels stay last in memory
            x, y = x.permute(0, 3, 1, 2), y.permute(0, 3, 1, 2) if y.ndim == 4 else y
        losses = []
        for _ in range(epochs):
            total = torch.zeros(())
            for rows in torch.randperm(len(x)).split(batch):
                results, labels = network(x[rows]), y[rows]
                if name == "gpt":
                    results, labels = results.flatten(0, 1), labels.flatten()
                loss = loss_of(results, labels)
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


def by_hand():
    """A step of the CNN: autograd and Adam, channels last in memory."""
    x, y = map(torch.from_numpy, samples.training("cnn", 128))
    x, y = x.permute(0, 3, 1, 2), y.long()
    network = model("cnn").to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)
    loss_of = nn.CrossEntropyLoss()

    def step():
        loss = loss_of(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
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


PICTURES = {"picture": ("mobilenet", 1, 96, 3), "pictures": ("cnn", 10_000, 28, 1)}


def predicts_pictures(name):
    """`predict` of pictures: what gets arrays with channels last, and gives arrays."""
    model_name, count, side, channels = PICTURES[name]
    network = model(model_name).to(memory_format=torch.channels_last).eval()
    x = samples.pictures(count, side, channels)

    @torch.inference_mode
    def predict():
        parts = torch.from_numpy(x).permute(0, 3, 1, 2).split(256)
        return torch.cat([network(part) for part in parts]).numpy()

    return predict


def call(name, framework):
    """The function that the workload `name` calls over and over."""
    if name == "predict":
        network, x = model(name), samples.one_sample()

        @torch.inference_mode
        def predict():
            return network(torch.from_numpy(x)).numpy()

        return predict
    if name in ("picture", "pictures"):
        return predicts_pictures(name)
    if name == "eager_cnn":
        return by_hand()
    if name == "add":
        a, b = map(torch.tensor, samples.line())
        return lambda: torch.add(a, b)
    # torch.compile calls a C++ compiler; where there is none, eager mode is PyTorch's way.
    compiles = name == "function" and shutil.which("g++")
    return compiled_step() if compiles else eager_step()
