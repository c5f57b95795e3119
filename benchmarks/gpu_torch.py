"""The rows of gpu.py in PyTorch's words, compiled by torch.compile."""

import contextlib

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """A transformer's block: causal attention and two products, each added to its input."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.joint, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.back = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, time, width = x.shape
        parts = (
            self.joint(self.first(x)).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        )
        y = functional.scaled_dot_product_attention(*parts, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(batch, time, width))
        return x + self.back(functional.gelu(self.wide(self.second(x))))


class Gpt(nn.Module):
    """Words and places, blocks, scores of the next word."""

    def __init__(self, size):
        super().__init__()
        width = size["width"]
        self.words = nn.Embedding(size["words"], width)
        self.places = nn.Parameter(torch.randn(size["time"], width) * 0.02)
        self.blocks = nn.Sequential(*[Block(width, size["heads"]) for _ in range(size["blocks"])])
        self.last, self.scores = nn.LayerNorm(width), nn.Linear(width, size["words"])

    def forward(self, x):
        return self.scores(self.last(self.blocks(self.words(x) + self.places)))


class Lstm(nn.Module):
    """The last state of an LSTM, and two scores."""

    def __init__(self, size):
        super().__init__()
        width = size["width"]
        self.words, self.scores = nn.Embedding(size["words"], width), nn.Linear(width, 2)
        self.lstm = nn.LSTM(width, width, batch_first=True)

    def forward(self, x):
        return self.scores(self.lstm(self.words(x))[1][0][0])


class Bottleneck(nn.Module):
    """ResNet's block of three convolutions."""

    def __init__(self, channels, filters, stride):
        super().__init__()

        def unit(inputs, outputs, width, stride=1):
            convolution = nn.Conv2d(inputs, outputs, width, stride, width // 2, bias=False)
            return convolution, nn.BatchNorm2d(outputs)

        self.inner = nn.Sequential(
            *unit(channels, filters, 1, stride), nn.ReLU(), *unit(filters, filters, 3), nn.ReLU(),
            *unit(filters, 4 * filters, 1),
        )  # fmt: skip
        same = channels == 4 * filters and stride == 1
        self.short = (
            nn.Identity() if same else nn.Sequential(*unit(channels, 4 * filters, 1, stride))
        )

    def forward(self, x):
        return functional.relu(self.inner(x) + self.short(x))


def resnet50():
    parts = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    parts.append(nn.MaxPool2d(3, 2, 1))
    channels = 64
    for filters, count in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for i in range(count):
            parts.append(Bottleneck(channels, filters, 2 if i == 0 and filters > 64 else 1))
            channels = 4 * filters
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 10))


def model_of(row, size):
    """The module of a row."""
    if row == "cnn":
        first = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
        second = [nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
        return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(1600, 10))
    if row == "resnet50":
        return resnet50()
    return Gpt(size) if row == "gpt2" else Lstm(size)


def trainer(row, size, precision):
    """(train(x, y) -> losses, memory() -> (now, peak))."""
    on_gpu = torch.cuda.is_available()
    device = "cuda" if on_gpu else "cpu"
    torch.manual_seed(13)
    torch.set_float32_matmul_precision("high")
    model = model_of(row, size).to(device)
    pictures = row in ("cnn", "resnet50")
    if pictures:
        model = model.to(memory_format=torch.channels_last)
    rule = torch.optim.Adam(model.parameters(), 1e-4, fused=on_gpu)
    run = torch.compile(model) if on_gpu else model
    cast = contextlib.nullcontext()
    if precision == "bfloat16":
        cast = torch.autocast(device, torch.bfloat16)

    def train(x, y):
        x, y = torch.from_numpy(x.copy()).to(device), torch.from_numpy(y.copy()).long().to(device)
        if pictures:
            x = x.permute(0, 3, 1, 2)  # channels last in memory, as NumPy's array has them
        total = torch.zeros((), device=device)
        for i in range(0, len(x), size["batch"]):
            rule.zero_grad()
            with cast:
                scores = run(x[i : i + size["batch"]])
                labels = y[i : i + size["batch"]]
                loss = functional.cross_entropy(
                    scores.reshape(-1, scores.shape[-1]).float(), labels.reshape(-1)
                )
            loss.backward()
            rule.step()
            total += loss.detach()
        return [float(total) / (len(x) // size["batch"])]

    def memory():
        if not on_gpu:
            return None, None
        return torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated()

    return train, memory
