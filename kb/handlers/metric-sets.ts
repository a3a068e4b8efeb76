/** Names as dcgm-exporter's default list has them; profiling metrics where the site collects them. */
export const gpuMetrics = [
  'DCGM_FI_DEV_SM_CLOCK',
  'DCGM_FI_DEV_POWER_USAGE',
  'DCGM_FI_DEV_GPU_TEMP',
  'DCGM_FI_DEV_GPU_UTIL',
  'DCGM_FI_DEV_XID_ERRORS',
  'DCGM_FI_PROF_SM_ACTIVE',
  'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
] as const;

export const jobMetrics = ['training_step_seconds', 'training_tokens_per_second'] as const;
