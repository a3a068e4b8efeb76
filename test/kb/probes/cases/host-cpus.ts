import type { ProbeCases } from '../probe-case.ts';
import { printed } from '../probe-case.ts';
import { here, notInstalled, welcome } from './host-kernel.ts';

const psi = (cpu: number, io: number, memory: number, load = '0.07 0.12 0.99 1/97 29489', online = '') =>
  printed(`${load}
some avg10=${cpu.toFixed(2)} avg60=${cpu.toFixed(2)} avg300=1.22 total=13258056957
full avg10=0.00 avg60=0.00 avg300=0.00 total=0
some avg10=${io.toFixed(2)} avg60=${io.toFixed(2)} avg300=1.04 total=416853519
full avg10=${io.toFixed(2)} avg60=${io.toFixed(2)} avg300=0.98 total=222740456
some avg10=${memory.toFixed(2)} avg60=${memory.toFixed(2)} avg300=0.00 total=0
full avg10=${memory.toFixed(2)} avg60=${memory.toFixed(2)} avg300=0.00 total=0
${online}`);
const psiSource = `${here}; figures of pressed hosts as in https://github.com/eminence/procfs/issues/40`;

export const hostLoadCases: ProbeCases = {
  faulty: [
    { name: 'waits for storage', source: psiSource, output: psi(2, 58.06, 0), means: ['host.load.io-pressure'] },
    { name: 'waits for memory', source: psiSource, output: psi(1, 3, 57.59), means: ['host.load.memory-pressure'] },
    {
      name: 'too few CPUs',
      source: psiSource,
      output: psi(68.52, 0, 0, '412.31 398.02 240.77 188/9741 411203'),
      means: ['host.load.cpu-pressure'],
    },
    {
      name: 'more tasks than CPUs',
      source: psiSource,
      output: psi(68.52, 0, 0, '412.31 398.02 240.77 188/9741 411203', '0-127\n'),
      means: ['host.load.more-than-cpus'],
    },
    {
      name: 'CPUs enough, and tasks that may not use them',
      source: psiSource,
      output: psi(68.52, 0, 0, '112.31 98.02 40.77 188/9741 411203', '0-95,97-127\n'),
      means: ['host.load.cpu-pressure'],
    },
  ],
  healthy: [
    { name: 'calm', source: here, output: psi(0.25, 0.52, 0), means: ['host.load.calm'] },
    {
      name: 'kernel 5.8, which gives one line for CPUs',
      source: 'https://github.com/flatcar-archive/coreos-overlay/pull/638',
      output: printed(`0.40 0.33 0.20 1/312 4411
some avg10=0.13 avg60=0.68 avg300=0.28 total=1195993
some avg10=0.00 avg60=1.11 avg300=0.68 total=2828208
full avg10=0.00 avg60=0.91 avg300=0.56 total=2334731
some avg10=0.00 avg60=0.00 avg300=0.00 total=0
full avg10=0.00 avg60=0.00 avg300=0.00 total=0
`),
      means: ['host.load.calm'],
    },
    {
      name: 'no pressure figures',
      source: 'https://docs.kernel.org/accounting/psi.html (psi=0); text of cat from coreutils 9.1',
      output: printed(
        '0.00 0.01 0.05 1/130 901\n',
        1,
        'cat: /proc/pressure/cpu: No such file or directory\ncat: /proc/pressure/io: No such file or directory\ncat: /proc/pressure/memory: No such file or directory\n',
      ),
      means: ['host.load.no-pressure-figures'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('cat'),
    printed('0.00 0.01 0.05 1/130 901\nsome avg10=0.00 avg60=0.00 avg300=0.00 total=0\n'),
  ],
};

const ps = (
  rows: readonly (readonly [pid: number, parent: number, state: string, waitsIn: string, command: string])[],
) =>
  printed(
    [
      '    PID    PPID STAT WCHAN                            ELAPSED COMMAND',
      '      1       0 Ss   ep_poll                           993601 systemd',
      '      2       0 S    kthreadd                          993601 kthreadd',
      '      4       2 I<   rescuer_thread                    993601 kworker/R-rcu_gp',
      ...rows.map(
        ([pid, parent, state, waitsIn, command]) =>
          `${String(pid).padStart(7)} ${String(parent).padStart(7)} ${state.padEnd(4)} ${waitsIn.padEnd(32)} ${'3601'.padStart(7)} ${command}`,
      ),
      '',
    ].join('\n'),
  );
const psSource = here;

export const hostDStateCases: ProbeCases = {
  faulty: [
    {
      name: 'NFS',
      source: 'https://github.com/nfs-ganesha/nfs-ganesha/issues/1327 (function), ps of procps-ng 4.0.2',
      output: ps([
        [3734491, 3734470, 'D', 'nfs_set_open_stateid_locked', 'bash'],
        [3734502, 3734470, 'D+', 'rpc_wait_bit_killable', 'python3'],
      ]),
      means: ['host.d-state.shared-storage'],
    },
    {
      name: 'Lustre, still there at the second read',
      source: psSource,
      output: ps([[4242, 4100, 'Dl', 'cl_sync_io_wait', 'pt_main_thread']]),
      second: ps([[4242, 4100, 'Dl', 'cl_sync_io_wait', 'pt_main_thread']]),
      means: ['host.d-state.shared-storage'],
    },
    {
      name: 'the driver of the GPUs',
      source: psSource,
      output: ps([
        [977, 1, 'D', 'os_acquire_rwlock_write', 'nvidia-smi'],
        [4242, 4100, 'Dl', 'uvm_va_space_destroy', 'pt_main_thread'],
      ]),
      means: ['host.d-state.gpu-driver'],
    },
    {
      name: 'a block device',
      source: psSource,
      output: ps([[5151, 4100, 'D', 'jbd2_log_wait_commit', 'pt_data_worker']]),
      means: ['host.d-state.local-storage'],
    },
    {
      name: 'nobody says for what, as to users who may not see it',
      source: psSource,
      output: ps([[5151, 4100, 'D', '-', 'pt_data_worker']]),
      means: ['host.d-state.unknown'],
    },
  ],
  healthy: [
    {
      name: 'none',
      source: psSource,
      output: ps([[4242, 4100, 'Rl', '-', 'pt_main_thread']]),
      means: ['host.d-state.none'],
    },
    {
      name: 'only for a moment',
      source: psSource,
      output: ps([[5151, 4100, 'D', 'folio_wait_bit_common', 'pt_data_worker']]),
      second: ps([[5152, 4100, 'D', 'folio_wait_bit_common', 'pt_data_worker']]),
      means: ['host.d-state.none'],
    },
    {
      name: 'a thread of the kernel that writes back',
      source: psSource,
      output: ps([[311, 2, 'D', 'blk_mq_get_tag', 'kworker/u256:3+flush-259:0']]),
      means: ['host.d-state.none'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('ps'),
    printed('    PID    PPID STAT WCHAN  ELAPSED COMMAND\n'),
    printed('error: unknown user-defined format specifier "wchan:32"', 1),
  ],
};

const cpufreq = (governor: string, currentKhz: readonly number[], highestKhz = 3_500_000) =>
  printed(
    currentKhz
      .map(
        (khz, at) => `/sys/devices/system/cpu/cpufreq/policy${at}/scaling_cur_freq:${khz}
/sys/devices/system/cpu/cpufreq/policy${at}/scaling_governor:${governor}
/sys/devices/system/cpu/cpufreq/policy${at}/cpuinfo_max_freq:${highestKhz}
`,
      )
      .join(''),
  );
const cpufreqSource = 'https://docs.kernel.org/admin-guide/pm/cpufreq.html (files); format of grep -H here';

export const hostCpuGovernorCases: ProbeCases = {
  faulty: [
    {
      name: 'held at the lowest clock',
      source: `${cpufreqSource}; clocks: https://github.com/deinstapel/cpupower/issues/144`,
      output: cpufreq('performance', [800_000, 800_000, 801_000, 800_000]),
      means: ['host.cpu-governor.held-back'],
    },
  ],
  healthy: [
    {
      name: 'full clock',
      source: cpufreqSource,
      output: cpufreq('performance', [3_400_000, 3_395_120, 2_900_000, 3_400_012]),
      means: ['host.cpu-governor.fast'],
    },
    {
      name: 'idle under a governor that saves',
      source: cpufreqSource,
      output: cpufreq('powersave', [800_000, 800_000]),
      means: ['host.cpu-governor.saving'],
    },
    {
      name: 'busy under a governor that saves',
      source: cpufreqSource,
      output: cpufreq('powersave', [3_300_000, 3_300_000]),
      means: ['host.cpu-governor.saving', 'host.cpu-governor.fast'],
    },
    { name: 'a virtual machine', source: here, output: printed('', 1), means: ['host.cpu-governor.not-scaled'] },
  ],
  garbage: [welcome, notInstalled('grep'), printed('/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq:fast\n')],
};

const lscpu = (fields: Readonly<Record<string, string | null>>) =>
  printed(
    `${JSON.stringify({ lscpu: Object.entries(fields).map(([field, data]) => ({ field, data })) }, null, 3).replaceAll('},\n      {', '},{')}\n`,
  );
const epyc = {
  'Architecture:': 'x86_64',
  'CPU op-mode(s):': '32-bit, 64-bit',
  'Byte Order:': 'Little Endian',
  'CPU(s):': '256',
  'On-line CPU(s) list:': '0-255',
  'Thread(s) per core:': '2',
  'Core(s) per socket:': '64',
  'Socket(s):': '2',
  'NUMA node(s):': '8',
  'Vendor ID:': 'AuthenticAMD',
  'Model name:': 'AMD EPYC 7742 64-Core Processor',
};
const lscpuSource = 'https://github.com/strizhechenko/netutils-linux/issues/226 (text form, util-linux 2.31)';

export const hostCpusCases: ProbeCases = {
  faulty: [
    {
      name: 'one CPU was taken out',
      source: lscpuSource,
      output: lscpu({ ...epyc, 'On-line CPU(s) list:': '0-254', 'Off-line CPU(s) list:': '255' }),
      means: ['host.cpus.offline'],
    },
  ],
  healthy: [
    { name: 'all of them', source: lscpuSource, output: lscpu(epyc), means: ['host.cpus.complete'] },
    {
      name: 'one thread a core',
      source: `${lscpuSource}; threads switched off as https://docs.kernel.org/admin-guide/kernel-parameters.html (nosmt) does`,
      output: lscpu({
        ...epyc,
        'On-line CPU(s) list:': '0-127',
        'Off-line CPU(s) list:': '128-255',
        'Thread(s) per core:': '1',
      }),
      means: ['host.cpus.single-threads', 'host.cpus.complete'],
    },
    {
      name: 'nested',
      source: 'https://github.com/nviennot/core-to-core-latency/issues/33 (the same sections as text, util-linux 2.38)',
      output: printed(
        JSON.stringify({
          lscpu: [
            { field: 'Architecture:', data: 'x86_64', children: [{ field: 'Byte Order:', data: 'Little Endian' }] },
            { field: 'CPU(s):', data: '48', children: [{ field: 'On-line CPU(s) list:', data: '0-47' }] },
            {
              field: 'Vendor ID:',
              data: 'AuthenticAMD',
              children: [
                {
                  field: 'Model name:',
                  data: 'AMD EPYC 74F3 24-Core Processor',
                  children: [
                    { field: 'Thread(s) per core:', data: '2' },
                    { field: 'Socket(s):', data: '1' },
                  ],
                },
              ],
            },
            { field: 'NUMA:', data: null, children: [{ field: 'NUMA node(s):', data: '4' }] },
          ],
        }),
      ),
      means: ['host.cpus.complete'],
    },
    {
      name: 'here',
      source: here,
      output: printed(`{
   "lscpu": [
      {
         "field": "Architecture:",
         "data": "x86_64"
      },{
         "field": "CPU(s):",
         "data": "2"
      },{
         "field": "On-line CPU(s) list:",
         "data": "0,1"
      },{
         "field": "Model name:",
         "data": "AMD EPYC"
      },{
         "field": "Thread(s) per core:",
         "data": "1"
      },{
         "field": "Socket(s):",
         "data": "1"
      }
   ]
}
`),
      means: ['host.cpus.complete'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('lscpu'),
    printed('{"lscpu": []}'),
    printed('{"lscpu": [{"field": "CPU(s):", "data": "many"}]}'),
  ],
};

const numactl = (sizes: readonly number[]) =>
  printed(
    [
      `available: ${sizes.length} nodes (0-${sizes.length - 1})`,
      ...sizes.flatMap((size, node) => [
        `node ${node} cpus: ${[0, 1, 2, 3].map((cpu) => node * 4 + cpu).join(' ')}`,
        `node ${node} size: ${size} MB`,
        `node ${node} free: ${Math.round(size * 0.9)} MB`,
      ]),
      'node distances:',
      `node ${sizes.map((_size, node) => `  ${node} `).join('')}`,
      ...sizes.map(
        (_size, node) => `  ${node}: ${sizes.map((_other, to) => (to === node ? ' 10 ' : ' 32 ')).join('')}`,
      ),
      '',
    ].join('\n'),
  );
const numaSource = 'https://github.com/egandro/proxmox-cpu-affinity/issues/58 (two sockets, 773271 and 774028 MB)';

export const hostNumaCases: ProbeCases = {
  faulty: [
    { name: 'a module is lost', source: numaSource, output: numactl([773_271, 724_876]), means: ['host.numa.unequal'] },
    {
      name: 'a node without memory',
      source: 'https://github.com/WyvernTKC/cpuminer-gr-avx2/issues/22',
      output: numactl([128_905, 0, 129_012, 129_012]),
      means: ['host.numa.no-memory'],
    },
  ],
  healthy: [
    { name: 'two sockets', source: numaSource, output: numactl([773_271, 774_028]), means: ['host.numa.balanced'] },
    {
      name: 'eight nodes and memory without CPUs (HBM)',
      source: 'https://github.com/oneapi-src/unified-memory-framework/issues/1289',
      output: printed(`available: 3 nodes (0-2)
node 0 cpus: 0 1 2 3 4 5 6 7 8 9 10 11 96 97 98 99 100 101 102 103 104 105 106 107
node 0 size: 64132 MB
node 0 free: 61658 MB
node 1 cpus: 12 13 14 15 16 17 18 19 20 21 22 23 108 109 110 111 112 113 114 115 116 117 118 119
node 1 size: 64505 MB
node 1 free: 61513 MB
node 2 cpus:
node 2 size: 16384 MB
node 2 free: 16280 MB
node distances:
node   0   1   2
  0:  10  12  13
  1:  12  10  23
  2:  13  23  10
`),
      means: ['host.numa.balanced'],
    },
    {
      name: 'CPUs as ranges',
      source: 'https://github.com/kvcache-ai/ktransformers/issues/797 (numactl 2.0.18, --cpu-compress)',
      output: printed(`available: 2 nodes (0-1)
node 0 cpus: 0-15 (16)
node 0 size: 580088 MB
node 0 free: 314825 MB
node 1 cpus: 16-31 (16)
node 1 size: 580505 MB
node 1 free: 276529 MB
node distances:
node   0   1
  0:  10  32
  1:  32  10
`),
      means: ['host.numa.balanced'],
    },
    {
      name: 'one node',
      source: `numactl 2.0.16, ${here}`,
      output: printed(
        'available: 1 nodes (0)\nnode 0 cpus: 0 1\nnode 0 size: 12250 MB\nnode 0 free: 11344 MB\nnode distances:\nnode   0 \n  0:  10 \n',
      ),
      means: ['host.numa.balanced'],
    },
  ],
  garbage: [
    welcome,
    notInstalled('numactl'),
    printed('available: 2 nodes (0-1)\nnode 0 cpus: 0 1\nnode 0 size: 12250 MB\n'),
    printed('No NUMA available on this system\n', 1),
  ],
};
