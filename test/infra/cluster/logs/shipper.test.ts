import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createShipper } from '../../../../infra/cluster/logs/shipper.ts';
import { openSink, type LogSink } from '../../../../infra/cluster/logs/sink.ts';
import { windowObjects } from '../../../../infra/cluster/logs/windows.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

const never = new AbortController().signal;
let held: HeldCluster;
let simulator: Simulator;
let troubles: string[];

beforeEach(() => {
  held = heldCluster({ nodes: 2 });
  simulator = held.open();
  troubles = [];
});
afterEach(() => {
  simulator.close();
  held.remove();
});

/** The real folder sink, counting; it refuses as many puts as `broken` says. */
function countingSink(broken = { puts: 0 }): LogSink & { readonly puts: string[] } {
  const sink = openSink(held.config);
  const puts: string[] = [];
  return {
    ...sink,
    puts,
    async put(object, signal) {
      if (broken.puts > 0) {
        broken.puts -= 1;
        throw new Error('503 Slow Down');
      }
      puts.push(object.key);
      await sink.put(object, signal);
    },
  };
}

const newShipper = (sink: LogSink) =>
  createShipper({
    timeline: simulator.timeline,
    time: simulator.time,
    sink,
    stateDir: held.config.stateDir,
    windowMs: held.config.logWindowMs,
    lagMs: held.config.shippingLagMs,
    onTrouble: (message) => troubles.push(message),
  });
const folder = () => join(held.config.stateDir, 'logs');
const stored = () =>
  existsSync(folder())
    ? readdirSync(folder(), { recursive: true, encoding: 'utf8' })
        .filter((file) => statSync(join(folder(), file)).isFile())
        .toSorted()
    : [];
/** What the store must hold: the windows of the whole past up to the cursor, from the state itself. */
const expected = (toMs: number) => {
  const { logWindowMs } = held.config;
  const { historyFromMs } = simulator.world;
  const objects = [];
  for (let from = Math.floor(historyFromMs / logWindowMs) * logWindowMs; from < toMs; from += logWindowMs)
    objects.push(...windowObjects(simulator.timeline, from, from + logWindowMs));
  return objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
};
const expectComplete = (toMs: number) => {
  const objects = expected(toMs);
  expect(stored()).toEqual(objects.map((object) => object.key));
  for (const { key, text } of objects) expect(readFileSync(join(folder(), key), 'utf8')).toBe(text);
};

describe('the shipper', () => {
  it('puts each window once, when its lag is over', async () => {
    const sink = countingSink();
    const shipper = newShipper(sink);
    await shipper.shipDue(never);
    const firstMs = shipper.shippedToMs();
    expect(firstMs).toBeLessThanOrEqual(simulator.time.nowMs() - held.config.shippingLagMs);
    expect(simulator.time.nowMs() - firstMs).toBeLessThan(held.config.logWindowMs + held.config.shippingLagMs);

    held.pass(firstMs + minutes(1) + held.config.shippingLagMs - 1 - simulator.time.nowMs());
    await shipper.shipDue(never);
    expect(shipper.shippedToMs()).toBe(firstMs);
    held.pass(20);
    await shipper.shipDue(never);
    expect(shipper.shippedToMs()).toBe(firstMs + minutes(1));

    expectComplete(shipper.shippedToMs());
    expect(new Set(sink.puts).size).toBe(sink.puts.length);
  });

  it('after a restart goes on where it was', async () => {
    await newShipper(countingSink()).shipDue(never);
    const before = stored();
    held.pass(minutes(5));
    const sink = countingSink();
    const shipper = newShipper(sink);
    await shipper.shipDue(never);
    expect(sink.puts.filter((key) => before.includes(key))).toEqual([]);
    expectComplete(shipper.shippedToMs());
  });

  it('loses nothing when the store is away for a while, whatever happens meanwhile', async () => {
    const broken = { puts: 0 };
    const shipper = newShipper(countingSink(broken));
    await shipper.shipDue(never);
    const beforeMs = shipper.shippedToMs();
    simulator.inject('gpu-clock-lock');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      broken.puts = 1;
      held.pass(minutes(7));
      await expect(shipper.shipDue(never)).rejects.toThrow('503 Slow Down');
      expect(shipper.shippedToMs()).toBe(beforeMs);
    }
    simulator.heal('gpu-clock-lock');
    held.pass(minutes(2));
    await shipper.shipDue(never);
    expect(shipper.shippedToMs()).toBe(beforeMs + minutes(23));
    expectComplete(shipper.shippedToMs());
  });

  it('tries again by itself and tells of the trouble', async () => {
    const shipper = newShipper(countingSink({ puts: 1 }));
    const stopping = new AbortController();
    const running = shipper.run(stopping.signal);
    await expect
      .poll(() => shipper.shippedToMs(), { timeout: 5_000, interval: 20 })
      .toBeGreaterThan(simulator.time.nowMs() - minutes(2));
    stopping.abort();
    await running;
    expect(troubles).toEqual([expect.stringMatching(/^log store: Error: 503 Slow Down; next attempt in \d+ ms$/)]);
    expectComplete(shipper.shippedToMs());
  });
});

describe('a store that is away for too long', () => {
  it('misses what waited for more than 1,440 windows, and that is said', async () => {
    simulator.close();
    held.remove();
    held = heldCluster({ nodes: 1, gpusPerNode: 2, logWindowMs: 1_000, healthyHistoryMs: minutes(5) });
    simulator = held.open();
    const shipper = newShipper(countingSink());
    await shipper.shipDue(never);
    const beforeMs = shipper.shippedToMs();
    held.pass(1_000 * (1_440 + 90));
    await shipper.shipDue(never);
    expect(troubles).toEqual([
      expect.stringMatching(/^log store: 90 windows before .* waited too long and are dropped$/),
    ]);
    const begins = stored().map((key) => Number(/(\d+)-\d+\.log$/.exec(key)?.[1]));
    expect(begins.filter((fromMs) => fromMs >= beforeMs && fromMs < beforeMs + 90_000)).toEqual([]);
    expect(begins.filter((fromMs) => fromMs >= beforeMs + 90_000).length).toBeGreaterThan(100);
    expect(shipper.shippedToMs()).toBe(beforeMs + 1_530_000);
  });
});

describe('the folder store', () => {
  it('leaves an object that is there as it is, and nothing else behind', async () => {
    const sink = openSink(held.config);
    await sink.put({ key: 'logs/a/b.log', text: 'first\n' }, never);
    await sink.put({ key: 'logs/a/b.log', text: 'second\n' }, never);
    expect(readFileSync(join(folder(), 'logs/a/b.log'), 'utf8')).toBe('first\n');
    expect(stored()).toEqual(['logs/a/b.log']);
  });
});
