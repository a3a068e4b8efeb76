import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { newStateDir, startStack, type RunningStack } from '../support/running-stack.ts';
import { requireTool } from '../support/requires.ts';

/**
 * One product after another trouble: a node that nobody reaches, a database that is gone while it runs, S3 keys that
 * are wrong, an S3 disk that is full, and a database that is gone at the start.
 */
const startMsMax = 90_000;
/** For one wait on the product, on a machine that does other things as well. */
const waitMsMax = 180_000;
const testMsMax = 400_000;
const faulty = { node: 'node-06', gpu: 5 };
const databaseGone = /The database of Temporal, .*temporal\.db, is gone; a new one is made/;

const stateDir = newStateDir();
const s3Dir = join(stateDir, 's3');
mkdirSync(s3Dir);
/** Only a machine that lets us mount a file system can have a disk that is full. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', s3Dir]).status === 0;
const filler = join(s3Dir, 'filler');
let stack: RunningStack;

beforeAll(async () => {
  stack = startStack(['--no-watch', '--seed', '43'], stateDir);
  await stack.sees(/Up in .* s/, startMsMax);
}, startMsMax);
afterAll(async () => {
  await stack.halt();
  if (mounted) execFileSync('umount', [s3Dir]);
  rmSync(stateDir, { recursive: true, force: true });
}, 60_000);

interface Listed {
  readonly incidents: readonly { readonly phase: string; readonly runId: string }[];
}
interface Chart {
  readonly degraded: readonly string[];
  readonly runId: string;
  readonly verdict: { readonly kind: string; readonly causes?: readonly { readonly category: string }[] } | null;
  readonly handOver: { readonly reason: string; readonly detail: string } | null;
  readonly approval: { readonly proposal: { readonly digest: string } | null };
  readonly closing: { readonly kind: string } | null;
  readonly retrying?: readonly { readonly activity: string; readonly attempt: number; readonly why: string }[];
}

/** The newest first; none while nobody answers. */
async function incidents(): Promise<Listed['incidents']> {
  const { code, stdout } = await stack.cli('incident', 'list', '--all', '--json');
  return code === 0 ? (JSON.parse(stdout) as Listed).incidents : []; // our own output
}

/** The chart of the newest incident; `null` while there is none, or nobody answers. */
async function readChart(): Promise<Chart | null> {
  const { code, stdout } = await stack.cli('incident', 'show', 'site-a/', '--json');
  return code === 0 ? (JSON.parse(stdout) as Chart) : null; // our own output
}

async function chartInPhase(phase: string, after: { readonly runId: string } | null = null): Promise<Chart> {
  let newest: Listed['incidents'][number] | undefined;
  const reached = async () => {
    [newest] = await incidents();
    return newest?.phase === phase && newest.runId !== after?.runId;
  };
  try {
    await vi.waitUntil(reached, { timeout: waitMsMax, interval: 250 });
  } catch {
    const { stdout } = await stack.cli('incident', 'show', 'site-a/');
    throw new Error(`no incident came to ${phase}, the newest is in ${newest?.phase ?? 'no phase'}:\n${stdout}`);
  }
  const chart = await readChart();
  if (chart === null) throw new Error(`the incident in ${phase} has no chart`);
  return chart;
}

async function breakCluster(fault: string, place: readonly string[]): Promise<void> {
  expect(await stack.cli('cluster', 'inject', fault, ...place)).toMatchObject({ code: 0 });
}

async function approve({ approval }: Chart): Promise<void> {
  const digest = approval.proposal?.digest ?? '';
  const approved = await stack.cli('incident', 'approve', 'site-a/', '--digest', digest, '--as', 'Ada', '--yes');
  expect(approved).toMatchObject({ code: 0 });
}

