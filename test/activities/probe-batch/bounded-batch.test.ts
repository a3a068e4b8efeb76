import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { deriveProbeBatch } from '../../../activities/audit/rederive/probe-batch.ts';
import { recordedWorld } from '../../../activities/audit/rederive/world.ts';
import { ConnectError, LateError, type EvidenceStore, type ProbeRunner } from '../../../activities/ports.ts';
import type { ProbeEntry } from '../../../activities/probe-batch/entry.ts';
import { createRunProbeBatch } from '../../../activities/run-probe-batch.ts';
import type { Probe } from '../../../kb/schemas/probe.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { ProbeBatchInput, ProbeBatchResult } from '../../../workflows/domain/phase-data.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { meter } from './meters.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/00', runId: 'run-1' };
const small = smallInventory();
const ssh = { host: '127.0.1.99', port: 2222, user: 'probe', hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=='] };
const siteOf = (count: number): Inventory =>
  ({
    ...small,
    // The small inventory has nodes.
    nodes: namesOf(count).map((name) => ({ ...small.nodes[0], name })),
    management: { name: 'mgmt-01', ssh },
  }) as Inventory;
const namesOf = (count: number) =>
  Array.from({ length: count }, (_one, at) => `node-${String(at + 1).padStart(2, '0')}`);
const on = (probeId: string, nodes: readonly string[] = namesOf(5)) => ({ probeId, nodes });
const msMax = 120_000;

/** Time that passes when the test says so. */
function hourglass() {
  const waits: number[] = [];
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    waits.push(ms);
    const stopped = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => stopped.reject(new Error('nobody waits any longer')), { once: true });
    await Promise.race([isOver, stopped.promise]);
  };
  return { waits, pause, end };
}

interface Run {
  readonly runner: ProbeRunner;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly probe?: (id: string) => Probe | undefined;
  readonly nodes?: number;
  readonly info?: ConstructorParameters<typeof MockActivityEnvironment>[0];
}

function start(input: Pick<ProbeBatchInput, 'probes' | 'msMax'>, { runner, nodes = 5, info, ...more }: Run) {
  const evidence = memoryEvidence('probes');
  const inventories = new Map([['site-a', siteOf(nodes)]]);
  const activity = createRunProbeBatch({
    runner,
    inventories,
    evidence,
    clock: { nowMs: () => 0 },
    probe: meter,
    pause: async () => {},
    ...more,
  });
  const quiet = () => ({ logger: new DefaultLogger('ERROR') });
  const whole = { key, batch: 'first-look', ...input };
  const result: Promise<ProbeBatchResult> = new MockActivityEnvironment(info, quiet()).run(activity, whole);
  return {
    result,
    entries: async () => JSON.parse(Buffer.from(await evidence.get((await result).results)).toString()) as ProbeEntry[],
    async audited(): Promise<ProbeBatchResult> {
      const world = {
        ...recordedWorld(new Map(), { evidence: [] } as never, undefined as never),
        inventories,
        evidence: evidence as EvidenceStore,
      };
      const recorded = await result;
      const derive = (batch: ProbeBatchInput) => deriveProbeBatch(world, batch, recorded, meter);
      return new MockActivityEnvironment(undefined, quiet()).run(derive, whole);
    },
  };
}

/** Hosts that never answer what `hangs` says, until they are told to end. */
function hanging(hangs: (host: string, command: string) => boolean) {
  const [asked, running]: [string[], Set<string>] = [[], new Set()];
  const runner: ProbeRunner = {
    async run({ name }, argv, { signal }) {
      const command = `${name} ${argv.join(' ')}`;
      asked.push(command);
      if (!hangs(name, argv.join(' '))) return { stdout: '48\n', stderr: '', exitCode: 0 };
      running.add(command);
      const told = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => told.resolve(), { once: true });
      await told.promise;
      running.delete(command);
      throw signal?.reason;
    },
  };
  return { runner, asked, running };
}

describe('the time of a whole batch', () => {
  it('ends it with what was read by then, and says of the rest that it was not', async () => {
    const { runner, running } = hanging((host) => host === 'mgmt-01');
    const { waits, pause, end } = hourglass();
    const batch = start({ probes: [on('test.power'), on('test.speed')], msMax }, { runner, pause });
    await expect.poll(() => running.size).toBe(5);
    end();
    const result = await batch.result;
    expect(waits).toEqual([msMax]);
    expect(result).toMatchObject({ ran: 5, unread: 5, overdue: 5 });
    expect(result.failures[0]?.reason).toBe('it was not read within the 120 s that the whole batch may take');
    expect([...running]).toEqual([]);
    expect(await batch.audited()).toEqual(result);
  });

  it('keeps what a device of a node had said before it was up', async () => {
    const { runner, asked } = hanging((_host, command) => command === 'port 3');
    const { pause, end } = hourglass();
    const batch = start({ probes: [on('test.ports', ['node-01'])], msMax }, { runner, pause });
    await expect.poll(() => asked.length).toBe(4);
    end();
    const [entry] = await batch.entries();
    expect(entry).toMatchObject({ read: false, overdue: true });
    expect(entry?.commands.map(({ argv }) => argv.join(' '))).toEqual(['port 0', 'port 1', 'port 2']);
    expect(await batch.audited()).toEqual(await batch.result);
  });

  it('asks nothing of nodes whose turn comes after it', async () => {
    const { runner, asked } = hanging(() => true);
    const { pause, end } = hourglass();
    const batch = start({ probes: [on('test.speed'), on('test.lines')], msMax }, { runner, pause });
    await expect.poll(() => asked.length).toBe(5);
    end();
    expect(await batch.result).toMatchObject({ ran: 0, unread: 10, overdue: 10 });
    expect(asked).toEqual(namesOf(5).map((name) => `${name} speed`));
  });

  it('is waited for no longer than the batch lasts, and unbounded where no bound is given', async () => {
    const { runner } = hanging(() => false);
    const { waits, pause } = hourglass();
    const probes = [on('test.speed')];
    expect(await start({ probes, msMax }, { runner, pause }).result).not.toHaveProperty('overdue');
    expect(await start({ probes }, { runner, pause }).result).toMatchObject({ ran: 5 });
    expect(waits).toEqual([msMax]);
  });

  it('is that of all attempts together', async () => {
    const { runner } = hanging(() => false);
    const { waits, pause } = hourglass();
    const info = { attempt: 2, scheduledTimestampMs: 1_000, currentAttemptScheduledTimestampMs: 51_000 };
    await start({ probes: [on('test.speed')], msMax }, { runner, pause, info }).result;
    expect(waits).toEqual([70_000]);
  });

  it('that is up is no reason to answer a cancel with half a batch', async () => {
    const { runner, running } = hanging(() => true);
    const { pause, end } = hourglass();
    const activity = createRunProbeBatch({
      runner,
      inventories: new Map([['site-a', siteOf(5)]]),
      evidence: memoryEvidence('probes'),
      probe: meter,
      pause,
    });
    const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    const ended = environment.run(activity, { key, batch: 'b', probes: [on('test.speed')], msMax });
    await expect.poll(() => running.size).toBe(5);
    environment.cancel('CANCELLED');
    end();
    await expect(ended).rejects.toThrow('CANCELLED');
  });
});

