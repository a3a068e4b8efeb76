import { linkCounters, linkState, type LinkCounters, type LinkState } from '../physics/link.ts';
import { hcaSymbols } from '../physics/network/link-errors.ts';
import { trainedLink } from '../physics/network/link-rate.ts';
import { filesystems, load1, type Filesystem } from '../physics/host.ts';
import { memory } from '../physics/memory.ts';
import { mountState } from '../physics/mounts.ts';
import { bootMsOf } from '../physics/node-life.ts';
import { pastDowns } from '../physics/past-downs.ts';
import { oomKills } from '../physics/oom-kills.ts';
import type { Timeline } from '../physics/timeline.ts';
import { pressureTotalUs, type Resource } from '../physics/pressure.ts';
import { swappedPages } from '../physics/swap.ts';
import { portBytes } from '../physics/traffic.ts';
import type { WorldHca, WorldNode } from '../world.ts';
import { keptLabels } from './kept-labels.ts';
import type { Labels, Metric } from './metric.ts';
import { scraped } from './reachable.ts';

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
  host('node_boot_time_seconds', 'Node boot time, in unixtime.', (timeline, node, ms) =>
    Math.floor(bootMsOf(timeline.segmentAt(ms).settings, node, ms) / 1000),
  ),
  host('node_vmstat_oom_kill', '/proc/vmstat information field oom_kill.', oomKills, 'counter'),
  host(
    'node_vmstat_pswpin',
    '/proc/vmstat information field pswpin.',
    (timeline, node, ms) => swappedPages(timeline, node, ms).in,
    'counter',
  ),
  pressure(
    'node_pressure_cpu_waiting_seconds_total',
    'Total time in seconds that processes have waited for CPU time',
    'cpu',
  ),
  pressure(
    'node_pressure_io_waiting_seconds_total',
    'Total time in seconds that processes have waited due to IO congestion',
    'io',
  ),
  pressure(
    'node_pressure_memory_waiting_seconds_total',
    'Total time in seconds that processes have waited for memory',
    'memory',
  ),
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
    inState({ active: 4, initializing: 2, polling: 1, disabled: 1, failed: 1 }),
  ),
  port(
    'node_infiniband_physical_state_id',
    'gauge',
    'Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)',
    inState({ active: 5, initializing: 5, polling: 2, disabled: 3, failed: 3 }),
  ),
  port('node_infiniband_rate_bytes_per_second', 'gauge', 'Maximum signal transfer rate', rateOf),
];

function host(name: string, help: string, read: Read, type: Metric['type'] = 'gauge'): Metric {
  return {
    name,
    help,
    type,
    series: (timeline) =>
      timeline.world.nodes.map((node) => {
        const own = timeline.of(node);
        return {
          labels: identity(node),
          at: (ms) => (scraped(own, node, ms) ? read(own, node, ms) : undefined),
        };
      }),
  };
}

function pressure(name: string, help: string, resource: Resource): Metric {
  return host(name, help, (timeline, node, ms) => pressureTotalUs(timeline, node, resource, ms).some / 1e6, 'counter');
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
            const own = timeline.of(node);
            const one = filesystems(own, node, ms)[index];
            // It leaves out what is not mounted, and what does not answer in time.
            const there = mountState(own, node, mount, ms);
            if (there === 'missing' || there === 'stale') return undefined;
            return one !== undefined && scraped(own, node, ms) ? read(one) : undefined;
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
          labels: portLabels(node, hca),
          at: (ms: number) => (scraped(timeline, node, ms) ? read(timeline.of(node), node, hca, ms) : undefined),
        })),
      ),
  };
}

function counted(read: (counters: LinkCounters) => number): ReadPort {
  return (timeline, node, hca, ms) => {
    const { settings } = timeline.segmentAt(ms);
    const counters = linkCounters(timeline.world, settings, node, hca, ms);
    // What was counted before all records stands in every sample, also in those from before it became known here.
    const known = timeline.settings();
    const missed = settings.facts.has('ib.past-downs') ? null : pastDowns(known, node, hca, ms);
    const broken = hcaSymbols(timeline, node, hca, ms);
    return read({
      ...counters,
      downed: counters.downed + (missed?.downed ?? 0),
      recoveries: counters.recoveries + (missed?.recoveries ?? 0),
      symbolErrors: counters.symbolErrors + broken.symbolErrors + (missed?.symbolErrors ?? 0),
      receiveErrors: counters.receiveErrors + broken.receiveErrors + (missed?.receiveErrors ?? 0),
    });
  };
}

const portLabels = keptLabels((node: WorldNode, hca: WorldHca) => ({ ...identity(node), device: hca.name, port: '1' }));

/** Bytes a second; a port without a link shows the slowest rate, 4X SDR. */
function rateOf(timeline: Timeline, node: WorldNode, hca: WorldHca, ms: number): number {
  const { settings } = timeline.segmentAt(ms);
  const link = linkState(timeline.world, settings, node, hca, ms);
  const up = link === 'active' || link === 'initializing';
  return up ? trainedLink(settings, node, hca, ms).gbits * 125_000_000 : 1_250_000_000;
}

function inState(values: Readonly<Record<LinkState, number>>): ReadPort {
  return (timeline, node, hca, ms) => values[linkState(timeline.world, timeline.segmentAt(ms).settings, node, hca, ms)];
}

function identity(node: WorldNode): Labels {
  return { instance: `${node.name}:9100`, node: node.name };
}
