import { describe, expect, it } from 'vitest';
import { categories } from '../../../kb/taxonomy.ts';
import { detectors, logFindingKinds } from '../../../kb/detectors/index.ts';
import { pieceBytesMax } from '../../../kb/logs/blocks.ts';
import type { LogDetector, LogLine } from '../../../kb/schemas/detector.ts';
import { fixtures } from './fixtures/index.ts';

describe('the list of detectors', () => {
  it('has unique detector and kind ids in the agreed form', () => {
    const ids = detectors.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const kinds = logFindingKinds.map(({ id }) => id);
    expect(kinds.filter((id, index) => kinds.indexOf(id) !== index)).toEqual([]);
    for (const id of kinds) expect(id).toMatch(/^[a-z0-9-]+(?:\.[a-z0-9-]+){1,4}$/);
  });

  it('says of every kind what it is and where its meaning comes from', () => {
    const untold = logFindingKinds.filter(
      ({ source, summary }) => !source.startsWith('https://') || summary.length < 9,
    );
    expect(untold.map(({ id }) => id)).toEqual([]);
  });

  it('weighs known categories only, and within bounds', () => {
    const known = new Set<string>([...categories, 'unlisted']);
    const outside = logFindingKinds.filter(({ weighs }) =>
      Object.entries(weighs).some(([category, weight]) => !known.has(category) || Math.abs(weight) > 7),
    );
    expect(outside.map(({ id }) => id)).toEqual([]);
  });

  it('lets symptoms and healthy signs weigh next to nothing', () => {
    const heavy = logFindingKinds.filter(
      ({ role, weighs }) =>
        (role === 'symptom' || role === 'clean') && Object.values(weighs).some((weight) => Math.abs(weight) > 1.5),
    );
    expect(heavy.map(({ id }) => id)).toEqual([]);
  });

  it('reaches most categories by a telling line', () => {
    const reached = new Set(
      logFindingKinds.flatMap(({ weighs }) =>
        Object.entries(weighs).flatMap(([category, weight]) => (weight >= 3 ? [category] : [])),
      ),
    );
    expect(categories.filter((category) => !reached.has(category))).toEqual([]);
  });

  it('has a fixture for every detector', () => {
    expect([...fixtures.keys()].toSorted()).toEqual(detectors.map(({ id }) => id).toSorted());
  });
});

describe.each(detectors.map((detector) => [detector.id, detector] as const))('detector %s', (id, detector) => {
  const fixture = fixtures.get(id);
  const positives = fixture?.positives ?? [];
  const negatives = fixture?.negatives ?? [];

  it('recognises at least one line of every kind, as that kind', () => {
    const wrong = positives.filter(([kind, line]) => detector.match(lineOf(line))?.kind !== kind);
    expect(wrong).toEqual([]);
    const shown = new Set(positives.map(([kind]) => kind));
    expect(detector.kinds.map(({ id: kind }) => kind).filter((kind) => !shown.has(kind))).toEqual([]);
  });

  it('leaves its neighbours alone', () => {
    expect(negatives.length).toBeGreaterThan(0);
    expect(negatives.filter(([kind, line]) => detector.match(lineOf(line))?.kind === kind)).toEqual([]);
  });

  it('has a literal in every line that it recognises', () => {
    expect(positives.filter(([, line]) => !hasLiteral(detector, line))).toEqual([]);
  });

  it('stays quick on long hostile lines', () => {
    const slow = detector.literals
      .flatMap(hostileLines)
      .map((line) => ({ line: `${line.slice(0, 60)}…`, ms: matchMs(detector, line) }))
      .filter(({ ms }) => ms > matchMsMax);
    expect(slow).toEqual([]);
  });
});

/** The process's own time, and of a slow reading the best of three: other work on the machine is no fault of a pattern. */
function matchMs(detector: LogDetector, line: string): number {
  const once = (): number => {
    const before = process.cpuUsage();
    detector.match(lineOf(line));
    return process.cpuUsage(before).user / 1000;
  };
  const first = once();
  return first <= matchMsMax ? first : Math.min(first, once(), once());
}

// A match on an ordinary line takes microseconds; the longest line that the reader lets through may take this long.
const matchMsMax = 250;

/** Lines that make careless patterns backtrack: the literal repeated, and what patterns look for beside it. */
function hostileLines(literal: string): readonly string[] {
  return [' ', ': ', 'a', '0', 'error ', '"', 'GPU ', '[1,2] '].map((filler) => {
    const unit = `${literal}${filler.repeat(4)}`;
    return unit.repeat(Math.ceil(pieceBytesMax / unit.length)).slice(0, pieceBytesMax);
  });
}

function hasLiteral(detector: LogDetector, line: string): boolean {
  return detector.literals.some((literal) => line.toLowerCase().includes(literal.toLowerCase()));
}

function lineOf(text: string): LogLine {
  return { source: 'test.log', evidenceId: 'ev_test', line: 1, byteStart: 0, byteEnd: text.length, text };
}
