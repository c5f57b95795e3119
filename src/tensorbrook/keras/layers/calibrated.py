"""Layers whose weights GPTQ and AWQ quantize, by what the layers are given."""

from ... import ops
from ...core.tensor import convert_to_tensor
from ..quantization import calibration, numbers
from .adapted import Adaptable

BY_DATA = ("gptq", "awq")


class Calibrated(Adaptable):
    """A layer with one adapted weight, which may be quantized by data.

    After `quantize`, it computes with its floats until `calibrate` was called.
    """

    _modes = (*Adaptable._modes, *BY_DATA)
    is_gptq_calibrated = is_awq_calibrated = False
    _inputs_seen = None  # what takes inputs into account, during calibration

    def _by_data(self):
        return self.quantization_mode in BY_DATA

    def _is_calibrated(self):
        return self.is_gptq_calibrated or self.is_awq_calibrated

    def _replace(self, weight, variable):
        if not self._by_data():
            return super()._replace(weight, variable)
        return self._hold(weight, variable.shape, variable)

    def _hold(self, weight, shape, value):
        """Makes the variables for what `calibrate` will find: it is there already in files, where
        there is no `value`."""
        if not self._by_data():
            return super()._hold(weight, shape, value)
        self._note(weight, tuple(shape))
        (rows, columns), name = self._to_matrix_shape(weight), weight.attribute
        is_four, size = self._policy.weight_bits == 4, self._policy.group_size
        grid = (columns, 1 if size == -1 else -(-rows // size))
        parts = {
            f"quantized_{name}": (name, (-(-columns // 2) if is_four else columns, rows), "uint8"),
            f"{name}_scale": (f"{name}_scale", grid, None),
            f"{name}_zero": (f"{name}_zero", grid, "uint8"),
        }
        if self.quantization_mode == "awq":
            parts["awq_scales"] = ("awq_scales", (rows,), None)
        parts["g_idx"] = ("g_idx", (rows,), "float32")
        for attribute, (part, shape, dtype) in parts.items():
            start = "ones" if part.endswith(("_scale", "_scales")) else "zeros"
            made = self.add_weight(shape, start, dtype, False, autocast=False, name=part)
            setattr(self, attribute, made)
        self._set_calibrated(value is None)
        return None

    def _set_calibrated(self, value):
        setattr(self, f"is_{self.quantization_mode}_calibrated", value)

    def _add_lora(self, *args, **kwargs):
        if self._by_data():
            raise NotImplementedError(
                f"lora is not currently supported with {self.quantization_mode.upper()} "
                "quantization."
            )
        super()._add_lora(*args, **kwargs)

    def calibrate(self):
        """Replaces the floats by integers chosen by the inputs of calls since `watch_inputs`."""
        weight = self._adapted()[0]
        matrix = ops.transpose(self._to_matrix(weight, convert_to_tensor(self._stored(weight))))
        found = self._inputs_seen.integers(matrix.numpy().astype("float32"))
        values, name = found.values, weight.attribute
        if self._policy.weight_bits == 4:
            values = numbers.pack_int4(values, axis=0, dtype="uint8")[0]
        getattr(self, f"quantized_{name}").assign(values)
        getattr(self, f"{name}_scale").assign(found.scale)
        getattr(self, f"{name}_zero").assign(found.zero)
        self.g_idx.assign(found.groups)
        if found.scales is not None:
            self.awq_scales.assign(found.scales)
        self._inputs_seen = None
        delattr(self, "_" + name)
        self._set_calibrated(True)

    def watch_inputs(self, config):
        """Has calls take their inputs into account, for `calibrate`."""
        rows = self._to_matrix_shape(self._adapted()[0])[0]
        self._inputs_seen = calibration.OF_MODES[config.mode](rows, config)

    def _product(self, function, inputs, weight, training):
        if not self._by_data():
            return super()._product(function, inputs, weight, training)
        if self._inputs_seen is not None:
            rows = self._to_matrix_shape(weight)[0]
            self._inputs_seen.see(ops.reshape(ops.cast(inputs, "float32"), (-1, rows)).numpy())
        return function(inputs, ops.cast(self.whole(weight), self.compute_dtype))

    def whole(self, weight=None):
        """The floats that stand for the weight."""
        weight = weight or self._adapted()[0]
        if not (self._by_data() and self._is_calibrated()):
            return super().whole(weight)
        groups, name = ops.cast(self.g_idx, "int32"), weight.attribute
        scale, zero = (getattr(self, f"{name}_{part}") for part in ("scale", "zero"))
        scale, zero = (ops.gather(convert_to_tensor(p), groups, axis=1) for p in (scale, zero))
        integers = ops.cast(self._unpacked(weight, None), scale.dtype)
        matrix = (integers - ops.cast(zero, scale.dtype)) * scale
        if self.quantization_mode == "awq":
            matrix = matrix / convert_to_tensor(self.awq_scales)
        shape = self._weight_shapes[name]
        return self._from_matrix(weight, ops.transpose(matrix), shape)

    def _unpacked(self, weight, value):
        if not self._by_data():
            return super()._unpacked(weight, value)
        if not self._is_calibrated():
            return value
        packed = convert_to_tensor(getattr(self, f"quantized_{weight.attribute}"))
        if self._policy.weight_bits != 4:
            return packed
        return numbers.unpack_int4(packed, self._to_matrix_shape(weight)[1], 0, "uint8")


class Calibration:
    """Runs texts through a model's blocks, one after the other, and quantizes their layers.

    Args:
      config: the GPTQConfig or AWQConfig.
      structure: a dict: the layers that make inputs of the first block of token ids, as
        "pre_block_layers", and the "sequential_blocks".

    Raises:
      ValueError: no structure, no blocks, no data.
    """

    def __init__(self, config, structure):
        if structure is None:
            raise ValueError(
                f"For mode='{config.mode}', a valid quantization structure must be provided "
                "either via `config.quantization_layer_structure` or by overriding "
                "`model.get_quantization_layer_structure(mode)`. The structure should be a "
                "dictionary with keys 'pre_block_layers' and 'sequential_blocks'."
            )
        self.config, self.samples = config, calibration.samples_of(config)
        self.before = structure.get("pre_block_layers", [])
        self.blocks = structure.get("sequential_blocks", [])
        if not self.blocks:
            raise ValueError(
                "No sequential blocks found in the provided structure to quantize: give a list of "
                "layers as structure['sequential_blocks']."
            )

    def run(self, chosen):
        """Quantizes the layers for which `chosen` is true and that wait for it."""
        inputs = [convert_to_tensor(sample) for sample in self.samples]
        for layer in self.before:
            inputs = [layer(x) for x in inputs]
        for block in self.blocks:
            targets = [layer for layer in block._flatten_layers() if _waits(layer, chosen)]
            for layer in targets:
                layer.watch_inputs(self.config)
            for x in inputs:
                block(x)
            for layer in targets:
                layer.calibrate()
            outputs = [block(x) for x in inputs]
            inputs = [y[0] if isinstance(y, (list, tuple)) else y for y in outputs]


def _waits(layer, chosen):
    waits = isinstance(layer, Calibrated) and layer._by_data() and not layer._is_calibrated()
    return waits and chosen(layer)
