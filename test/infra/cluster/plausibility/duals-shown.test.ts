import { afterEach, expect, it } from 'vitest';
import type { ActiveFault, Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import { answerOf, managementAnswerOf } from '../all-commands.ts';
import { heldCluster, minutes, readingOf, type HeldCluster } from '../held-cluster.ts';
import { rankLogs } from './job-reading.ts';

/* What each half of two faults shows by itself, in numbers; their sources are beside the tests of the single ones. */

let held: HeldCluster;
let simulator: Simulator;
afterEach(() => {
  simulator.close();
  held.remove();
});

interface Row {
  readonly id: string;
  readonly values?: Readonly<Record<string, number>>;
  readonly onset?: ActiveFault['injection']['onset'];
  /** Cluster minutes until both have shown. */
  readonly within: number;
  readonly first: (at: Half) => void;
  readonly second: (at: Half) => void;
}

interface Half {
  readonly node: string;
  readonly gpu: number;
  readonly hca: string;
}

const ask = (name: string, line: string) => {
  const node = findNode(simulator.world, name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return answerOf(simulator, node, line);
};
const text = (name: string, line: string) => ask(name, line).stdout;
const phase = () => simulator.timeline.segmentAt(simulator.time.nowMs()).phase.kind;
const stepS = () => (simulator.timeline.segmentAt(simulator.time.nowMs()).meanStepMs ?? Infinity) / 1_000;
const allLogs = () => [...rankLogs(simulator, minutes(25)).values()].join('\n');

const rows: readonly Row[] = [
  {
    id: 'dual-remap-pending-peermem',
    within: 6,
    first: ({ node, gpu }) =>
      expect(text(node, 'nvidia-smi -q -d ROW_REMAPPER').split('Pending')[gpu + 1]).toMatch(/^ +: Yes/),
    second: ({ node }) => {
      expect(text(node, 'lsmod')).toMatch(/^nvidia_uvm /m);
      expect(text(node, 'lsmod')).not.toContain('nvidia_peermem');
    },
  },
  {
    id: 'dual-oom-slow-shard',
    values: { gbPerSecond: 1.5, 'second-lateMs': 12_000 },
    within: 5,
    first: ({ node }) =>
      // 1.06 TB, of which a quiet node has seven tenths to give.
      expect(Number(/^MemAvailable: +(\d+) kB$/m.exec(text(node, 'cat /proc/meminfo'))?.[1])).toBeLessThan(450e6),
    second: () => expect(stepS()).toBeGreaterThan(10),
  },
  {
    id: 'dual-paste-hot-rack',
    values: { conduction: 0.3, 'second-inletC': 50 },
    onset: { shape: 'creeping', rampMs: minutes(10) },
    within: 40,
    first: ({ node, gpu }) => expect(readingOf(simulator, node, gpu).smMhz).toBeLessThan(1_100),
    second: ({ node }) => {
      const bmc = findNode(simulator.world, node)?.bmc ?? '';
      const sensors = managementAnswerOf(
        simulator,
        `ipmitool -I lanplus -H ${bmc} -U wardround -f /etc/wardround/bmc-password sdr elist full`,
      ).stdout;
      expect(Number(/^Inlet\S* .*\| (\d+) degrees C$/m.exec(sensors)?.[1])).toBeGreaterThan(40);
    },
  },
  {
    id: 'dual-nvlink-crc-rate-low',
    values: { perSecond: 60_000 },
    onset: { shape: 'creeping', rampMs: minutes(10) },
    within: 6,
    first: ({ node }) => expect(text(node, 'nvidia-smi nvlink -e')).toMatch(/(?:Replay|CRC)\w* Errors?: [1-9]\d{3,}/),
    second: ({ node }) => expect(text(node, 'ibstat').match(/Rate: (?:100|56)$/gm)).toHaveLength(1),
  },
  {
    id: 'dual-foreign-process-gc',
    values: { mib: 8_000, 'second-pauseMs': 5_000 },
    onset: { shape: 'sudden' },
    within: 4,
    first: ({ node }) => {
      const apps =
        'nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits';
      expect(text(node, apps).trim().split('\n')).toHaveLength(9);
      expect(text(node, apps)).toMatch(/, 8000$/m);
    },
    second: () => expect(stepS()).toBeGreaterThan(11),
  },
  {
    id: 'dual-flap-collective-order',
    values: { everyMs: 24_000, 'second-every': 12 },
    within: 9,
    first: ({ node, hca }) =>
      expect(Number(/LinkDownedCounter:\.+(\d+)/.exec(text(node, `perfquery -x -C ${hca} -P 1`))?.[1])).toBeGreaterThan(
        10,
      ),
    second: () => expect(phase()).toBe('hung'),
  },
  {
    id: 'dual-disk-full-permission',
    values: { gbPerSecond: 28 },
    within: 6,
    first: ({ node }) => expect(Number(/ (\d+)% \/raid$/m.exec(text(node, 'df -Pk'))?.[1])).toBe(100),
    second: () => {
      expect(phase()).toBe('ended');
      expect(allLogs()).toMatch(/\[Errno (?:13\] Permission denied|28\] No space left on device): '\/raid\/ckpt/);
    },
  },
  {
    id: 'dual-prochot-switch-errors',
    values: { mhz: 800, 'second-errors': 6_000 },
    onset: { shape: 'sudden' },
    within: 25,
    first: ({ node }) => {
      const files = '--include=scaling_governor --include=scaling_cur_freq --include=cpuinfo_max_freq';
      const cores = text(node, `grep -rH . /sys/devices/system/cpu/cpufreq ${files}`);
      const khz = [...cores.matchAll(/scaling_cur_freq:(\d+)/g)].map((match) => Number(match[1]));
      expect(Math.max(...khz)).toBeLessThanOrEqual(810_000);
    },
    second: () =>
      expect(managementAnswerOf(simulator, 'ibqueryerrors').stdout).toMatch(/SymbolErrorCounter == [1-9]\d{3,}/),
  },
  {
    id: 'dual-mtu-dns',
    values: { size: 0 },
    within: 2,
    first: ({ node }) => expect(text(node, 'ip -o link show')).toMatch(/ bond0: <[A-Z,_]+> mtu 1500 /),
    second: ({ node }) => {
      expect(text(node, 'cat /etc/resolv.conf /etc/hosts')).toContain('nameserver 10.64.255.54\n');
      expect(ask(node, 'getent ahosts node-01').end).toBe(2);
      expect(allLogs()).toContain('gai error: -3 - Temporary failure in name resolution');
    },
  },
  {
    id: 'dual-gpu-lost-old-xid',
    within: 5,
    first: ({ node }) => {
      expect(text(node, 'dmesg --time-format iso')).toMatch(/NVRM: Xid \(PCI:\S+\): 79, /);
      expect(phase()).toBe('ended');
    },
    second: ({ node }) => {
      const gauge = ask(node, 'dmesg --time-format iso').stdout;
      expect(gauge).not.toMatch(/Xid \(PCI:\S+\): 79, /);
      expect(simulator.settings().pastXids.size).toBe(1);
    },
  },
  {
    id: 'dual-clock-hours-ecc',
    values: { hours: 7, 'second-againS': 120 },
    within: 3,
    first: ({ node }) => expect(Number(text(node, 'chronyc -c tracking').split(',')[4])).toBeCloseTo(7 * 3_600, 0),
    second: ({ node }) => {
      expect(text(node, 'dmesg --time-format iso')).toMatch(/NVRM: Xid \(PCI:\S+\): 48, /);
      expect(text(node, 'nvidia-smi -q -d ROW_REMAPPER').match(/Remapping Failure Occurred +: Yes/g)).toHaveLength(1);
    },
  },
];

it.each(rows.map((row) => [row.id, row] as const))('%s shows both of its halves', (id, row) => {
  held = heldCluster({ nodes: 12, jobs: 1 });
  simulator = held.open();
  held.pass(minutes(5));
  const { values = {}, onset, within } = row;
  const { target } = simulator.inject(id, { seed: 4, values, ...(onset !== undefined && { onset }) });
  held.pass(minutes(within));
  const half = ({ node, gpu = 0, hca = '' }: { node: string; gpu?: number | undefined; hca?: string | undefined }) => ({
    node,
    gpu,
    hca,
  });
  expect(simulator.activeFaults().map((one) => one.id)).toEqual([id]);
  row.first(half(target));
  row.second(half(target.second ?? target));
});
