import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { PortError, type Embedder } from '../ports.ts';
import { openWordPieces, type WordPieces } from './word-pieces.ts';

// The weights that the set-up fetches (infra/setup/model.cjs has their whole hash).
export const minilmModelId = 'all-MiniLM-L6-v2-int8-8199be6f699a';
export const minilmDimensions = 384;

// The model was trained on 128 tokens (its model card). Reading 256 takes twice as long and finds no more
// (`wardround bench recall --half chosen-on`).
const tokensMax = 128;
// Padding to the longest of a batch costs time, and a large one memory: 4 of like lengths are as fast as 16.
const batchTextsMax = 4;
// Text beyond the tokens that are read.
const textCharsMax = 4_000;

/**
 * The embedded default: a small sentence encoder in this process, without a network (Reimers & Gurevych 2019,
 * arXiv:1908.10084; all-MiniLM-L6-v2, quantised to int8). Mean over the tokens, length 1.
 */
export async function openMinilmEmbedder(file: string, threads = 1): Promise<Embedder> {
  const pieces = openWordPieces(tokensMax);
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Keeps what the largest batch took for good: 300 MB and not 900.
    enableCpuMemArena: false,
    logSeverityLevel: 3,
  }).catch((error: unknown) => {
    throw new PortError('malformed', `the embedding model ${file} cannot be loaded (${String(error).slice(0, 200)})`, {
      cause: error,
    });
  });
  return {
    modelId: await modelIdOf(file),
    dimensions: minilmDimensions,
    async embed(texts, signal) {
      const vectors: (readonly number[])[] = Array.from({ length: texts.length }, () => []);
      for (const batch of batches(texts, pieces)) {
        signal?.throwIfAborted();
        const made = await encode(session, batch);
        batch.forEach(({ at }, index) => void (vectors[at] = made[index] ?? []));
      }
      return vectors;
    },
  };
}

/** By content: vectors of other weights, which somebody configured, must not get into the same collection or cache. */
async function modelIdOf(file: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 12);
  return minilmModelId.endsWith(digest) ? minilmModelId : `onnx-weights-${digest}`;
}

interface Encoded {
  /** Place in the caller's list. */
  readonly at: number;
  readonly ids: readonly number[];
}

/** Texts of like length together. */
function batches(texts: readonly string[], pieces: WordPieces): readonly (readonly Encoded[])[] {
  const encoded = texts
    .map((text, at) => ({ at, ids: pieces.idsOf(text.slice(0, textCharsMax)) }))
    .toSorted((a, b) => a.ids.length - b.ids.length);
  return Array.from({ length: Math.ceil(encoded.length / batchTextsMax) }, (_unused, batch) =>
    encoded.slice(batch * batchTextsMax, (batch + 1) * batchTextsMax),
  );
}

async function encode(session: InferenceSession, batch: readonly Encoded[]): Promise<readonly (readonly number[])[]> {
  const width = Math.max(...batch.map(({ ids }) => ids.length));
  const ids = new BigInt64Array(batch.length * width);
  const mask = new BigInt64Array(batch.length * width);
  batch.forEach(({ ids: own }, row) =>
    own.forEach((id, column) => {
      ids[row * width + column] = BigInt(id);
      mask[row * width + column] = 1n;
    }),
  );
  const shape = [batch.length, width];
  const feeds = {
    input_ids: new Tensor('int64', ids, shape),
    attention_mask: new Tensor('int64', mask, shape),
    token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), shape),
  };
  const output = (await session.run(feeds))['last_hidden_state'];
  if (!(output?.data instanceof Float32Array) || output.dims[2] !== minilmDimensions)
    throw new PortError('malformed', 'the embedding model answered something else than sentence vectors');
  const { data } = output;
  return batch.map(({ ids: own }, row) => meanOfLengthOne(data, row * width, own.length));
}

function meanOfLengthOne(hidden: Float32Array, firstToken: number, tokens: number): readonly number[] {
  const sum = new Float64Array(minilmDimensions);
  for (let token = firstToken; token < firstToken + tokens; token += 1)
    for (let at = 0; at < minilmDimensions; at += 1)
      sum[at] = (sum[at] ?? 0) + (hidden[token * minilmDimensions + at] ?? 0);
  const length = Math.hypot(...sum);
  return Array.from(sum, (value) => value / length);
}
