"""StringLookup and IntegerLookup: terms as their numbers in a vocabulary, and back."""

import os
from collections import Counter
from itertools import pairwise

import numpy as np

from .... import ops
from ....base.config import settings
from ....base.errors import FailedPreconditionError
from ....base.files import replacing
from ....core.tensor import convert_to_tensor
from ....core.trackable import Bare, Trackable
from ....ops._kernels import words
from ....ops._kernels.texts import array_of
from ....ops.lookup import MutableHashTable, find_words
from ....ops.ragged import is_ragged
from ..preprocess import first_of
from .encoding import MODES, FeatureLayer, check_mode, encoded, encoded_shape, of_values, values_of

_BATCH = 1024  # elements of data sets that are counted at a time


class _Terms(MutableHashTable):
    """A table that is replaced as a whole; looking up in it before is an error."""

    ready = False

    def _track_values(self):
        return {}  # checkpoints have the layer's vocabulary

    def replace(self, keys, values):
        """Forgets what it held, and takes these."""
        self._entries.index.clear()
        self.insert(keys, values)
        self.ready = True


class _Vocabulary(Trackable):
    """The vocabulary of a layer in checkpoints; Keras's forget it."""

    _forgotten = "~"

    def __init__(self, layer):
        self._layer = layer

    def _track_values(self):
        tokens, weights = self._layer._tokens or [], self._layer._idf
        is_text = self._layer._terms == "string"
        return {
            "tokens": array_of([t.encode() for t in tokens]) if is_text else np.array(tokens, int),
            "idf": np.zeros(0, np.float32) if weights is None else weights.host(),
        }

    def _track_restore(self, values):
        layer, tokens, weights = self._layer, values["tokens"], values["idf"]
        is_text = layer._terms == "string"
        wrong = tokens.dtype != (np.dtype(object) if is_text else np.dtype(np.int64))
        if wrong or tokens.ndim != 1 or weights.ndim != 1 or weights.dtype.kind != "f":
            raise ValueError(
                f"The vocabulary of layer {layer.name!r} is of {layer._terms}, the checkpoint's of "
                f"{tokens.dtype}{list(tokens.shape)}."
            )
        terms = [t.decode() for t in tokens] if is_text else tokens.tolist()

        def change():
            if terms:
                layer._take(terms, (weights,) if len(weights) else None)

        return change


