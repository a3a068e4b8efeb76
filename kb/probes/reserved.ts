/**
 * Ids of probes that records may name before the probe is declared. One that gets its declaration leaves this list;
 * an id that is in neither is an error of the record.
 */
export const reservedProbeIds: readonly string[] = [
  'disk.quota',
  'fs.file-integrity',
  'fs.permissions',
  'cgroup.devices',
  'job.versions',
  'job.data-shards',
  'job.checkpoint',
  'job.loss-curve',
];
