import type { Category } from '../taxonomy.ts';
import { isSignature } from '../schemas/signatures.ts';

/** Kinds that are what one signature describes; the first that fits counts. */
const byKind: readonly (readonly [RegExp, string])[] = [
  [/^torch\.nccl\.(?:watchdog|barrier|first-collectives)|^torch\.collective\b|^torch\.flight\./, 'watchdog-timeout'],
  [/^nvidia\.s?xid\./, 'xid-report'],
  [/^nccl\.ib\.retry-/, 'ib-error-12'],
  [/^nccl\.ib\./, 'rdma-setup-error'],
  [/^nccl\.unhandled-system-error$/, 'unhandled-system-error'],
  [/^nccl\.unhandled-cuda-error$/, 'unhandled-cuda-error'],
  [/^nccl\.invalid-usage$/, 'invalid-usage'],
  [/^torch\.rendezvous\.|^torch\.store\./, 'rendezvous-timeout'],
  [/^job\.(?:step-time|throughput)\.|^performance\.|^seen\.slow\.|^metric\.training\./, 'slow-steps'],
];

/** How incidents of a cause mostly begin, where no kind says it (our judgement). */
const byCategory: Readonly<Record<Category, string>> = {
  'gpu-fell-off-bus': 'device-missing',
  'gpu-ecc-uncorrectable': 'cuda-launch-or-ecc',
  'nvlink-fabric-error': 'link-down',
  'gpu-clock-throttle': 'clock-or-power',
  'host-hardware-fault': 'node-lost',
  'rdma-link-fault': 'link-down',
  'gpu-driver-bug': 'xid-report',
  'driver-version-mismatch': 'library-not-loaded',
  'fabricmanager-not-running': 'fabric-manager-state',
  'foreign-gpu-process': 'cuda-out-of-memory',
  'gdr-peermem-missing': 'low-bandwidth',
  'acs-iommu-p2p-broken': 'low-bandwidth',
  'roce-gid-misconfig': 'rdma-setup-error',
  'mtu-mismatch': 'hang-without-error',
  'socket-interface-mismatch': 'bootstrap-failure',
  'firewall-blocked': 'bootstrap-failure',
  'rendezvous-resolution': 'rendezvous-timeout',
  'rdma-device-missing-in-container': 'rdma-setup-error',
  'net-plugin-mismatch': 'library-not-loaded',
  'ulimit-too-low': 'rdma-setup-error',
  'nccl-version-mismatch': 'unhandled-cuda-error',
  'nccl-env-misconfig': 'invalid-usage',
  'nccl-bug': 'hang-without-error',
  'framework-bug': 'plain-exception',
  'launcher-rank-misconfig': 'rendezvous-timeout',
  'collective-mismatch': 'shape-or-count-mismatch',
  'uneven-data': 'hang-without-error',
  'long-rank0-work-timeout': 'watchdog-timeout',
  'gpu-oom': 'cuda-out-of-memory',
  'host-oom': 'killed-without-trace',
  'loss-nan-numerics': 'loss-nan',
  'dataloader-stall': 'loader-trouble',
  'checkpoint-corruption': 'checkpoint-trouble',
  'shm-too-small': 'bus-error',
  'disk-full': 'no-space',
  'shared-fs-problem': 'file-trouble',
  'container-toolkit-misconfig': 'container-start',
  'cgroup-device-loss': 'device-missing',
  'permission-misconfig': 'permission-denied',
  'cpu-affinity-misconfig': 'slow-steps',
  'scheduler-action': 'job-ended',
  'user-code-error': 'plain-exception',
  'facility-fault': 'node-lost',
  unlisted: 'plain-exception',
};

/** Under which signature a learned record stands: what its signs are called, else how its cause is mostly first seen. */
export function signatureOf(category: Category, kinds: readonly string[]): string {
  for (const [pattern, signature] of byKind) if (kinds.some((kind) => pattern.test(kind))) return signature;
  const signature = byCategory[category];
  if (!isSignature(signature)) throw new TypeError(`there is no signature ${signature}`);
  return signature;
}