class VocabularyLookup(FeatureLayer):
    """What StringLookup and IntegerLookup share; a subclass says what its terms are.

    A term's number is its place in the vocabulary, which begins with the mask token, if there is
    one, and the places of terms that are not in it. Where rows are given ("multi_hot" and its
    kin), there is no place for the mask token.
    """

    _terms = "string"  # the dtype of terms
    _not_in_config = (*FeatureLayer._not_in_config, "vocabulary_size")

    def _prepare(self, vocabulary, idf_weights, vocabulary_size):
        """Checks the arguments that the subclass has kept; takes the vocabulary given."""
        if self.max_tokens is not None and self.max_tokens <= 1:
            raise ValueError(
                f"If set, `max_tokens` must be greater than 1. Received: "
                f"max_tokens={self.max_tokens}"
            )
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError(
                "`pad_to_max_tokens=True` needs `max_tokens`. Received: max_tokens=None"
            )
        if self.num_oov_indices < 0:
            raise ValueError(
                "`num_oov_indices` must be greater than or equal to 0. Received: "
                f"num_oov_indices={self.num_oov_indices}"
            )
        if self.output_mode == "binary":
            self.output_mode = "multi_hot"
        if self.output_mode == "tf-idf":
            self.output_mode = "tf_idf"
        if self.invert and self.output_mode != "int":
            raise ValueError(
                "`output_mode` must be `'int'` when `invert` is true. Received: "
                f"output_mode={self.output_mode}"
            )
        check_mode(self, self.output_mode, self.sparse, ("int", *MODES, "tf_idf"))
        if idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError(
                "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: "
                f"idf_weights={idf_weights} and output_mode={self.output_mode}"
            )
        self.vocabulary, self.idf_weights = _plain(vocabulary), _plain(idf_weights)
        self._tokens, self._idf, self._given = None, None, vocabulary is not None
        self._size = vocabulary_size  # until there are tokens
        self._kept, self._lookup_table = _Vocabulary(self), Bare(_initializer=Bare())
        if self.invert:
            self._table = _Terms("int64", self._terms, self.oov_token)
        else:
            self._table = _Terms(self._terms, "int64", self._first_oov)
        self.reset_state()
        if vocabulary is not None:
            if self.output_mode == "tf_idf" and idf_weights is None:
                raise ValueError(
                    "When specifying the `vocabulary` argument, in TF-IDF output mode, the "
                    "`idf_weights` argument must also be provided."
                )
            self.set_vocabulary(vocabulary, idf_weights)

    # -- the vocabulary ----------------------------------------------------------------------------

    @property
    def _has_mask(self):
        return self.mask_token is not None and self.output_mode == "int"

    @property
    def _first_oov(self):
        return int(self._has_mask)

    @property
    def _first_token(self):
        return self._first_oov + self.num_oov_indices

    def get_vocabulary(self, include_special_tokens=True):
        """The terms as a list, by their numbers.

        Args:
          include_special_tokens: also the mask token, and what stands for terms that are not in it.
        """
        tokens = list(self._tokens or ())
        if not include_special_tokens:
            return tokens
        special = [self.mask_token] * self._has_mask + [self.oov_token] * self.num_oov_indices
        return [*special, *tokens]

    def vocabulary_size(self):
        """The number of terms, special ones included."""
        return self._first_token + len(self._tokens or ())

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Sets the terms, and for "tf_idf" their weights.

        Args:
          vocabulary: a list, array or tensor of terms, or the path of a text file with one a line;
            special tokens may stand at its beginning.
          idf_weights: a weight for each.

        Raises:
          ValueError: no terms, repeated ones, more than `max_tokens`; weights missing or too many.
        """
        if self.output_mode == "tf_idf" and idf_weights is None:
            raise ValueError("`idf_weights` must be set if output_mode is 'tf_idf'.")
        if isinstance(vocabulary, str):
            vocabulary = self._read(vocabulary)
        tokens = list(map(self._term, _plain(vocabulary)))
        if not tokens:
            raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={vocabulary}")
        special = self.get_vocabulary()[: self._first_token]
        begins = special and tokens[: len(special)] == special
        weights = None if idf_weights is None else np.asarray(_plain(idf_weights), "float32")
        if weights is not None and len(weights) != len(tokens):
            raise ValueError(
                "`idf_weights` must be the same length as vocabulary. len(idf_weights) is "
                f"{len(weights)}; len(vocabulary) is {len(tokens)}"
            )
        if begins:
            tokens = tokens[len(special) :]
            if weights is not None:
                weights = weights[: len(special)], weights[len(special) :]
        elif weights is not None:
            weights = np.full(len(special), weights.mean(), "float32"), weights
        if self.mask_token is not None and self.mask_token in tokens:
            raise ValueError(
                "`vocabulary` has the mask token at a place of an ordinary one. It needs none of "
                "the special tokens, or begins with all of them, in order: "
                f"{special}. Received: vocabulary={vocabulary}"
            )
        repeated = [token for token, count in Counter(tokens).items() if count > 1]
        if repeated:
            raise ValueError(
                "The passed vocabulary has at least one repeated term. Please uniquify your "
                f"dataset. The repeated terms are: {repeated}"
            )
        size = self._first_token + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                "Attempted to set a vocabulary larger than the maximum vocab size. Received "
                f"vocabulary size is {size}; `max_tokens` is {self.max_tokens}."
            )
        self._given = True
        self._take(tokens, weights)

    def _read(self, path):
        if not os.path.exists(path):
            raise ValueError(f"Vocabulary file {path} does not exist.")
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        return lines[:-1] if not lines[-1] else lines

    def _take(self, tokens, weights):
        """Fills the table; `weights` are those of special tokens and of tokens, or None."""
        self._tokens = tokens
        keys = [*([self.mask_token] if self.mask_token is not None else []), *tokens]
        mask = [0 if self._has_mask else -1] if self.mask_token is not None else []
        numbers = [*mask, *range(self._first_token, self._first_token + len(tokens))]
        keys, numbers = convert_to_tensor(keys, self._terms), np.array(numbers, "int64")
        if self.invert:
            self._table.replace(numbers, keys)
        else:
            self._table.replace(keys, numbers)
        if weights is not None:
            weights = np.concatenate(weights)
            if self.pad_to_max_tokens:
                weights = np.pad(weights, (0, self.max_tokens - len(weights)))
            self._idf = convert_to_tensor(weights, settings.floatx)

    def _lacks_state(self):
        return self._tokens is None

    def _take_state(self, restored):
        terms, numbers = restored.lookup_table._entries.exported()
        pairs = zip(numbers.tolist(), terms.tolist())
        if self.invert:
            pairs = ((number, term) for term, number in pairs)
        tokens = [self._term(term) for n, term in sorted(pairs) if n >= self._first_token]
        weights = getattr(restored, "idf_weights", None)
        self._take(tokens, None if weights is None else (weights.numpy(),))

    # -- what it learns ----------------------------------------------------------------------------

    def adapt(self, data, steps=None):
        """Makes the vocabulary of the terms of data, the most frequent first.

        Args:
          data: an array, tensor or list of terms, or a `tf.data.Dataset` of them.
          steps: how many batches to take; all by default.

        Raises:
          ValueError: the layer was given its vocabulary.
        """
        if self._given:
            raise ValueError(
                f"Cannot adapt layer {self.name!r} after setting a static vocabulary via "
                "`vocabulary` argument or `set_vocabulary()` method."
            )
        self.reset_state()
        for batch in batches_of(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Counts the terms of more data."""
        tokens = self._convert(data)
        flat = getattr(tokens, "flat_values", tokens)
        if flat.dtype.name != self._terms:
            tokens = ops.cast(tokens, self._terms)
            flat = getattr(tokens, "flat_values", tokens)
        terms = flat.host().ravel().tolist()
        self._counts.update(terms)
        if self.output_mode == "tf_idf":
            for row in self._documents(tokens, terms):
                self._document_counts.update(set(row))
                self._documents_seen += 1

    def _documents(self, tokens, terms):
        if is_ragged(tokens):
            ends = tokens.row_splits.host().tolist()
            return (terms[a:b] for a, b in pairwise(ends))
        width = 1 if len(tokens._shape) < 2 else tokens._shape[-1]
        return (terms[a : a + width] for a in range(0, len(terms), width))

    def finalize_state(self):
        """Sets the vocabulary by what has been counted."""
        if self._given or not self._counts:
            return
        for special in (self.mask_token, self.oov_token):
            self._counts.pop(self._key(special), None)
        order = sorted(self._counts, reverse=True)
        order.sort(key=self._counts.__getitem__, reverse=True)
        if self.max_tokens is not None:
            order = order[: self.max_tokens - self._first_token]
        weights = None
        if self.output_mode == "tf_idf":
            seen = np.array([self._document_counts[term] for term in order], "float32")
            own = np.log(1 + np.float32(self._documents_seen) / (1 + seen))
            mean = own.mean() if len(own) else 0.0
            weights = np.full(self._first_token, mean, "float32"), own
        self._take([self._term(key) for key in order], weights)

    def reset_state(self):
        """Forgets what has been counted."""
        self._counts, self._document_counts, self._documents_seen = Counter(), Counter(), 0

    # -- what it does ------------------------------------------------------------------------------

    def call(self, inputs):
        """The terms' numbers, or what `output_mode` makes of them; of numbers their terms."""
        values = values_of(inputs)
        self._must_be_ready(values)
        if self.invert:
            return of_values(inputs, self._table.lookup(ops.cast(values, "int64")))
        if (values.dtype.name == "string") != (self._terms == "string"):
            raise ValueError(
                f"Layer {self.name!r} takes {self._terms} inputs, received {values.dtype.name}: "
                "use tf.strings.as_string, tf.strings.to_number, or the other lookup layer."
            )
        if self._terms != "string":
            values = ops.cast(values, self._terms)
        return self._rows_of(of_values(inputs, self._numbers(values)))

    def _must_be_ready(self, values):
        if not self._table.ready and values.is_eager:
            if self.output_mode != "int" and not self.pad_to_max_tokens:
                raise RuntimeError(
                    f"With output_mode={self.output_mode!r} the layer needs its vocabulary before "
                    "it is called: give `vocabulary`, or call adapt() on data."
                )
            raise FailedPreconditionError(
                f"Layer {self.name!r} has no vocabulary yet (table not initialized): call adapt() "
                "on data, or set_vocabulary()."
            )

    def _words_of(self, texts, lower, deleted):
        """What `call` gives for the words of a vector of texts."""
        self._must_be_ready(texts)
        return self._rows_of(find_words(self._table, texts, self._first_oov, lower, deleted))

    def _count_words(self, texts, lower, deleted):
        """Counts the words of a list of texts."""
        counts, in_texts = words.count(texts, lower, deleted, self.output_mode == "tf_idf")
        self._counts.update(counts)
        if in_texts is not None:
            self._document_counts.update(in_texts)
            self._documents_seen += len(texts)

    def _rows_of(self, found):
        """What `output_mode` makes of numbers."""
        if self.output_mode == "int":
            return found
        depth = self._depth()
        if self.output_mode == "tf_idf":
            counts = encoded(found, depth, "count", settings.floatx, sparse=self.sparse)
            return counts * (self._idf if self._idf is not None else 0.0)
        return encoded(found, depth, self.output_mode, "int64", sparse=self.sparse)

    def _depth(self):
        """The size of rows: of a layer out of a file it is known before its vocabulary."""
        if self.pad_to_max_tokens:
            return self.max_tokens
        return self._size if self._tokens is None and self._size else self.vocabulary_size()

    def _numbers(self, inputs):
        if self.num_oov_indices == 1:
            return self._table.lookup(inputs)
        if self.num_oov_indices:
            default = self._oov_buckets(inputs) + self._first_oov
            return self._table.lookup(inputs, dynamic_default_values=default)
        # nothing stands for terms that are not there
        found = self._table.lookup(inputs, ops.fill(inputs._shape, ops.cast(_ABSENT, "int64")))
        absent = ops.equal(found, _ABSENT)
        ops.debugging_Assert(
            ops.logical_not(ops.reduce_any(absent)),
            [
                "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values in",
                inputs,
                "consider setting `num_oov_indices=1`.",
            ],
        )
        return found

    def compute_output_shape(self, input_shape):
        """The shape of what `call` gives; the size of rows is None until it is known."""
        known = self._tokens or self._size or self.pad_to_max_tokens
        depth = self._depth() if known else None
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        return encoded_shape(input_shape, depth, mode)

    # -- kept --------------------------------------------------------------------------------------

    def get_config(self):
        """The arguments that make an equal layer, and the size of its vocabulary."""
        size = self.vocabulary_size() if self._tokens else self._size
        config = {**super().get_config(), "vocabulary_size": size}
        if isinstance(self.vocabulary, str):  # a file of this machine: its terms go with the config
            config["vocabulary"] = list(self._tokens)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The layer of a config.

        Raises:
          ValueError: the config names a file with the vocabulary: it would be read.
        """
        check_no_path(config)
        return super().from_config(config, custom_objects)

    def _assets(self):
        """What files keep beside the weights, by name: the vocabulary, unless it was given."""
        if self.vocabulary is not None:
            return {}
        return {"vocabulary.txt": "\n".join(map(str, self.get_vocabulary())).encode()}

    def _take_assets(self, files):
        """Takes what `_assets` gave; a vocabulary that was given stays."""
        if self.vocabulary is None and "vocabulary.txt" in files:
            tokens = files["vocabulary.txt"].decode().rstrip("\n").split("\n")[self._first_token :]
            self._take(list(map(self._term, tokens)), None)

    def save_assets(self, dir_path):
        """Writes the vocabulary to `vocabulary.txt` in a folder."""
        write_files(dir_path, self._assets())

    def load_assets(self, dir_path):
        """Reads what `save_assets` wrote; a vocabulary that was given stays."""
        self._take_assets(read_files(dir_path, ["vocabulary.txt"]))

    def save_own_variables(self, store):
        """Puts the weights of "tf_idf" into a dict-like store."""
        if self._idf is not None:
            store["idf_weights"] = self._idf.numpy()

    def load_own_variables(self, store):
        """Takes what `save_own_variables` stored."""
        if self.output_mode == "tf_idf" and self.idf_weights is None and "idf_weights" in store:
            self._idf = convert_to_tensor(np.asarray(store["idf_weights"]), settings.floatx)


def check_no_path(config):
    """Refuses a vocabulary in a config that is not a list of terms.

    Raises:
      ValueError: it is the path of a file.
    """
    if isinstance(config.get("vocabulary"), str):
        raise ValueError(
            f"Layer {config.get('name')!r}: its configuration has the path of a file, "
            f"{config['vocabulary']!r}, for its vocabulary. Files that a configuration names are "
            "not read: give the terms, as in layer.set_vocabulary([...])."
        )


def write_files(folder, files):
    """Writes files, a dict from names to bytes, into a folder."""
    for name, data in files.items():
        with replacing(os.path.join(folder, name)) as new, open(new, "wb") as file:
            file.write(data)


def read_files(folder, names):
    """The bytes of those files of a folder that are there, by name."""
    found = {}
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found[name] = file.read()
    return found


_ABSENT = -(2**62)


class StringLookup(VocabularyLookup):
    """Texts as their numbers in a vocabulary.

    Args:
      max_tokens: the largest size of the vocabulary, special tokens included.
      num_oov_indices: how many numbers stand for texts that are not in it, by their hashes; with 0
        such texts are an error.
      mask_token: a text that means nothing, number 0.
      oov_token: what stands for texts that are not there when numbers become texts.
      vocabulary: the terms, as for `set_vocabulary`, in place of `adapt`.
      idf_weights: a weight for each, for "tf_idf".
      invert: numbers in, texts out.
      output_mode: "int"; "one_hot", "multi_hot", "count" as in CategoryEncoding; or "tf_idf":
        counts times weights.
      pad_to_max_tokens: rows have `max_tokens` columns from the beginning.
      sparse: whether the rows come as a SparseTensor.
      encoding: of the texts.
      salt: one or two integers: SipHash is taken instead of FarmHash.

    Raises:
      ValueError: arguments that do not go together.

    Example:
    >>> layer = tf.keras.layers.StringLookup()
    >>> layer.adapt(["b", "a", "b"])
    >>> layer.get_vocabulary(), layer(["a", "b", "c"]).numpy()
    (['[UNK]', 'b', 'a'], array([2, 1, 0]))
    """

    dtype = compute_dtype = variable_dtype = property(lambda self: "string", doc="That of texts.")

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        pad_to_max_tokens=False,
        sparse=False,
        encoding="utf-8",
        name=None,
        salt=None,
        oov_method="floormod",
        vocabulary_size=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token, self.invert = mask_token, oov_token, invert
        self.output_mode, self.pad_to_max_tokens = output_mode, pad_to_max_tokens
        self.sparse, self.encoding, self.oov_method = sparse, encoding, oov_method
        self.salt = _salt(salt)
        self._prepare(vocabulary, idf_weights, vocabulary_size)

    def _term(self, token):
        return token.decode(self.encoding) if isinstance(token, bytes) else str(token)

    def _key(self, token):
        return None if token is None else token.encode(self.encoding)

    def _oov_buckets(self, inputs):
        if self.salt is not None:
            return ops.strings_to_hash_bucket_strong(inputs, self.num_oov_indices, self.salt)
        return ops.strings_to_hash_bucket_fast(inputs, self.num_oov_indices)


class IntegerLookup(VocabularyLookup):
    """Integers as their numbers in a vocabulary.

    Args:
      max_tokens: the largest size of the vocabulary, special tokens included.
      num_oov_indices: how many numbers stand for integers that are not in it; with 0 such integers
        are an error.
      mask_token: an integer that means nothing, number 0.
      oov_token: what stands for integers that are not there when numbers are turned back.
      vocabulary: the integers, as for `set_vocabulary`, in place of `adapt`.
      vocabulary_dtype: "int64".
      idf_weights: a weight for each, for "tf_idf".
      invert: turns numbers back.
      output_mode: "int"; "one_hot", "multi_hot", "count" as in CategoryEncoding; or "tf_idf":
        counts times weights.
      sparse: whether the rows come as a SparseTensor.
      pad_to_max_tokens: rows have `max_tokens` columns from the beginning.
      oov_method: "floormod": by the remainder; or "farmhash".
      salt: one or two integers: SipHash is taken instead of FarmHash.

    Raises:
      ValueError: arguments that do not go together.

    Example:
    >>> layer = tf.keras.layers.IntegerLookup(vocabulary=[12, 36])
    >>> layer([[36, 12, 7]]).numpy()
    array([[2, 1, 0]])
    """

    _terms = "int64"
    dtype = compute_dtype = variable_dtype = property(lambda self: "int64", doc="Of integers.")

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token=-1,
        vocabulary=None,
        vocabulary_dtype="int64",
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        salt=None,
        name=None,
        vocabulary_size=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if vocabulary_dtype != "int64":
            raise ValueError(
                "Only `vocabulary_dtype='int64'` is supported at this time. Received: "
                f"vocabulary_dtype={vocabulary_dtype}"
            )
        if oov_method not in ("floormod", "farmhash"):
            raise ValueError(
                f"`oov_method` must be 'floormod' or 'farmhash'. Received: oov_method={oov_method}"
            )
        if salt is not None and oov_method == "floormod":
            raise ValueError("`salt` can only be used when `oov_method='farmhash'`.")
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token, self.invert = mask_token, oov_token, invert
        self.output_mode, self.pad_to_max_tokens = output_mode, pad_to_max_tokens
        self.sparse, self.oov_method, self.salt = sparse, oov_method, _salt(salt)
        self.vocabulary_dtype = vocabulary_dtype
        self._prepare(vocabulary, idf_weights, vocabulary_size)

    def _term(self, token):
        return int(token)

    _key = staticmethod(lambda token: token)

    def _oov_buckets(self, inputs):
        if self.oov_method == "floormod":
            return ops.floormod(inputs, ops.cast(self.num_oov_indices, "int64"))
        return StringLookup._oov_buckets(self, ops.strings_as_string(inputs))


def _salt(salt):
    return [salt, salt] if isinstance(salt, int) else None if salt is None else list(salt)


def _plain(values):
    """Terms or weights as a list; a path or None as it is."""
    if values is None or isinstance(values, str):
        return values
    if hasattr(values, "numpy"):
        values = values.numpy()
    return values.tolist() if hasattr(values, "tolist") else list(values)


def batches_of(data, steps=None):
    """Data for `adapt` in batches: a data set's, or all of an array at once."""
    if hasattr(data, "element_spec"):
        if len(first_of(data.element_spec).shape) == 0:
            data = data.batch(_BATCH)
        for batch in data if steps is None else data.take(steps):
            yield first_of(batch)
    elif hasattr(data, "__array__") or isinstance(data, str | list | tuple | ops.RaggedTensor):
        yield data
    elif hasattr(data, "__iter__"):
        yield from map(first_of, data)
    else:
        raise TypeError(
            f"Unsupported data type: {type(data)}. `adapt` supports arrays, tensors, lists, "
            "`tf.data.Dataset` and iterables of batches."
        )
