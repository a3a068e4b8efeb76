import type { ProbeCases } from './probe-case.ts';
import { printed } from './probe-case.ts';

const mlxlinkSource =
  'mlxlink of MFT 4.24 on a ConnectX-6 (MT4123, HDR), as published with a report on nccl-tests; texts: l1-show in the Cumulus Linux guide';
const mlxlink = (port: {
  readonly state: string;
  readonly physical: string;
  readonly speed?: string;
  readonly width?: string;
  readonly opcode?: string;
  readonly group?: string;
  readonly recommendation?: string;
}) =>
  printed(`
Operational Info
----------------
State                           : ${port.state}
Physical state                  : ${port.physical}
Speed                           : ${port.speed ?? 'IB-HDR'}
Width                           : ${port.width ?? '4x'}
FEC                             : RS-FEC - (544,514) + PLR
Loopback Mode                   : No Loopback
Auto Negotiation                : ON

Supported Info
--------------
Enabled Link Speed              : 0x00000075 (HDR,EDR,FDR,QDR,SDR)
Supported Cable Speed           : 0x0000007f (HDR,EDR,FDR,FDR10,QDR,DDR,SDR)

Troubleshooting Info
--------------------
Status Opcode                   : ${port.opcode ?? '0'}
Group Opcode                    : ${port.group ?? 'N/A'}
Recommendation                  : ${port.recommendation ?? 'No issue was observed'}

Tool Information
----------------
Firmware Version                : 20.36.1010
amBER Version                   : 2.13
MFT Version                     : mft 4.24.0-72

`);
const args = { hca: 'mlx5_2' };
const off = {
  speed: 'N/A',
  width: 'N/A',
  opcode: '1',
  group: 'PHY FW',
  recommendation: 'The port is closed by command. Please check that the interface is enabled.',
};

export const ibPortStateCases: ProbeCases = {
  faulty: [
    {
      name: 'no cable',
      source: mlxlinkSource,
      output: mlxlink({
        state: 'Polling',
        physical: 'LinkPolling',
        speed: 'N/A',
        width: 'N/A',
        opcode: '1024',
        group: 'MNG FW',
        recommendation: 'The cable is unplugged.',
      }),
      args,
      means: ['ib.port-state.no-link hca mlx5_2'],
    },
    {
      name: 'up without a subnet manager',
      source: mlxlinkSource,
      output: mlxlink({ state: 'Physical LinkUp', physical: 'LinkUp' }),
      args,
      means: ['ib.port-state.not-active hca mlx5_2'],
    },
    {
      name: 'up with a bad signal',
      source: mlxlinkSource,
      output: mlxlink({
        state: 'Active',
        physical: 'LinkUp',
        opcode: '15',
        group: 'PHY FW',
        recommendation: 'Bad signal integrity.',
      }),
      args,
      means: ['ib.port-state.troubled hca mlx5_2'],
    },
  ],
  healthy: [
    {
      name: 'active',
      source: mlxlinkSource,
      output: mlxlink({ state: 'Active', physical: 'LinkUp' }),
      args,
      means: ['ib.port-state.active hca mlx5_2'],
    },
    {
      name: 'switched off',
      source: mlxlinkSource,
      output: mlxlink({ state: 'Disable', physical: 'Disabled', ...off }),
      args,
      means: ['ib.port.administratively-down hca mlx5_2'],
    },
    {
      name: 'switched off, as newer releases print it',
      source: 'https://github.com/Mellanox/mstflint/pull/1103',
      output: mlxlink({ state: 'Disable', physical: 'N/A', ...off }),
      args,
      means: ['ib.port.administratively-down hca mlx5_2'],
    },
  ],
  garbage: [
    printed('', 1, '-E- Failed to open device: "mlx5_2". Permission denied'),
    printed('Welcome to node-01\n'),
    printed('Operational Info\n----------------\nState                           : Active\n'),
  ],
};

const psSource = 'ps of procps 4.0.2 on Debian 12; names of processes of a PyTorch job';
const ps = (rows: readonly (readonly [pid: number, user: string, rssKib: number, command: string])[]) =>
  printed(
    [
      '    PID    PPID USER       RSS ELAPSED COMMAND',
      ...rows.map(
        ([pid, user, rss, command]) =>
          `${String(pid).padStart(7)} ${String(4100).padStart(7)} ${user.padEnd(8)} ${String(rss).padStart(8)} ${String(93601).padStart(7)} ${command}`,
      ),
      '      1       0 root       13000 9993601 systemd',
      '      2       0 root           0 9993601 kthreadd',
      '',
    ].join('\n'),
  );
const gib = 1024 * 1024;
const ranks = (large: number) =>
  Array.from(
    { length: 8 },
    (_one, rank) => [4242 + rank, 'train', (rank === 0 ? large : 31) * gib, 'pt_main_thread'] as const,
  );

export const memoryProcessesCases: ProbeCases = {
  faulty: [
    {
      name: 'one rank holds most of it',
      source: psSource,
      output: ps(ranks(680)),
      means: ['host.memory.process-large'],
    },
  ],
  healthy: [
    { name: 'ranks alike', source: psSource, output: ps(ranks(45)), means: ['host.memory.processes-alike'] },
    { name: 'idle', source: psSource, output: ps([]), means: ['host.memory.processes-alike'] },
    {
      name: 'a crowd of data loaders is context',
      source: 'https://github.com/pytorch/pytorch/issues/13246',
      output: ps(
        Array.from({ length: 160 }, (_one, worker) => [5000 + worker, 'train', 6 * gib, 'pt_data_worker'] as const),
      ),
      means: ['host.memory.processes-many', 'host.memory.processes-alike'],
    },
    {
      name: 'a process may call itself anything',
      source: psSource,
      output: ps([[77, 'train', 40 * gib, 'a b; rm -rf'], ...ranks(40)]),
      means: ['host.memory.processes-alike'],
    },
  ],
  garbage: [
    printed('', 1, 'error: unknown sort specifier'),
    printed('Welcome to node-01\n'),
    printed('    PID    PPID USER       RSS ELAPSED COMMAND\n   1 root systemd\n'),
  ],
};

const spaceSource = 'infra/gate/wardround-space.sh, run on Debian 12';
const head = 'policy mount reclaimable_kib files held_files\n';

export const diskReclaimableCases: ProbeCases = {
  faulty: [],
  healthy: [
    {
      name: 'two policies, one with files to move',
      source: spaceSource,
      output: printed(`${head}core-dumps / 0 0 0\nold-checkpoints /scratch 734003200 12 0\n`),
      means: ['disk.reclaimable.some'],
    },
    {
      name: 'after a hold',
      source: spaceSource,
      output: printed(`${head}old-checkpoints /scratch 0 0 12\n`),
      means: ['disk.reclaimable.held'],
    },
    {
      name: 'nothing to move',
      source: spaceSource,
      output: printed(`${head}core-dumps / 0 0 0\n`),
      means: ['disk.reclaimable.none'],
    },
    { name: 'no policies', source: spaceSource, output: printed(head), means: ['disk.reclaimable.none'] },
    {
      name: 'one policy cannot be read, another has files',
      source: spaceSource,
      output: printed(`${head}old-checkpoints /scratch 1024 2 0\n`, 1, 'wardround-space: policy x is not valid'),
      means: ['disk.reclaimable.some'],
    },
  ],
  garbage: [
    printed('', 127, 'sh: 1: wardround-space: not found'),
    printed('Welcome to node-01\n'),
    printed(`${head}old-checkpoints /scratch many 2 0\n`),
    printed(head, 1, 'wardround-space: policy core-dumps cannot be read by this user'),
  ],
};
