import { linkCounters, linkState, type LinkCounters, type LinkState } from '../physics/link.ts';
import { filesystems, load1, type Filesystem } from '../physics/host.ts';
import { memory } from '../physics/memory.ts';
import { oomKills } from '../physics/oom-kills.ts';
import type { Timeline } from '../physics/timeline.ts';
import { portBytes } from '../physics/traffic.ts';
import type { WorldHca, WorldNode } from '../world.ts';
import type { Labels, Metric } from './metric.ts';
import { reachable } from './reachable.ts';

type ReadPort = (timeline: Timeline, node: WorldNode, hca: WorldHca, ms: number) => number;
type Read = (timeline: Timeline, node: WorldNode, ms: number) => number;

/** Names of Prometheus' node_exporter; `node` is added by the scrape configuration. */
export const nodeMetrics: readonly Metric[] = [
  host('node_load1', '1m load average.', load1),
  host(
    'node_memory_MemTotal_bytes',
    'Memory information field MemTotal_bytes.',
    (timeline, node, ms) => memory(timeline, node, ms).totalKib * 1024,
  ),
  host(
    'node_memory_MemAvailable_bytes',
    'Memory information field MemAvailable_bytes.',
    (timeline, node, ms) => memory(timeline, node, ms).availableKib * 1024,
  ),
  host('node_boot_time_seconds', 'Node boot time, in unixtime.', (_timeline, node) => Math.floor(node.bootMs / 1000)),
  host('node_vmstat_oom_kill', '/proc/vmstat information field oom_kill.', oomKills, 'counter'),
  disk('node_filesystem_size_bytes', 'Filesystem size in bytes.', (one) => one.kib * 1024),
  disk(
    'node_filesystem_avail_bytes',
    'Filesystem space available to non-root users in bytes.',
    (one) => (one.kib - one.kibUsed) * 1024,
  ),
  disk('node_filesystem_files', 'Filesystem total file nodes.', (one) => one.inodes),
  disk('node_filesystem_files_free', 'Filesystem total free file nodes.', (one) => one.inodes - one.inodesUsed),
  port(
    'node_infiniband_port_data_transmitted_bytes_total',
    'counter',
    'Number of data octets transmitted on all links',
    portBytes,
  ),
  port(
    'node_infiniband_port_data_received_bytes_total',
    'counter',
    'Number of data octets received on all links',
    portBytes,
  ),
  port(
    'node_infiniband_link_downed_total',
    'counter',
    'Number of times the link failed to recover from an error state and went down',
    counted((counters) => counters.downed),
  ),
  port(
    'node_infiniband_port_errors_received_total',
    'counter',
    'Number of packets containing an error that were received on this port',
    counted((counters) => counters.receiveErrors),
  ),
  port(
    'node_infiniband_link_error_recovery_total',
    'counter',
    'Number of times the link successfully recovered from an error state',
    counted((counters) => counters.recoveries),
  ),
  port(
    'node_infiniband_symbol_error_total',
    'counter',
    'Number of minor link errors detected on one or more physical lanes',
    counted((counters) => counters.symbolErrors),
  ),
  port(
    'node_infiniband_port_transmit_wait_total',
    'counter',
    'Number of ticks during which the port had data to transmit but no data was sent during the entire tick',
    counted((counters) => counters.transmitWait),
  ),
  port(
    'node_infiniband_state_id',
    'gauge',
    'State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)',
    inState({ active: 4, polling: 1, disabled: 1 }),
  ),
  port(
    'node_infiniband_physical_state_id',
    'gauge',
    'Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)',
    inState({ active: 5, polling: 2, disabled: 3 }),
  ),
  port(
    'node_infiniband_rate_bytes_per_second',
    'gauge',
    'Maximum signal transfer rate',
    inState({ active: 25_000_000_000, polling: 1_250_000_000, disabled: 1_250_000_000 }),
  ),
];

function host(name: string, help: string, read: Read, type: Metric['type'] = 'gauge'): Metric {
  return {
    name,
    help,
    type,
    series: (timeline) =>
      timeline.world.nodes.map((node) => ({
        labels: identity(node),
        at: (ms) => (reachable(timeline, node, ms) ? read(timeline, node, ms) : undefined),
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
        filesystems(timeline, node, 0).map(({ device, mount, fstype }, index) => ({
          labels: { ...identity(node), device, fstype, mountpoint: mount },
          at: (ms: number) => {
            const one = filesystems(timeline, node, ms)[index];
            return one !== undefined && reachable(timeline, node, ms) ? read(one) : undefined;
          },
        })),
      ),
  };
}

function port(name: string, type: Metric['type'], help: string, read: ReadPort): Metric {
  return {
    name,
    help,
    type,
    series: (timeline) =>
      timeline.world.nodes.flatMap((node) =>
        node.hcas.map((hca) => ({
          labels: { ...identity(node), device: hca.name, port: '1' },
          at: (ms: number) => (reachable(timeline, node, ms) ? read(timeline, node, hca, ms) : undefined),
        })),
      ),
  };
}

function counted(read: (counters: LinkCounters) => number): ReadPort {
  return (timeline, node, hca, ms) =>
    read(linkCounters(timeline.world, timeline.segmentAt(ms).settings, node, hca, ms));
}

function inState(values: Readonly<Record<LinkState, number>>): ReadPort {
  return (timeline, node, hca, ms) => values[linkState(timeline.world, timeline.segmentAt(ms).settings, node, hca, ms)];
}

function identity(node: WorldNode): Labels {
  return { instance: `${node.name}:9100`, node: node.name };
}
