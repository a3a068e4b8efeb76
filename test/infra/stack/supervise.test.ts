import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { baseEnvironment } from '../../../infra/stack/base-environment.ts';
import { processIdentity } from '../../../infra/stack/process-identity.ts';
import {
  createSupervisor,
  ProcessStartError,
  type ProcessEvent,
  type ProcessSpec,
} from '../../../infra/stack/supervise.ts';
import { repositoryPath } from '../../support/repository.ts';
import { temporaryFolder } from '../../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
let stops: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = temporaryFolder('supervise');
});
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
  folder.remove();
});

const env = baseEnvironment(process.env);

/** A program of a few lines of Node; says `ready <pid>` when it works. */
function program(name: string, code: string, changes: Partial<ProcessSpec> = {}): ProcessSpec<number> {
  return {
    name,
    command: process.execPath,
    args: ['-e', code],
    env,
    readyMsMax: 10_000,
    restart: 'never',
    ...changes,
    ready: ({ line }) => line((text) => (/^ready \d+$/.test(text) ? Number(text.slice(6)) : undefined)),
  };
}

const serves = 'console.log("ready " + process.pid); setInterval(() => {}, 1000);';

function supervisor(options: { restartsPerMinuteMax?: number } = {}) {
  const events: ProcessEvent[] = [];
  const made = createSupervisor({
    logsDir: folder.path,
    onEvent: (event) => events.push(event),
    backoff: { firstMs: 1, maxMs: 5 },
    ...options,
  });
  stops.push(made.stop);
  const kinds = (name: string) => events.filter((event) => event.name === name).map(({ kind }) => kind);
  const until = (name: string, kind: ProcessEvent['kind']) =>
    vi.waitUntil(() => kinds(name).includes(kind), { timeout: 10_000 });
  return { ...made, events, kinds, until };
}

const isGone = (pid: number) => processIdentity(pid) === null;

test('what works in the background gives way to the others, also after it was started again', async () => {
  const { start, kinds, until } = supervisor();
  const [front, back] = await start(
    program('front', serves),
    program('back', serves, { background: true, restart: 'always' }),
  );
  expect(getPriority(back)).toBeGreaterThan(getPriority(front));
  process.kill(back, 'SIGKILL');
  await until('back', 'restarted');
  expect(kinds('back')).toContain('restarted');
});

describe('supervisor', () => {
  test('a start resolves to what the processes said when they were ready, and stopping ends them', async () => {
    const { start, stop, pids, kinds } = supervisor();
    const [one, two] = await start(program('one', serves), program('two', serves));
    expect(pids()).toEqual({ one, two });
    await stop();
    expect([one, two].every(isGone)).toBe(true);
    expect(kinds('one')).toEqual(['starting', 'ready', 'stopped']);
  });

  test('a process that dies before it is ready fails the start with its last words', async () => {
    const { start } = supervisor();
    const failing = program('broken', 'console.error("no such database"); process.exit(3)');
    await expect(start(failing)).rejects.toThrow(
      /broken did not start: it ended with exit code 3\n {4}no such database/,
    );
  });

  test('a program that does not exist fails the start with its name', async () => {
    const { start } = supervisor();
    const missing = { ...program('missing', ''), command: '/nowhere/program' };
    await expect(start(missing)).rejects.toThrow(/missing did not start: \/nowhere\/program/);
    await expect(start(missing)).rejects.toBeInstanceOf(ProcessStartError);
  });

  test('a process that does not become ready in its time is ended', async () => {
    const { start, events } = supervisor();
    const silent = program('silent', 'setInterval(() => {}, 1000)', { readyMsMax: 50 });
    await expect(start(silent)).rejects.toThrow(/silent did not start: it was not ready within 0.05 s/);
    expect(events.map(({ kind }) => kind)).toEqual(['starting']);
  });

  test('a killed process is started again under a new process id', async () => {
    const { start, pids, until, events } = supervisor();
    const [first] = await start(program('server', serves, { restart: 'always' }));
    process.kill(first, 'SIGKILL');
    await until('server', 'restarted');
    const second = pids()['server'];
    expect(second).toBeGreaterThan(0);
    expect(second).not.toBe(first);
    expect(events.find(({ kind }) => kind === 'exited')).toMatchObject({ pid: first, reason: 'SIGKILL' });
  });

  test('a process that keeps ending is given up after the bound, not restarted forever', async () => {
    const { start, until, kinds, events } = supervisor({ restartsPerMinuteMax: 3 });
    await start(
      program('flapping', 'console.log("ready " + process.pid); setTimeout(() => {}, 5);', { restart: 'always' }),
    );
    await until('flapping', 'gave-up');
    expect(kinds('flapping').filter((kind) => kind === 'restarted')).toHaveLength(3);
    expect(events.at(-1)?.reason).toContain('flapping.log');
  });

  test('a process that ignores the polite signal is killed when its patience is over', async () => {
    const { start, stop } = supervisor();
    const [pid] = await start(program('stubborn', `process.on('SIGTERM', () => {}); ${serves}`, { stopMsMax: 50 }));
    await stop();
    expect(isGone(pid)).toBe(true);
  });

  test('what was started last stops first', async () => {
    const { start, stop, events } = supervisor();
    await start(program('database', serves));
    await start(program('worker', serves));
    await stop();
    expect(events.filter(({ kind }) => kind === 'stopped').map(({ name }) => name)).toEqual(['worker', 'database']);
  });

  test('the output of a process goes to its own log file', async () => {
    const { start, stop } = supervisor();
    await start(program('talker', `console.error('to stderr'); ${serves}`));
    await stop();
    await vi.waitUntil(() => readFileSync(path.join(folder.path, 'talker.log'), 'utf8').includes('to stderr'));
    expect(readFileSync(path.join(folder.path, 'talker.log'), 'utf8')).toMatch(/ready \d+/);
  });

  test('processes get the environment that they are given and nothing else', async () => {
    const { start } = supervisor();
    const spec = program(
      'lean',
      `console.log('ready ' + Object.keys(process.env).filter((name) => name.startsWith('VITEST')).length); ${serves}`,
    );
    expect(await start(spec)).toEqual([0]);
  });

  test('when the supervisor itself is killed, its processes end too', async () => {
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', orphanMaker(folder.path)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
    });
    const [line] = await once(parent.stdout, 'data');
    const child = Number(String(line));
    expect(isGone(child)).toBe(false);
    parent.kill('SIGKILL');
    await vi.waitUntil(() => isGone(child), { timeout: 10_000 });
  });

  test('a supervisor that stopped everything does not keep its own process alive', async () => {
    const parent = spawn(
      process.execPath,
      ['--input-type=module-typescript', '-e', `${orphanMaker(folder.path)}; await made.stop();`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env,
      },
    );
    const [code] = await once(parent, 'exit');
    expect(code).toBe(0);
    expect(existsSync(path.join(folder.path, 'child.log'))).toBe(true);
  });
});

function orphanMaker(logsDir: string): string {
  return `
    import { createSupervisor } from ${JSON.stringify(repositoryPath('infra/stack/supervise.ts'))};
    const made = createSupervisor({ logsDir: ${JSON.stringify(logsDir)} });
    const [pid] = await made.start({
      name: 'child', command: process.execPath, args: ['-e', ${JSON.stringify(serves)}], env: process.env,
      readyMsMax: 10_000, restart: 'always', ready: ({ line, pid }) => line((text) => text.startsWith('ready') ? pid : undefined),
    });
    console.log(pid)`;
}
