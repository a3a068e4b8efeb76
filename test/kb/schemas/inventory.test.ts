import { describe, expect, it } from 'vitest';
import { inventorySchema, toClusterMs, wallDuration } from '../../../kb/schemas/inventory.ts';

const gpu = (index: number) => ({
  index,
  uuid: `GPU-0000000${index}-1111-2222-3333-444444444444`,
  pciBusId: `00000000:0${index}:00.0`,
  model: 'NVIDIA A800-SXM4-80GB',
});
const node = (name: string) => ({
  name,
  ssh: { host: '10.0.0.7', port: 22, user: 'wardround-probe', hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA'] },
  gpus: [gpu(0), gpu(1)],
});
const inventory = {
  version: 1,
  cluster: 'site-a',
  platform: 'nvidia-linux',
  nodes: [node('node-01'), node('node-02')],
  jobs: [{ name: 'pretrain', framework: 'megatron-lm', ranks: [{ rank: 0, node: 'node-01', gpu: 1 }] }],
  logs: { bucket: 'raw-logs', windowMs: 60_000, shippingLagMs: 5_000 },
  clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 1 },
};

const problems = (value: unknown) =>
  inventorySchema.safeParse(value).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

describe('an inventory', () => {
  it('is accepted with its defaults', () => {
    expect(inventorySchema.parse(inventory).logs.rank).toBe('logs/{cluster}/{job}/rank-{rank}/{fromMs}-{toMs}.log');
  });

  it.each([
    [
      'a node without host keys',
      { nodes: [{ ...node('node-01'), ssh: { ...node('x').ssh, hostKeys: [] } }] },
      /nodes\.0\.ssh\.hostKeys/,
    ],
    ['two nodes of one name', { nodes: [node('node-01'), node('node-01')] }, /two nodes have one name/],
    [
      'a rank on a GPU that is not there',
      { jobs: [{ ...inventory.jobs[0], ranks: [{ rank: 0, node: 'node-01', gpu: 7 }] }] },
      /rank 0: no GPU 7 on node-01/,
    ],
    ['a name that could be a command', { cluster: 'site-a; reboot' }, /^cluster: lower-case letters/],
    ['a field that nobody knows', { nodse: [] }, /nodse/],
    ['a clock that stands still', { clock: { ...inventory.clock, rate: 0 } }, /clock\.rate/],
  ])('with %s is refused at the place', (_what, change, place) => {
    expect(problems({ ...inventory, ...change }).join('\n')).toMatch(place);
  });
});

it('cluster time is an affine map of wall time, there and back', () => {
  const clock = { wallEpochMs: 1_000, clusterEpochMs: 50_000, rate: 20 };
  expect(toClusterMs(clock, 1_500)).toBe(60_000);
  expect(wallDuration(clock, 60_000)).toBe(3_000);
});
