"""tf.experimental.dtensor: tensors divided over a mesh of devices.

Values are whole on the host, and divided by XLA where TENSORBROOK_BACKEND=xla is set; the layouts
are the same, as are the numbers.
"""

from ..dtensor.api import (
    barrier,
    call_with_layout,
    check_layout,
    client_id,
    copy_to_mesh,
    create_distributed_mesh,
    create_mesh,
    create_tpu_mesh,
    default_mesh,
    device_name,
    fetch_layout,
    full_job_name,
    get_default_mesh,
    heartbeat_enabled,
    initialize_accelerator_system,
    initialize_multi_client,
    initialize_tpu_system,
    is_dtensor,
    job_name,
    jobs,
    local_devices,
    num_clients,
    num_global_devices,
    num_local_devices,
    pack,
    preferred_device_type,
    relayout,
    relayout_like,
    run_on,
    shutdown_accelerator_system,
    shutdown_tpu_system,
    unpack,
)
from ..dtensor.data import DTensorDataset
from ..dtensor.layout import MATCH, UNSHARDED, Layout, Mesh
from ..dtensor.variables import (
    DTensorCheckpoint,
    DVariable,
    enable_save_as_bf16,
    name_based_restore,
    name_based_save,
    sharded_save,
)
