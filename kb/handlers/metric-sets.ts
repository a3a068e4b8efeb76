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

export const jobMetrics = ['training_step_seconds', 'training_tokens_per_second'] as const;

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
