import type { Settings } from '../state/settings.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';
import type { Attempt } from './job.ts';
import { hasRdma } from './container-devices.ts';
import { atLaunch } from './launch-state.ts';
import { openHcas } from './rails.ts';

/**
 * A setting of NCCL as a process of this node sees it: its environment first, then /etc/nccl.conf, which the library
 * reads itself (`setEnvFile` in src/misc/param.cc), so that the file does not show in /proc/PID/environ.
 */
export function ncclSetting(world: World, attempt: Attempt, node: WorldNode, name: string): string {
  const set = atLaunch(world, attempt, { fact: 'job.environment', place: world.job.name, key: name });
  return set === '' ? atLaunch(world, attempt, { fact: 'nccl.conf', place: node.name, key: name }) : set;
}

/** Whether NCCL was told to leave InfiniBand alone on this node, or its containers have none of its devices. */
export function isOnSockets(world: World, attempt: Attempt, node: WorldNode): boolean {
  return (
    ncclSetting(world, attempt, node, 'NCCL_IB_DISABLE') === '1' ||
    ncclSetting(world, attempt, node, 'NCCL_NET') === 'Socket' ||
    !hasRdma(world, attempt, node.name)
  );
}

/** The HCAs over which NCCL connects on a node: none when it may not use InfiniBand. */
export function usedHcas(world: World, settings: Settings, attempt: Attempt, node: WorldNode): readonly WorldHca[] {
  return isOnSockets(world, attempt, node) ? [] : openHcas(settings, attempt, node);
}

/** The release of NCCL that the ranks of a node load. */
export function ncclVersion(world: World, attempt: Attempt, node: WorldNode): string {
  const ofNode = atLaunch(world, attempt, { fact: 'nccl.library', place: node.name });
  return ofNode === '' ? atLaunch(world, attempt, { fact: 'job.nccl-version', place: world.job.name }) : ofNode;
}

/** Ranks that torchrun was told to start on each node. */
export function processesPerNode(world: World, attempt: Attempt): number {
  const told = atLaunch(world, attempt, { fact: 'job.processes-per-node', place: world.job.name });
  return told === 0 ? world.gpusPerNode : told;
}

/**
 * Times as long through host memory as over NVLink: an all-reduce of eight A100 reaches about 20 GB/s of bus bandwidth
 * with NCCL_P2P_DISABLE=1, eight A800 156 over NVLink (NVIDIA/nccl-tests issue 210).
 */
const sharedMemoryFactor = 7.5;
/** One channel of NCCL moves about 20 GB/s; assumed, sixteen fill the links of an A800. */
const channelGbs = 20;
const fullGbs = 156;

/** Whether NCCL was told to leave peer-to-peer between the GPUs of a node alone; `of` gives the value of a variable. */
export function isWithoutPeers(of: (variable: string) => string): boolean {
  return of('NCCL_P2P_DISABLE') === '1' || of('NCCL_P2P_LEVEL') === 'LOC';
}

/** How many times as long collectives within a node take with these settings; `of` gives the value of a variable, empty for none. */
export function nvlinkFactor(of: (variable: string) => string): number {
  if (isWithoutPeers(of)) return sharedMemoryFactor;
  const channels = of('NCCL_MAX_NCHANNELS');
  return channels === '' ? 1 : Math.max(1, fullGbs / (Number(channels) * channelGbs));
}
