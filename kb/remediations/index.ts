import type { Remediation } from '../schemas/remediation.ts';
import { askPerson } from './ask-person.ts';
import { clockSyncRestart } from './clock-sync-restart.ts';
import { configRevert } from './config-revert.ts';
import { cpuGovernorPerformance } from './cpu-governor-performance.ts';
import { dcgmRestart } from './dcgm-restart.ts';
import { fabricmanagerRestart } from './fabricmanager-restart.ts';
import { firewallRevert } from './firewall-revert.ts';
import { fsRemount } from './fs-remount.ts';
import { gpuApplicationClocksReset } from './gpu-application-clocks-reset.ts';
import { gpuClocksUnlock } from './gpu-clocks-unlock.ts';
import { gpuComputeModeDefault } from './gpu-compute-mode-default.ts';
import { gpuMigDisable } from './gpu-mig-disable.ts';
import { gpuPersistenceEnable } from './gpu-persistence-enable.ts';
import { gpuPowerLimitRestore } from './gpu-power-limit-restore.ts';
import { gpuProcessKillLeftover } from './gpu-process-kill-leftover.ts';
import { gpuReset } from './gpu-reset.ts';
import { ibPortDisableAndReroute } from './ib-port-disable-and-reroute.ts';
import { ibPortEnable } from './ib-port-enable.ts';
import { jobRequeueWithLimits } from './job-requeue-with-limits.ts';
import { jobRequeueWithoutNode } from './job-requeue-without-node.ts';
import { linkMtuRestore } from './link-mtu-restore.ts';
import { nodeDrainHardware } from './node-drain-hardware.ts';
import { nodeDrainKubernetes } from './node-drain-kubernetes.ts';
import { nodeHandOverHardware } from './node-hand-over-hardware.ts';
import { nodePowerCycle } from './node-power-cycle.ts';
import { nodePowerOn } from './node-power-on.ts';
import { nodeReboot } from './node-reboot.ts';
import { nodeResume } from './node-resume.ts';
import { nodeUncordonKubernetes } from './node-uncordon-kubernetes.ts';
import { peermemLoad } from './peermem-load.ts';
import { persistencedRestart } from './persistenced-restart.ts';
import { serviceRestart } from './unit-restart.ts';
import { shmClear } from './shm-clear.ts';
import { spaceFreeByPolicy } from './space-free-by-policy.ts';
import { uvmLoad } from './uvm-load.ts';

/**
 * Every repair that can be proposed. For one category the first that applies is taken: the most specific stands first,
 * then what is taken back most easily, then what ends something, and what only people can do stands last.
 */
export const remediations: readonly Remediation[] = [
  gpuPowerLimitRestore,
  gpuClocksUnlock,
  gpuApplicationClocksReset,
  gpuComputeModeDefault,
  cpuGovernorPerformance,
  peermemLoad,
  uvmLoad,
  linkMtuRestore,
  ibPortEnable,
  persistencedRestart,
  dcgmRestart,
  fabricmanagerRestart,
  firewallRevert,
  configRevert,
  serviceRestart,
  fsRemount,
  clockSyncRestart,
  shmClear,
  spaceFreeByPolicy,
  jobRequeueWithLimits,
  nodeResume,
  nodeUncordonKubernetes,
  gpuMigDisable,
  gpuProcessKillLeftover,
  gpuPersistenceEnable,
  gpuReset,
  ibPortDisableAndReroute,
  nodeDrainKubernetes,
  nodeDrainHardware,
  nodeReboot,
  nodePowerOn,
  nodePowerCycle,
  jobRequeueWithoutNode,
  nodeHandOverHardware,
  askPerson,
];
