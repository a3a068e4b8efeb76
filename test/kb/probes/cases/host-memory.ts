import type { ProbeCases } from '../probe-case.ts';
import { printed } from '../probe-case.ts';
import { here, notInstalled, welcome } from './host-kernel.ts';

const kills = (count: number) => printed(`/proc/vmstat:oom_kill ${count}\n`);

export const hostOomKillsCases: ProbeCases = {
  faulty: [
    { name: 'between two reads', source: here, output: kills(3), second: kills(5), means: ['host.oom-kills.now'] },
    { name: 'since the boot', source: here, output: kills(3), second: kills(3), means: ['host.oom-kills.since-boot'] },
  ],
  healthy: [{ name: 'none', source: here, output: kills(0), second: kills(0), means: ['host.oom-kills.none'] }],
  garbage: [welcome, notInstalled('grep'), printed('', 1), printed('/proc/vmstat:oom_kill many\n')],
};

export const hostOpenFilesCases: ProbeCases = {
  faulty: [
    {
      name: 'nearly all',
      source: 'https://docs.kernel.org/admin-guide/sysctl/fs.html#file-max-file-nr',
      output: printed('1615003\t0\t1620000\n'),
      means: ['host.open-files.nearly-all'],
    },
  ],
  healthy: [
    { name: 'here', source: here, output: printed('585\t0\t2466177\n'), means: ['host.open-files.few'] },
    {
      name: 'without a limit, as systemd 240 and later set it',
      source: 'https://github.com/systemd/systemd/blob/main/NEWS (240)',
      output: printed('13664\t0\t9223372036854775807\n'),
      means: ['host.open-files.few'],
    },
  ],
  garbage: [welcome, notInstalled('cat'), printed('585 0\n')],
};

const settings = (changed: Readonly<Record<string, string>> = {}) =>
  printed(
    Object.entries({
      'vm.max_map_count': '65530',
      'vm.swappiness': '60',
      'kernel.numa_balancing': '0',
      'kernel.pid_max': '4194304',
      'net.core.somaxconn': '4096',
      'net.ipv4.ip_local_port_range': '32768\t60999',
      'net.ipv4.conf.all.rp_filter': '2',
      ...changed,
    })
      .map(([key, value]) => `${key} = ${value}\n`)
      .join(''),
  );

export const hostSysctlCases: ProbeCases = {
  faulty: [
    {
      name: 'few maps',
      source: here,
      output: settings({ 'vm.max_map_count': '16384' }),
      means: ['host.sysctl.max-map-count-low'],
    },
    {
      name: 'few ports',
      source: here,
      output: settings({ 'net.ipv4.ip_local_port_range': '60000\t60999' }),
      means: ['host.sysctl.few-ports'],
    },
    {
      name: 'packets from other interfaces are dropped',
      source: here,
      output: settings({ 'net.ipv4.conf.all.rp_filter': '1' }),
      means: ['host.sysctl.strict-reverse-path'],
    },
  ],
  healthy: [
    { name: 'as distributed', source: here, output: settings(), means: ['host.sysctl.usual'] },
    {
      name: 'here',
      source: here,
      output: settings({ 'kernel.pid_max': '32768', 'net.ipv4.conf.all.rp_filter': '0' }),
      means: ['host.sysctl.pid-max-low', 'host.sysctl.usual'],
    },
    {
      name: 'a kernel before 5.4 on two sockets',
      source: 'https://docs.kernel.org/networking/ip-sysctl.html (128 before 5.4)',
      output: settings({ 'net.core.somaxconn': '128', 'kernel.numa_balancing': '1' }),
      means: ['host.sysctl.somaxconn-low', 'host.sysctl.numa-balancing-on', 'host.sysctl.usual'],
    },
    {
      name: 'a kernel without NUMA balancing',
      source: `sysctl of procps-ng 4.0.2, ${here}`,
      output: printed(
        'vm.max_map_count = 65530\nvm.swappiness = 60\n',
        1,
        'sysctl: cannot stat /proc/sys/kernel/numa_balancing: No such file or directory\n',
      ),
      means: ['host.sysctl.usual'],
    },
  ],
  garbage: [welcome, notInstalled('sysctl'), printed('', 1), printed('vm.max_map_count = many\n')],
};

const hugepages = (transparent: string, pages: number) =>
  printed(`/sys/kernel/mm/transparent_hugepage/enabled:${transparent}\n/proc/sys/vm/nr_hugepages:${pages}\n`);

