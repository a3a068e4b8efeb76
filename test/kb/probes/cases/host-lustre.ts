import { printed, type ProbeCases } from '../probe-case.ts';
import { notInstalled, welcome } from './host-kernel.ts';

const source =
  'lustre/obdclass/lprocfs_status.c of lustre-release (lprocfs_timeouts_seq_show), 2.10.8 to 2.16.1 in procfs, master in debugfs; figures of the manual’s example';
const old =
  'https://doc.lustre.org/lustre_manual.xhtml (Configuring Adaptive Timeouts), as releases before 2.10 printed it';

type Estimate = readonly [current: number, worst: number, worstAgo: string, ...bins: readonly number[]];
const ok: Estimate = [1, 2, '1586s', 1, 1, 1, 1];
/** With at_min of 5 s, as from 2.16 on. */
const bounded: Estimate = [5, 1, '9120s', 1, 1, 1, 1];
const never: Estimate = [5, 5, '40s', 0, 0, 0, 0];
const slow: Estimate = [33, 34, '1587s', 33, 33, 33, 2];

const padded = (value: number) => String(value).padStart(3);
const estimate = (name: string, [current, worst, ago, ...bins]: Estimate) =>
  `${name}: cur ${padded(current)}  worst ${padded(worst)} (at 1795390000, ${ago} ago) ${bins.map((bin) => `${padded(bin)} `).join('')}`;

/** One target, as `grep -rH .` prints its file. */
function target(
  name: string,
  network: Estimate,
  services: Readonly<Record<number, Estimate>>,
  { replied = '0s', folder = '/proc/fs/lustre' } = {},
): string {
  const kind = name.includes('MDT') ? 'mdc' : 'osc';
  const path = `${folder}/${kind}/${name}-${kind}-ffff9a7c4c1d8800/timeouts`;
  const lines = [
    `last reply : 1795391586, ${replied} ago`,
    estimate('network    ', network),
    ...Object.entries(services).map(([portal, service]) => estimate(`portal ${portal.padEnd(2)}  `, service)),
  ];
  return lines.map((line) => `${path}:${line}\n`).join('');
}

const absent = (...folders: readonly string[]) =>
  folders.map((folder) => `grep: ${folder}: No such file or directory\n`).join('');
const proc = ['/proc/fs/lustre/osc', '/proc/fs/lustre/mdc'] as const;
const debug = ['/sys/kernel/debug/lustre/osc', '/sys/kernel/debug/lustre/mdc'] as const;
const inProc = (...targets: readonly string[]) => printed(targets.join(''), 2, absent(...debug));
const inDebugfs = { folder: '/sys/kernel/debug/lustre' };

const mdt = target('scratch-MDT0000', ok, { 12: ok, 17: ok, 23: ok });
const metadataOk = target('scratch-MDT0000', bounded, { 12: bounded }, inDebugfs);

export const fsLustreTimeoutsCases: ProbeCases = {
  faulty: [
    {
      name: 'one service of all servers is slow',
      source,
      output: inProc(
        mdt,
        target('scratch-OST0000', ok, { 6: slow, 28: ok }),
        target('scratch-OST0001', ok, { 6: slow, 28: ok }),
      ),
      means: ['fs.lustre.service-slow'],
    },
    {
      name: 'one target is slow, in debugfs, with at_min',
      source,
      output: printed(
        metadataOk +
          target('scratch-OST0007', bounded, { 28: bounded, 6: [600, 600, '90s', 640, 40, 0, 0] }, inDebugfs),
        2,
        absent(...proc),
      ),
      means: ['fs.lustre.service-slow'],
    },
    {
      name: 'ages in days, hours and minutes',
      source: old,
      output: inProc(
        target(
          'lustre-OST0000',
          [1, 2, '0d0h26m26s', 1, 1, 1, 1],
          { 6: [33, 34, '0d0h26m27s', 33, 33, 33, 2] },
          { replied: '0d0h00m00s' },
        ),
      ),
      means: ['fs.lustre.service-slow'],
    },
    {
      name: 'the network is slow, and bulk data of the servers with it',
      source,
      output: inProc(
        mdt,
        target('scratch-OST0000', [21, 21, '100s', 21, 1, 1, 1], { 6: [40, 40, '100s', 40, 1, 1, 1], 28: ok }),
        target('scratch-OST0001', [9, 18, '88s', 18, 1, 1, 1], { 28: ok }, { replied: '12s' }),
      ),
      means: ['fs.lustre.network-slow'],
    },
  ],
  healthy: [
    {
      name: 'all answer soon, with the bounds of 2.16',
      source,
      output: printed(
        metadataOk + target('scratch-OST0000', bounded, { 6: bounded, 28: never }, inDebugfs),
        2,
        absent(...proc),
      ),
      means: ['fs.lustre.replies-soon'],
    },
    {
      name: 'the worst was long ago',
      source,
      output: inProc(
        mdt,
        target('scratch-OST0000', [1, 30, '90000s', 1, 1, 1, 2], { 6: [1, 120, '90000s', 1, 2, 1, 1] }),
      ),
      means: ['fs.lustre.replies-soon'],
    },
    {
      name: 'reads that were slow an hour ago, and nothing was read since',
      source,
      output: inProc(mdt, target('scratch-OST0000', ok, { 6: [33, 33, '3600s', 33, 12, 0, 0], 28: ok })),
      means: ['fs.lustre.replies-soon'],
    },
    {
      name: 'a server is lost: failed attempts to connect raise the estimate of the network',
      source: 'lustre/ptlrpc/import.c of lustre-release (import_select_connection)',
      output: inProc(mdt, target('scratch-OST0000', [25, 25, '3s', 25, 1, 1, 1], { 6: ok }, { replied: '75s' })),
      means: ['fs.lustre.replies-soon'],
    },
    {
      name: 'no reply lately',
      source,
      output: inProc(target('scratch-OST0000', ok, { 6: slow }, { replied: '1400s' })),
      means: ['fs.lustre.no-estimates'],
    },
    {
      name: 'mounted, and nothing was asked',
      source,
      output: inProc(target('scratch-OST0000', [0, 0, '12s', 0, 0, 0, 0], {}, { replied: '1795391586s' })),
      means: ['fs.lustre.no-estimates'],
    },
    { name: 'no Lustre', source, output: printed('', 2, absent(...proc, ...debug)), means: ['fs.lustre.no-client'] },
    { name: 'Lustre is loaded and nothing is mounted', source, output: printed('', 1), means: ['fs.lustre.no-client'] },
  ],
  garbage: [
    welcome,
    notInstalled('grep'),
    printed('', 2, 'grep: /sys/kernel/debug/lustre/osc: Permission denied\n'),
    printed(mdt, 2, 'grep: /proc/fs/lustre/osc: Input/output error\n'),
    printed(mdt.replace('cur   1', 'cur   a')),
    printed(mdt.split('\n').slice(1).join('\n')),
    printed('/proc/fs/lustre/osc/scratch-OST0000-osc-ffff9a7c4c1d8800/state:current_state: FULL\n'),
    printed('', 1, 'sudo: a password is required\n'),
  ],
};
