import { expect, it } from 'vitest';
import type { ProbeRunner } from '../../../activities/ports.ts';
import type { ProbeArguments } from '../../../activities/probe-batch/wishes.ts';
import { canAsk } from '../../../kb/probes/can-ask.ts';
import { probeById } from '../../../kb/probes/index.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import { readNodes } from '../../../workers/cli/probe-run.ts';
import { smallInventory } from '../../support/small-inventory.ts';

const small = smallInventory();
/** Nodes of which nobody listed a device, a mount point or an adapter. */
const bare: Inventory = {
  ...small,
  nodes: small.nodes.map((node) => ({ ...node, gpus: [], hcas: [] })),
  jobs: [],
  mounts: [],
};

async function read(id: string, inventory: Inventory, args: ProbeArguments | null = null) {
  const probe = probeById(id);
  if (probe === undefined) throw new Error(`no probe ${id}`);
  const asked: string[] = [];
  const runner: ProbeRunner = {
    async run({ name }, argv) {
      asked.push(`${name} ${argv.join(' ')}`);
      return { stdout: '', stderr: '', exitCode: 1 };
    },
  };
  const signal = AbortSignal.timeout(10_000);
  const readings = await readNodes({ probe, args, inventory, nodes: ['node-01'], runner, load: true, signal });
  return { asked, reason: readings[0]?.reason ?? '' };
}

it.each(['measure.ib-write-bw', 'measure.storage', 'measure.gemm', 'measure.hbm-bandwidth', 'measure.pcie-bandwidth'])(
  '%s loads nothing on a node of which no device is known, and says so',
  async (id) => {
    expect(await read(id, bare)).toEqual({
      asked: [],
      reason: `node-01: nothing to measure: the inventory lists no device for ${id}`,
    });
    expect(canAsk(bare, probeById)(id, 'node-01')).toBe(false);
  },
);

it('a measurement of the whole node needs no list of devices', async () => {
  expect((await read('measure.nccl-ring', bare)).asked).toEqual(['node-01 sudo -n wardround-measure nccl-ring']);
  expect(canAsk(bare, probeById)('measure.nccl-ring', 'node-01')).toBe(true);
});

it('what a person names is measured, whatever the inventory lists', async () => {
  expect((await read('measure.storage', bare, { mount: '/raid' })).asked).toEqual([
    'node-01 sudo -n wardround-measure storage /raid',
  ]);
});

it('a node is no peer of itself', async () => {
  const { asked, reason } = await read('measure.ib-write-bw', bare, { hca: 'mlx5_0', peer: 'node-01' });
  expect({ asked, reason }).toEqual({
    asked: [],
    reason: 'node-01: measure.ib-write-bw needs another node on its other side',
  });
  expect((await read('measure.ib-write-bw', bare, { hca: 'mlx5_0' })).asked).toEqual([]);
});

it('a reading that loads nothing is made without a list', async () => {
  expect((await read('ib.counters', bare)).asked[0]).toBe('node-01 perfquery -x -C mlx5_0 -P 1');
});