describe('a management host that does not answer', () => {
  it('keeps no node from being read, whatever was wished for first', async () => {
    const { runner, asked, running } = hanging((host) => host === 'mgmt-01');
    const { pause, end } = hourglass();
    const many = namesOf(300);
    const input = { probes: [on('test.power', many), on('test.speed', many)], msMax };
    const batch = start(input, { runner, pause, nodes: 300 });
    await expect.poll(() => asked.filter((one) => one.endsWith(' speed')).length).toBe(300);
    expect(running.size).toBeGreaterThan(0);
    end();
    expect(await batch.result).toMatchObject({ ran: 300, overdue: 300 });
  });
});

describe('a node that others found down a moment ago', () => {
  /** Node-01 is not tried until so many milliseconds were waited for; then it answers, or nobody can log in. */
  const leftAlone = (isUpAgain: boolean) => {
    const [asked, waits]: [string[], number[]] = [[], []];
    const runner: ProbeRunner = {
      async run({ name }, argv) {
        asked.push(`${name} ${argv.join(' ')}`);
        if (name !== 'node-01' || (isUpAgain && waits.includes(30_000)))
          return { stdout: '48\n', stderr: '', exitCode: 0 };
        const options = waits.includes(30_000) ? {} : { triedInMs: 30_000 };
        throw new ConnectError('unreachable', 'node-01 refuses connections', options);
      },
    };
    const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
      waits.push(ms);
      if (ms !== msMax) return;
      const stopped = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => stopped.resolve(), { once: true });
      await stopped.promise;
      throw new Error('nobody waits any longer');
    };
    return { runner, pause, asked, waits };
  };
  const probes = [on('test.speed'), on('test.lines')];

  it('is tried as soon as it may be, where the batch has a time of its own', async () => {
    const { runner, pause, asked } = leftAlone(true);
    const batch = start({ probes, msMax }, { runner, pause });
    expect(await batch.result).toMatchObject({ ran: 10, unread: 0 });
    expect(asked.filter((one) => one.startsWith('node-01'))).toEqual([
      'node-01 speed',
      'node-01 speed',
      'node-01 lines',
    ]);
    expect(await batch.audited()).toEqual(await batch.result);
  });

  it('is waited for once, and is down when it still does not answer', async () => {
    const { runner, pause, waits } = leftAlone(false);
    const batch = start({ probes, msMax }, { runner, pause });
    expect(await batch.result).toMatchObject({ ran: 8, unread: 2 });
    expect(waits.filter((ms) => ms === 30_000)).toHaveLength(1);
  });

  it('is not waited for by a batch of the rounds', async () => {
    const { runner, pause, waits } = leftAlone(true);
    expect(await start({ probes }, { runner, pause }).result).toMatchObject({ ran: 8, unread: 2 });
    expect(waits).toEqual([]);
  });
});

describe('a tool that hangs on a node', () => {
  // A node that is asked by as many readings as may wait there together.
  const ids = Array.from({ length: 16 }, (_one, at) => `test.smi-${at}`);
  const speed = meter('test.speed');
  const probe = (id: string): Probe | undefined =>
    speed !== undefined && ids.includes(id) ? { ...speed, id, argv: () => ['nvidia-smi', '-q', '-d', id] } : meter(id);

  it('is started no more once two commands were late, though others wait for their turn', async () => {
    const started: string[] = [];
    const places = pLimit(2);
    const runner: ProbeRunner = {
      run({ name }, argv, { inTurn = (send) => send() }) {
        return places(() =>
          inTurn(async () => {
            started.push(argv.join(' '));
            if (argv[0] === 'nvidia-smi') throw new LateError(name, 15_000);
            return { stdout: '48\n', stderr: '', exitCode: 0 };
          }),
        );
      },
    };
    const probes = ['test.speed', ...ids].map((id) => on(id, ['node-01']));
    const { unread, failures } = await start({ probes }, { runner, probe }).result;
    expect(started.filter((command) => command.startsWith('nvidia-smi'))).toHaveLength(2);
    expect(unread).toBe(16);
    expect(failures.filter(({ reason }) => reason.includes('not asked again in this batch'))).toHaveLength(14);
  });
});
