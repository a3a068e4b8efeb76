import { readers } from '../detectors/index.ts';
import type { Probe } from '../schemas/probe.ts';
import { diskInodes } from './disk-inodes.ts';
import { diskReclaimable } from './disk-reclaimable.ts';
import { diskSpace } from './disk-space.ts';
import { fabricmanagerActive } from './fabricmanager-active.ts';
import { gpuClocks } from './gpu-clocks.ts';
import { gpuEcc } from './gpu-ecc.ts';
import { gpuPcieLink } from './gpu-pcie-link.ts';
import { gpuPower } from './gpu-power.ts';
import { gpuPresence } from './gpu-presence.ts';
import { gpuProcesses } from './gpu-processes.ts';
import { gpuRowRemap } from './gpu-row-remap.ts';
import { gpuTemperature } from './gpu-temperature.ts';
import { gpuThrottleReasons } from './gpu-throttle-reasons.ts';
import { ibCounters } from './ib-counters.ts';
import { ibPortState } from './ib-port-state.ts';
import { ibPorts } from './ib-ports.ts';
import { kernelLog } from './kernel-log.ts';
import { memoryHost } from './memory-host.ts';
import { memoryProcesses } from './memory-processes.ts';
import { modulesLoaded } from './modules-loaded.ts';
import { netMtu } from './net-mtu.ts';
import { nvlinkStatus } from './nvlink-status.ts';
import { schedulerJobs } from './scheduler-jobs.ts';
import { schedulerNode } from './scheduler-node.ts';
import { schedulerReservations } from './scheduler-reservations.ts';

/** Every probe that may be run on a node. */
export const probes: readonly Probe[] = [
  gpuClocks,
  gpuThrottleReasons,
  gpuPower,
  gpuTemperature,
  gpuEcc,
  gpuRowRemap,
  gpuPcieLink,
  gpuProcesses,
  gpuPresence,
  nvlinkStatus,
  ibPorts,
  ibCounters,
  ibPortState,
  kernelLog(readers),
  diskSpace,
  diskInodes,
  diskReclaimable,
  memoryHost,
  memoryProcesses,
  modulesLoaded,
  fabricmanagerActive,
  schedulerNode,
  schedulerJobs,
  schedulerReservations,
  netMtu,
];

const byId = new Map(probes.map((probe) => [probe.id, probe]));

export function probeById(id: string): Probe | undefined {
  return byId.get(id);
}
