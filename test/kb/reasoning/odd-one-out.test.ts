import { describe, expect, it } from 'vitest';
import { rankHypotheses, type Hypothesis } from '../../../kb/reasoning/hypotheses.ts';
import { observe } from '../../../kb/reasoning/observations.ts';
import type { FindingKind } from '../../../kb/schemas/finding-kind.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const source = 'https://example.org/';
const shown: FindingKind = {
  id: 'area.setting.wrong',
  summary: 'a setting is wrong',
  role: 'cause',
  weighs: { 'acs-iommu-p2p-broken': 2.5 },
  source,
};
const right: FindingKind = {
  id: 'area.setting.right',
  summary: 'the setting is right',
  role: 'clean',
  weighs: { 'acs-iommu-p2p-broken': -2 },
  source,
};
const otherRight: FindingKind = {
  id: 'area.other.right',
  summary: 'another mechanism is in order',
  role: 'clean',
  weighs: { 'acs-iommu-p2p-broken': -2 },
  source,
};
const collects: FindingKind = {
  id: 'area.program.pauses',
  summary: 'the program pauses',
  role: 'cause',
  ofProgram: true,
  weighs: { 'dataloader-stall': 3 },
  source,
};
const kinds = new Map([shown, right, otherRight, collects].map((kind) => [kind.id, kind]));
const names = ['node-01', 'node-02', 'node-03', 'node-04', 'node-05'];
const read = ({ id, role }: FindingKind, node: string, probeId = 'area.setting'): Finding => ({
  id: `${id}@${node}`,
  kind: id,
  role,
  node,
  count: 1,
  range: { evidenceId: 'ev', source: `probe ${probeId} on ${node}` },
  text: 't',
});
const ranked = (findings: readonly Finding[], uncritical = false): readonly Hypothesis[] =>
  rankHypotheses({ observations: observe(findings, kinds), recalled: [], nodes: names, uncritical });
const oddsAt = (hypotheses: readonly Hypothesis[], node: string): number =>
  hypotheses.find(({ category, place }) => category === 'acs-iommu-p2p-broken' && place.node === node)?.logOdds ??
  Number.NaN;

describe('what one node shows and its siblings do not', () => {
  const odd = [read(shown, 'node-02'), ...names.filter((name) => name !== 'node-02').map((name) => read(right, name))];

  it('tells more than the same reading of a node that was read alone', () => {
    const more = oddsAt(ranked(odd), 'node-02') - oddsAt(ranked([read(shown, 'node-02')]), 'node-02');
    expect(more).toBeCloseTo(Math.log(4), 5);
  });

  it('tells no more where fewer than three siblings were read', () => {
    const two = [read(shown, 'node-02'), read(right, 'node-01'), read(right, 'node-03')];
    expect(oddsAt(ranked(two), 'node-02')).toBeCloseTo(oddsAt(ranked([read(shown, 'node-02')]), 'node-02'), 5);
  });

  it('is not talked away by another mechanism that is in order', () => {
    const other = [...odd, read(otherRight, 'node-02', 'area.other')];
    expect(oddsAt(ranked(odd), 'node-02') - oddsAt(ranked(other), 'node-02')).toBeCloseTo(0.5, 5);
  });
});

describe('a reading that is in order by itself and unlike its siblings', () => {
  const differs = read(shown, 'node-02');
  const reread = { ...read(right, 'node-02'), range: { ...differs.range, evidenceId: 'ev_later' } };

  it('does not deny there what the comparison shows', () => {
    const both = oddsAt(ranked([differs, read(right, 'node-02')]), 'node-02');
    expect(both).toBeCloseTo(oddsAt(ranked([differs]), 'node-02'), 5);
  });

  it('is contradicted by the next reading in full', () => {
    const both = oddsAt(ranked([differs, reread]), 'node-02');
    expect(oddsAt(ranked([differs]), 'node-02') - both).toBeCloseTo(2, 5);
  });
});

describe('what all ranks of a program do', () => {
  it('has no place, wherever it was seen', () => {
    const [first] = ranked([read(collects, 'node-03')]);
    expect(first).toMatchObject({ category: 'dataloader-stall', place: {} });
  });
});

describe('without critique', () => {
  it('nothing speaks against a cause', () => {
    const contradicted = [read(shown, 'node-02'), read(otherRight, 'node-02', 'area.other')];
    expect(ranked(contradicted, true).flatMap(({ against }) => against)).toEqual([]);
    expect(oddsAt(ranked(contradicted, true), 'node-02')).toBeGreaterThan(oddsAt(ranked(contradicted), 'node-02'));
  });
});
