"""Layers over time: cells, the loop over them, and layers that call other layers at each step."""

from .bidirectional import Bidirectional
from .cells import GRUCell, LSTMCell, SimpleRNNCell
from .conv import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from .named import GRU, LSTM, SimpleRNN
from .rnn import RNN
from .stacked import AbstractRNNCell, StackedRNNCells
from .time_distributed import TimeDistributed
