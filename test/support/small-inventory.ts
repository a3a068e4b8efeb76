import { inventorySchema, type Inventory } from '../../kb/schemas/inventory.ts';

/** Two nodes with two GPUs each and one job of four ranks; windows of a minute, shipped after ten seconds. */
export function smallInventory(changes: Partial<Inventory> = {}): Inventory {
  const nodes = [1, 2].map((number) => ({
    name: `node-0${number}`,
    ssh: {
      host: `127.0.1.${number}`,
      port: 2222,
      user: 'probe',
      hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=='],
    },
    gpus: [0, 1].map((index) => ({
      index,
      uuid: `GPU-0000000${number}-0000-0000-0000-00000000000${index}`,
      pciBusId: `00000000:0${index + 7}:00.0`,
      model: 'NVIDIA A800-SXM4-80GB',
    })),
  }));
  return {
    ...inventorySchema.parse({
      version: 1,
      cluster: 'site-a',
      platform: 'nvidia-linux',
      nodes,
      jobs: [
        {
          name: 'pretrain',
          framework: 'megatron-lm',
          ranks: [0, 1, 2, 3].map((rank) => ({ rank, node: rank < 2 ? 'node-01' : 'node-02', gpu: rank % 2 })),
        },
      ],
      logs: { bucket: 'logs', windowMs: 60_000, shippingLagMs: 10_000 },
      clock: { wallEpochMs: 0, clusterEpochMs: 0, rate: 1 },
    }),
    ...changes,
  };
}

/** Key of one window of a rank, as the default layout names it. */
export function rankKey(rank: number, fromMs: number, windowMs = 60_000): string {
  return `logs/site-a/pretrain/rank-${String(rank).padStart(5, '0')}/${fromMs}-${fromMs + windowMs}.log`;
}

export function kernelKey(node: string, fromMs: number, windowMs = 60_000): string {
  return `logs/site-a/${node}/kernel/${fromMs}-${fromMs + windowMs}.log`;
}
