import { expect, test } from 'vitest';
import { putJson } from '../../../activities/json-evidence.ts';
import { readPrograms, readToldPrograms } from '../../../activities/model/read-programs.ts';
import { PortError } from '../../../activities/ports.ts';
import type { ProgramRef } from '../../../workflows/domain/model-data.ts';
import { memoryEvidence } from '../../support/memory-stores.ts';

const never = new AbortController().signal;
const finding = {
  id: 'f_1',
  kind: 'analysis.outlier',
  role: 'context',
  node: 'node-07',
  count: 1,
  range: { evidenceId: 'ev_1', source: 'program written by the model' },
  text: 'A program written by the model says: “slow”',
};

/** A good one between one that is spoilt and one whose findings are. */
async function programs() {
  const evidence = memoryEvidence();
  const put = (kind: 'analysis' | 'findings', value: unknown) => putJson(evidence, kind, 'site-a', value);
  const good = await put('analysis', { probeIds: ['gpu.clocks'], why: 'who is slow', answer: [] });
  const refs: readonly ProgramRef[] = [
    { analysis: await put('analysis', { answer: 'SECRET' }), findings: null },
    { analysis: good, findings: await put('findings', [finding]) },
    { analysis: good, findings: await put('findings', [{ ...finding, role: 'SECRET' }]) },
  ];
  return { evidence, refs };
}

test('a program whose record is spoilt is struck with the reason, and the others count', async () => {
  const { evidence, refs } = await programs();
  const runs = await readPrograms(evidence, refs, never);
  expect(runs).toEqual([
    { findings: [], refused: 'what is recorded of it can not be used' },
    { findings: [finding], refused: null },
    { findings: [], refused: 'what is recorded of its findings can not be used' },
  ]);
  expect(JSON.stringify(runs)).not.toContain('SECRET');
});

test('the model is told the same of the programs that it wrote', async () => {
  const { evidence, refs } = await programs();
  expect(await readToldPrograms(evidence, refs, never)).toMatchObject([
    { lines: ['no result: what is recorded of it can not be used'] },
    { probeIds: ['gpu.clocks'], why: 'who is slow', lines: ['it found nothing'] },
    { lines: ['it found nothing'] },
  ]);
});

test('a store that is away is waited for', async () => {
  const { evidence, refs } = await programs();
  const away = { ...evidence, get: () => Promise.reject(new PortError('unreachable', 'the store is away')) };
  await expect(readPrograms(away, refs, never)).rejects.toMatchObject({ kind: 'unreachable' });
});
