import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://slurm.schedmd.com/sinfo.html#SECTION_NODE-STATE-CODES';

const manySilent: FindingKind = {
  id: 'scheduler.nodes.many-silent',
  summary: 'several nodes stopped answering the scheduler: what they share is to be looked at first',
  role: 'symptom',
  weighs: { 'facility-fault': 2.5, 'host-hardware-fault': -0.4, 'shared-fs-problem': 0.7 },
  source,
};
const oneSilent: FindingKind = {
  id: 'scheduler.nodes.few-silent',
  summary: 'a node or two do not answer the scheduler, the others do',
  role: 'context',
  weighs: { 'host-hardware-fault': 0.4, 'facility-fault': -0.4 },
  source,
};
const takenOut: FindingKind = {
  id: 'scheduler.nodes.taken-out',
  summary: 'nodes were taken out of service, with a reason',
  role: 'context',
  weighs: { 'scheduler-action': 0.3 },
  source,
};
const unlike: FindingKind = {
  id: 'scheduler.nodes.load-unlike-siblings',
  summary: 'the node has another load or less free memory than its siblings, as the scheduler measures it',
  role: 'symptom',
  weighs: { 'dataloader-stall': 0.7, 'host-oom': 0.7, 'foreign-gpu-process': 0.4 },
  source,
};
const inService: FindingKind = {
  id: 'scheduler.nodes.all-answer',
  summary: 'all nodes answer the scheduler',
  role: 'clean',
  weighs: { 'facility-fault': -0.5 },
  source,
};
const kinds = [manySilent, oneSilent, takenOut, unlike, inService];

const args = z.object({ node: z.string().regex(namePattern) });

interface Node {
  readonly line: number;
  readonly name: string;
  readonly states: readonly string[];
  readonly cpuLoad: number | null;
  readonly freeMemoryMib: number | null;
}
interface Reading {
  readonly nodes: readonly Node[];
}

/** All nodes at once as the scheduler sees them: whether one is silent or many are. */
export const schedulerNodes: Probe<z.infer<typeof args>, Reading> = {
  id: 'scheduler.nodes',
  platform: 'nvidia-linux',
  summary: 'states of all nodes in the scheduler, and their load',
  question: 'Is it this node alone that the scheduler misses, or are there others at the same time?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 400,
  timeoutMs: 20_000,
  outputBytesMax: 4 * 1024 * 1024,
  quotes: true,
  args,
  argv: () => ['scontrol', '-o', 'show', 'node'],
  allow: ['scontrol -o show node'],
  parse: (output) => ({ nodes: requiredLines(output, 'scontrol').map(({ text, line }) => nodeIn(text, line)) }),
  outcomes: kinds,
  meaning({ nodes }) {
    const silent = nodes.filter(
      ({ states }) => states.includes('NOT_RESPONDING') || states.includes('DOWN') || states.includes('FAIL'),
    );
    const out = nodes.filter((node) => !silent.includes(node) && node.states.some((state) => outStates.has(state)));
    const seen: ProbeFinding[] = [];
    const shown = (some: readonly Node[]) =>
      `${some
        .slice(0, 8)
        .map(({ name }) => name)
        .join(', ')}${some.length > 8 ? ` and ${some.length - 8} more` : ''}`;
    if (silent.length > 0)
      seen.push({
        kind: (silent.length >= manyMin ? manySilent : oneSilent).id,
        text: `${silent.length} of ${nodes.length} nodes do not answer: ${shown(silent)}`.slice(0, textCharsMax),
        line: silent[0]?.line ?? 1,
        values: { silent: silent.length, nodes: nodes.length },
      });
    if (out.length > 0)
      seen.push({
        kind: takenOut.id,
        text: `${out.length} of ${nodes.length} nodes are out of service: ${shown(out)}`.slice(0, textCharsMax),
        line: out[0]?.line ?? 1,
        values: { out: out.length, nodes: nodes.length },
      });
    if (silent.length > 0) return seen;
    return orClean(seen, kinds, { kind: inService.id, text: `all of ${nodes.length} nodes answer` });
  },
  siblings: {
    numbers({ nodes }, node) {
      const own = nodes.find(({ name }) => name === node?.name);
      if (own === undefined) return [];
      return [
        ...(own.cpuLoad === null ? [] : [{ name: 'cpuLoad', value: own.cpuLoad, unit: 'count', line: own.line }]),
        ...(own.freeMemoryMib === null
          ? []
          : [{ name: 'freeMemoryMib', value: own.freeMemoryMib, unit: 'MiB', line: own.line }]),
      ];
    },
    rules: [
      {
        name: 'cpuLoad',
        side: 'high',
        relative: 1,
        absolute: 16,
        source: 'our judgement: ranks of one job load their hosts alike',
      },
      {
        name: 'freeMemoryMib',
        side: 'low',
        relative: 0.5,
        absolute: 65_536,
        source: 'our judgement: ranks of one job need the same memory',
      },
    ],
    kind: unlike,
  },
};

// Our judgement: two may be a coincidence; three at a time share something.
const manyMin = 3;
const textCharsMax = 250;
const outStates = new Set([
  'DRAIN',
  'DRAINED',
  'DRAINING',
  'FAILING',
  'MAINT',
  'MAINTENANCE',
  'POWERED_DOWN',
  'POWERING_DOWN',
  'REBOOT',
  'REBOOT_ISSUED',
  'RESERVED',
]);

// Reasons and comments are people's text and stand behind State: the first occurrence is Slurm's own.
function nodeIn(text: string, line: number): Node {
  const name = /^NodeName=(\S{1,64}) /.exec(text)?.[1];
  const state = / State=([A-Z_+*~#!%$@^-]{2,120})(?: |$)/.exec(text)?.[1];
  if (name === undefined || state === undefined)
    throw new ProbeParseError(`line ${line}: not a node of scontrol -o show node`);
  const number = (field: string) => {
    const value = new RegExp(` ${field}=(\\d{1,12}(?:\\.\\d{1,4})?)(?: |$)`).exec(text)?.[1];
    return value === undefined ? null : Number(value);
  };
  return {
    line,
    name,
    // `DOWN*`: the star is an older way to say NOT_RESPONDING.
    states: [...state.replaceAll(/[*~#!%$@^-]/g, '').split('+'), ...(state.includes('*') ? ['NOT_RESPONDING'] : [])],
    cpuLoad: number('CPULoad'),
    freeMemoryMib: number('FreeMem'),
  };
}
