import { diskFull } from './disk-full.ts';
import { duals } from './duals.ts';
import type { Fault } from './fault.ts';
import { gpuClockLock } from './gpu-clock-lock.ts';
import { gpuEccRowRemap } from './gpu-ecc-row-remap.ts';
import { gpuPowerCap } from './gpu-power-cap.ts';
import { hostOom } from './host-oom.ts';
import { ibPortFlap } from './ib-port-flap.ts';
import { oldXid } from './old-xid.ts';
import { plannedMaintenance } from './planned-maintenance.ts';
import { acsEnabled } from './acs-enabled.ts';
import { doubleDefaultRoute } from './double-default-route.ts';
import { firewallPorts } from './firewall-ports.ts';
import { hcaFirmwareHang } from './hca-firmware-hang.ts';
import { ibDirtyOptic } from './ib-dirty-optic.ts';
import { ibRateLow } from './ib-rate-low.ts';
import { ibWidth1x } from './ib-width-1x.ts';
import { iommuOn } from './iommu-on.ts';
import { leafUplinksLost } from './leaf-uplinks-lost.ts';
import { mtuNode } from './mtu-node.ts';
import { mtuPath } from './mtu-path.ts';
import { netPluginOld } from './net-plugin-old.ts';
import { rendezvousDns } from './rendezvous-dns.ts';
import { rendezvousStaleHosts } from './rendezvous-stale-hosts.ts';
import { roceGidChanged } from './roce-gid-changed.ts';
import { roceLossy } from './roce-lossy.ts';
import { socketInterfaceDocker0 } from './socket-interface-docker0.ts';
import { subnetManagerDown } from './opensm-down.ts';
import { switchPortErrors } from './switch-port-errors.ts';
import { ncclVersionMixed } from './nccl-version-mixed.ts';
import { ncclP2pDisabled } from './nccl-p2p-disabled.ts';
import { ncclFewChannels } from './nccl-few-channels.ts';
import { ncclIbDisabled } from './nccl-ib-disabled.ts';
import { ncclBugHang } from './nccl-bug-hang.ts';
import { frameworkAsyncSaveDeadlock } from './framework-async-save-deadlock.ts';
import { twoRanksOneGpu } from './two-ranks-one-gpu.ts';
import { worldSizeWrong } from './world-size-wrong.ts';
import { collectiveOrder } from './collective-order.ts';
import { unevenData } from './uneven-data.ts';
import { evaluationLongerThanTimeout } from './evaluation-longer-than-timeout.ts';
import { gpuMemoryTooSmall } from './gpu-memory-too-small.ts';
import { gpuMemoryFragmented } from './gpu-memory-fragmented.ts';
import { lossNanFp16 } from './loss-nan-fp16.ts';
import { loaderSlowShard } from './loader-slow-shard.ts';
import { pythonGcPauses } from './python-gc-pauses.ts';
import { checkpointTruncated } from './checkpoint-truncated.ts';
import { checkpointShardMissing } from './checkpoint-shard-missing.ts';
import { userException } from './user-exception.ts';
import { moduleMissing } from './module-missing.ts';
import { wrongArgument } from './wrong-argument.ts';
import { stragglersBySequenceLength } from './stragglers-by-sequence-length.ts';
import { torchCompileRecompiles } from './torch-compile-recompiles.ts';
import { toolSmiHangs } from './tool-smi-hangs.ts';
import { toolDcgmStuck } from './tool-dcgm-stuck.ts';
import { toolSshRefuses } from './tool-ssh-refuses.ts';
import { toolSshSlow } from './tool-ssh-slow.ts';
import { toolOutputTruncated } from './tool-output-truncated.ts';
import { toolOutputGarbled } from './tool-output-garbled.ts';
import { toolClockHours } from './tool-clock-hours.ts';
import { toolClockCreeping } from './tool-clock-creeping.ts';
import { toolNodeSlow } from './tool-node-slow.ts';
import { toolKeyRejected } from './tool-key-rejected.ts';
import { toolSudoRefuses } from './tool-sudo-refuses.ts';
import { toolAnswersDiffer } from './tool-answers-differ.ts';
import { gpuFellOffBus } from './gpu-fell-off-bus.ts';
import { gpuRiserLoose } from './gpu-riser-loose.ts';
import { gpuRemapPending } from './gpu-remap-pending.ts';
import { gpuSramUncorrectable } from './gpu-sram-uncorrectable.ts';
import { gpuThermalPaste } from './gpu-thermal-paste.ts';
import { nodeFanFailed } from './node-fan-failed.ts';
import { psuFailed } from './psu-failed.ts';
import { rackHotInlet } from './rack-hot-inlet.ts';
import { powerUnitBrake } from './power-unit-brake.ts';
import { nodePowerLost } from './node-power-lost.ts';
import { nvlinkLinkDown } from './nvlink-link-down.ts';
import { nvlinkCrcErrors } from './nvlink-crc-errors.ts';
import { nvswitchFatal } from './nvswitch-fatal.ts';
import { fabricmanagerStopped } from './fabricmanager-stopped.ts';
import { fabricmanagerVersion } from './fabricmanager-version.ts';
import { driverLibraryMismatch } from './driver-library-mismatch.ts';
import { uvmModuleMissing } from './uvm-module-missing.ts';
import { peermemMissing } from './peermem-missing.ts';
import { gspTimeout } from './gsp-timeout.ts';
import { foreignProcess } from './foreign-process.ts';
import { leftoverProcess } from './leftover-process.ts';
import { pcieWidthDegraded } from './pcie-width-degraded.ts';
import { pcieErrors } from './pcie-errors.ts';
import { dimmUncorrectable } from './dimm-uncorrectable.ts';
import { cpuProchot } from './cpu-prochot.ts';
import { applicationsClockSet } from './applications-clock-set.ts';
import { migLeftOn } from './mig-left-on.ts';
import { decoyBmcEvent } from './decoy-bmc-event.ts';
import { decoyCoolingDrill } from './decoy-cooling-drill.ts';
import { decoyDrainedSpare } from './decoy-drained-spare.ts';
import { decoyEvaluation } from './decoy-evaluation.ts';
import { decoyExporterRestarts } from './decoy-exporter-restarts.ts';
import { decoyLogNoise } from './decoy-log-noise.ts';
import { decoyMemoryReserved } from './decoy-memory-reserved.ts';
import { decoyOldCorrectedEcc } from './decoy-old-corrected-ecc.ts';
import { decoyOldLinkFlap } from './decoy-old-link-flap.ts';
import { decoyOtherJobFailed } from './decoy-other-job-failed.ts';
import { decoySlowCheckpoint } from './decoy-slow-checkpoint.ts';
import { decoySpareDebugging } from './decoy-spare-debugging.ts';
import { decoyUsbAcpi } from './decoy-usb-acpi.ts';
import { decoyWarmUp } from './decoy-warm-up.ts';
import { noisyBusyHost } from './noisy-busy-host.ts';
import { noisyChattyKernel } from './noisy-chatty-kernel.ts';
import { noisyJitterySteps } from './noisy-jittery-steps.ts';
import { noisyRetransmits } from './noisy-retransmits.ts';
import { noisyWarmRack } from './noisy-warm-rack.ts';
import { inodesFull } from './inodes-full.ts';
import { shmTooSmall } from './shm-too-small.ts';
import { shmLeftovers } from './shm-leftovers.ts';
import { lustreSlow } from './lustre-slow.ts';
import { lustreStale } from './lustre-stale.ts';
import { fsNotMounted } from './fs-not-mounted.ts';
import { nvmeSlow } from './nvme-slow.ts';
import { containerRuntimeReset } from './container-runtime-reset.ts';
import { cgroupDevicesLost } from './cgroup-devices-lost.ts';
import { checkpointFolderPermission } from './checkpoint-folder-permission.ts';
import { cpuAffinityOneCore } from './cpu-affinity-one-core.ts';
import { numaCrossed } from './numa-crossed.ts';
import { governorPowersave } from './governor-powersave.ts';
import { timeLimit } from './time-limit.ts';
import { preempted } from './preempted.ts';
import { cancelledByUser } from './cancelled-by-user.ts';
import { nodeTakenOut } from './node-taken-out.ts';
import { memlockLimit } from './memlock-limit.ts';
import { nofileLimit } from './nofile-limit.ts';
import { rdmaMissingInContainer } from './rdma-missing-in-container.ts';
import { clockDrift } from './clock-drift.ts';
import { cgroupMemoryLimit } from './cgroup-memory-limit.ts';
import { cpuHog } from './cpu-hog.ts';
import { softLockup } from './soft-lockup.ts';
import { swapThrash } from './swap-thrash.ts';
import { twinSilentResetDriver, twinSilentResetBoard } from './twin-silent-reset.ts';
import { twinHangNccl, twinHangFramework } from './twin-collective-hang.ts';
import { twinErrorsCable, twinErrorsSlot } from './twin-shy-errors.ts';
import { twinReadsServers, twinReadsNetwork } from './twin-long-reads.ts';
import { twinPowerSupply, twinPowerFeed } from './twin-power-gone.ts';

