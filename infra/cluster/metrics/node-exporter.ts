import { filesystems, load1, memory, type Filesystem } from '../physics/host.ts';
import { hcaBytes } from '../physics/reading.ts';
import { stepsAt, type Timeline } from '../physics/timeline.ts';
import type { World, WorldHca, WorldNode } from '../world.ts';
import type { Labels, Metric } from './metric.ts';
import { reachable } from './reachable.ts';

type Read = (world: World, node: WorldNode, ms: number) => number;

/** Names of Prometheus' node_exporter; `node` is added by the scrape configuration. */
export const nodeMetrics: readonly Metric[] = [
  host('node_load1', '1m load average.', (world, node, ms) => load1(world, node, ms)),
  host(
    'node_memory_MemTotal_bytes',
    'Memory information field MemTotal_bytes.',
    (world, node, ms) => memory(world, node, ms).totalKib * 1024,
  ),
  host(
    'node_memory_MemAvailable_bytes',
    'Memory information field MemAvailable_bytes.',
    (world, node, ms) => memory(world, node, ms).availableKib * 1024,
  ),
  host('node_boot_time_seconds', 'Node boot time, in unixtime.', (_world, node) => Math.floor(node.bootMs / 1000)),
  disk('node_filesystem_size_bytes', 'Filesystem size in bytes.', (one) => one.kib * 1024),
  disk(
    'node_filesystem_avail_bytes',
    'Filesystem space available to non-root users in bytes.',
    (one) => (one.kib - one.kibUsed) * 1024,
  ),
  disk('node_filesystem_files_free', 'Filesystem total free file nodes.', (one) => one.inodes - one.inodesUsed),
  port(
    'node_infiniband_port_data_transmitted_bytes_total',
    'counter',
    'Number of data octets transmitted on all links',
    traffic,
  ),
  port(
    'node_infiniband_port_data_received_bytes_total',
    'counter',
    'Number of data octets received on all links',
    traffic,
  ),
  port(
    'node_infiniband_link_downed_total',
    'counter',
    'Number of times the link failed to recover from an error state and went down',
    () => 0,
  ),
  port(
    'node_infiniband_port_errors_received_total',
    'counter',
    'Number of packets containing an error that were received on this port',
    () => 0,
  ),
  port(
    'node_infiniband_physical_state_id',
    'gauge',
    'Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)',
    () => 5,
  ),
  port('node_infiniband_rate_bytes_per_second', 'gauge', 'Maximum signal transfer rate', () => 25_000_000_000),
];

function host(name: string, help: string, read: Read): Metric {
  return {
    name,
    help,
    type: 'gauge',
    series: (timeline) =>
      timeline.world.nodes.map((node) => ({
        labels: identity(node),
        at: (ms) => (reachable(timeline, node, ms) ? read(timeline.world, node, ms) : undefined),
      })),
  };
}

function disk(name: string, help: string, read: (one: Filesystem) => number): Metric {
  return {
    name,
    help,
    type: 'gauge',
    series: (timeline) =>
      timeline.world.nodes.flatMap((node) =>
        filesystems(timeline.world, node, 0).map(({ device, mount, fstype }, index) => ({
          labels: { ...identity(node), device, fstype, mountpoint: mount },
          at: (ms: number) => {
            const one = filesystems(timeline.world, node, ms)[index];
            return one !== undefined && reachable(timeline, node, ms) ? read(one) : undefined;
          },
        })),
      ),
  };
}

function port(
  name: string,
  type: Metric['type'],
  help: string,
  read: (timeline: Timeline, hca: WorldHca, ms: number) => number,
): Metric {
  return {
    name,
    help,
    type,
    series: (timeline) =>
      timeline.world.nodes.flatMap((node) =>
        node.hcas.map((hca) => ({
          labels: { ...identity(node), device: hca.name, port: '1' },
          at: (ms: number) => (reachable(timeline, node, ms) ? read(timeline, hca, ms) : undefined),
        })),
      ),
  };
}

function traffic(timeline: Timeline, _hca: WorldHca, ms: number): number {
  return hcaBytes(timeline.world, stepsAt(timeline.segmentAt(ms), ms));
}

function identity(node: WorldNode): Labels {
  return { instance: `${node.name}:9100`, node: node.name };
}
