import type { FindingKind } from '../schemas/finding-kind.ts';

/*
 * Values of a trainer's environment that are known to cost speed or to hide trouble. NVIDIA's page says of those in
 * its section "Debugging" that they should not be used in production, nor retained in scripts.
 */

const nccl = (name: string) =>
  `https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#${name.toLowerCase().replaceAll('_', '-')}`;
const torchCuda = 'https://pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution';
const torchNccl = 'https://pytorch.org/docs/stable/torch_nccl_environment_variables.html';

export const transportOff: FindingKind = {
  id: 'job.environment.transport-off',
  summary: 'a setting takes a fast path between GPUs or nodes away from NCCL',
  role: 'cause',
  // NVIDIA's page: to be used for finding errors only. A job that is slow or fails with one of them is so because of it.
  weighs: { 'nccl-env-misconfig': 3.6 },
  source: nccl('NCCL_P2P_DISABLE'),
};
export const interfaceLocal: FindingKind = {
  id: 'job.environment.interface-local',
  summary: 'NCCL or Gloo is told to use an interface over which no other node can be reached, or may choose one',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 4, 'nccl-env-misconfig': 1.5 },
  source: nccl('NCCL_SOCKET_IFNAME'),
};
export const interfaceUnknown: FindingKind = {
  id: 'job.environment.interface-unknown',
  summary: 'NCCL or Gloo is told to use an interface that no fabric of the inventory has',
  role: 'symptom',
  // An inventory may leave a network out that works.
  weighs: { 'socket-interface-mismatch': 1.5, 'nccl-env-misconfig': 0.7 },
  source: nccl('NCCL_SOCKET_IFNAME'),
};
export const gidIndex: FindingKind = {
  id: 'job.environment.gid-index-fixed',
  summary: 'the index of the GID is fixed to one that is not a routable RoCE v2 address on common adapters',
  role: 'symptom',
  // 0 and 1 are the link-local addresses, 2 is RoCE v1 of the first IPv4 address; on InfiniBand 0 is right.
  weighs: { 'roce-gid-misconfig': 1.5 },
  source: 'https://enterprise-support.nvidia.com/s/article/understanding-show-gids-script',
};
export const debugOutput: FindingKind = {
  id: 'job.environment.debug-output',
  summary: 'NCCL writes a line for every call',
  role: 'symptom',
  weighs: { 'nccl-env-misconfig': 1, 'disk-full': 0.4 },
  source: nccl('NCCL_DEBUG'),
};
export const launchBlocking: FindingKind = {
  id: 'job.environment.launch-blocking',
  summary: 'every kernel launch waits until the kernel is done: a setting for finding errors, many times slower',
  role: 'cause',
  weighs: { 'user-code-error': 2.2 },
  source: torchCuda,
};
export const choiceForced: FindingKind = {
  id: 'job.environment.choice-forced',
  summary: 'the algorithm, protocol or number of channels is taken out of NCCL’s hands',
  role: 'symptom',
  weighs: { 'nccl-env-misconfig': 1.6 },
  source: nccl('NCCL_ALGO'),
};
export const watchdogOff: FindingKind = {
  id: 'job.environment.watchdog-off',
  summary: 'a rank that hangs is not ended by PyTorch: the watchdog is switched off',
  role: 'context',
  weighs: {},
  source: torchNccl,
};
export const threadsMany: FindingKind = {
  id: 'job.environment.threads-many',
  summary: 'the ranks of the node start more OpenMP threads together than the node has processors',
  role: 'symptom',
  weighs: { 'cpu-affinity-misconfig': 1.2, 'dataloader-stall': 0.7 },
  source: 'https://pytorch.org/docs/stable/elastic/run.html (torchrun sets OMP_NUM_THREADS to 1 against overload)',
};

export const settingKinds = [
  transportOff,
  interfaceLocal,
  interfaceUnknown,
  gidIndex,
  debugOutput,
  launchBlocking,
  choiceForced,
  watchdogOff,
  threadsMany,
];

interface SettingRule {
  readonly kind: FindingKind;
  readonly setting: RegExp;
  readonly value: RegExp;
}

/** First rule that fits a setting. NCCL takes any number other than 0 for "yes". */
export const settingRules: readonly SettingRule[] = [
  { kind: transportOff, setting: /^NCCL_(P2P|SHM|IB|NVLS|P2P_DIRECT|COLLNET_P2P)_DISABLE$/, value: /^[1-9]\d*$/ },
  { kind: transportOff, setting: /^NCCL_(P2P|NET_GDR)_LEVEL$/, value: /^(0|LOC)$/i },
  { kind: transportOff, setting: /^NCCL_NET$/, value: /^Socket$/i },
  { kind: transportOff, setting: /^NCCL_NET_GDR_READ$/, value: /^0$/ },
  { kind: gidIndex, setting: /^NCCL_IB_GID_INDEX$/, value: /^[0-2]$/ },
  { kind: debugOutput, setting: /^NCCL_DEBUG$/, value: /^TRACE$/i },
  { kind: debugOutput, setting: /^NCCL_DEBUG_SUBSYS$/, value: /(^|,)(ALL|COLL|CALL|PROXY|P2P)(,|$)/i },
  { kind: launchBlocking, setting: /^CUDA_LAUNCH_BLOCKING$/, value: /^[1-9]\d*$/ },
  { kind: choiceForced, setting: /^NCCL_(ALGO|PROTO)$/, value: /\S/ },
  { kind: choiceForced, setting: /^NCCL_(MAX_NCHANNELS|MAX_CTAS)$/, value: /^[1-4]$/ },
  { kind: choiceForced, setting: /^NCCL_NTHREADS$/, value: /^(64|128)$/ },
  { kind: watchdogOff, setting: /^(TORCH_)?NCCL_ASYNC_ERROR_HANDLING$/, value: /^0$/ },
  { kind: watchdogOff, setting: /^TORCH_NCCL_ENABLE_MONITORING$/, value: /^(0|false)$/i },
];

export function ruleFor(setting: string, value: string): SettingRule | undefined {
  return settingRules.find((rule) => rule.setting.test(setting) && rule.value.test(value));
}

// https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname: without a filter NCCL itself
// leaves out "lo" and "docker"; virbr and cni are bridges of libvirt and of container networks on the node itself.
const localInterfaces = ['lo', 'docker0', 'virbr0', 'cni0'];

/**
 * Whether `NCCL_SOCKET_IFNAME` selects an interface: prefixes parted by commas, `^` leaves out instead, `=` before
 * the prefixes makes them whole names.
 */
export function ifnameSelects(filter: string, name: string): boolean {
  const match = /^(\^?)(=?)(.*)$/.exec(filter);
  const prefixes = (match?.[3] ?? '').split(',').filter((prefix) => prefix !== '');
  const listed = prefixes.some((prefix) => (match?.[2] === '=' ? name === prefix : name.startsWith(prefix)));
  return match?.[1] === '^' ? !listed : listed;
}

/** Whether all that a filter names are interfaces of the node itself. */
export function ifnameIsLocal(filter: string): boolean {
  if (filter.startsWith('^')) return false;
  const prefixes = filter
    .replace(/^=/, '')
    .split(',')
    .filter((prefix) => prefix !== '');
  return prefixes.length > 0 && prefixes.every((prefix) => localInterfaces.some((name) => name.startsWith(prefix)));
}
