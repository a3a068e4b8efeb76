import { checkpointFolderPermission } from './checkpoint-folder-permission.ts';
import { collectiveOrder } from './collective-order.ts';
import { cpuHog } from './cpu-hog.ts';
import { cpuProchot } from './cpu-prochot.ts';
import { diskFull } from './disk-full.ts';
import { dualOf } from './dual.ts';
import type { Fault } from './fault.ts';
import { foreignProcess } from './foreign-process.ts';
import { governorPowersave } from './governor-powersave.ts';
import { gpuClockLock } from './gpu-clock-lock.ts';
import { gpuEccRowRemap } from './gpu-ecc-row-remap.ts';
import { gpuFellOffBus } from './gpu-fell-off-bus.ts';
import { gpuPowerCap } from './gpu-power-cap.ts';
import { gpuRemapPending } from './gpu-remap-pending.ts';
import { gpuThermalPaste } from './gpu-thermal-paste.ts';
import { hostOom } from './host-oom.ts';
import { ibDirtyOptic } from './ib-dirty-optic.ts';
import { ibPortFlap } from './ib-port-flap.ts';
import { ibRateLow } from './ib-rate-low.ts';
import { loaderSlowShard } from './loader-slow-shard.ts';
import { lustreSlow } from './lustre-slow.ts';
import { mtuNode } from './mtu-node.ts';
import { nvlinkCrcErrors } from './nvlink-crc-errors.ts';
import { oldXid } from './old-xid.ts';
import { peermemMissing } from './peermem-missing.ts';
import { psuFailed } from './psu-failed.ts';
import { pythonGcPauses } from './python-gc-pauses.ts';
import { rackHotInlet } from './rack-hot-inlet.ts';
import { rendezvousDns } from './rendezvous-dns.ts';
import { switchPortErrors } from './switch-port-errors.ts';
import { toolClockHours } from './tool-clock-hours.ts';
import { toolSmiHangs } from './tool-smi-hangs.ts';

/** Two faults at once whose signs hide or imitate each other; `dualOf` does the rest. */
export const duals: readonly Fault[] = [
  dualOf(gpuPowerCap, ibDirtyOptic, {
    id: 'dual-power-cap-dirty-optic',
    summary: 'a GPU with a low power limit hides how much a dirty optic of another node costs',
    second: 'other-node',
  }),
  dualOf(gpuRemapPending, peermemMissing, {
    id: 'dual-remap-pending-peermem',
    summary: 'a memory row waits for a reset on a node whose GPUs and adapters no longer share memory either',
    second: 'same-node',
  }),
  dualOf(hostOom, loaderSlowShard, {
    id: 'dual-oom-slow-shard',
    summary: 'one node runs out of memory while a rank of another one waits for its shards',
    second: 'other-node',
  }),
  dualOf(gpuClockLock, lustreSlow, {
    id: 'dual-clock-lock-lustre',
    summary: 'a locked clock and a slow shared file system: mending one of them leaves the job slow',
    second: 'other-node',
  }),
  dualOf(gpuThermalPaste, rackHotInlet, {
    id: 'dual-paste-hot-rack',
    summary: 'old thermal paste on one GPU of a rack that gets air too warm for all',
    second: 'same-node',
  }),
  dualOf(nvlinkCrcErrors, ibRateLow, {
    id: 'dual-nvlink-crc-rate-low',
    summary: 'NVLink packets are sent again on a node one of whose InfiniBand links is slow as well',
    second: 'same-node',
  }),
  dualOf(foreignProcess, pythonGcPauses, {
    id: 'dual-foreign-process-gc',
    summary: 'a process of somebody else on one GPU, and ranks that pause for garbage collection',
    second: 'same-node',
  }),
  dualOf(cpuHog, governorPowersave, {
    id: 'dual-hog-powersave',
    summary: 'a scanner takes the cores of a node whose clocks are low as well',
    second: 'same-node',
  }),
  dualOf(ibPortFlap, collectiveOrder, {
    id: 'dual-flap-collective-order',
    summary: 'a link goes down again and again, and a rank that calls another collective hangs the job',
    second: 'other-node',
  }),
  dualOf(diskFull, checkpointFolderPermission, {
    id: 'dual-disk-full-permission',
    summary: 'checkpoints fail on one node for want of room and on another for want of permission',
    second: 'other-node',
  }),
  dualOf(cpuProchot, switchPortErrors, {
    id: 'dual-prochot-switch-errors',
    summary: 'slow processors on one node, and errors that only the switch of another one counts',
    second: 'other-node',
  }),
  dualOf(psuFailed, gpuClockLock, {
    id: 'dual-psu-clock-lock',
    summary: 'a failed power supply, and a clock lock that looks like its consequence',
    second: 'same-node',
  }),
  dualOf(mtuNode, rendezvousDns, {
    id: 'dual-mtu-dns',
    summary: 'a wrong MTU on one node and a name server that does not answer on another',
    second: 'other-node',
  }),
  dualOf(gpuFellOffBus, oldXid, {
    id: 'dual-gpu-lost-old-xid',
    summary: 'a GPU is lost, and the Xid of last week on another node distracts from it',
    second: 'other-node',
  }),
  dualOf(toolSmiHangs, gpuClockLock, {
    id: 'dual-smi-hangs-clock-lock',
    summary: 'a clock lock on a node whose nvidia-smi does not answer',
    second: 'same-node',
  }),
  dualOf(toolClockHours, gpuEccRowRemap, {
    id: 'dual-clock-hours-ecc',
    summary: 'a worn memory bank on a node whose log lines are hours off',
    second: 'same-node',
  }),
];
