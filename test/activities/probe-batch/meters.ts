import { z } from 'zod';
import { ToolMissingError } from '../../../kb/probes/missing-tool.ts';
import { ProbeParseError, type Probe } from '../../../kb/schemas/probe.ts';

const kind = { summary: '', weighs: {}, source: 'https://example.com' } as const;
export const odd = { ...kind, id: 'test.speed.odd', role: 'cause' } as const;
const loud = { ...kind, id: 'test.line.loud', role: 'symptom' } as const;
const missing = { ...kind, id: 'test.line.missing', role: 'symptom' } as const;
const fine = { ...kind, id: 'test.fine', role: 'clean' } as const;

const base = {
  platform: 'nvidia-linux',
  summary: 'a meter of the tests',
  question: 'What does it say?',
  aspect: 'performance',
  side: 'supply',
  impact: 'passive',
  privilege: 'user',
  costMs: 1,
  timeoutMs: 1_000,
  outputBytesMax: 1_000,
} as const;

/** A speed for each node, compared with the other nodes. */
const speed: Probe<unknown, number> = {
  ...base,
  id: 'test.speed',
  args: z.object({}),
  argv: () => ['speed'],
  parse: ({ stdout }) => Number(stdout),
  outcomes: [odd, fine],
  meaning: () => [{ kind: fine.id, text: 'as it should be' }],
  siblings: {
    numbers: (value) => [{ name: 'speed', value, unit: 'GB/s', line: 1 }],
    rules: [{ name: 'speed', side: 'low', relative: 0.1, absolute: 1, source: 'https://example.com' }],
    kind: odd,
  },
};

/** Lines of a log, one of which may be loud; needs an end. */
const lines: Probe<unknown, readonly string[]> = {
  ...base,
  id: 'test.lines',
  args: z.object({}),
  argv: () => ['lines'],
  parse: ({ stdout }) => stdout.split('\n').slice(0, -1),
  outcomes: [loud, missing, fine],
  meaning: (all) => {
    const found = all.flatMap((text, at) => (text.startsWith('LOUD') ? [{ kind: loud.id, text, line: at + 1 }] : []));
    const end = all.includes('end') ? [] : [{ kind: missing.id, text: 'there is no end' }];
    return found.length + end.length > 0 ? [...found, ...end] : [{ kind: fine.id, text: 'quiet' }];
  },
};

/** A counter that is read twice. */
const counter: Probe<unknown, { readonly count: number; readonly perSecond?: number }> = {
  ...base,
  id: 'test.counter',
  args: z.object({}),
  argv: () => ['counter'],
  parse({ stdout }) {
    if (!/^\d+\n$/.test(stdout)) throw new ProbeParseError('not a count');
    return { count: Number(stdout) };
  },
  outcomes: [loud, fine],
  meaning: ({ perSecond = 0 }) =>
    perSecond > 1
      ? [{ kind: loud.id, text: 'it counts', line: 1, values: { perSecond } }]
      : [{ kind: fine.id, text: 'it stands still' }],
  again: {
    gapMs: 10_000,
    combine: (first, second, elapsedMs) => ({
      count: second.count,
      perSecond: (second.count - first.count) / (elapsedMs / 1_000),
    }),
  },
};

/** Asks the management host: for all nodes at once, or for one. */
const fabric: Probe<unknown, string> = {
  ...base,
  id: 'test.fabric',
  via: 'management',
  args: z.object({}),
  argv: () => ['fabric'],
  parse: ({ stdout }) => stdout,
  outcomes: [fine],
  meaning: (text) => [{ kind: fine.id, text }],
};
const power: Probe<{ node: string }, string> = {
  ...base,
  id: 'test.power',
  via: 'management',
  args: z.object({ node: z.string() }),
  argv: ({ node }) => ['power', node],
  parse: ({ stdout }) => stdout,
  outcomes: [fine],
  meaning: (text) => [{ kind: fine.id, text }],
};

const burn: Probe<unknown, string> = { ...fabric, id: 'test.burn', via: 'node', impact: 'load', argv: () => ['burn'] };

/** A setting that like nodes should have the same of. */
const setting: Probe<unknown, string> = {
  ...base,
  id: 'test.setting',
  args: z.object({}),
  outcomes: [odd, fine],
  meaning: () => [{ kind: fine.id, text: 'as it should be' }],
  argv: () => ['setting'],
  parse({ stdout }) {
    if (stdout === '') throw new ToolMissingError('setting is not installed on the node');
    return stdout.trim();
  },
  siblings: {
    kind: odd,
    numbers: () => [],
    rules: [],
    words: (value) => [{ name: 'mode', value, line: 1 }],
  },
};

/** Forty ports, read one by one. */
const ports: Probe<{ port: number }, string> = {
  ...fabric,
  id: 'test.ports',
  via: 'node',
  args: z.object({ port: z.number() }),
  devices: () => Array.from({ length: 40 }, (_one, port) => ({ port })),
  argv: ({ port }) => ['port', String(port)],
};

/** Writes to the next node, on which somebody has to listen. */
const pair: Probe<{ node: string }, string> = {
  ...fabric,
  id: 'test.pair',
  via: 'node',
  impact: 'load',
  args: z.object({ node: z.string() }),
  argv: ({ node }) => ['send', node],
  otherSide({ node }, _probed, site) {
    const at = site.nodes.findIndex(({ name }) => name === node);
    const peer = site.nodes[(at + 1) % site.nodes.length];
    return peer === undefined ? undefined : { node: peer.name, argv: ['listen', node], readyMs: 1_500 };
  },
};

// What a list of probes holds: the schema has checked the arguments before they come back to their own probe.
const all = [speed, lines, counter, fabric, power, burn, setting, ports, pair] as unknown as readonly Probe[];

export function meter(id: string): Probe | undefined {
  return all.find((probe) => probe.id === id);
}
