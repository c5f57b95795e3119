"""TextVectorization: texts as numbers of their words."""

from .... import ops
from ....ops.ragged import is_ragged
from ...registry import deserialize, serialize
from .encoding import MODES, FeatureLayer, check_mode
from .lookup import StringLookup, batches_of, check_no_path

PUNCTUATION = r"[!\"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']"
_DELETED = rb"""!"#$%&()*+,-./:;<=>?@[\]^_`{|}~'"""
_AT_ONCE = 8192  # texts that `adapt` cuts up at a time
_IN_ONE = {  # what is cut up in one go: (whether letters are made small, bytes to leave out)
    None: (False, b""),
    "lower": (True, b""),
    "strip_punctuation": (False, _DELETED),
    "lower_and_strip_punctuation": (True, _DELETED),
}


def _stripped(texts):
    return ops.strings_regex_replace(texts, PUNCTUATION, "")


_STANDARDS = {
    "lower_and_strip_punctuation": lambda texts: _stripped(ops.strings_lower(texts)),
    "lower": lambda texts: ops.strings_lower(texts),
    "strip_punctuation": _stripped,
}
_SPLITS = {
    "whitespace": lambda texts: ops.strings_split(texts),
    "character": lambda texts: ops.strings_unicode_split(texts, "UTF-8"),
}


