import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { minilmDimensions, minilmModelId, openMinilmEmbedder } from '../../../activities/adapters/minilm-embedder.ts';
import { openWordPieces } from '../../../activities/adapters/word-pieces.ts';
import { findModel } from '../../../infra/setup/model.cjs';
import { requireTool } from '../../support/requires.ts';
import { temporaryFolder } from '../../support/servers.ts';

const file = findModel()?.path;
const weights = {
  name: 'embedding-model',
  available: file !== undefined,
  why: 'the weights are not in the cache (`npm test` fetches them where it can)',
};

function cosine(a: readonly number[] = [], b: readonly number[] = []): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

describe('word pieces', () => {
  it('are those of bert-base-uncased', () => {
    // [CLS] hello world ! [SEP], as in the model's own documentation.
    expect(openWordPieces(16).idsOf('Hello world!')).toEqual([101, 7592, 2088, 999, 102]);
    expect(openWordPieces(16).idsOf('unaffable')).toEqual([101, 14477, 20961, 3468, 102]);
  });

  it('end with the mark of the end, however long the text', () => {
    const ids = openWordPieces(8).idsOf('one two three four five six seven eight nine ten');
    expect(ids).toHaveLength(8);
    expect(ids.at(-1)).toBe(102);
  });
});

describe('the small model', () => {
  it('puts like meanings together that share no word', async (context) => {
    requireTool(context, weights);
    const embedder = await openMinilmEmbedder(file ?? '');
    const [bus, card, disk, again] = await embedder.embed([
      'GPU has fallen off the bus',
      'the graphics card stopped responding on PCIe',
      'out of disk space while writing a checkpoint',
      'GPU has fallen off the bus',
    ]);
    expect(bus).toHaveLength(minilmDimensions);
    expect(cosine(bus, bus)).toBeCloseTo(1, 6);
    // 0.58 and 0.06 with these weights.
    expect(cosine(bus, card)).toBeGreaterThan(0.4);
    expect(cosine(bus, disk)).toBeLessThan(0.2);
    expect(again).toEqual(bus);
    expect(await embedder.embed([])).toEqual([]);
  });

  it('gives vectors of other weights another name', async (context) => {
    requireTool(context, weights);
    expect((await openMinilmEmbedder(file ?? '')).modelId).toBe(minilmModelId);
    const folder = temporaryFolder('weights');
    onTestFinished(() => folder.remove());
    const other = path.join(folder.path, 'other.onnx');
    // The same model with a field that readers skip: other bytes, so that it might be any other model.
    writeFileSync(other, Buffer.concat([readFileSync(file ?? ''), Buffer.from([0xc0, 0x3e, 0x01])]));
    expect((await openMinilmEmbedder(other)).modelId).toMatch(/^onnx-weights-[0-9a-f]{12}$/);
  });

  it('stops when it is told to', async (context) => {
    requireTool(context, weights);
    const embedder = await openMinilmEmbedder(file ?? '');
    await expect(embedder.embed(['x'], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

it('weights that cannot be loaded are named', async () => {
  await expect(openMinilmEmbedder('/no/such/model.onnx')).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('/no/such/model.onnx'),
  });
});
