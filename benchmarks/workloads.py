"""What is measured: one row a workload, and the arithmetic that it cannot do without."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """One row of the table; `kind` says how a process measures it.

    start: import and first op. call: a function, called over and over. step: the same, and its
    value is a loss that must fall. fit: training on `batches` batches of `batch` samples an epoch.
    forward: `predict` of `batches` batches, again and again.
    """

    name: str
    title: str
    unit: str
    kind: str
    batch: int = 1
    batches: int = 1
    flop: float = 0  # of one step's matrix products; 0 where they are not what takes the time


def trained(batch, first, *others):
    """Operations of a step: each product forward and for two gradients; none for the data itself.

    Every product is named by the multiply-adds of one sample.
    """
    return 2.0 * batch * (2 * first + 3 * sum(others))


# One encoder block on 64 tokens of 128 features: Q, K, V and output; scores and their use; ff.
BLOCK = 64 * (4 * 128 * 128 + 2 * 64 * 128 + 2 * 128 * 512)

MOBILENET = 53_031_296  # of all its convolutions but the first, and the last product
# Two convolutions a level of 32, 64 and 128 filters at 64, 32 and 16 pixels, down and up again.
UNET = (
    9
    * (
        64 * 64 * 32 * 32
        + 32 * 32 * (32 + 64) * 64
        + 16 * 16 * (64 + 128) * 128
        + 32 * 32 * (128 + 64 + 64) * 64
        + 64 * 64 * (64 + 32 + 32) * 32
    )
    + 64 * 64 * 32
)
# Four blocks on 128 tokens: Q, K, V and output; scores and their use; ff; then 1000 words.
GPT = 4 * 128 * (4 * 256 * 256 + 2 * 128 * 256 + 2 * 256 * 1024) + 128 * 256 * 1000

CNN = trained(128, 26 * 26 * 9 * 32, 11 * 11 * 9 * 32 * 64, 5 * 5 * 64 * 10)

WORKLOADS = (
    Workload("start", "import and first op", "ms", "start"),
    Workload("add", "eager `add` of two 4x1 tensors", "us", "call"),
    Workload("eager", "eager step, linear regression", "us", "step"),
    Workload("function", "the same step, compiled", "us", "step"),
    Workload(
        "eager_cnn", "eager step of CNN 32-64, 28x28x1, batch 128", "ms", "step", 128, 1, CNN,
    ),
    Workload("predict", "`predict` of one sample, MLP 10-32-1", "us", "call"),
    Workload("tiny", "`fit` of 2-5-1, batch 8", "us", "fit", 8, 250),
    Workload(
        "mlp", "`fit` of MLP 784-128-10, batch 128", "ms", "fit", 128, 100,
        trained(128, 784 * 128, 128 * 10),
    ),
    Workload(
        "cnn", "`fit` of CNN 32-64, 28x28x1, batch 128", "ms", "fit", 128, 16, CNN,
    ),
    Workload(
        "resnet", "`fit` of ResNet, 2 blocks of 32, 32x32x3, batch 64", "ms", "fit", 64, 4,
        trained(64, 32 * 32 * 9 * 3 * 32, 4 * 32 * 32 * 9 * 32 * 32, 32 * 10),
    ),
    Workload(
        "lstm", "`fit` of Embedding-LSTM(64), T=80, batch 64", "ms", "fit", 64, 16,
        trained(64, 0, 80 * (64 + 64) * 4 * 64, 64),
    ),
    Workload(
        "transformer", "`fit` of Transformer 2x128, T=64, batch 32", "ms", "fit", 32, 8,
        trained(32, 0, 2 * BLOCK, 128 * 10),
    ),
    Workload(
        "mobilenet", "`fit` of MobileNetV2, 96x96x3, batch 32", "ms", "fit", 32, 4,
        trained(32, 48 * 48 * 27 * 32, MOBILENET),
    ),
    Workload(
        "unet", "`fit` of U-Net, 64x64x3, batch 16", "ms", "fit", 16, 8,
        trained(16, 64 * 64 * 27 * 32, UNET),
    ),
    Workload(
        "wavenet", "`fit` of 10 dilated Conv1D(32), T=1000, batch 16", "ms", "fit", 16, 8,
        trained(16, 1000 * 2 * 32, 1000 * 9 * 2 * 32 * 32, 1000 * 32),
    ),
    Workload(
        "gru", "`fit` of bidirectional GRU(64), T=200, batch 32", "ms", "fit", 32, 16,
        trained(32, 2 * 200 * 32 * 3 * 64, 2 * 200 * 64 * 3 * 64, 128),
    ),
    Workload(
        "gpt", "`fit` of GPT 4x256, T=128, batch 16", "ms", "fit", 16, 4, trained(16, 0, GPT),
    ),
    Workload(
        "recommender", "`fit` of Embedding 1e6x64, batch 1024", "ms", "fit", 1024, 32,
        trained(1024, 0, 128 * 64, 64),
    ),
    Workload("pictures", "`predict` of 10,000 pictures, CNN 32-64", "ms", "call"),
    Workload("picture", "`predict` of one picture, MobileNetV2 96x96", "ms", "call"),
)  # fmt: skip
BY_NAME = {workload.name: workload for workload in WORKLOADS}
