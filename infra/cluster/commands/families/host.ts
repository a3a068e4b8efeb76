import { cat } from '../cat.ts';
import type { Tool } from '../command.ts';
import { wardroundFix } from '../fix/index.ts';
import { chronyc } from '../host/chronyc.ts';
import { cpupower } from '../host/cpupower.ts';
import { dpkgQuery } from '../host/dpkg-query.ts';
import { grepFiles, grepFrequencies } from '../host/grep.ts';
import { uname } from '../host/kernel.ts';
import { lscpu } from '../host/lscpu.ts';
import { numactl } from '../host/numactl.ts';
import { sysctl } from '../host/sysctl.ts';
import { timedatectl } from '../host/timedatectl.ts';
import { dmesg } from '../dmesg.ts';
import { lsmod } from '../lsmod.ts';
import { ps } from '../ps.ts';
import { systemctl } from '../systemctl.ts';
import { uptime } from '../uptime.ts';

/** Kernel, processes and services of the machine. */
export const hostTools: readonly Tool[] = [
  dmesg,
  cat,
  lsmod,
  uptime,
  systemctl,
  ps,
  uname,
  sysctl,
  lscpu,
  numactl,
  chronyc,
  timedatectl,
  dpkgQuery,
  cpupower,
  grepFrequencies,
  grepFiles,
  wardroundFix,
];
