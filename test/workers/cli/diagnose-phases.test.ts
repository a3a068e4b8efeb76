import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPhases } from '../../../workers/cli/diagnose-phases.ts';
import { readTold } from '../../../workers/cli/diagnose-read.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'wardround-phases-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const step = (second: number, iteration: number): string =>
  `[2026-11-21 03:00:${String(second).padStart(2, '0')}] iteration ${iteration}/ 250000 | elapsed time per iteration (ms): 8038.2 | lm loss: 2.345678E+00 |`;
const saving = '[2026-11-21 03:00:09] saving checkpoint at iteration    1000 to /data/run/ckpt in torch format';
const saved = '[2026-11-21 03:00:49]   successfully saved checkpoint from iteration    1000 to /data/run/ckpt';

async function rankZero() {
  const { terminal } = recordingTerminal();
  return (await readTold(folder, { terminal, nowMs: () => 0 })).rankZero;
}

it('takes pauses from the logs of rank 0 in the order of their times, whatever the files are called', async () => {
  writeFileSync(path.join(folder, 'b-rank-00000.log'), `${step(0, 999)}\n${step(8, 1000)}\n${saving}\n`);
  writeFileSync(path.join(folder, 'a-rank-00000.log'), `${saved}\n${step(57, 1001)}\n`);
  writeFileSync(path.join(folder, 'c-rank-00001.log'), `${step(0, 999)}\n`);
  const logs = await rankZero();
  expect(logs.map(({ log }) => path.basename(log.path)).toSorted()).toEqual(['a-rank-00000.log', 'b-rank-00000.log']);
  expect((await readPhases(logs)).map(({ kind, fromMs, toMs }) => [kind, (toMs ?? 0) - fromMs])).toEqual([
    ['checkpoint', 40_000],
  ]);
});

it('does without a log that has gone since it was scanned', async () => {
  const file = path.join(folder, 'rank-00000.log');
  writeFileSync(file, `${step(8, 1000)}\n${saving}\n${saved}\n`);
  const logs = await rankZero();
  rmSync(file);
  expect(logs.length).toBe(1);
  expect(await readPhases(logs)).toEqual([]);
});