/** All faults that can be injected; one file each. */
export const faults: readonly Fault[] = [
  gpuClockLock,
  gpuPowerCap,
  gpuEccRowRemap,
  ibPortFlap,
  acsEnabled,
  doubleDefaultRoute,
  firewallPorts,
  hcaFirmwareHang,
  ibDirtyOptic,
  ibRateLow,
  ibWidth1x,
  iommuOn,
  leafUplinksLost,
  mtuNode,
  mtuPath,
  netPluginOld,
  rendezvousDns,
  rendezvousStaleHosts,
  roceGidChanged,
  roceLossy,
  socketInterfaceDocker0,
  subnetManagerDown,
  switchPortErrors,
  hostOom,
  diskFull,
  oldXid,
  plannedMaintenance,
  ncclVersionMixed,
  ncclP2pDisabled,
  ncclFewChannels,
  ncclIbDisabled,
  ncclBugHang,
  frameworkAsyncSaveDeadlock,
  twoRanksOneGpu,
  worldSizeWrong,
  collectiveOrder,
  unevenData,
  evaluationLongerThanTimeout,
  gpuMemoryTooSmall,
  gpuMemoryFragmented,
  lossNanFp16,
  loaderSlowShard,
  pythonGcPauses,
  checkpointTruncated,
  checkpointShardMissing,
  userException,
  moduleMissing,
  wrongArgument,
  stragglersBySequenceLength,
  torchCompileRecompiles,
  toolSmiHangs,
  toolDcgmStuck,
  toolSshRefuses,
  toolSshSlow,
  toolOutputTruncated,
  toolOutputGarbled,
  toolClockHours,
  toolClockCreeping,
  toolNodeSlow,
  toolKeyRejected,
  toolSudoRefuses,
  toolAnswersDiffer,
  gpuFellOffBus,
  gpuRiserLoose,
  gpuRemapPending,
  gpuSramUncorrectable,
  gpuThermalPaste,
  nodeFanFailed,
  psuFailed,
  rackHotInlet,
  powerUnitBrake,
  nodePowerLost,
  nvlinkLinkDown,
  nvlinkCrcErrors,
  nvswitchFatal,
  fabricmanagerStopped,
  fabricmanagerVersion,
  driverLibraryMismatch,
  uvmModuleMissing,
  peermemMissing,
  gspTimeout,
  foreignProcess,
  leftoverProcess,
  pcieWidthDegraded,
  pcieErrors,
  dimmUncorrectable,
  cpuProchot,
  applicationsClockSet,
  migLeftOn,
  decoyBmcEvent,
  decoyCoolingDrill,
  decoyDrainedSpare,
  decoyEvaluation,
  decoyExporterRestarts,
  decoyLogNoise,
  decoyMemoryReserved,
  decoyOldCorrectedEcc,
  decoyOldLinkFlap,
  decoyOtherJobFailed,
  decoySlowCheckpoint,
  decoySpareDebugging,
  decoyUsbAcpi,
  decoyWarmUp,
  noisyBusyHost,
  noisyChattyKernel,
  noisyJitterySteps,
  noisyRetransmits,
  noisyWarmRack,
  inodesFull,
  shmTooSmall,
  shmLeftovers,
  lustreSlow,
  lustreStale,
  fsNotMounted,
  nvmeSlow,
  containerRuntimeReset,
  cgroupDevicesLost,
  checkpointFolderPermission,
  cpuAffinityOneCore,
  numaCrossed,
  governorPowersave,
  timeLimit,
  preempted,
  cancelledByUser,
  nodeTakenOut,
  memlockLimit,
  nofileLimit,
  rdmaMissingInContainer,
  clockDrift,
  cgroupMemoryLimit,
  cpuHog,
  softLockup,
  swapThrash,
  twinSilentResetDriver,
  twinSilentResetBoard,
  twinHangNccl,
  twinHangFramework,
  twinErrorsCable,
  twinErrorsSlot,
  twinReadsServers,
  twinReadsNetwork,
  twinPowerSupply,
  twinPowerFeed,
  ...duals,
];

export function findFault(id: string): Fault | undefined {
  return faults.find((fault) => fault.id === id);
}
