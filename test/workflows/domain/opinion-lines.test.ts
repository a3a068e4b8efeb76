import { describe, expect, it } from 'vitest';
import { chartDocuments } from '../../../activities/audit/chart-document.ts';
import { renderChart } from '../../../workers/cli/chart.ts';
import { detailsCharsMax, renderDetails } from '../../../workflows/domain/current-details.ts';
import type { Cause, Verdict } from '../../../workflows/domain/finding.ts';
import { newIncidentView, type IncidentView } from '../../../workflows/domain/incident-view.ts';
import { opinionLines } from '../../../workflows/domain/opinion-lines.ts';
import { aRef } from '../../support/scripted-activities.ts';

const throttled: Verdict = {
  kind: 'attributed',
  causes: [{ category: 'gpu-clock-throttle', node: 'node-07', probability: 0.97, because: [] }],
  disputed: false,
};
const opinion: NonNullable<IncidentView['opinions']>[number] = {
  round: 1,
  exchange: aRef('model-exchange'),
  model: 'scripted-7b',
  hypotheses: 2,
  standing: 1,
  struck: 2,
  probes: ['gpu.presence'],
  leading: { category: 'gpu-clock-throttle', node: 'node-07' },
  agree: { answers: 2, of: 3 },
  spent: { tokens: 1_100, seconds: 2.34, cost: 0.0125 },
  degraded: null,
  said: [
    {
      category: 'gpu-clock-throttle',
      node: 'node-07',
      device: { kind: 'gpu', index: 3 },
      probability: 0.9,
      stands: true,
      claims: 3,
      struck: 1,
      reasons: ['quotes what does not stand in F1'],
    },
    { category: 'disk-full', probability: 0.2, stands: false, claims: 1, struck: 1, reasons: ['cites nothing'] },
  ],
  critiques: { of: 2, struck: 1 },
  refused: ['probe 1: there is no such probe'],
};
const program: NonNullable<IncidentView['programs']>[number] = {
  round: 1,
  analysis: aRef('analysis'),
  findings: aRef('findings'),
  found: 1,
  notable: [{ kind: 'analysis.outlier', node: 'node-07', device: { kind: 'gpu', index: 3 } }],
  refused: null,
};

function viewWith(more: Partial<IncidentView>): IncidentView {
  const start = { cluster: 'site-a', workflowId: 'incident/site-a/1', runId: 'r', openedAtMs: 0 };
  return { ...newIncidentView({ ...start, observeOnly: false, recurrenceOf: null }), ...more };
}

const shownBy: readonly (readonly [string, (view: IncidentView) => string])[] = [
  ['current details', renderDetails],
  ['the chart in a terminal', (view) => renderChart({ colour: false }, view)],
  ['the archived page', (view) => chartDocuments(view).html],
];

