"""DTensorDataset: batches as DTensors."""

from ..base import nest
from .api import copy_to_mesh


class DTensorDataset:
    """The batches of a tf.data.Dataset as DTensors.

    Args:
      dataset: the Dataset, of examples or batches.
      mesh: the mesh.
      layouts: a Layout for each tensor of an element, in the element's structure.
      global_batch_size: how many examples a batch has in all.
      dataset_already_batched: whether the Dataset's elements are such batches.
      batch_dim: the mesh's dimension along which batches are divided; None where they are whole.
      prefetch: how many batches are made ahead.
      tf_data_service_config: None: there is no service.

    Raises:
      ValueError: the batch is not divided evenly.
      NotImplementedError: a service is asked for.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> mesh = dtensor.create_mesh([("x", 2)], devices=["CPU:0", "CPU:1"])
    >>> batches = dtensor.DTensorDataset(
    ...     tf.data.Dataset.range(8), mesh=mesh, layouts=dtensor.Layout(["x"], mesh),
    ...     global_batch_size=4, batch_dim="x",
    ... )
    >>> [dtensor.unpack(batch)[1].numpy().tolist() for batch in batches]
    [[2, 3], [6, 7]]
    """

    def __init__(
        self,
        dataset,
        *,
        mesh,
        layouts,
        global_batch_size,
        dataset_already_batched=False,
        batch_dim=None,
        prefetch=None,
        tf_data_service_config=None,
    ):
        if tf_data_service_config is not None:
            raise NotImplementedError(
                "DTensorDataset: there is no data service. Leave tf_data_service_config out."
            )
        count = 1 if batch_dim is None else mesh.dim_size(batch_dim)
        if global_batch_size % count:
            raise ValueError(
                f"global_batch_size ({global_batch_size}) must be a multiple of num_global_replicas"
                f" ({count}), the size of mesh dimension {batch_dim!r}."
            )
        if not dataset_already_batched:
            dataset = dataset.batch(global_batch_size, drop_remainder=True)
        self._dataset = dataset if prefetch is None else dataset.prefetch(prefetch)
        self._mesh, self._layouts = mesh, layouts

    @property
    def element_spec(self):
        """The TensorSpecs of a batch."""
        return self._dataset.element_spec

    def __len__(self):
        return len(self._dataset)

    def __iter__(self):
        for element in self._dataset:
            flat = nest.flatten(element)
            layouts = nest.flatten(self._layouts)
            made = [copy_to_mesh(t, layout) for t, layout in zip(flat, layouts, strict=True)]
            yield nest.pack_sequence_as(element, made)
