import { describe, expect, it } from 'vitest';
import { probeById } from '../../../../kb/probes/index.ts';
import type { Citable } from '../../../../kb/reasoning/model/case.ts';
import { groundAnswer, type GroundContext } from '../../../../kb/reasoning/model/ground-answer.ts';
import { parseAnswer } from '../../../../kb/reasoning/model/parse-answer.ts';

const line =
  'Nov 18 node-07 kernel: NVRM: Xid (PCI:0000:65:00): 79, <b>GPU has   fallen</b> off the bus. token=abcdef123456';
const citables = new Map<string, Citable>([
  ['F1', { findingId: 'fi_1', range: { evidenceId: 'ev_1', source: 'log' }, text: null }],
  ['E1', { findingId: null, range: { evidenceId: 'ev_2', source: 'log' }, text: null }],
]);
const context: GroundContext = {
  citables,
  textOf: ({ findingId }) => (findingId === 'fi_1' ? line : null),
  nodes: ['node-07', 'node-08'],
  probe: probeById,
  compares: false,
  measured: new Set(['gpu.clocks']),
};

function ground(more: Readonly<Record<string, unknown>>, at: GroundContext = context) {
  const parsed = parseAnswer(JSON.stringify({ hypotheses: [], ...more }));
  if (parsed.kind !== 'answer') throw new Error(parsed.problem);
  return groundAnswer(parsed.answer, at);
}

function claimWith(...cites: readonly { readonly id: string; readonly quote: string }[]) {
  const hypothesis = {
    category: 'gpu-fell-off-bus',
    node: 'node-07',
    probability: 0.9,
    claims: [{ tag: 'text', text: 'x', cites }],
  };
  return ground({ hypotheses: [hypothesis] }).hypotheses[0];
}

describe('a quote', () => {
  it.each([
    ['letter by letter', 'Xid (PCI:0000:65:00): 79'],
    ['with other blanks and cases', 'gpu HAS fallen</b> off'],
    ['with tags as they were shown', '&lt;b&gt;GPU has fallen'],
  ])('stands %s', (_name, quote) => {
    expect(claimWith({ id: 'F1', quote })).toMatchObject({ stands: true, claims: [{ findingIds: ['fi_1'] }] });
  });

  it.each([
    ['of something else', { id: 'F1', quote: 'No space left on device' }, 'quotes what does not stand in F1'],
    ['of next to nothing', { id: 'F1', quote: '(: )' }, 'quotes too little of F1 to prove anything'],
    ['of an id that is not there', { id: 'F7', quote: 'fallen off the bus' }, 'cites an id that does not exist'],
    [
      'of what can not be read again',
      { id: 'E1', quote: 'fallen off the bus' },
      'cites E1, which could not be read again',
    ],
  ])('%s strikes its claim', (_name, cite, reason) => {
    const hypothesis = claimWith(cite);
    expect(hypothesis?.stands).toBe(false);
    expect(hypothesis?.claims[0]?.struck).toContain(reason);
  });

  it('is held against the masked text, so that guessing a secret tells nothing', () => {
    expect(claimWith({ id: 'F1', quote: 'token=************' })?.stands).toBe(true);
    expect(claimWith({ id: 'F1', quote: 'abcdef123456' })?.stands).toBe(false);
  });

  it('that is wrong strikes the claim beside one that is right', () => {
    expect(claimWith({ id: 'F1', quote: 'fallen</b> off the bus' }, { id: 'F9', quote: 'x' })?.stands).toBe(false);
  });
});

describe('a wish for a probe', () => {
  const wish = (more: Readonly<Record<string, unknown>>) =>
    ground({ probes: [{ probeId: 'gpu.presence', args: [], nodes: ['node-07'], why: '', ...more }] });

  it('is granted for a declared probe on nodes of the incident', () => {
    expect(wish({}).probes).toMatchObject([{ probeId: 'gpu.presence' }]);
  });

  it('is of all nodes where siblings are compared, so that a lone reading spoils no comparison', () => {
    expect(wish({ probeId: 'gpu.clocks' }).probes).toEqual([{ probeId: 'gpu.clocks', nodes: ['node-07', 'node-08'] }]);
  });

  it.each([
    ['an unknown probe', { probeId: 'bash' }, 'there is no such probe'],
    ['load', { probeId: 'gpu.dcgm-stress' }, 'only people may ask for'],
    ['no node', { nodes: [] }, 'names no node'],
    ['a strange node', { nodes: ['node-07', 'node-99'] }, 'not of the incident'],
    ['strange arguments', { args: [{ name: 'command', value: 'reboot' }] }, 'arguments are not those of the probe'],
  ])('is refused for %s', (_name, more, reason) => {
    const { probes, refused } = wish(more);
    expect(probes).toEqual([]);
    expect(refused[0]?.reason).toContain(reason);
  });

  it('for the speed of a job needs a job', () => {
    expect(ground({ predictSpeed: true }).predictSpeed).toBe(false);
    expect(ground({ predictSpeed: true }, { ...context, compares: true }).predictSpeed).toBe(true);
  });
});
