import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test, vi } from 'vitest';
import { createGatherLogs } from '../../activities/gather-logs.ts';
import { getJson } from '../../activities/json-evidence.ts';
import { logManifestSchema } from '../../activities/log-manifest.ts';
import { PortError, type LogStore } from '../../activities/ports.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
import type { GatheredLogs, GatherInput, GatherPlan } from '../../workflows/domain/phase-data.ts';
import { memoryEvidence, memoryLogs } from '../support/memory-stores.ts';
import { kernelKey, rankKey, smallInventory } from '../support/small-inventory.ts';

const minute = 60_000;
const start = 1_795_000_020_000; // a whole minute
const plan: GatherPlan = {
  handlerId: 'any',
  job: 'pretrain',
  nodes: ['node-01', 'node-02'],
  alertAtMs: start + 5 * minute,
  fromMs: start,
  toMs: start + 6 * minute,
  logs: ['rank', 'kernel'],
  metrics: [],
  firstProbes: [],
  knowledgeDigest: '',
  readyInMs: 0,
};
const input = (changes: Partial<GatherPlan> = {}): GatherInput => ({
  key: { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'run' },
  plan: { ...plan, ...changes },
});

/** All four ranks write every minute from two minutes before the plan to its end. */
function everyMinute(until: (rank: number) => number = () => 6): Record<string, string> {
  return Object.fromEntries(
    [0, 1, 2, 3].flatMap((rank) =>
      Array.from({ length: until(rank) + 2 }, (_, index) => {
        const fromMs = start + (index - 2) * minute;
        return [rankKey(rank, fromMs), `rank ${rank} at ${fromMs}\n`];
      }),
    ),
  );
}

async function gather(
  files: Record<string, string | Uint8Array>,
  options: {
    inventory?: Inventory;
    nowMs?: number;
    changes?: Partial<GatherPlan>;
    change?: (store: LogStore) => LogStore;
  } = {},
) {
  const evidence = memoryEvidence('logs');
  const logs = memoryLogs(files);
  const activity = createGatherLogs({
    inventories: new Map([['site-a', options.inventory ?? smallInventory()]]),
    logs: () => options.change?.(logs) ?? logs,
    evidence,
    clock: { nowMs: () => options.nowMs ?? start + 10 * minute },
  });
  const result: GatheredLogs = await new MockActivityEnvironment().run(activity, input(options.changes));
  const manifest = await getJson(evidence, result.manifest, logManifestSchema);
  const { windows, earlierStart = [] } = manifest;
  return { result, windows, earlierStart, shippedUntilMs: manifest.shippedUntilMs, listed: logs.listed };
}

