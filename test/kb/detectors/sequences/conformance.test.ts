import { describe, expect, it } from 'vitest';
import { detectors, logFindingKinds } from '../../../../kb/detectors/index.ts';
import { sequenceDetectors, sequenceKinds } from '../../../../kb/detectors/sequences/index.ts';
import { categories } from '../../../../kb/taxonomy.ts';
import type { LogLine, Match } from '../../../../kb/schemas/detector.ts';
import { fixtures } from './fixtures/index.ts';
import { scanSources } from './scan-sources.ts';

describe('the list of sequence detectors', () => {
  it('has unique detector and kind ids in the agreed form', () => {
    const ids = sequenceDetectors.map(({ id }) => id);
    expect(new Set([...ids, ...detectors.map(({ id }) => id)]).size).toBe(ids.length + detectors.length);
    const kinds = logFindingKinds.map(({ id }) => id);
    expect(sequenceKinds.filter(({ id }) => kinds.indexOf(id) !== kinds.lastIndexOf(id))).toEqual([]);
    for (const { id } of sequenceKinds) expect(id).toMatch(/^[a-z0-9-]+(?:\.[a-z0-9-]+){1,4}$/);
  });

  it('says of every kind where its meaning comes from, and weighs known categories within bounds', () => {
    const known = new Set<string>([...categories, 'unlisted']);
    for (const { role, source, summary, weighs } of sequenceKinds) {
      expect(source).toMatch(/^https:\/\//);
      expect(summary.length).toBeGreaterThan(9);
      const most = role === 'cause' ? 7 : role === 'symptom' ? 1.5 : 0;
      for (const [category, weight] of Object.entries(weighs)) {
        expect(known).toContain(category);
        expect(Math.abs(weight)).toBeLessThanOrEqual(most);
      }
    }
  });

  it('listens to kinds that exist', () => {
    const kinds = new Set(logFindingKinds.map(({ id }) => id));
    expect(sequenceDetectors.flatMap(({ listens }) => listens).filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it('has a fixture for every detector', () => {
    expect([...fixtures.keys()].toSorted()).toEqual(sequenceDetectors.map(({ id }) => id).toSorted());
  });
});

describe.each(sequenceDetectors.map((detector) => [detector.id, detector] as const))('%s', (id, detector) => {
  const { positives, negatives } = fixtures.get(id) ?? { positives: [], negatives: [] };
  const own = new Set(detector.kinds.map((kind) => kind.id));
  const ownKinds = (one: (typeof positives)[number]): readonly string[] =>
    scanSources(one.sources, one.shippedUntilMs ?? null)
      .map(({ kind }) => kind)
      .filter((kind) => own.has(kind))
      .toSorted();

  it('shows every kind of its own', () => {
    expect([...own].filter((kind) => !positives.some(({ kinds }) => kinds.includes(kind)))).toEqual([]);
    expect(negatives.length).toBeGreaterThan(0);
  });

  it.each(positives.map((one) => [one.name, one] as const))('sees: %s', (_name, one) => {
    expect(ownKinds(one)).toEqual([...one.kinds].toSorted());
  });

  it.each(negatives.map((one) => [one.name, one] as const))('is silent: %s', (_name, one) => {
    expect(ownKinds(one)).toEqual([]);
  });

  it('cites bytes that are there, with an excerpt and the role of its kind', () => {
    for (const { sources, shippedUntilMs } of positives)
      for (const finding of scanSources(sources, shippedUntilMs ?? null).filter(({ kind }) => own.has(kind))) {
        const { byteStart = -1, byteEnd = -1, evidenceId } = finding.range;
        const source = sources[Number(evidenceId.slice('ev_'.length))];
        const text = Buffer.from((source?.lines ?? []).map((line) => `${line}\n`).join(''));
        expect(byteStart).toBeGreaterThanOrEqual(0);
        expect(byteEnd).toBeGreaterThan(byteStart);
        expect(text.subarray(byteStart, byteEnd).toString()).not.toContain('\n');
        expect(finding.text).not.toBe('');
        expect(finding.role).toBe(detector.kinds.find((kind) => kind.id === finding.kind)?.role);
      }
  });

  it('gives every finding an id of its own, the same on every attempt', () => {
    for (const { sources, shippedUntilMs } of positives) {
      const ids = scanSources(sources, shippedUntilMs ?? null).map((finding) => finding.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(scanSources(sources, shippedUntilMs ?? null).map((finding) => finding.id)).toEqual(ids);
    }
  });

  it('holds a bounded summary of a million notes', () => {
    const follower = detector.follow();
    for (let at = 0; at < 1_000_000; at += 1) follower.note(...noteOf(at, detector.listens));
    const summary = follower.summary();
    const text = JSON.stringify(summary);
    expect(text.length).toBeLessThan(summaryCharsMax);
    expect(JSON.parse(text)).toEqual(summary);
  });
});

// A part of a scan holds the summaries of 200 windows, and a rank's window is no storm: 200 of these would be one.
const summaryCharsMax = 8 * 1024 * 1024;

const ops = ['AllReduce', 'AllGather'];

/** Lines of ever new ranks, nodes, steps and communicators, as no healthy job writes them. */
function noteOf(at: number, listens: readonly string[]): [LogLine, Match] {
  const rank = at % 50_000;
  const kind = listens[at % listens.length] ?? '';
  const text = `Ranks ${rank} failed to pass monitoredBarrier, (first observed failure) ${at} ${'x'.repeat(40)}`;
  const line: LogLine = {
    source: 'storm.log',
    evidenceId: 'ev_storm',
    line: at + 1,
    byteStart: 100 * at,
    byteEnd: 100 * at + 90,
    text,
    atMs: 1_790_000_000_000 + 10 * at,
    node: `node-${rank % 3_000}`,
    rank,
  };
  const values = {
    step: at,
    steps: 1_000_000,
    stepMs: 1000 + (at % 7),
    version: `2.${at}.1`,
    world: at,
    worldSize: at,
    workers: at - 1,
    pid: at % 9_000,
    comm: `0x${at.toString(16)}`,
    commId: `0x${(at % 7_000).toString(16)}`,
    commRank: rank,
    nranks: 50_000,
    state: 'START',
    op: ops[at % 2] ?? '',
    opCount: at.toString(16),
    elements: at,
    datatype: 7,
    pg: String(at % 100),
    seq: at,
    lagging: `${rank}`,
    work: at,
    enqueued: at,
    completed: at,
    exitCode: 1,
  };
  return [line, { kind, rank, node: `node-${rank % 3_000}`, values }];
}
