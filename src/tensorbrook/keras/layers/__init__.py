"""All layers."""

from .activations import ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU
from .attention import AdditiveAttention, Attention
from .configs import deserialize, serialize
from .core import Activation, Dense, Identity, Lambda
from .dropout import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from .einsum_dense import EinsumDense
from .embedding import Embedding
from .function import FunctionLayer
from .input import Input, InputLayer
from .layer import Layer
from .masking import Masking
from .merge import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from .multi_head import GroupedQueryAttention as GroupQueryAttention
from .multi_head import MultiHeadAttention
from .normalization import (
    BatchNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from .preprocess import Normalization, Rescaling
from .reshape import Flatten, Permute, RepeatVector, Reshape
from .spec import InputSpec