export const hostHugepagesCases: ProbeCases = {
  faulty: [
    {
      name: 'much memory reserved',
      source: here,
      output: hugepages('always [madvise] never', 262_144),
      means: ['host.hugepages.many-reserved'],
    },
  ],
  healthy: [
    {
      name: 'here',
      source: here,
      output: hugepages('always [madvise] never', 0),
      means: ['host.hugepages.few-reserved'],
    },
    {
      name: 'everywhere',
      source: 'https://docs.kernel.org/admin-guide/mm/transhuge.html',
      output: hugepages('[always] madvise never', 0),
      means: ['host.hugepages.always', 'host.hugepages.few-reserved'],
    },
    {
      name: 'a kernel without transparent ones',
      source: here,
      output: printed(
        '/proc/sys/vm/nr_hugepages:0\n',
        2,
        'grep: /sys/kernel/mm/transparent_hugepage/enabled: No such file or directory\n',
      ),
      means: ['host.hugepages.few-reserved'],
    },
  ],
  garbage: [welcome, notInstalled('grep'), printed('/proc/sys/vm/nr_hugepages:some\n'), printed('', 1)],
};

const swaps = (...rows: readonly string[]) =>
  printed(['Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority', ...rows, ''].join('\n'));
const swapsSource = 'https://man7.org/linux/man-pages/man8/swapon.8.html; head as here';

export const hostSwapCases: ProbeCases = {
  faulty: [
    {
      name: 'half full',
      source: swapsSource,
      output: swaps('/dev/nvme0n1p3                          partition\t8388604\t\t4390912\t\t-2'),
      means: ['host.swap.used'],
    },
  ],
  healthy: [
    { name: 'none', source: here, output: swaps(), means: ['host.swap.unused'] },
    {
      name: 'hardly used, of two kinds',
      source: swapsSource,
      output: swaps(
        '/dev/nvme0n1p3                          partition\t8388604\t\t262144\t\t-2',
        '/swap.img                               file\t\t8388604\t\t0\t\t-3',
      ),
      means: ['host.swap.unused'],
    },
  ],
  garbage: [welcome, notInstalled('cat'), swaps('half a row')],
};

const vmstat = (counts: { swapped?: number; faults?: number; stalls?: number }) =>
  printed(`nr_free_pages 2902010
nr_zone_inactive_anon 2698
numa_hit 1167219407
pgpgin 80438581
pgpgout 156017592
pswpin ${counts.swapped ?? 0}
pswpout 0
pgalloc_normal 1227055112
allocstall_dma 0
allocstall_normal ${counts.stalls ?? 0}
allocstall_movable 0
pgfault 1217799206
pgmajfault ${counts.faults ?? 97159}
compact_stall 0
oom_kill 0
`);
const vmstatSource = `${here} (some of its lines)`;

export const hostVmstatCases: ProbeCases = {
  faulty: [
    {
      name: 'swaps',
      source: vmstatSource,
      output: vmstat({}),
      second: vmstat({ swapped: 90_000 }),
      means: ['host.vmstat.swapping'],
    },
    {
      name: 'reads pages from storage',
      source: vmstatSource,
      output: vmstat({}),
      second: vmstat({ faults: 99_500 }),
      means: ['host.vmstat.major-faults'],
    },
    {
      name: 'waits for memory',
      source: vmstatSource,
      output: vmstat({ stalls: 1 }),
      second: vmstat({ stalls: 4_000 }),
      means: ['host.vmstat.allocation-stalls'],
    },
  ],
  healthy: [
    {
      name: 'calm',
      source: vmstatSource,
      output: vmstat({}),
      second: vmstat({ faults: 97_161 }),
      means: ['host.vmstat.calm'],
    },
    { name: 'read once', source: vmstatSource, output: vmstat({}), means: ['host.vmstat.read-once'] },
    {
      name: 'a kernel before 4.10, with one count of stalls',
      source: 'https://docs.kernel.org/admin-guide/mm/concepts.html#reclaim',
      output: printed('pswpin 0\npswpout 0\nallocstall 12\npgmajfault 97159\n'),
      second: printed('pswpin 0\npswpout 0\nallocstall 12\npgmajfault 97159\n'),
      means: ['host.vmstat.calm'],
    },
  ],
  garbage: [welcome, notInstalled('cat'), printed('nr_free_pages 2902010\n'), printed('nr_free_pages many\n')],
};
