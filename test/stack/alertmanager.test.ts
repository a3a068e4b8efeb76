import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { repositoryPath } from '../support/repository.ts';
import { requireTool } from '../support/requires.ts';
import { startStack, type RunningStack } from '../support/running-stack.ts';
import { temporaryFolder } from '../support/servers.ts';
import { optionalProgram } from '../support/tools.ts';

/**
 * A real Alertmanager, with the configuration that docs/operations.md recommends, sends to a whole running stack. The
 * orchestrator is stopped for a while, so that incidents stay open for as long as the deliveries come.
 */
const tool = optionalProgram('alertmanager');
const msMax = 120_000;
const startsAt = new Date().toISOString();
let stack: RunningStack | undefined;
let alertmanager: Alertmanager | undefined;
const folder = temporaryFolder('alertmanager');
const tokenFile = join(folder.path, 'wardround-token');

beforeAll(async () => {
  if (!tool.available) return;
  stack = startStack(['--no-watch', '--seed', '7']);
  await stack.sees(/Up in .* s/);
  process.kill(stack.pid('orchestrator'), 'SIGSTOP');
  writeFileSync(tokenFile, api().token);
  alertmanager = await startAlertmanager();
}, msMax);
beforeEach((context) => requireTool(context, tool));
afterAll(async () => {
  await alertmanager?.stop();
  await stack?.stop();
  folder.remove();
}, 60_000);

it(
  'ten deliveries of one group are one incident, through a restart of Alertmanager that forgets what it sent',
  async () => {
    await fire('ten-times');
    await until(() => outcomes('ten-times').length >= 6);
    await alertmanager?.stop();
    alertmanager = await startAlertmanager();
    await fire('ten-times');
    await until(() => outcomes('ten-times').length >= 11);
    const [first, ...others] = outcomes('ten-times');
    expect(first).toBe('started');
    expect(new Set(others)).toEqual(new Set(['unchanged']));
    expect(await incidents()).toHaveLength(1);
  },
  msMax,
);

it(
  'a resolved group is delivered to the incident that it began',
  async () => {
    await fire('passes');
    await until(() => outcomes('passes').includes('started'));
    await resolve('passes');
    await until(() => outcomes('passes').includes('forwarded'));
    expect(outcomes('passes').filter((outcome) => outcome === 'started')).toHaveLength(1);
    expect(await incidents()).toHaveLength(2);
  },
  msMax,
);

it(
  'a wrong token makes Alertmanager log 401 and starts nothing; with the right one it is delivered after all',
  async () => {
    writeFileSync(tokenFile, 'not-the-token-of-this-server');
    await fire('locked-out');
    await until(() => /unexpected status code 401/.test(alertmanager?.output() ?? ''));
    expect(outcomes('locked-out')).toEqual([]);
    expect(await incidents()).toHaveLength(2);
    writeFileSync(tokenFile, api().token);
    await until(() => outcomes('locked-out').length > 0);
    expect(outcomes('locked-out')[0]).toBe('started');
    expect(await incidents()).toHaveLength(3);
  },
  msMax,
);

it(
  'the incidents that a real Alertmanager began run to their end',
  async () => {
    process.kill(running().pid('orchestrator'), 'SIGCONT');
    await until(async () => (await incidents()).every(({ phase }) => phase === 'closed'));
    expect(await incidents()).toHaveLength(3);
  },
  msMax,
);

function running(): RunningStack {
  if (stack === undefined) throw new Error('the stack was not started');
  return stack;
}

interface Listed {
  readonly incidents: readonly { readonly id: string; readonly phase: string }[];
}

async function incidents(): Promise<Listed['incidents']> {
  const { stdout } = await running().cli('incident', 'list', '--all', '--json');
  return (JSON.parse(stdout) as Listed).incidents; // our own output
}

function api(): { readonly url: string; readonly token: string } {
  const file = readFileSync(join(running().stateDir, 'stack.json'), 'utf8');
  return (JSON.parse(file) as { api: ReturnType<typeof api> }).api; // our own file
}

function until(holds: () => Promise<boolean> | boolean): Promise<unknown> {
  return vi.waitUntil(holds, { timeout: msMax, interval: 250 });
}

/** Order in which groups were first heard of: a group's incident is known by that. */
const groups: string[] = [];

/** What became of each delivery of a group, as the API logged it. */
function outcomes(job: string): readonly string[] {
  const lines = readFileSync(join(running().stateDir, 'logs', 'api.log'), 'utf8').split('\n');
  const observed = lines
    .filter((line) => line.includes('"msg":"alerts observed"'))
    .map((line) => JSON.parse(line) as { incidentId: string; outcome: string; source: string });
  expect(observed.every(({ source }) => source === 'environment')).toBe(true);
  const known = [...new Set(observed.map(({ incidentId }) => incidentId))];
  return observed.filter(({ incidentId }) => incidentId === known[groups.indexOf(job)]).map(({ outcome }) => outcome);
}

function fire(job: string): Promise<void> {
  if (!groups.includes(job)) groups.push(job);
  return post({ labels: labelsOf(job), annotations: { summary: `steps of ${job} are slow` }, startsAt });
}

function resolve(job: string): Promise<void> {
  return post({ labels: labelsOf(job), startsAt, endsAt: new Date().toISOString() });
}

function labelsOf(job: string) {
  return { alertname: 'TrainingStepSlow', cluster: 'site-a', severity: 'critical', job };
}

async function post(alert: object): Promise<void> {
  const response = await fetch(`${alertmanager?.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  });
  expect([response.status, await response.text()]).toEqual([200, '']);
}

interface Alertmanager {
  readonly url: string;
  output(): string;
  stop(): Promise<void>;
}

/** Each start has storage of its own: what was notified before is forgotten. */
async function startAlertmanager(): Promise<Alertmanager> {
  const port = await getPort({ host: '127.0.0.1' });
  const url = `http://127.0.0.1:${port}`;
  const configFile = join(folder.path, 'alertmanager.yml');
  writeFileSync(configFile, recommendedConfig());
  const storage = join(folder.path, `storage-${port}`);
  const child: ChildProcess = spawn(
    tool.path ?? '',
    [
      `--config.file=${configFile}`,
      `--storage.path=${storage}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  await vi.waitUntil(
    async () => {
      if (child.exitCode !== null) throw new Error(`Alertmanager ended:\n${output}`);
      return (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true;
    },
    { timeout: 30_000, interval: 100 },
  );
  return {
    url,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(storage, { recursive: true, force: true });
    },
  };
}

/** The operations guide's own text, with this stack's address and token, and seconds in place of minutes. */
function recommendedConfig(): string {
  const guide = readFileSync(repositoryPath('docs/operations.md'), 'utf8');
  const block = /\*\*Alertmanager\.\*\*[\s\S]*?```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  return [
    [/url: \S+/, `url: ${api().url}/v1/alerts`],
    [/credentials_file: [^ }]+/, `credentials_file: ${tokenFile}`],
    [/group_wait: \S+/, 'group_wait: 100ms'],
    [/group_interval: \S+/, 'group_interval: 500ms'],
    [/repeat_interval: \S+/, 'repeat_interval: 500ms'],
  ].reduce((text, [pattern, value]) => {
    expect(text).toMatch(pattern as RegExp);
    return text.replace(pattern as RegExp, value as string);
  }, block);
}
