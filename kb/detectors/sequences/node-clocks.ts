import { clockSkews, type SharedMoment } from '../../logs/align.ts';
import type { Match } from '../../schemas/detector.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { numberIn } from './progress-track.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

/** Clocks of nodes that differ, from what happens at one moment on all: steps, time-outs, communicators that are ready. */
export const nodeClocks: SequenceDetector<readonly NodeMoments[]> = {
  id: 'node-clocks',
  kinds: [
    {
      id: 'log.clock.skewed',
      summary: "the clock of a node is wrong by a second or more; its lines are put in the others' time",
      role: 'context',
      // Wrong clocks spoil the order of lines, and seldom a job.
      weighs: {},
      source: 'https://datatracker.ietf.org/doc/html/rfc5905 (clocks kept by NTP agree within milliseconds)',
    },
  ],
  listens: ['job.progress.step', 'job.progress.throughput', 'torch.nccl.watchdog-timeout', 'nccl.comm.init'],
  follow() {
    const nodes = new Map<string, Open>();
    return {
      note(line, match) {
        const { node, atMs } = line;
        const event = eventOf(match);
        if (node === undefined || atMs === undefined || event === null) return;
        const known = nodes.get(node);
        if (known === undefined && nodes.size >= nodesMax) return;
        const open: Open = known ?? { place: placeOfLine(line), every: 1, steps: new Map(), once: new Map() };
        nodes.set(node, open);
        remember(open, event, atMs);
      },
      summary: () =>
        nodes.size === 0
          ? null
          : [...nodes].map(([node, open]) => ({ node, place: open.place, moments: closed(open) })),
    };
  },
  conclude(sources) {
    const summaries = sources.flatMap(({ summary }) => summary);
    return clockSkews(momentsOf(summaries)).flatMap(({ node, aheadMs, pairs, spreadMs }) => {
      const place = summaries.find((moments) => moments.node === node)?.place;
      const values = { aheadMs, pairs, spreadMs: Math.round(spreadMs) };
      const direction = aheadMs > 0 ? 'ahead of' : 'behind';
      const text = `clock of ${node} is ${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${direction} the others, by ${pairs} shared moments`;
      return place === undefined
        ? []
        : [sequenceFinding('log.clock.skewed', 'context', { ...withoutRank(place), node, text, values })];
    });
  },
};

export interface NodeMoments {
  readonly node: string;
  readonly place: LinePlace;
  readonly moments: readonly (readonly [event: string, atMs: number])[];
}

export function* momentsOf(summaries: Iterable<NodeMoments>): Iterable<SharedMoment> {
  for (const { node, moments } of summaries) for (const [event, atMs] of moments) yield { node, event, atMs };
}

interface Open {
  readonly place: LinePlace;
  /** Steps that this divides are remembered: the same ones on nodes that write the same. */
  every: number;
  readonly steps: Map<string, { readonly step: number; readonly atMs: number }>;
  /** What happens once, not at a rhythm. */
  readonly once: Map<string, number>;
}

const nodesMax = 1_024;
// The median of a hundred differences of whole seconds is right within a tenth of one.
const momentsMax = 128;
// Logs that tell of every ten-thousandth step only are short.
const everyMax = 1 << 20;

interface SharedEvent {
  readonly name: string;
  /** Null for what happens once and not at a rhythm. */
  readonly step: number | null;
}

function eventOf({ kind, values }: Match): SharedEvent | null {
  const step = numberIn(values, 'step');
  switch (kind) {
    case 'nccl.comm.init':
      return values?.['state'] === 'COMPLETE' && values['commId'] !== undefined
        ? { name: `comm ${values['commId']}`, step: null }
        : null;
    case 'torch.nccl.watchdog-timeout':
      return values?.['seq'] === undefined || values['pg'] === undefined
        ? null
        : { name: `wait ${values['pg']} ${values['seq']} ${values['op'] ?? ''}`, step: null };
    default:
      return step === undefined || values?.['elapsedS'] !== undefined
        ? null
        : { name: `step ${numberIn(values, 'steps') ?? ''} ${step}`, step };
  }
}

function remember(open: Open, { name, step }: SharedEvent, atMs: number): void {
  if (step === null) {
    if (open.once.size < momentsMax && !open.once.has(name)) open.once.set(name, atMs);
    return;
  }
  if (step % open.every !== 0 || open.steps.has(name)) return;
  open.steps.set(name, { step, atMs });
  while (open.steps.size > momentsMax && open.every < everyMax) {
    open.every *= 2;
    for (const [key, one] of open.steps) if (one.step % open.every !== 0) open.steps.delete(key);
  }
}

function closed({ steps, once }: Open): NodeMoments['moments'] {
  return [...once, ...[...steps].map(([name, { atMs }]) => [name, atMs] as const)];
}

function withoutRank({ rank: _rank, ...place }: LinePlace): LinePlace {
  return place;
}
