import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeById } from '../../../kb/probes/index.ts';
import { requireTool } from '../../support/requires.ts';
import { jobNode, jobScript } from './job-node.ts';

const root = { name: 'root', available: process.getuid?.() === 0, why: 'files of other users are looked at' };
const bash = { name: 'bash', available: spawnSync('bash', ['--version']).status === 0, why: 'it renames a process' };
const shells: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['dash', ['/usr/bin/dash']],
  ['busybox sh', ['/usr/bin/busybox', 'sh']],
];

let node: ReturnType<typeof jobNode>;
beforeEach((context) => {
  requireTool(context, root);
  node = jobNode();
  for (const minor of [0, 3]) node.file(`nvidia${minor}`, '');
  const board = join(node.root, 'gpus', '0000:47:00.0');
  mkdirSync(board, { recursive: true });
  // As driver 535 writes it: https://topofmind.dev/notes/sysadmin/gpu
  writeFileSync(
    join(board, 'information'),
    'Model:           NVIDIA H100 80GB HBM3\nGPU UUID:        GPU-9221d5d1\nBus Location:    0000:47:00.0\nDevice Minor:    3\nGPU Excluded:    No\n',
  );
});
afterEach(() => node?.remove());

const read = (shell: readonly string[] = ['/bin/sh']) =>
  spawnSync(shell[0] ?? '', [...shell.slice(1), jobScript, 'holders'], {
    encoding: 'utf8',
    env: {
      PATH: '/usr/bin:/bin',
      // Stands for /dev/nvidia, which a machine without GPUs has not.
      WARDROUND_GPU_DEVICE: join(node.root, 'nvidia'),
      WARDROUND_GPU_INFORMATION: join(node.root, 'gpus'),
    },
  });
const rowsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .slice(1, -1)
    .map((row) => row.split(' '));
const holding = (...names: readonly string[]) => {
  const opened = names.map((name, at) => `exec ${at + 3}<"${join(node.root, name)}"`).join('\n');
  return node.file('holder', `#!/bin/sh\n${opened}\necho ready\nexec sleep 600\n`, 0o755);
};
/** Field 22 of /proc/PID/stat. */
const ticks = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19];

describe.each(shells)('%s', (name, shell) => {
  it('lists who has a GPU open, a line for each GPU, with the start time of the process', async (context) => {
    requireTool(context, { name, available: existsSync(shell[0] ?? ''), why: 'scripts of nodes run under it, too' });
    const { pid } = await node.start(0, [holding('nvidia3', 'nvidia0', 'nvidia3')]);
    const other = await node.start(1, [node.file('idle', '#!/bin/sh\necho ready\nexec sleep 600\n', 0o755)]);
    const reply = read(shell);
    expect(reply).toMatchObject({ status: 0, stderr: '' });
    expect(rowsOf(reply.stdout)).toEqual([
      [String(pid), ticks(pid), 'root', 'sleep', 'minor-0', '-', 'no'],
      [String(pid), ticks(pid), 'root', 'sleep', '0000:47:00.0', '-', 'no'],
    ]);
    expect(reply.stdout).not.toContain(`${other.pid} `);
    expect(reply.stdout).toMatch(/\n== end holders=2\n$/);
  });
});

it('knows the job of what slurmstepd started', async (context) => {
  requireTool(context, bash);
  const daemon = join(node.root, 'slurmstepd');
  copyFileSync('/bin/dash', daemon);
  const step = node.file('step', `"${holding('nvidia3')}" & wait\n`);
  const start = node.file('start', `#!/bin/bash\nexec -a 'slurmstepd: [4242.batch]' "${daemon}" "${step}"\n`, 0o755);
  await node.start(0, [start]);
  expect(rowsOf(read().stdout).map((row) => row.slice(2))).toEqual([['root', 'sleep', '0000:47:00.0', '4242', 'yes']]);
});

it('takes no name of a file for an open GPU', async () => {
  const evil = join(node.root, `x\n/proc/1/fd:\nlr-x------ 1 root root 64 Nov 21 17:00 0 -> ${node.root}/nvidia0`);
  mkdirSync(dirname(evil), { recursive: true });
  writeFileSync(evil, '');
  node.file('nvidia0 (deleted)', '');
  node.file('nvidia0x', '');
  mkdirSync(join(node.root, 'a -> b'));
  writeFileSync(join(node.root, 'a -> b', 'nvidia0'), '');
  await node.start(0, [holding(relative(node.root, evil), 'nvidia0 (deleted)', 'nvidia0x', 'a -> b/nvidia0')]);
  expect(read().stdout).toBe('pid start_ticks user comm gpu job runs\n== end holders=0\n');
});

it('is read by the probe, and refuses an argument', async () => {
  await node.start(0, [holding('nvidia3')]);
  const { stdout, stderr, status } = read();
  const probe = probeById('gpu.holders');
  const reading = probe?.parse({ stdout, stderr, exitCode: status });
  const known = { gpus: [0, 1, 2, 3].map((index) => ({ index, uuid: '', pciBusId: `00000000:4${index + 4}:00.0` })) };
  expect(probe?.meaning(reading, known)).toMatchObject([
    { kind: 'gpu.process.foreign', device: { index: 3 }, values: { startTicks: expect.any(Number) } },
  ]);
  expect(node.read(['holders', '0'])).toMatchObject({ status: 64, stdout: '' });
});
