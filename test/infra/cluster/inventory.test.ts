import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunningCluster } from '../../../infra/cluster/start.ts';
import { inventorySchema, toClusterMs, type Inventory } from '../../../kb/schemas/inventory.ts';
import { heldCluster, minutes, type HeldCluster } from './held-cluster.ts';

let held: HeldCluster;
let cluster: RunningCluster;

afterEach(async () => {
  await cluster.stop();
  held.remove();
});

async function startWith(settings: Readonly<Record<string, unknown>>): Promise<Inventory> {
  held = heldCluster(settings);
  cluster = await held.start();
  return inventorySchema.parse(JSON.parse(readFileSync(cluster.inventoryPath, 'utf8')));
}

describe('the inventory', () => {
  it('is one that the product accepts and tells ranks, clock, logs and metrics as they are', async () => {
    const inventory = await startWith({ nodes: 3 });
    expect(inventory.jobs[0]?.ranks).toHaveLength(24);
    expect(inventory.jobs[0]?.ranks[13]).toEqual({ rank: 13, node: 'node-02', gpu: 5 });
    expect(inventory.jobs[0]?.training).toMatchObject({
      gpu: 'A800-SXM4-80GB',
      gpus: 24,
      nodes: 3,
      layers: 40,
      hidden: 5_120,
      ffn: 20_480,
      heads: 40,
      seq: 4_096,
      tp: 8,
      pp: 1,
      dp: 3,
      micro_batch: 1,
      global_batch: 72,
      recompute: 'none',
      precision: 'bf16',
    });
    held.pass(minutes(4));
    expect(toClusterMs(inventory.clock, held.wallNowMs())).toBe(cluster.simulator.time.nowMs());
    expect(inventory.metrics?.url).toBe(cluster.httpUrl);
    await cluster.shipper.shipDue(new AbortController().signal);
    const launch = cluster.simulator.world.historyFromMs;
    const values = {
      cluster: inventory.cluster,
      job: 'pretrain-13b',
      rank: '00013',
      fromMs: launch,
      toMs: launch + 60_000,
    };
    const key = inventory.logs.rank.replace(/\{(\w+)\}/g, (_, name) =>
      String(z.record(z.string(), z.unknown()).parse(values)[name]),
    );
    expect(readFileSync(`${held.config.stateDir}/logs/${key}`, 'utf8')).toContain('NCCL INFO');
  });

  it.each([
    ['loopback', 1],
    ['ports', 3],
  ])('with %s addressing gives every node an address of its own', async (addressing, ports) => {
    const { nodes } = await startWith({ nodes: 3, addressing });
    expect(new Set(nodes.map(({ ssh }) => `${ssh.host}:${ssh.port}`)).size).toBe(3);
    expect(new Set(nodes.map(({ ssh }) => ssh.port)).size).toBe(ports);
    expect(new Set(nodes.flatMap(({ ssh }) => ssh.hostKeys)).size).toBe(3);
  });
});

describe('a cluster of 1,000 nodes', () => {
  // Measured on two busy cores: 0.9 s and 25 MiB more heap. Ten times that is a defect, not a slow day.
  const startMsMax = 9_000;
  const heapBytesMax = 250 * 2 ** 20;

  it('starts within its bounds of time and memory', async () => {
    const heapBefore = process.memoryUsage().heapUsed;
    const begin = performance.now();
    const { nodes } = await startWith({ nodes: 1_000, healthyHistoryMs: minutes(6) });
    const tookMs = performance.now() - begin;
    const heap = process.memoryUsage().heapUsed - heapBefore;
    expect(nodes).toHaveLength(1_000);
    expect(tookMs).toBeLessThan(startMsMax);
    expect(heap).toBeLessThan(heapBytesMax);
  });
});
