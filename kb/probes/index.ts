import { readers } from '../detectors/index.ts';
import type { Probe } from '../schemas/probe.ts';
import { bmcEventLog } from './bmc-event-log.ts';
import { bmcPower } from './bmc-power.ts';
import { bmcRedfishLog } from './bmc-redfish-log.ts';
import { bmcRedfishSystem } from './bmc-redfish-system.ts';
import { bmcSensors } from './bmc-sensors.ts';
import { cgroupMemory } from './cgroup-memory.ts';
import { containerConfig } from './container-config.ts';
import { containerDevices } from './container-devices.ts';
import { containerLibraries } from './container-libraries.ts';
import { containerMounts } from './container-mounts.ts';
import { containerRuntime } from './container-runtime.ts';
import { containerdConfig } from './containerd-config.ts';
import { deviceNodes } from './device-nodes.ts';
import { diskInodes } from './disk-inodes.ts';
import { diskIoLatency } from './disk-io-latency.ts';
import { diskReclaimable } from './disk-reclaimable.ts';
import { diskSmart } from './disk-smart.ts';
import { diskSpace } from './disk-space.ts';
import { dockerConfig } from './docker-config.ts';
import { enrootConfig } from './enroot-config.ts';
import { enrootHooks } from './enroot-hooks.ts';
import { fabricmanagerActive } from './fabricmanager-active.ts';
import { fsLustreHealth } from './fs-lustre-health.ts';
import { fsLustreTimeouts } from './fs-lustre-timeouts.ts';
import { fsMounts } from './fs-mounts.ts';
import { fsNfs } from './fs-nfs.ts';
import { fsStale } from './fs-stale.ts';
import { fabricmanagerLog } from './fabricmanager-log.ts';
import { fabricmanagerVersion } from './fabricmanager-version.ts';
import { gpuApplicationClocks } from './gpu-application-clocks.ts';
import { gpuComputeMode } from './gpu-compute-mode.ts';
import { gpuDcgmDiag } from './gpu-dcgm-diag.ts';
import { gpuDcgmStress } from './gpu-dcgm-stress.ts';
import { gpuDcgmHealth } from './gpu-dcgm-health.ts';
import { gpuDriver } from './gpu-driver.ts';
import { gpuFieldsOverTime } from './gpu-fields-over-time.ts';
import { gpuHolders } from './gpu-holders.ts';
import { gpuMig } from './gpu-mig.ts';
import { gpuModuleVersions } from './gpu-module-versions.ts';
import { gpuPersistence } from './gpu-persistence.ts';
import { gpuRetiredPages } from './gpu-retired-pages.ts';
import { gpuTopology } from './gpu-topology.ts';
import { gpuVbios } from './gpu-vbios.ts';
import { hostCpuAffinity } from './host-cpu-affinity.ts';
import { hostLimits } from './host-limits.ts';
import { jobArguments } from './job-arguments.ts';
import { jobEnvironment } from './job-environment.ts';
import { jobProcesses } from './job-processes.ts';
import { jobProfile } from './job-profile.ts';
import { jobStacks } from './job-stacks.ts';
import { nvlinkErrors } from './nvlink-errors.ts';
import { nvlinkRemote } from './nvlink-remote.ts';
import { pcieAer } from './pcie-aer.ts';
import { gpuClocks } from './gpu-clocks.ts';
import { gpuEcc } from './gpu-ecc.ts';
import { gpuPcieLink } from './gpu-pcie-link.ts';
import { gpuPower } from './gpu-power.ts';
import { gpuPresence } from './gpu-presence.ts';
import { gpuProcesses } from './gpu-processes.ts';
import { gpuRowRemap } from './gpu-row-remap.ts';
import { gpuTemperature } from './gpu-temperature.ts';
import { gpuThrottleReasons } from './gpu-throttle-reasons.ts';
import { hostClockNtpd } from './host-clock-ntpd.ts';
import { hostClockSync } from './host-clock-sync.ts';
import { hostClockTimesyncd } from './host-clock-timesyncd.ts';
import { hostCpuGovernor } from './host-cpu-governor.ts';
import { hostCpus } from './host-cpus.ts';
import { hostDState } from './host-d-state.ts';
import { hostServices } from './host-failed-units.ts';
import { hostHugepages } from './host-hugepages.ts';
import { hostIommuAcs } from './host-iommu-acs.ts';
import { hostIommu } from './host-iommu.ts';
import { hostLoad } from './host-load.ts';
import { hostNuma } from './host-numa.ts';
import { hostOomKills } from './host-oom-kills.ts';
import { hostOpenFiles } from './host-open-files.ts';
import { hostSharedMemory } from './host-shared-memory.ts';
import { hostSwap } from './host-swap.ts';
import { hostSysctl } from './host-sysctl.ts';
import { hostVmstat } from './host-vmstat.ts';
import { ibCounters } from './ib-counters.ts';
import { ibDevices } from './ib-devices.ts';
import { ibFabricLinks } from './ib-fabric-links.ts';
import { ibFirmware } from './ib-firmware.ts';
import { ibGids } from './ib-gids.ts';
import { ibInterfaces } from './ib-interfaces.ts';
import { ibLinks } from './ib-links.ts';
import { ibOptics } from './ib-optics.ts';
import { ibPortState } from './ib-port-state.ts';
import { ibPorts } from './ib-ports.ts';
import { ibSwitchCounters } from './ib-switch-counters.ts';
import { kernelCmdline } from './kernel-cmdline.ts';
import { kernelLog } from './kernel-log.ts';
import { kernelMce } from './kernel-mce.ts';
import { kernelVersion } from './kernel-version.ts';
import { kubernetesNode } from './kubernetes-node.ts';
import { measureGemm } from './measure-gemm.ts';
import { measureHbmBandwidth } from './measure-hbm-bandwidth.ts';
import { measureIbWriteBw } from './measure-ib-write-bw.ts';
import { measureNcclPairwise } from './measure-nccl-pairwise.ts';
import { measureNcclRing } from './measure-nccl-ring.ts';
import { measureNvlinkBandwidth } from './measure-nvlink-bandwidth.ts';
import { measurePcieBandwidth } from './measure-pcie-bandwidth.ts';
import { measureStorage } from './measure-storage.ts';
import { memoryHost } from './memory-host.ts';
import { memoryProcesses } from './memory-processes.ts';
import { modulesLoaded } from './modules-loaded.ts';
import { ncclConfigFile } from './nccl-config-file.ts';
import { netCounters } from './net-counters.ts';
import { netFirewall } from './net-firewall.ts';
import { netFirewallNft } from './net-firewall-nft.ts';
import { netInterfaces } from './net-interfaces.ts';
import { netLinkSettings } from './net-link-settings.ts';
import { netListeners } from './net-listeners.ts';
import { netMtu } from './net-mtu.ts';
import { netNameResolution } from './net-name-resolution.ts';
import { netNeighbours } from './net-neighbours.ts';
import { netNodeReach } from './net-node-reach.ts';
import { netPathMtu } from './net-path-mtu.ts';
import { netPortsReachable } from './net-ports-reachable.ts';
import { netReach } from './net-reach.ts';
import { netResolver } from './net-resolver.ts';
import { netRoutes } from './net-routes.ts';
import { netTcp } from './net-tcp.ts';
import { nvlinkStatus } from './nvlink-status.ts';
import { packagesVersionsRpm } from './packages-versions-rpm.ts';
import { packagesVersions } from './packages-versions.ts';
import { rocePfc } from './roce-pfc.ts';
import { schedulerAccounting } from './scheduler-accounting.ts';
import { schedulerConfig } from './scheduler-config.ts';
import { schedulerJobs } from './scheduler-jobs.ts';
import { schedulerNode } from './scheduler-node.ts';
import { schedulerNodes } from './scheduler-nodes.ts';
import { schedulerPlacement } from './scheduler-placement.ts';
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
  gpuHolders,
  gpuPresence,
  nvlinkStatus,
  gpuApplicationClocks,
  gpuComputeMode,
  gpuMig,
  gpuPersistence,
  gpuVbios,
  gpuDriver,
  gpuModuleVersions,
  gpuTopology,
  gpuRetiredPages,
  nvlinkErrors,
  nvlinkRemote,
  pcieAer,
  ibPorts,
  ibCounters,
  ibPortState,
  ibOptics,
  kernelLog(readers),
  diskSpace,
  diskInodes,
  diskReclaimable,
  memoryHost,
  memoryProcesses,
  modulesLoaded,
  ncclConfigFile,
  fabricmanagerActive,
  fabricmanagerVersion,
  fabricmanagerLog,
  gpuDcgmHealth,
  gpuDcgmDiag,
  gpuDcgmStress,
  gpuFieldsOverTime,
  schedulerNode,
  schedulerJobs,
  schedulerReservations,
  netMtu,
  netReach,
  netNodeReach,
  netPathMtu,
  netInterfaces,
  netRoutes,
  netNeighbours,
  netCounters,
  netTcp,
  netNameResolution,
  netResolver,
  netPortsReachable,
  netListeners,
  netFirewall,
  netFirewallNft,
  netLinkSettings,
  rocePfc,
  ibGids,
  ibFirmware,
  ibDevices,
  ibInterfaces,
  ibLinks,
  ibSwitchCounters,
  ibFabricLinks,
  bmcEventLog,
  bmcSensors,
  bmcPower,
  bmcRedfishSystem,
  bmcRedfishLog,
  schedulerNodes,
  schedulerAccounting,
  schedulerPlacement,
  schedulerConfig,
  kubernetesNode,
  kernelMce,
  kernelVersion,
  kernelCmdline,
  packagesVersions,
  packagesVersionsRpm,
  hostLoad,
  hostDState,
  hostCpuGovernor,
  hostCpus,
  hostNuma,
  hostIommuAcs,
  hostIommu,
  hostClockSync,
  hostClockTimesyncd,
  hostClockNtpd,
  hostSharedMemory,
  hostServices,
  hostOomKills,
  hostOpenFiles,
  hostSysctl,
  hostHugepages,
  hostSwap,
  hostVmstat,
  diskIoLatency,
  diskSmart,
  fsMounts,
  fsStale,
  fsNfs,
  fsLustreHealth,
  fsLustreTimeouts,
  measureGemm,
  measureHbmBandwidth,
  measurePcieBandwidth,
  measureNvlinkBandwidth,
  measureNcclRing,
  measureNcclPairwise,
  measureIbWriteBw,
  measureStorage,
  containerRuntime,
  containerConfig,
  dockerConfig,
  containerdConfig,
  enrootConfig,
  enrootHooks,
  deviceNodes,
  containerDevices,
  containerMounts,
  containerLibraries,
  cgroupMemory,
  hostLimits,
  hostCpuAffinity,
  jobProcesses,
  jobEnvironment,
  jobArguments,
  jobStacks,
  jobProfile,
];

const byId = new Map(probes.map((probe) => [probe.id, probe]));

export function probeById(id: string): Probe | undefined {
  return byId.get(id);
}
