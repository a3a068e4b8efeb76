/**
 * Counters since the driver was loaded: they say that something happened, not when.
 * https://docs.nvidia.com/deploy/nvidia-smi/index.html (volatile ECC errors are cleared when the driver is reloaded)
 */
export const countersSinceLoad: ReadonlySet<string> = new Set(['gpu.ecc.uncorrectable-volatile']);

/**
 * Counters since somebody cleared them, months ago as a rule: most ports of an old fabric have counted something.
 * https://github.com/linux-rdma/rdma-core/tree/master/infiniband-diags (perfquery -R resets them)
 */
export const countersSinceCleared: ReadonlySet<string> = new Set(['ib.counter.errors']);
