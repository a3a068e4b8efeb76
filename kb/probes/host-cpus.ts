import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { jsonIn } from './json-output.ts';

const source = 'https://man7.org/linux/man-pages/man1/lscpu.1.html';

const offline: FindingKind = {
  id: 'host.cpus.offline',
  summary: 'some CPUs of the host are switched off',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 0.7, 'cpu-affinity-misconfig': 0.7, 'dataloader-stall': 0.4 },
  source: 'https://github.com/prometheus/node_exporter/issues/873',
};
const singleThreads: FindingKind = {
  id: 'host.cpus.single-threads',
  summary: 'the second thread of every core is switched off',
  role: 'context',
  weighs: { 'dataloader-stall': 0.1 },
  source,
};
const complete: FindingKind = {
  id: 'host.cpus.complete',
  summary: 'all CPUs of the host are in use',
  role: 'clean',
  weighs: { 'cpu-affinity-misconfig': -0.1, 'host-hardware-fault': -0.1 },
  source,
};
const unlike = unlikeSiblings('host.cpus', 'the number of CPUs', {
  'host-hardware-fault': 0.8,
  'cpu-affinity-misconfig': 0.7,
});
const kinds = [offline, singleThreads, complete, unlike];

interface Reading {
  readonly cpus: number;
  readonly offline: number;
  readonly sockets: number;
  readonly threadsPerCore: number;
  readonly numaNodes: number;
  readonly model: string;
}

/** A list, or a tree where a release nests sections in JSON too (`--hierarchic`). Numbers are text; a field may have no value. */
interface Field {
  readonly field: string;
  readonly data?: string | null | undefined;
  readonly children?: readonly Field[] | undefined;
}
const fieldSchema: z.ZodType<Field> = z.lazy(() =>
  z.object({ field: z.string(), data: z.string().nullish(), children: z.array(fieldSchema).optional() }),
);
const schema = z.object({ lscpu: z.array(fieldSchema).min(1) });

/** CPUs of the host. */
export const hostCpus: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.cpus',
  summary: 'CPUs of the host, those that are switched off, sockets and NUMA nodes',
  question: 'Does the host have all of its CPUs?',
  aspect: 'correctness',
  costMs: 100,
  outputBytesMax: 65_536,
  argv: () => ['lscpu', '-J'],
  parse(output) {
    const fields = new Map(flat(jsonIn(output, 'lscpu', schema).lscpu).map(({ field, data }) => [field, data ?? '']));
    const count = (name: string) => Number(/^\d+/.exec(fields.get(name) ?? '')?.[0] ?? 0);
    const cpus = count('CPU(s):');
    if (cpus === 0) throw new ProbeParseError('lscpu names no number of CPUs');
    return {
      cpus,
      offline: listed(fields.get('Off-line CPU(s) list:') ?? ''),
      sockets: count('Socket(s):'),
      threadsPerCore: count('Thread(s) per core:'),
      numaNodes: count('NUMA node(s):'),
      model: (fields.get('Model name:') ?? 'unknown').slice(0, 80),
    };
  },
  outcomes: kinds,
  meaning(reading) {
    const { cpus, offline: off, sockets, threadsPerCore, model } = reading;
    const text = `${cpus - off} of ${cpus} CPUs on ${sockets} sockets in use (${model})`;
    const values = { cpus, offline: off, sockets, threadsPerCore };
    if (off === 0) return [{ kind: complete.id, text, values }];
    // With SMT off the kernel takes exactly one of two threads of every core away.
    if (threadsPerCore === 1 && off * 2 === cpus)
      return [
        { kind: singleThreads.id, text, values },
        { kind: complete.id, text, values },
      ];
    return [{ kind: offline.id, text, values }];
  },
  siblings: {
    kind: unlike,
    numbers: ({ cpus, offline: off, sockets, numaNodes }) => [
      { name: 'cpusInUse', value: cpus - off, unit: 'CPUs' },
      { name: 'sockets', value: sockets, unit: 'sockets' },
      { name: 'numaNodes', value: numaNodes, unit: 'NUMA nodes' },
    ],
    rules: ['cpusInUse', 'sockets', 'numaNodes'].map((name) => ({
      name,
      side: 'both' as const,
      relative: 0,
      absolute: 0,
      source: unlike.source,
    })),
  },
};

// lscpu nests no deeper than three.
const depthMax = 8;

function flat(fields: readonly Field[], depth = 0): readonly Field[] {
  if (depth > depthMax) throw new ProbeParseError('lscpu: nested too deeply');
  return fields.flatMap((one) => [one, ...flat(one.children ?? [], depth + 1)]);
}

/** How many CPUs `0,2-5` lists. */
function listed(text: string): number {
  return text
    .split(',')
    .map((part) => /^(\d+)(?:-(\d+))?$/.exec(part.trim()))
    .reduce((sum, match) => (match === null ? sum : sum + Number(match[2] ?? match[1]) - Number(match[1]) + 1), 0);
}
