import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { shippedRecallables } from '../../../../../activities/adapters/shipped-records.ts';
import { logShapes, writeShape } from '../../../../../workers/cli/bench/reasoning/log-shapes.ts';
import { measureRounds } from '../../../../../workers/cli/bench/reasoning/measure-rounds.ts';
import { spreadOf } from '../../../../../workers/cli/bench/reasoning/run-reasoning.ts';

describe('the logs that diagnose is measured on', () => {
  it.each(logShapes)('$id: as large as asked for, the same for a seed', async (shape) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'wardround-shapes-'));
    try {
      const [a, b, c] = [path.join(dir, 'a'), path.join(dir, 'b'), path.join(dir, 'c')];
      await writeShape(shape, a, 200_000, 7);
      await writeShape(shape, b, 200_000, 7);
      await writeShape(shape, c, 200_000, 8);
      const bytes = readFileSync(a);
      expect(bytes.length).toBeGreaterThanOrEqual(200_000);
      expect(bytes.length).toBeLessThan(300_000);
      expect(bytes.equals(readFileSync(b))).toBe(true);
      // Tracebacks repeat, whatever is drawn.
      expect(bytes.equals(readFileSync(c))).toBe(shape.id === 'tracebacks');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the rounds that are measured', () => {
  it('are a recall and three rounds a run, over as many records as asked for', async () => {
    const { recallables } = await shippedRecallables();
    const times = await measureRounds(recallables, { records: 50, findings: 20, nodes: 3, runs: 2, seed: 7 });
    expect(times.records).toBe(50);
    expect([times.recallMs, ...times.rounds].map((runs) => runs.length)).toEqual([2, 2, 2, 2]);
    expect([times.recallMs, ...times.rounds].flat().every((ms) => ms > 0)).toBe(true);
  });
});

it('says least, middle and most', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 });
});
