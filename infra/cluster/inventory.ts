import { a800 } from './physics/a800.ts';
import { logLayout } from './logs/windows.ts';
import type { ClusterConfig } from './config.ts';
import type { Address } from './ssh/addresses.ts';
import type { HostKeys } from './ssh/host-keys.ts';
import { probeUser } from './ssh/login.ts';
import type { Simulator } from './state/simulator.ts';
import type { World, WorldJob } from './world.ts';

export interface InventorySources {
  readonly simulator: Simulator;
  readonly config: Pick<ClusterConfig, 'logWindowMs' | 'shippingLagMs'>;
  readonly addresses: ReadonlyMap<string, Address>;
  readonly hostKeys: Pick<HostKeys, 'trusted'>;
  readonly bucket: string;
  readonly httpUrl: string;
}

/** What an operator would write down about this cluster for those who look after it. */
export function buildInventory(sources: InventorySources): object {
  const { simulator, config, addresses, hostKeys, bucket, httpUrl } = sources;
  const { world, time } = simulator;
  return {
    version: 1,
    cluster: world.cluster,
    platform: 'nvidia-linux',
    nodes: world.nodes.map((node) => ({
      name: node.name,
      ssh: { ...addresses.get(node.name), user: probeUser, hostKeys: [hostKeys.trusted(node.name)] },
      gpus: node.gpus.map(({ index, uuid, busId }) => ({ index, uuid, pciBusId: busId, model: a800.model })),
      hcas: node.hcas.map(({ name }) => ({ name, port: 1 })),
      address: node.managementIp,
      leaf: node.leaf,
      rack: node.rack,
      powerUnit: node.powerUnit,
      bmc: node.bmc,
    })),
    management: {
      name: world.management.name,
      ssh: {
        ...addresses.get(world.management.name),
        user: probeUser,
        hostKeys: [hostKeys.trusted(world.management.name)],
      },
    },
    jobs: world.jobs.map((job) => ({
      name: job.name,
      framework: job.framework,
      rendezvous: { host: world.nodes[job.nodes[0] ?? 0]?.name, port: job.rendezvousPort },
      training: trainingOf(world, job),
      ranks: job.nodes.flatMap((index, place) =>
        (world.nodes[index]?.gpus ?? []).map((gpu) => ({
          rank: place * world.gpusPerNode + gpu.index,
          node: world.nodes[index]?.name,
          gpu: gpu.index,
        })),
      ),
    })),
    mounts: ['/lustre', '/raid'],
    interfaces: ['eth0'],
    logs: { bucket, ...logLayout, windowMs: config.logWindowMs, shippingLagMs: config.shippingLagMs },
    clock: time.map,
    metrics: { url: httpUrl },
  };
}

/** The job's own configuration, as its owners keep it. */
function trainingOf({ gpusPerNode, nodes }: World, job: WorldJob): object {
  const { layers, hidden, ffn, heads, vocab, sequence } = job.model;
  const adapters = nodes[0]?.hcas.length ?? 0;
  return {
    gpu: a800.model.replace('NVIDIA ', ''),
    gpus: job.nodes.length * gpusPerNode,
    nodes: job.nodes.length,
    params: job.parameters,
    layers,
    hidden,
    ffn,
    gated: false,
    heads,
    seq: sequence,
    vocab,
    tp: job.tensorParallel,
    pp: job.pipelineParallel,
    dp: job.dataParallel,
    sequence_parallel: true,
    micro_batch: job.microBatch,
    global_batch: job.globalBatch,
    recompute: 'none',
    precision: 'bf16',
    sharding: 'distributed-optimizer',
    flash_attention: true,
    framework: job.framework,
    interconnect: `${adapters}x200Gb/s IB`,
    network_gbps_per_node: adapters * 200,
  };
}
