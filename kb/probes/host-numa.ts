import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { median, orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man8/numactl.8.html';

const empty: FindingKind = {
  id: 'host.numa.no-memory',
  summary: 'CPUs of a NUMA node have no memory of their own',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.5, 'dataloader-stall': 0.4 },
  source,
};
const unequal: FindingKind = {
  id: 'host.numa.unequal',
  summary: 'a NUMA node has less memory than the others: a module is lost, or missing',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.8 },
  source,
};
const balanced: FindingKind = {
  id: 'host.numa.balanced',
  summary: 'the NUMA nodes of the host have the same amount of memory',
  role: 'clean',
  weighs: { 'host-hardware-fault': -0.3 },
  source,
};
const unlike = unlikeSiblings('host.numa', 'the memory of the NUMA nodes', {
  'host-hardware-fault': 1,
  'cpu-affinity-misconfig': 0.4,
});
const kinds = [empty, unequal, balanced, unlike];

interface NumaNode {
  readonly index: number;
  readonly cpus: number;
  readonly sizeMb: number;
  readonly freeMb: number;
  readonly line: number;
}
interface Reading {
  readonly nodes: readonly NumaNode[];
}

// A server for eight GPUs has sixteen modules a socket: one that is lost is 6 % of its node. What firmware and the kernel
// keep for themselves differs between nodes by less than 2 %.
const lostModuleShare = 0.05;

/** Memory and CPUs of every NUMA node. */
export const hostNuma: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.numa',
  summary: 'memory and CPUs of every NUMA node of the host',
  question: 'Does every NUMA node of the host have its memory?',
  aspect: 'correctness',
  costMs: 80,
  outputBytesMax: 65_536,
  argv: () => ['numactl', '--hardware'],
  parse(output) {
    const lines = requiredLines(output, 'numactl');
    const declared = /^available: (\d+) nodes? \(/.exec(lines[0]?.text ?? '');
    if (declared === null) throw new ProbeParseError('line 1: not the head of numactl --hardware');
    const nodes = nodesIn(lines);
    if (nodes.length !== Number(declared[1]))
      throw new ProbeParseError(`${nodes.length} of ${declared[1]} NUMA nodes; the rest is missing`);
    return { nodes };
  },
  outcomes: kinds,
  meaning({ nodes }) {
    const withCpus = nodes.filter(({ cpus }) => cpus > 0);
    const usual = median(withCpus.map(({ sizeMb }) => sizeMb).filter((size) => size > 0)) ?? 0;
    const largest = Math.max(...withCpus.map(({ sizeMb }) => sizeMb), usual);
    return orClean(
      withCpus.flatMap((node) => judge(node, largest)),
      kinds,
      { kind: balanced.id, text: `${nodes.length} NUMA nodes, ${usual} MB each`, values: { nodes: nodes.length } },
    );
  },
  siblings: {
    kind: unlike,
    numbers: ({ nodes }) => [
      { name: 'memory', value: nodes.reduce((sum, { sizeMb }) => sum + sizeMb, 0), unit: 'MB' },
      { name: 'nodes', value: nodes.length, unit: 'NUMA nodes' },
    ],
    rules: [
      {
        name: 'memory',
        side: 'low',
        relative: 0.01,
        absolute: 7_000,
        source: 'half of the smallest module sold for servers',
      },
      { name: 'nodes', side: 'both', relative: 0, absolute: 0, source: unlike.source },
    ],
  },
};

function nodesIn(lines: ReturnType<typeof requiredLines>): readonly NumaNode[] {
  const nodes = new Map<number, NumaNode>();
  for (const { text, line } of lines) {
    const cpus = /^node (\d+) cpus:(.*)$/.exec(text);
    const size = /^node (\d+) (size|free): (\d+) MB$/.exec(text);
    if (cpus !== null) {
      const index = Number(cpus[1]);
      const count = (cpus[2] ?? '')
        .trim()
        .split(/\s+/)
        .filter((word) => /^\d+(?:-\d+)?$/.test(word)).length;
      nodes.set(index, { index, cpus: count, sizeMb: 0, freeMb: 0, line });
    } else if (size !== null) {
      const node = nodes.get(Number(size[1]));
      if (node === undefined) throw new ProbeParseError(`line ${line}: memory of an unknown NUMA node`);
      const mb = Number(size[3]);
      nodes.set(node.index, size[2] === 'size' ? { ...node, sizeMb: mb, line } : { ...node, freeMb: mb });
    }
  }
  return [...nodes.values()];
}

function judge({ index, cpus, sizeMb, line }: NumaNode, largest: number): readonly ProbeFinding[] {
  const values = { numaNode: index, sizeMb, largestMb: largest };
  if (sizeMb === 0)
    return [{ kind: empty.id, text: `NUMA node ${index} has ${cpus} CPUs and no memory`, line, values }];
  if (sizeMb >= (1 - lostModuleShare) * largest) return [];
  return [{ kind: unequal.id, text: `NUMA node ${index} has ${sizeMb} MB, another ${largest} MB`, line, values }];
}
