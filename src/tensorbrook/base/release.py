"""The release of TensorFlow that is followed: what files of graphs and models say of it."""

VERSION = "2.21.0"
GRAPH_DEF_VERSION, GRAPH_DEF_VERSION_MIN_CONSUMER, GRAPH_DEF_VERSION_MIN_PRODUCER = 2474, 0, 0
