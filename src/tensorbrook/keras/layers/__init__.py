"""All layers."""

from ...base.lazy import on_first_use as _on_first_use
from .activations import ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU
from .configs import deserialize, serialize
from .core import Activation, Dense, Identity, Lambda
from .function import FunctionLayer
from .input import Input, InputLayer
from .layer import Layer
from .reshape import Flatten, Permute, RepeatVector, Reshape
from .spec import InputSpec
from .wrapper import Wrapper


def _of_each_rank(stems, ranks="1D 2D 3D"):
    return " ".join(stem + rank for stem in stems.split() for rank in ranks.split())


def _also(short, name, ranks="1D 2D 3D"):
    return " ".join(f"{short}{rank}={name}{rank}" for rank in ranks.split())


__getattr__, __dir__ = _on_first_use(
    __name__,
    {
        "attention": "AdditiveAttention Attention",
        "convolution": " ".join(
            [
                _of_each_rank("Conv"),
                _of_each_rank("Conv", "1DTranspose 2DTranspose 3DTranspose"),
                _of_each_rank("DepthwiseConv SeparableConv", "1D 2D"),
                _also("Convolution", "Conv"),
                _also("Convolution", "Conv", "1DTranspose 2DTranspose 3DTranspose"),
                _also("SeparableConvolution", "SeparableConv", "1D 2D"),
            ]
        ),
        "dense_features": "DenseFeatures",
        "dropout": (
            "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise "
            + _of_each_rank("SpatialDropout")
        ),
        "einsum_dense": "EinsumDense",
        "embedding": "Embedding ReversibleEmbedding",
        "features": (
            "CategoryEncoding Discretization HashedCrossing Hashing IntegerLookup Pipeline "
            "StringLookup TextVectorization"
        ),
        "foreign": "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper",
        "images": (
            "AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix "
            "Equalization MaxNumBoundingBoxes MixUp RandAugment RandomBrightness "
            "RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop "
            "RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale "
            "RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization "
            "RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation "
            "RandomWidth RandomZoom Resizing Solarization"
        ),
        "local": _of_each_rank("LocallyConnected", "1D 2D"),
        "masking": "Masking",
        "merge": (
            "Add Average Concatenate Dot Maximum Minimum Multiply Subtract "
            "add average concatenate dot maximum minimum multiply subtract"
        ),
        "multi_head": "GroupQueryAttention=GroupedQueryAttention MultiHeadAttention",
        "normalization": (
            "BatchNormalization GroupNormalization LayerNormalization RMSNormalization "
            "UnitNormalization"
        ),
        "padding": _of_each_rank("Cropping UpSampling ZeroPadding"),
        "pooling": " ".join(
            [
                _of_each_rank("AdaptiveAveragePooling AdaptiveMaxPooling"),
                _of_each_rank("AveragePooling GlobalAveragePooling GlobalMaxPooling MaxPooling"),
                _also("AvgPool", "AveragePooling"),
                _also("GlobalAvgPool", "GlobalAveragePooling"),
                _also("GlobalMaxPool", "GlobalMaxPooling"),
                _also("MaxPool", "MaxPooling"),
            ]
        ),
        "preprocess": "Normalization Rescaling",
        "recurrent": (
            "GRU LSTM RNN AbstractRNNCell Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRUCell "
            "LSTMCell SimpleRNN SimpleRNNCell StackedRNNCells TimeDistributed "
            "CuDNNGRU=GRU CuDNNLSTM=LSTM"  # Keras 2's, of the same formulas and weights
        ),
        "spectra": "MelSpectrogram STFTSpectrogram",
        "spectral_normalization": "SpectralNormalization",
    },
)
