/** Names as dcgm-exporter's default list has them; profiling metrics where the site collects them. */
export const gpuMetrics = [
  'DCGM_FI_DEV_SM_CLOCK',
  'DCGM_FI_DEV_POWER_USAGE',
  'DCGM_FI_DEV_GPU_TEMP',
  'DCGM_FI_DEV_GPU_UTIL',
  'DCGM_FI_DEV_XID_ERRORS',
  'DCGM_FI_DEV_ECC_DBE_VOL_TOTAL',
  'DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS',
  'DCGM_FI_DEV_ROW_REMAP_FAILURE',
  'DCGM_FI_PROF_SM_ACTIVE',
  'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
] as const;

export const jobMetrics = ['training_step_seconds', 'training_tokens_per_second', 'training_iteration'] as const;

/**
 * What tells where a slow job loses its time, beside the others: why clocks are low, memory clocks, links between GPUs
 * and to the host, the fabric, and the wait for data. NVLink and PCIe throughput are profiling metrics, DCGM renamed the
 * reasons of clocks, and not every trainer tells how long it waited for its input: a site has some of them.
 */
export const speedMetrics = [
  'training_data_loading_seconds',
  'DCGM_FI_DEV_MEM_CLOCK',
  'DCGM_FI_DEV_CLOCK_THROTTLE_REASONS',
  'DCGM_FI_DEV_CLOCKS_EVENT_REASONS',
  'DCGM_FI_DEV_PCIE_LINK_GEN',
  'DCGM_FI_DEV_PCIE_LINK_WIDTH',
  'DCGM_FI_DEV_PCIE_REPLAY_COUNTER',
  'DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL',
  'DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL',
  'DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL',
  'DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL',
  'DCGM_FI_PROF_NVLINK_TX_BYTES',
  'DCGM_FI_PROF_NVLINK_RX_BYTES',
  'DCGM_FI_PROF_PCIE_TX_BYTES',
  'DCGM_FI_PROF_PCIE_RX_BYTES',
  'node_infiniband_rate_bytes_per_second',
  'node_infiniband_port_discards_transmitted_total',
  'node_infiniband_port_transmit_wait_total',
] as const;

/** Names of node_exporter. */
export const hostMetrics = [
  'node_infiniband_link_downed_total',
  'node_infiniband_link_error_recovery_total',
  'node_infiniband_symbol_error_total',
  'node_infiniband_port_receive_errors_total',
  'node_vmstat_oom_kill',
  'node_memory_MemAvailable_bytes',
  'node_memory_MemTotal_bytes',
  'node_filesystem_avail_bytes',
  'node_filesystem_size_bytes',
] as const;