describe('what a model said', () => {
  it('is told with what was struck and why, whether it agrees, and what it took', () => {
    expect(opinionLines({ opinions: [opinion], programs: [program], verdict: throttled })).toEqual([
      {
        text: 'Round 1, scripted-7b: agrees: gpu-clock-throttle on node-07 (2 of 3 answers); 1100 tokens, 2.3 s, cost 0.0125',
        below: [
          'gpu-clock-throttle on node-07 gpu 3 at 90 %: 2 of 3 claims stand; struck: quotes what does not stand in F1',
          'disk-full at 20 %, dropped: 0 of 1 claims stand; struck: cites nothing',
          '2 critique(s), 1 struck',
          'asked for gpu.presence',
          'not taken: probe 1: there is no such probe',
          `its words: evidence ${aRef('model-exchange').id}`,
        ],
      },
      {
        text: 'Program of the model (round 1): 1 finding(s), by: model-code; nobody has checked it, and it weighs nothing by itself',
        below: ['analysis.outlier on node-07 gpu 3', `program and answer: evidence ${aRef('analysis').id}`],
      },
    ]);
  });

  it.each([
    ['agrees without a place', throttled, { category: 'gpu-clock-throttle' }, 'agrees: gpu-clock-throttle'],
    ['differs in the cause', throttled, { category: 'disk-full' }, 'differs: disk-full'],
    ['differs in the node', throttled, { category: 'gpu-clock-throttle', node: 'node-08' }, 'differs: '],
    ['names nothing', throttled, null, 'names no cause that stands'],
    ['comes before the verdict', null, { category: 'disk-full' }, 'thinks of disk-full'],
    [
      'names a cause where there is no fault',
      { kind: 'no-fault', explanation: { text: 'x', findingIds: [], ranges: [] }, disputed: true },
      { category: 'disk-full' },
      'differs: disk-full',
    ],
    [
      'names the first of what is not proven',
      { kind: 'not-proven', candidates: throttled.causes, reason: 'x' },
      { category: 'gpu-clock-throttle' },
      'agrees: gpu-clock-throttle',
    ],
  ] satisfies [string, Verdict | null, Cause | null, string][])(
    'that %s is said so',
    (_name, verdict, leading, text) => {
      const said = { ...opinion, leading, agree: null };
      expect(opinionLines({ opinions: [said], verdict })[0]?.text).toContain(`: ${text}`);
    },
  );

  it('is nothing where it said nothing that can be used, or nobody was asked', () => {
    const silent = {
      ...opinion,
      degraded: 'there is no JSON object in the answer',
      said: [],
      critiques: { of: 0, struck: 0 },
    };
    expect(opinionLines({ opinions: [silent], verdict: null })[0]?.text).toContain(
      'nothing that can be used: there is no JSON',
    );
    expect(opinionLines({ verdict: throttled })).toEqual([]);
    expect(renderDetails(viewWith({ verdict: throttled }))).not.toContain('model');
  });

  it.each(shownBy)('stands in %s', (_where, show) => {
    const text = show(viewWith({ verdict: throttled, opinions: [opinion], programs: [program] })).replaceAll('\\', '');
    for (const part of [
      'opinion',
      'agrees: gpu-clock-throttle on node-07',
      'quotes what does not stand in F1',
      '1100 tokens, 2.3 s',
      'by: model-code',
    ])
      expect(text).toContain(part);
  });

  it.each(shownBy)('is escaped in %s, and bounded', (where, show) => {
    const evil = '<script>alert(1)</script> **x** [y](http://evil) \u001B[2J\u202E `z`';
    const hostile = viewWith({
      verdict: throttled,
      opinions: Array.from({ length: 50 }, () => ({
        ...opinion,
        model: evil,
        degraded: evil,
        refused: Array.from({ length: 100 }, () => evil),
        said: Array.from({ length: 100 }, () => ({ ...opinion.said?.[0], reasons: [evil] }) as never), // as a forged history may have it
      })),
      programs: [{ ...program, refused: evil, notable: [{ kind: evil, node: evil }] }],
    });
    const text = show(hostile);
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/\u001B|\u202E/);
    // A terminal knows no tags and no links.
    const markup = where === 'the chart in a terminal' ? /(?!)/ : /(?<!\\)<script|http:\/\/evil/;
    expect(text).not.toMatch(markup);
    expect(text.split('scripted-7b').length + text.split('alert(1)').length).toBeLessThan(100);
    const [line] = opinionLines(hostile);
    expect(line?.below.length).toBeLessThanOrEqual(13);
    expect(renderDetails(hostile).length).toBeLessThan(detailsCharsMax + 100);
  });
});

describe('a dispute', () => {
  it.each([
    ['attributed', { ...throttled, disputed: true }],
    ['no fault', { kind: 'no-fault', explanation: { text: 'x', findingIds: [], ranges: [] }, disputed: true }],
    ['not proven', { kind: 'not-proven', candidates: [], reason: 'x', disputed: true }],
  ] satisfies [string, Verdict][])('of a verdict that is %s stands in every chart', (words, verdict) => {
    for (const [, show] of shownBy) expect(show(viewWith({ verdict }))).toContain(`${words} (disputed)`);
    const { disputed: _disputed, ...rest } = verdict;
    const undisputed: Verdict = rest.kind === 'attributed' ? { ...rest, disputed: false } : rest;
    for (const [, show] of shownBy) expect(show(viewWith({ verdict: undisputed }))).not.toContain('disputed');
  });
});
