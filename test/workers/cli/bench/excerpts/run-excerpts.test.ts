import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderExcerpts } from '../../../../../workers/cli/bench/excerpts/excerpts-table.ts';
import { runExcerpts } from '../../../../../workers/cli/bench/excerpts/run-excerpts.ts';
import type { Recaller } from '../../../../../workers/cli/diagnose-recall.ts';
import { recordingTerminal } from '../../../support/recording-terminal.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wardround-excerpts-'));
  const put = (name: string, category: string | null, verdict: string | null, log: string): void => {
    mkdirSync(path.join(folder, 'own', name), { recursive: true });
    const said = { confirmedCause: 'as told', expect: { category, verdict } };
    writeFileSync(path.join(folder, 'own', name, 'incident.json'), JSON.stringify(said));
    writeFileSync(path.join(folder, 'own', name, 'log.txt'), log);
  };
  put('full', 'disk-full', null, 'OSError: [Errno 28] No space left on device: /scratch\n');
  put('like', 'uneven-data', null, 'something that nobody has seen before\n');
  put('well', null, 'no-fault', 'iteration 1 | loss: 2.31\niteration 2 | loss: 2.29\n');
  mkdirSync(path.join(folder, 'sets'));
  for (const set of ['tuning', 'held-out']) {
    const at = path.join(folder, 'sets', set, 'x-1');
    mkdirSync(at, { recursive: true });
    const said = {
      source: 'https://example.com/1',
      confirmedCause: 'as told in the thread',
      expect: { category: 'gpu-oom', verdict: null, firstFaultIncludes: null },
      set,
      signature: 'disk',
      family: 'a/b',
    };
    writeFileSync(path.join(at, 'incident.json'), JSON.stringify(said));
    writeFileSync(path.join(at, 'log.txt'), 'OSError: [Errno 28] No space left on device: /scratch\n');
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Knows one record, which always fits. */
const recaller: Recaller = {
  recall: async () => ({
    similar: [{ id: 'uneven', category: 'uneven-data', score: 1, source: 'https://example.com' }],
    words: [{ category: 'uneven-data', weight: 2, like: ['uneven'] }],
  }),
  close: async () => {},
};

const own = (leftOut: Parameters<typeof runExcerpts>[1]['leftOut']) =>
  runExcerpts(recordingTerminal().terminal, { dir: path.join(folder, 'own'), sets: ['cases'], leftOut }, recaller);

it('measures the whole and each part left out on the same cases', async () => {
  const { sets } = await own([[], ['no-recall'], ['keywords'], ['no-detectors']]);
  const names = sets.map(({ cases, leftOut }) => [
    leftOut.join('+'),
    ...(cases ?? []).flatMap(({ name, right }) => (right ? [name] : [])),
  ]);
  expect(names).toEqual([
    ['', 'full', 'like', 'well'],
    ['no-recall', 'full', 'well'],
    ['keywords', 'full'],
    ['no-detectors', 'like'],
  ]);
  expect(sets[0]?.score).toMatchObject({ cases: 3, top1: { right: 2, of: 2 }, decoysRight: { right: 1, of: 1 } });
  // Likeness alone names nothing.
  expect(sets[3]?.score.attributedCoverage).toMatchObject({ right: 0, of: 2 });
});

it('leaves several parts out together', async () => {
  const { sets } = await own([['no-recall', 'no-detectors']]);
  expect(sets[0]?.score.top1).toMatchObject({ right: 0, of: 2 });
});

it('shows what was missed in a set that is tuned on, and hides it in the one that is only looked at', async () => {
  const { terminal } = recordingTerminal();
  const asked = { dir: path.join(folder, 'sets'), sets: ['tuning', 'held-out'], leftOut: [[]] } as const;
  const report = await runExcerpts(terminal, asked, recaller);
  const [tuning, heldOut] = report.sets;
  expect(tuning?.cases?.map(({ name }) => name)).toEqual(['x-1']);
  expect(heldOut?.cases).toBeUndefined();
  expect(JSON.stringify(heldOut)).not.toContain('x-1');
  const text = await renderExcerpts(terminal, report);
  expect(text).toMatch(/Brier score +\d/);
  expect(text).toContain('gpu-oom → disk-full  x-1');
  expect(text.match(/x-1/g)).toHaveLength(1);
});
