"""Rules of ops that read and change variables and tables."""

import os

import numpy as np

from ... import ops
from ...base.errors import PermissionDeniedError
from ...core.tensor import wrap
from ...ops.files import read_file
from ...ops.lookup import DenseHashTable, MutableHashTable, TextFileInitializer
from .rules import rule

# -- variables -------------------------------------------------------------------------------------


@rule("ReadVariableOp")
def _read(resource, dtype):
    return resource._read()


@rule("VarIsInitializedOp")
def _is_initialized(resource):
    return wrap(np.array(True))


@rule("VariableShape")
def _shape(input, out_type="int32"):
    return ops.shape(input._read(), out_type)


@rule("AssignVariableOp", ignores="validate_shape dtype")
def _assign(resource, value):
    resource.assign(value)


@rule("AssignAddVariableOp", ignores="dtype")
def _assign_add(resource, value):
    resource.assign_add(value)


@rule("AssignSubVariableOp", ignores="dtype")
def _assign_sub(resource, value):
    resource.assign_sub(value)


@rule("ResourceGather", ignores="validate_indices")
def _gather(resource, indices, dtype, batch_dims=0):
    return ops.gather(resource._read(), indices, batch_dims=batch_dims, axis=batch_dims)


@rule("ResourceGatherNd")
def _gather_nd(resource, indices, dtype):
    return ops.gather_nd(resource._read(), indices)


def _scatters(name, function):
    @rule(name)
    def change(updates, indices, **given):
        (resource,) = given.values()
        resource.assign(function(resource._read(), indices, updates))


for _kind in ("update", "add", "sub", "min", "max"):
    _nd = getattr(ops, f"tensor_scatter_nd_{_kind}")
    _scatters(
        f"ResourceScatter{_kind.title()}",
        lambda x, i, u, f=_nd: f(
            x, ops.expand_dims(i, -1), ops.broadcast_to(u, (*i._shape, *x._shape[1:]))
        ),
    )


def _scatters_nd(name, function):
    @rule(name, ignores="bad_indices_policy use_locking")
    def change(ref, indices, updates):
        ref.assign(function(ref._read(), indices, updates))


for _kind in ("update", "add", "sub", "min", "max"):
    _scatters_nd(f"ResourceScatterNd{_kind.title()}", getattr(ops, f"tensor_scatter_nd_{_kind}"))


@rule("DestroyResourceOp", ignores="ignore_lookup_error")
def _destroy(resource):
    pass


# -- tables ----------------------------------------------------------------------------------------


def _zero(dtype, shape=()):
    return ops.zeros(shape, dtype)


@rule(
    *("HashTableV2", "MutableHashTableV2", "AnonymousHashTable", "AnonymousMutableHashTable"),
    ignores="shared_name use_node_name_sharing",
)
def _table(key_dtype, value_dtype):
    return MutableHashTable(key_dtype, value_dtype, _zero(value_dtype))


@rule(
    *("MutableHashTableOfTensorsV2", "AnonymousMutableHashTableOfTensors"),
    ignores="shared_name use_node_name_sharing",
)
def _table_of_tensors(key_dtype, value_dtype, value_shape=()):
    return MutableHashTable(key_dtype, value_dtype, _zero(value_dtype, value_shape))


@rule(
    *("MutableDenseHashTableV2", "AnonymousMutableDenseHashTable"),
    ignores="shared_name use_node_name_sharing initial_num_buckets max_load_factor",
)
def _dense_table(empty_key, deleted_key, key_dtype, value_dtype, value_shape=()):
    zero = _zero(value_dtype, value_shape)
    return DenseHashTable(key_dtype, value_dtype, zero, empty_key, deleted_key)


@rule("InitializeTableV2")
def _initialize(table_handle, keys, values):
    table_handle._entries.insert(keys.host().ravel(), values.host().ravel(), replace=False)


@rule("InitializeTableFromTextFileV2")
def _initialize_from_file(
    table_handle,
    filename,
    key_index,
    value_index,
    place,
    vocab_size=-1,
    delimiter="\t",
    offset=0,
):
    found = TextFileInitializer(
        allowed(filename, place),
        table_handle.key_dtype,
        key_index,
        table_handle.value_dtype,
        value_index,
        vocab_size if vocab_size >= 0 else None,
        delimiter,
        value_index_offset=offset,
    )
    table_handle._entries.insert(*found._pairs(), replace=False)


def allowed(filename, place):
    """The path that a tensor names, where it is one of the assets of the file.

    Raises:
      PermissionDeniedError: any other path.
    """
    path = ", ".join(map(os.fsdecode, np.ravel(filename.numpy())))
    if path not in place.assets:
        raise PermissionDeniedError(
            f"{place.path}: the graph asks for the file {path!r}, which is none of its assets: "
            "nothing outside of the SavedModel is read."
        )
    return place.assets[path]


@rule("ReadFile")
def _read_file(filename, place):
    return read_file(allowed(filename, place))


@rule("WriteFile", "MatchingFiles")
def _no_files(place, **given):
    raise PermissionDeniedError(
        f"{place.path}: the graph writes or lists files, which no graph of a file may do."
    )


@rule("LookupTableFindV2")
def _find(table_handle, keys, default_value):
    return table_handle.lookup(keys, default_value)


@rule("LookupTableInsertV2", "LookupTableImportV2")
def _insert(table_handle, keys, values):
    table_handle.insert(keys, values)


@rule("LookupTableRemoveV2")
def _remove(table_handle, keys):
    table_handle.remove(keys)


@rule("LookupTableSizeV2")
def _size(table_handle):
    return table_handle.size()


@rule("LookupTableExportV2", ignores="Tkeys Tvalues")
def _export(table_handle):
    return table_handle.export()
