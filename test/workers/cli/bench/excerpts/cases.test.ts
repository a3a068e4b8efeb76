import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMeasured, setsIn } from '../../../../../workers/cli/bench/excerpts/cases.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-cases-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const good = { confirmedCause: 'disk', expect: { category: 'disk-full' } };

function put(name: string, sidecar: unknown, log: string | null = 'No space left on device\n'): void {
  mkdirSync(path.join(folder, name), { recursive: true });
  if (sidecar !== undefined)
    writeFileSync(
      path.join(folder, name, 'incident.json'),
      typeof sidecar === 'string' ? sidecar : JSON.stringify(sidecar),
    );
  if (log !== null) writeFileSync(path.join(folder, name, 'log.txt'), log);
}

describe('a folder of cases of somebody’s own', () => {
  it('is read in the order of names, with what need not be said left out', () => {
    put('b', good);
    put('a', { ...good, source: 'our ticket 17', expect: { category: null, verdict: 'no-fault' } });
    expect(setsIn(folder)).toEqual(['cases']);
    expect(readMeasured(folder, 'cases')).toMatchObject([
      { name: 'a', expect: { category: null, verdict: 'no-fault' } },
      { name: 'b', expect: { category: 'disk-full', verdict: null } },
    ]);
  });

  it('may be a single case', () => {
    put('.', good);
    expect(readMeasured(folder, 'cases').map((one) => one.folder)).toEqual([folder]);
  });

  it.each([
    ['an unknown category', { ...good, expect: { category: 'gremlins' } }, 'incident.json: expect.category: '],
    ['a wrong verdict', { ...good, expect: { category: null, verdict: 'maybe' } }, 'expect.verdict: '],
    ['a missing cause', { expect: good.expect }, 'confirmedCause: '],
    ['an unknown field', { ...good, cause: 'x' }, 'cause: Unrecognized key'],
    ['no JSON', '{', 'incident.json: no JSON'],
    ['no file', undefined, 'incident.json: it is not there'],
  ])('with %s is refused with file and field', (_what, sidecar, message) => {
    put('a', sidecar);
    expect(() => readMeasured(folder, 'cases')).toThrow(path.join(folder, 'a'));
    expect(() => readMeasured(folder, 'cases')).toThrow(message);
  });

  it('with a case without a log, without cases or that is not there is refused', () => {
    expect(() => readMeasured(folder, 'cases')).toThrow('there are no cases');
    expect(() => readMeasured(path.join(folder, 'nowhere'), 'cases')).toThrow('there are no cases');
    put('a', good, null);
    expect(() => readMeasured(folder, 'cases')).toThrow(`${path.join(folder, 'a')}: there is no log`);
  });
});

describe('the folder of the project', () => {
  it('has its sets, and the older cases beside them', () => {
    mkdirSync(path.join(folder, 'tuning'));
    put('incident-001', good);
    expect(setsIn(folder)).toEqual(['tuning', 'incidents']);
    expect(readMeasured(folder, 'incidents').map(({ name }) => name)).toEqual(['incident-001']);
  });
});
