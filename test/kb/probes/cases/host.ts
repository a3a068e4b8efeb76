import type { ProbeCases } from '../probe-case.ts';
import { hostClockNtpdCases, hostClockTimesyncdCases, packagesVersionsRpmCases } from './host-alternatives.ts';
import { hostCpuGovernorCases, hostCpusCases, hostDStateCases, hostLoadCases, hostNumaCases } from './host-cpus.ts';
import { kernelCmdlineCases, kernelMceCases, kernelVersionCases, packagesVersionsCases } from './host-kernel.ts';
import {
  hostHugepagesCases,
  hostOomKillsCases,
  hostOpenFilesCases,
  hostSwapCases,
  hostSysctlCases,
  hostVmstatCases,
} from './host-memory.ts';
import {
  diskIoLatencyCases,
  diskSmartCases,
  fsLustreHealthCases,
  fsMountsCases,
  fsNfsCases,
  fsStaleCases,
} from './host-storage.ts';
import { fsLustreTimeoutsCases } from './host-lustre.ts';
import {
  hostClockSyncCases,
  hostIommuAcsCases,
  hostIommuCases,
  hostServicesCases,
  hostSharedMemoryCases,
} from './host-system.ts';

/** Cases of probes that read the host itself: kernel, CPUs, memory, services and storage. */
export const hostCases: Readonly<Record<string, ProbeCases>> = {
  'kernel.mce': kernelMceCases,
  'kernel.version': kernelVersionCases,
  'kernel.cmdline': kernelCmdlineCases,
  'packages.versions': packagesVersionsCases,
  'packages.versions-rpm': packagesVersionsRpmCases,
  'host.load': hostLoadCases,
  'host.d-state': hostDStateCases,
  'host.cpu-governor': hostCpuGovernorCases,
  'host.cpus': hostCpusCases,
  'host.numa': hostNumaCases,
  'host.iommu-acs': hostIommuAcsCases,
  'host.iommu': hostIommuCases,
  'host.clock-sync': hostClockSyncCases,
  'host.clock-timesyncd': hostClockTimesyncdCases,
  'host.clock-ntpd': hostClockNtpdCases,
  'host.shared-memory': hostSharedMemoryCases,
  'host.services': hostServicesCases,
  'host.oom-kills': hostOomKillsCases,
  'host.open-files': hostOpenFilesCases,
  'host.sysctl': hostSysctlCases,
  'host.hugepages': hostHugepagesCases,
  'host.swap': hostSwapCases,
  'host.vmstat': hostVmstatCases,
  'disk.io-latency': diskIoLatencyCases,
  'disk.smart': diskSmartCases,
  'fs.mounts': fsMountsCases,
  'fs.stale': fsStaleCases,
  'fs.nfs': fsNfsCases,
  'fs.lustre-health': fsLustreHealthCases,
  'fs.lustre-timeouts': fsLustreTimeoutsCases,
};