class TextVectorization(FeatureLayer):
    """Texts as rows of the numbers of their words, or of how often words occur.

    Args:
      max_tokens: the largest size of the vocabulary, special tokens included.
      standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a function
        of texts.
      split: "whitespace", "character", None, or a function that cuts texts into rows of words.
      ngrams: also runs of words: up to so many, or of the lengths in a tuple.
      output_mode: "int": the words' numbers; or "one_hot", "multi_hot", "count", "tf_idf": a row of
        numbers for each text, one for each word of the vocabulary.
      output_sequence_length: cuts or fills up (with 0) the rows of "int" to this length.
      pad_to_max_tokens: rows of the other modes have `max_tokens` columns from the beginning.
      vocabulary: the words, a list or the path of a file, in place of `adapt`.
      idf_weights: a weight for each, for "tf_idf".
      sparse: whether the rows come as a SparseTensor.
      ragged: for "int" give a RaggedTensor.
      encoding: of the texts.

    Raises:
      ValueError: arguments that do not go together.

    Example:
    >>> layer = tf.keras.layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["The cat sat.", "The dog!"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
    >>> layer(["the cat ran"]).numpy()
    array([[2, 5, 1, 0]])
    """

    dtype = compute_dtype = variable_dtype = property(lambda self: "string", doc="That of texts.")

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=None,
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
        idf_weights=None,
        sparse=False,
        ragged=False,
        encoding="utf-8",
        name=None,
        vocabulary_size=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        output_mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(output_mode, output_mode)
        check_mode(self, output_mode, sparse, ("int", *MODES, "tf_idf"))
        _check_choice("standardize", standardize, _STANDARDS)
        _check_choice("split", split, _SPLITS)
        ngrams = _checked_ngrams(ngrams)
        if output_sequence_length is not None and (
            output_mode != "int"
            or not isinstance(output_sequence_length, int)
            or output_sequence_length < 0
        ):
            raise ValueError(
                "`output_sequence_length` must be an integer of at least 0, and is for "
                f"`output_mode='int'`. Received: output_sequence_length={output_sequence_length}, "
                f"output_mode={output_mode}"
            )
        if ragged and output_mode != "int":
            raise ValueError(
                "`ragged` must not be true if `output_mode` is not `'int'`. Received: "
                f"ragged={ragged}, output_mode={output_mode}"
            )
        self.max_tokens, self.standardize, self.split = max_tokens, standardize, split
        self.ngrams, self.output_mode = ngrams, output_mode
        self.output_sequence_length, self.ragged = output_sequence_length, ragged
        self.pad_to_max_tokens, self.sparse, self.encoding = pad_to_max_tokens, sparse, encoding
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            mask_token="",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            encoding=encoding,
            vocabulary_size=vocabulary_size,
        )
        self.vocabulary = self._lookup_layer.vocabulary
        self.idf_weights = self._lookup_layer.idf_weights

    # -- the vocabulary ----------------------------------------------------------------------------

    def adapt(self, data, batch_size=None, steps=None):
        """Makes the vocabulary of the words of texts, the most frequent first.

        Args:
          data: an array, tensor or list of texts, or a `tf.data.Dataset` of them.
          batch_size: changes nothing here.
          steps: how many batches of a data set to take; all by default.

        Raises:
          ValueError: the layer was given its vocabulary.
        """
        if self._lookup_layer._given:
            self._lookup_layer.adapt([])
        self.reset_state()
        for batch in batches_of(data, steps):
            texts = self._convert(batch)
            count = texts._shape[0] if not is_ragged(texts) and texts._shape else 0
            for start in range(0, max(count, 1), _AT_ONCE):
                self.update_state(texts[start : start + _AT_ONCE] if count > _AT_ONCE else texts)
        self.finalize_state()

    def update_state(self, data):
        """Counts the words of more texts."""
        texts = self._convert(data)
        in_one = self._in_one(texts)
        if in_one is None:
            self._lookup_layer.update_state(self._words(texts))
        else:
            self._lookup_layer._count_words(texts.host().ravel().tolist(), *in_one)

    def finalize_state(self):
        """Sets the vocabulary by what has been counted."""
        self._lookup_layer.finalize_state()

    def reset_state(self):
        """Forgets what has been counted."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens=True):
        """The words as a list, by their numbers.

        Args:
          include_special_tokens: also "" and "[UNK]", which stand for nothing and other words.
        """
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self):
        """The number of words, special ones included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Sets the words, and for "tf_idf" their weights; as StringLookup.set_vocabulary."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def _assets(self):
        return self._lookup_layer._assets()

    def _take_assets(self, files):
        self._lookup_layer._take_assets(files)

    def save_own_variables(self, store):
        """Puts the weights of "tf_idf" into a dict-like store, as its inner layer does too."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store):
        """Takes what `save_own_variables` stored."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path):
        """Writes the vocabulary to `vocabulary.txt` in a folder."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path):
        """Reads what `save_assets` wrote."""
        self._lookup_layer.load_assets(dir_path)

    # -- what it does ------------------------------------------------------------------------------

    def _in_one(self, texts):
        """How texts are cut and looked up in one go; None where step by step."""
        fits = self.split == "whitespace" and self.ngrams is None and not is_ragged(texts)
        if not fits or texts.dtype.name != "string" or callable(self.standardize):
            return None
        self._check_rank(texts)
        return _IN_ONE[self.standardize]

    def _check_rank(self, texts):
        shape = tuple(texts.shape)
        if len(shape) > 1 and (len(shape) > 2 or shape[-1] != 1):
            raise ValueError(
                "When using `TextVectorization` to tokenize strings, the input rank must be 1 or "
                f"the last shape dimension must be 1. Received: inputs.shape={shape} with "
                f"rank={len(shape)}"
            )

    def _words(self, texts):
        """Texts standardized and cut into words, runs of words included."""
        if getattr(texts, "flat_values", texts).dtype.name != "string":
            raise ValueError(
                f"Layer {self.name!r} takes texts, received {texts.dtype.name}: use "
                "tf.strings.as_string."
            )
        standardize, split = self.standardize, self.split
        if standardize is not None:
            texts = _STANDARDS.get(standardize, standardize)(texts)
        if split is not None:
            if len(texts.shape) > 1:
                self._check_rank(texts)
                texts = ops.squeeze(texts, -1)
            texts = _SPLITS.get(split, split)(texts)
        if self.ngrams is not None:
            up_to = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
            texts = ops.strings_ngrams(texts, tuple(up_to), separator=" ")
        return texts

    def call(self, inputs):
        """The words' numbers, or what `output_mode` makes of them."""
        in_one = self._in_one(inputs)
        if in_one is None:
            found = self._lookup_layer(self._words(inputs))
        else:
            found = self._lookup_layer._words_of(ops.reshape(inputs, (-1,)), *in_one)
            if not inputs._shape:
                found = found.values if is_ragged(found) else found[0]
        if self.output_mode != "int" or self.ragged:
            return found
        length = self.output_sequence_length
        if is_ragged(found):
            sizes = [None] * found.shape.rank
            sizes[-1] = length
            return found.to_tensor(shape=sizes)
        if length is None:
            return found
        rows = found[..., :length]
        missing = ops.maximum(length - ops.shape(rows)[-1], 0)
        zeros = ops.zeros_like(ops.broadcast_to(rows[..., :1] * 0, (*rows._shape[:-1], length)))
        return ops.concat([rows, zeros[..., :missing]], -1)

    def compute_output_shape(self, input_shape):
        """The shape of what `call` gives."""
        lead = tuple(input_shape)
        if self.split is not None:
            lead = lead[:-1] if len(lead) > 1 and lead[-1] == 1 else lead
            lead = (*lead, None)
        if self.output_mode == "int":
            length = self.output_sequence_length
            return (*lead[:-1], lead[-1] if length is None else length)
        return self._lookup_layer.compute_output_shape(lead)

    # -- kept --------------------------------------------------------------------------------------

    _not_in_config = (*FeatureLayer._not_in_config, "vocabulary_size")

    def get_config(self):
        """The arguments that make an equal layer, and the size of its vocabulary."""
        functions = {
            name: serialize(getattr(self, name))
            for name in ("standardize", "split")
            if callable(getattr(self, name))
        }
        own = self._lookup_layer.get_config()
        lists = {name: own[name] for name in ("vocabulary", "vocabulary_size")}
        return {**super().get_config(), **functions, **lists}

    @classmethod
    def from_config(cls, config):
        """The layer of a config.

        Raises:
          ValueError: the config names a file with the vocabulary: it would be read.
        """
        check_no_path(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config = {**config, name: deserialize(config[name])}
        return cls(**config)


def _check_choice(what, value, choices):
    if value is not None and not callable(value) and value not in choices:
        raise ValueError(
            f"Unknown value for `{what}` argument of TextVectorization. Allowed values are: "
            f"{tuple(choices)}. Received: {what}={value}"
        )


def _checked_ngrams(ngrams):
    """The argument, a list as a tuple; ValueError else."""
    ngrams = tuple(ngrams) if isinstance(ngrams, list) else ngrams
    several = ngrams if isinstance(ngrams, tuple) else (ngrams,)
    if ngrams is not None and not all(isinstance(n, int) for n in several):
        raise ValueError(
            f"`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams={ngrams}"
        )
    return ngrams
