import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { PortError, type EvidenceStore, type ProbeRunner } from '../../../activities/ports.ts';
import { createRunProbeBatch, type RunProbeBatchPorts } from '../../../activities/run-probe-batch.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { ProbeBatchInput } from '../../../workflows/domain/phase-data.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { meter } from './meters.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/00', runId: 'run-1' };
const small = smallInventory();
const names = [1, 2, 3, 4, 5].map((number) => `node-0${number}`);
// The small inventory has nodes.
const five = { ...small, nodes: names.map((name) => ({ ...small.nodes[0], name })) } as Inventory;
const on = (probeId: string, nodes: readonly string[] = names) => ({ probeId, nodes });
const quiet = (heartbeatDetails?: unknown) =>
  new MockActivityEnvironment({ heartbeatDetails }, { logger: new DefaultLogger('ERROR') });

function batchOf(runner: ProbeRunner, more: Partial<RunProbeBatchPorts> = {}) {
  const activity = createRunProbeBatch({
    runner,
    inventories: new Map([['site-a', five]]),
    evidence: memoryEvidence('probes'),
    clock: { nowMs: () => 0 },
    probe: meter,
    pause: async () => {},
    ...more,
  });
  return (environment: MockActivityEnvironment, input: Pick<ProbeBatchInput, 'probes' | 'load'>) =>
    environment.run(activity, { key, batch: 'b', ...input });
}

/** Commands that run until they are told to end, and take a moment for that. */
function hangingRunner(answers: (node: string) => string | null = () => null) {
  const running = new Set<string>();
  const asked: string[] = [];
  const runner: ProbeRunner = {
    async run({ name }, argv, { signal }) {
      signal?.throwIfAborted();
      const said = answers(name);
      asked.push(`${name} ${argv.join(' ')}`);
      if (said !== null) return { stdout: said, stderr: '', exitCode: 0 };
      running.add(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => setImmediate(resolve));
      await promise;
      running.delete(name);
      signal?.throwIfAborted();
      throw new Error('nobody told it to end');
    },
  };
  return { runner, running, asked };
}

describe('a batch that cannot go on', () => {
  it('because the store fails ends what it has under way on other nodes before a next attempt begins', async () => {
    const { runner, running, asked } = hangingRunner((node) => (node === 'node-01' ? '48\n' : null));
    const evidence: EvidenceStore = {
      put: () => Promise.reject(new PortError('unreachable', 'the store does not answer')),
      get: () => Promise.reject(new Error('not asked')),
    };
    const run = batchOf(runner, { evidence });
    await expect(run(quiet(), { probes: [on('test.speed'), on('test.lines')] })).rejects.toThrow(
      'the store does not answer',
    );
    expect([...running]).toEqual([]);
    expect(asked).toEqual(names.map((name) => `${name} speed`));
  });

  it('because it is cancelled has ended all of it when it says so', async () => {
    const { runner, running, asked } = hangingRunner();
    const environment = quiet();
    const ended = batchOf(runner)(environment, { probes: [on('test.speed'), on('test.lines')] });
    await expect.poll(() => running.size).toBe(5);
    environment.cancel('CANCELLED');
    await expect(ended).rejects.toThrow('CANCELLED');
    expect([...running]).toEqual([]);
    expect(asked).toHaveLength(5);
  });
});

describe('measurements of two batches', () => {
  it('that need each other’s nodes come one after the other, and neither waits for ever', async () => {
    const busy = new Set<string>();
    const clashes: string[] = [];
    const runner: ProbeRunner = {
      async run({ name }, [verb], { signal }) {
        if (busy.has(name)) clashes.push(name);
        busy.add(name);
        if (verb === 'listen')
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
        else await new Promise<void>((resolve) => setImmediate(resolve));
        busy.delete(name);
        return { stdout: 'sent', stderr: '', exitCode: 0 };
      },
    };
    const run = batchOf(runner);
    const probes = [on('test.pair')];
    const results = await Promise.all([1, 2].map(() => run(quiet(), { probes, load: true })));
    expect(results).toMatchObject([
      { ran: 5, unread: 0 },
      { ran: 5, unread: 0 },
    ]);
    expect(clashes).toEqual([]);
  });

  it('that wait for another batch end at once when they are cancelled', async () => {
    const { runner, running, asked } = hangingRunner();
    const run = batchOf(runner);
    const [first, second] = [quiet(), quiet()];
    const burn = { probes: [on('test.burn', ['node-01'])], load: true };
    const burning = run(first, burn);
    await expect.poll(() => running.size).toBe(1);
    const waiting = run(second, burn);
    second.cancel('CANCELLED');
    await expect(waiting).rejects.toThrow('CANCELLED');
    expect([...running]).toEqual(['node-01']);
    first.cancel('CANCELLED');
    await expect(burning).rejects.toThrow('CANCELLED');
    expect(asked).toEqual(['node-01 burn']);
  });
});

describe('heartbeats', () => {
  it('keep what earlier attempts had read until it is read again, so that no attempt begins from nothing', async () => {
    const evidence = memoryEvidence('probes');
    const answers: ProbeRunner = { run: async () => ({ stdout: '48\n', stderr: '', exitCode: 0 }) };
    const beat = async (environment: MockActivityEnvironment, store: EvidenceStore, failure: string) => {
      let last: unknown;
      environment.on('heartbeat', (details: unknown) => {
        last = details;
      });
      const run = batchOf(answers, { evidence: store });
      await expect(run(environment, { probes: [on('test.speed')] })).rejects.toThrow(failure);
      return last as { readonly done: readonly unknown[] };
    };
    const noResults: EvidenceStore = {
      ...evidence,
      put: (kind, ...more) =>
        kind === 'probe-output' ? evidence.put(kind, ...more) : Promise.reject(new PortError('unreachable', 'not now')),
    };
    const first = await beat(quiet(), noResults, 'not now');
    expect(first.done).toHaveLength(5);
    const broken: EvidenceStore = { ...evidence, get: () => Promise.reject(new TypeError('a bug')) };
    expect((await beat(quiet(first), broken, 'a bug')).done).toEqual(first.done);
  });
});
