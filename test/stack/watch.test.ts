import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { repositoryPath } from '../support/repository.ts';
import { startStack, type RunningStack } from '../support/running-stack.ts';
import { temporaryFolder } from '../support/servers.ts';

/** A whole running product, in which nothing but a line in a file begins an incident. */
const msMax = 90_000;
const folder = temporaryFolder('watched-logs');
const kernelLog = join(folder.path, 'node-03-kern.log');
let stack: RunningStack;
let watch: ChildProcess;
let events = '';

beforeAll(async () => {
  writeFileSync(kernelLog, 'Nov 21 03:12:00 node-03 kernel: usb 1-1: new high-speed USB device\n');
  stack = startStack(['--no-watch', '--seed', '11']);
  await stack.sees(/Up in .* s/);
}, msMax);
afterAll(async () => {
  if (watch?.exitCode === null) watch.kill('SIGKILL');
  await stack?.stop();
  folder.remove();
}, msMax);

interface Listed {
  readonly incidents: readonly { readonly id: string }[];
}
interface Chart {
  readonly alert?: unknown;
}

async function incidents(): Promise<Listed['incidents']> {
  const { stdout } = await stack.cli('incident', 'list', '--all', '--json');
  return (JSON.parse(stdout) as Listed).incidents; // our own output
}

it(
  'a line that is appended to a watched file opens an incident that names its node',
  async () => {
    watch = spawn(
      process.execPath,
      [repositoryPath('workers/cli.ts'), 'watch', folder.path, '--json', '--interval', '0.5'],
      { env: { ...process.env, WARDROUND_STATE_DIR: stack.stateDir }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    watch.stdout?.on('data', (chunk: Buffer) => (events += chunk.toString()));
    await vi.waitUntil(() => events.includes('"watching"'), { timeout: msMax, interval: 50 });
    expect(await incidents()).toEqual([]);

    appendFileSync(
      kernelLog,
      'node-03 kernel: NVRM: Xid (PCI:0000:07:00): 79, pid=4242, GPU has fallen off the bus.\n',
    );
    await vi.waitUntil(() => events.includes('"raised"'), { timeout: msMax, interval: 50 });
    const raised = events
      .split('\n')
      .filter((line) => line.includes('"raised"'))
      .map((line) => JSON.parse(line) as { incident: string; outcome: string; alert: { node: string } }); // our own output
    expect(raised).toMatchObject([{ outcome: 'started', alert: { node: 'node-03', category: 'gpu-fell-off-bus' } }]);
    const [incident] = raised.map(({ incident: id }) => id);
    expect((await incidents()).map(({ id }) => id)).toEqual([incident]);
    const { stdout } = await stack.cli('incident', 'show', incident ?? '', '--json');
    const chart = JSON.parse(stdout) as Chart;
    expect(JSON.stringify(chart)).toContain('LogGpuFellOffBus');

    // The same fault in more lines is the same incident.
    appendFileSync(
      kernelLog,
      'node-03 kernel: NVRM: Xid (PCI:0000:07:00): 79, pid=4242, GPU has fallen off the bus.\n'.repeat(50),
    );
    const ended = new Promise((done) => watch.once('exit', done));
    await vi.waitUntil(() => stateOf().includes('"count":51'), { timeout: msMax, interval: 100 });
    watch.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(await incidents()).toHaveLength(1);
  },
  msMax,
);

function stateOf(): string {
  const begun = events.split('\n').find((line) => line.includes('"watching"')) ?? '{}';
  const { state } = JSON.parse(begun) as { state: string }; // our own output
  return readFileSync(state, 'utf8');
}