describe('gatherLogs', () => {
  test('references the windows that overlap the plan, with rank, node, version and hash', async () => {
    const { result, windows } = await gather({ ...everyMinute(), [kernelKey('node-02', start)]: 'NVRM: Xid\n' });
    expect(result).toMatchObject({ objects: 4 * 6 + 1, leftOut: 0, silent: [] });
    expect(windows.every(({ fromMs, toMs }) => fromMs < plan.toMs && toMs > plan.fromMs)).toBe(true);
    expect(windows.find(({ kind }) => kind === 'kernel')).toMatchObject({
      node: 'node-02',
      source: kernelKey('node-02', start),
      ref: { kind: 'log-window', bucket: 'logs', versionId: expect.stringMatching(/^v-/), bytes: 10 },
    });
    expect(windows.find(({ rank }) => rank === 3)).toMatchObject({ node: 'node-02', kind: 'rank' });
    expect(result.bytes).toBe(windows.reduce((sum, { ref }) => sum + ref.bytes, 0));
  });

  test('the same logs give the same manifest on every attempt', async () => {
    const [first, second] = [await gather(everyMinute()), await gather(everyMinute())];
    expect(second.result.manifest).toEqual(first.result.manifest);
  });

  test('a rank that wrote all the time and then stopped is silent, once the shipping lag has passed', async () => {
    const files = everyMinute((rank) => (rank === 2 ? 4 : 6));
    expect((await gather(files)).result.silent).toEqual(['rank 2 of pretrain (node-02)']);
    const beforeLag = start + 5 * minute + 9_000;
    expect((await gather(files, { nowMs: beforeLag })).result.silent).toEqual([]);
  });

  test('a source that never wrote, or wrote only now and then, proves nothing by its silence', async () => {
    const files = Object.fromEntries(Object.entries(everyMinute()).filter(([key]) => !key.includes('rank-00001')));
    const sparse = {
      [kernelKey('node-01', start - minute)]: 'x',
      [kernelKey('node-01', start + minute)]: 'x',
      [kernelKey('node-01', start + 3 * minute)]: 'x',
    };
    expect((await gather({ ...files, ...sparse })).result.silent).toEqual([]);
  });

  test('silence is measured in cluster time, not in wall time', async () => {
    const fast = smallInventory({ clock: { wallEpochMs: 0, clusterEpochMs: start, rate: 60 } });
    const files = everyMinute((rank) => (rank === 2 ? 4 : 6));
    expect((await gather(files, { inventory: fast, nowMs: 5_000 })).result.silent).toEqual([]);
    expect((await gather(files, { inventory: fast, nowMs: 10_000 })).result.silent).toEqual([
      'rank 2 of pretrain (node-02)',
    ]);
  });

  test('says until when every source is there: up to the lag, and not at all where a window is missing', async () => {
    expect((await gather(everyMinute())).shippedUntilMs).toBe(plan.toMs - minute);
    const soon = start + 5 * minute;
    expect((await gather(everyMinute(), { nowMs: soon })).shippedUntilMs).toBe(soon - 10_000 - minute);
    const tooLarge = { ...everyMinute(), [rankKey(0, start)]: new Uint8Array(17 * 1024 * 1024) };
    expect((await gather(tooLarge)).shippedUntilMs).toBe(plan.fromMs);
  });

  test('windows that vanished or are too large are counted as left out, the rest is gathered', async () => {
    const inventory = smallInventory({
      jobs: [{ name: 'vanished', framework: 'x', ranks: [{ rank: 0, node: 'node-01', gpu: 0 }] }],
    });
    const gone = { [rankKey(0, start).replace('pretrain', 'vanished')]: 'x', [kernelKey('node-01', start)]: 'x' };
    expect((await gather(gone, { inventory, changes: { job: 'vanished' } })).result).toMatchObject({
      objects: 1,
      leftOut: 1,
    });
    const tooLarge = { ...everyMinute(), [rankKey(0, start)]: new Uint8Array(17 * 1024 * 1024) };
    expect((await gather(tooLarge)).result).toMatchObject({ objects: 23, leftOut: 1 });
  });

  test('beyond the bound on objects the newest windows are kept and the others counted', async () => {
    const files = Object.fromEntries(
      [0, 1, 2, 3].flatMap((rank) =>
        Array.from({ length: 1_300 }, (_, index) => [rankKey(rank, start + index * minute), '.']),
      ),
    );
    const { result, windows } = await gather(files, { changes: { toMs: start + 1_300 * minute } });
    expect(result).toMatchObject({ objects: 5_000, leftOut: 200 });
    expect(windows[0]?.fromMs).toBe(start + 50 * minute);
  });

  test('many ranks are found with one listing; in a long-lived job only the time in question is listed', async () => {
    const ranks = Array.from({ length: 40 }, (_, rank) => ({ rank, node: 'node-01', gpu: 0 }));
    const inventory = smallInventory({ jobs: [{ name: 'pretrain', framework: 'megatron-lm', ranks }] });
    const changes = { logs: ['rank'] as const };
    const young = Object.fromEntries(ranks.map(({ rank }) => [rankKey(rank, start), '.']));
    expect((await gather(young, { inventory, changes })).listed).toEqual(['logs/site-a/pretrain/rank-']);

    const old = Object.fromEntries(
      ranks.flatMap(({ rank }) =>
        Array.from({ length: 300 }, (_, index) => [rankKey(rank, start - index * minute), '.']),
      ),
    );
    const { listed, result } = await gather(old, { inventory, changes });
    expect(listed.slice(1).every((prefix) => /rank-\d{5}\/17\d+$/.test(prefix))).toBe(true);
    expect(result).toMatchObject({ objects: 40, leftOut: 0 });
  });

  test('of a job that began anew, the windows of the start before are referenced beside, however far back', async () => {
    const banner = (release: string): string => `node-01:1:2 [0] NCCL INFO NCCL version ${release}+cuda12.4\n`;
    const hoursAgo = start - 400 * minute;
    const long = Object.fromEntries(Array.from({ length: 399 }, (_, at) => [rankKey(0, start - at * minute), '.']));
    const older = {
      [rankKey(0, hoursAgo - 90 * minute)]: banner('2.18.5'),
      ...long,
      [rankKey(0, hoursAgo)]: banner('2.20.5'),
    };
    const anew = { ...older, [rankKey(0, start + 2 * minute)]: banner('2.22.3') };
    const { earlierStart, result, windows } = await gather(anew);
    expect(earlierStart.map(({ fromMs }) => fromMs)).toEqual([hoursAgo - 90 * minute, hoursAgo, start - 398 * minute]);
    expect(result.objects).toBe(windows.length);
    // One that goes on as it began has no need of it.
    expect((await gather(older)).earlierStart).toEqual([]);
    // Another rank's start is told by the first one, or not at all.
    expect((await gather({ ...older, [rankKey(1, start)]: banner('2.22.3') })).earlierStart).toEqual([]);
  });

  describe('the search for the start before', () => {
    const banner = (release: string): string => `node-01:1:2 [0] NCCL INFO NCCL version ${release}+cuda12.4\n`;
    const anew = {
      [rankKey(0, start - 90 * minute)]: banner('2.20.5'),
      [rankKey(0, start - 20 * minute)]: 'steps\n',
      [rankKey(0, start + 2 * minute)]: banner('2.22.3'),
    };

    test.each(['unreachable', 'denied', 'not-found', 'too-large'] as const)(
      'costs no log where a window before it is %s',
      async (kind) => {
        const read =
          (store: LogStore): LogStore['read'] =>
          (object, options) =>
            object.key === rankKey(0, start - 20 * minute)
              ? Promise.reject(new PortError(kind, object.key))
              : store.read(object, options);
        const { earlierStart, result } = await gather(anew, { change: (store) => ({ ...store, read: read(store) }) });
        expect(earlierStart).toEqual([]);
        expect(result).toMatchObject({ objects: 1, leftOut: 0 });
      },
    );

    test('costs no log where the listing fails', async () => {
      let isRead = false;
      const { earlierStart, result } = await gather(anew, {
        change: (store) => ({
          list: (prefix, options) =>
            isRead ? Promise.reject(new PortError('unreachable', prefix)) : store.list(prefix, options),
          read: (object, options) => {
            isRead = true;
            return store.read(object, options);
          },
        }),
      });
      expect(earlierStart).toEqual([]);
      expect(result.objects).toBe(1);
    });

    test('finds none in a listing that was cut: what is missing is the newest', async () => {
      const many = Array.from({ length: 5_001 }, (_, at): [string, string] => [
        rankKey(0, start - 23 * 60 * minute + at * 5_000),
        '.',
      ]);
      const first = { [rankKey(0, start - 23 * 60 * minute - 5_000)]: banner('2.18.5') };
      const { earlierStart } = await gather({ ...anew, ...Object.fromEntries(many), ...first });
      expect(earlierStart).toEqual([]);
    });

    test('reads no more than so many bytes', async () => {
      let bytes = 0;
      const large = Array.from({ length: 20 }, (_, at): [string, string] => [
        rankKey(0, start - (at + 30) * minute),
        '.',
      ]);
      const { earlierStart } = await gather(
        { ...anew, ...Object.fromEntries(large) },
        {
          change: (store) => ({
            ...store,
            list: async (prefix, options) => {
              const listed = await store.list(prefix, options);
              const sized = listed.objects.map((one) =>
                large.some(([key]) => key === one.key) ? { ...one, bytes: 15 * 1024 * 1024 } : one,
              );
              return { ...listed, objects: sized };
            },
            read: (object, options) => {
              bytes += object.bytes;
              return store.read(object, options);
            },
          }),
        },
      );
      expect(earlierStart).toEqual([]);
      expect(bytes).toBeGreaterThan(150 * 1024 * 1024);
      expect(bytes).toBeLessThan(256 * 1024 * 1024);
    });

    test('waits no longer than its time for a store that does not answer', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const asked = Promise.withResolvers<void>();
        const gathered = gather(anew, {
          change: (store) => ({
            ...store,
            read: (object, options) => {
              if (object.key !== rankKey(0, start - 20 * minute)) return store.read(object, options);
              asked.resolve();
              return new Promise(() => undefined);
            },
          }),
        });
        await asked.promise;
        await vi.advanceTimersByTimeAsync(31_000);
        expect(await gathered).toMatchObject({ earlierStart: [], result: { objects: 1 } });
      } finally {
        vi.useRealTimers();
      }
    });
  });

  test('a job without any logs gives an empty manifest, not a failure', async () => {
    expect((await gather({})).result).toMatchObject({ objects: 0, bytes: 0, leftOut: 0 });
  });

  test('a store that is away fails the attempt as retryable; an unknown cluster as final', async () => {
    const activity = (inventories: Map<string, Inventory>) =>
      createGatherLogs({
        inventories,
        logs: () => memoryLogs({ [rankKey(0, start).replace('pretrain', 'unreachable')]: 'x' }),
        evidence: memoryEvidence(),
        clock: { nowMs: () => start },
      });
    const away = smallInventory({
      jobs: [{ name: 'unreachable', framework: 'x', ranks: [{ rank: 0, node: 'node-01', gpu: 0 }] }],
    });
    const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    await expect(
      environment.run(activity(new Map([['site-a', away]])), input({ job: 'unreachable' })),
    ).rejects.toMatchObject({ type: 'Unreachable' });
    await expect(environment.run(activity(new Map()), input())).rejects.toMatchObject({ type: 'NotFound' });
  });
});