function removeDatabase(): void {
  for (const name of ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'])
    rmSync(join(stateDir, name), { force: true });
}

/** Kills a supervised process and waits until it is started again. */
async function killed(name: string): Promise<void> {
  const restarts = () => stack.output().split(new RegExp(`${name} .*started again`)).length;
  const before = restarts();
  process.kill(stack.pid(name), 'SIGKILL');
  await vi.waitUntil(() => restarts() > before, { timeout: waitMsMax, interval: 100 });
}

/** Gives the account of the log worker another key at the gateway; answers how to give the old one back. */
async function changeLogKey(): Promise<() => Promise<void>> {
  const file = join(s3Dir, 'accounts', 'users.json');
  const before = readFileSync(file, 'utf8');
  const users = JSON.parse(before) as { accessAccounts: Record<string, { secret: string }> }; // our own file
  const account = users.accessAccounts['wardround-logs'];
  if (account === undefined) throw new Error('the gateway has no account of the log worker');
  account.secret = 'a-key-that-somebody-rotated-without-a-word';
  writeFileSync(file, JSON.stringify(users));
  await killed('s3');
  return async () => {
    writeFileSync(file, before);
    await killed('s3');
  };
}

function fillDisk(): void {
  for (let bytes = 16 * 1024 * 1024; bytes >= 512; bytes /= 2)
    try {
      for (;;) appendFileSync(filler, new Uint8Array(bytes));
    } catch {
      // No room for as much as that any more; what is left is filled by less.
    }
}

it(
  'an unreachable node is named as unread, nothing is attributed to it without a measurement, and people are asked',
  async () => {
    expect((await stack.cli('cluster', 'unplug', faulty.node)).code).toBe(0);
    await breakCluster('gpu-clock-lock', ['--node', faulty.node, '--gpu', String(faulty.gpu)]);
    const { degraded, verdict } = await chartInPhase('awaiting-people');
    expect(degraded).toContainEqual(expect.stringMatching(new RegExp(`are missing: .*${faulty.node}`)));
    expect(verdict?.kind).toBe('not-proven');
  },
  testMsMax,
);

let restoreKey: () => Promise<void>;

it(
  'a database that is gone while it runs is said, all that Temporal held is made again, and the alert that still fires is an incident again',
  async () => {
    const before = await readChart();
    restoreKey = await changeLogKey();
    removeDatabase();
    await killed('temporal');
    expect(stack.output()).toMatch(databaseGone);
    expect(stack.output()).toMatch(/run `wardround stop` again/);
    const { temporal } = JSON.parse(readFileSync(join(stateDir, 'stack.json'), 'utf8')) as {
      temporal: { address: string; namespace: string };
    }; // our own file
    const connection = await Connection.connect({ address: temporal.address });
    try {
      const client = new Client({ connection, namespace: temporal.namespace });
      const sweep = await client.schedule.getHandle('wardround-archive-sweep').describe();
      expect(sweep.state.paused).toBe(false);
      await chartInPhase('awaiting-people', before);
      const entity = await client.workflow.getHandle('cluster/site-a').describe();
      expect(entity.status.name).toBe('RUNNING');
    } finally {
      await connection.close();
    }
    expect(await incidents()).toHaveLength(1);
  },
  testMsMax,
);

it(
  'with wrong S3 keys the incident waits for people with the exact error, and goes on once they are right again',
  async () => {
    const failed = await readChart();
    expect(failed?.handOver).toMatchObject({
      reason: 'phase-failed',
      detail: expect.stringMatching(
        /gathering: Denied: .*SignatureDoesNotMatch \(HTTP 403\); check the account's keys/,
      ),
    });
    expect((await stack.cli('cluster', 'plug', faulty.node)).code).toBe(0);
    await restoreKey();
    const told = await stack.cli(
      'incident',
      'done',
      'site-a/',
      'the key of the log worker is right again',
      '--as',
      'Ada',
    );
    expect(told).toMatchObject({ code: 0 });
    const mended = await chartInPhase('awaiting-approval');
    expect(mended.runId).toBe(failed?.runId);
    expect(mended.verdict?.causes?.[0]?.category).toBe('gpu-clock-throttle');
    await approve(mended);
    expect((await chartInPhase('closed')).closing?.kind).toBe('repaired');
  },
  testMsMax,
);

it(
  'a full S3 disk is waited for: the phase is said to be tried again and why, and it goes on when there is room',
  async (context) => {
    requireTool(context, { name: 'tmpfs', available: mounted, why: 'this machine lets nobody mount a file system' });
    const closed = await readChart();
    await breakCluster('gpu-clock-lock', ['--node', 'node-03', '--gpu', '1']);
    fillDisk();
    onTestFinished(() => rmSync(filler, { force: true }));
    const full = await vi.waitUntil(async () => (await readChart())?.retrying?.[0], {
      timeout: waitMsMax,
      interval: 250,
    });
    expect(full?.why).toMatch(/^Unreachable: writing wardround-evidence\/.*the store is full/);
    const { stdout } = await stack.cli('incident', 'show', 'site-a/');
    expect(stdout).toMatch(/Being tried again\n {2}\w+ failed \d+ times?: Unreachable: .*the store is full/);
    rmSync(filler);
    const { verdict } = await chartInPhase('awaiting-approval', closed);
    expect(verdict?.causes?.[0]?.category).toBe('gpu-clock-throttle');
  },
  testMsMax,
);

it(
  'a database that is gone at the start is said too',
  async () => {
    const before = await readChart();
    expect(await stack.halt()).toBe(0);
    removeDatabase();
    stack = startStack(['--no-watch'], stateDir);
    await stack.sees(databaseGone, startMsMax);
    await stack.sees(/Up in .* s/, startMsMax);
    expect((await chartInPhase('awaiting-approval', before)).closing).toBeNull();
    expect(await incidents()).toHaveLength(1);
  },
  testMsMax,
);
