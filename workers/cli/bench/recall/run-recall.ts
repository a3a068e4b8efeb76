import { mkdirSync } from 'node:fs';
import path from 'node:path';
import getPort from 'get-port';
import { createHashingEmbedder } from '../../../../activities/adapters/hashing-embedder.ts';
import { shippedRecords } from '../../../../activities/adapters/shipped-records.ts';
import type { Embedder } from '../../../../activities/ports.ts';
import { baseEnvironment } from '../../../../infra/stack/base-environment.ts';
import { chromaSpec } from '../../../../infra/stack/chroma.ts';
import { createSupervisor } from '../../../../infra/stack/supervise.ts';
import { knowledge } from '../../../../kb/reasoning/index.ts';
import { recallableOf } from '../../../../kb/retrieval/recallable.ts';
import type { Config } from '../../../config.ts';
import { openEmbedder } from '../../../open-embedder.ts';
import type { Terminal } from '../../output.ts';
import { readParaphrases, recallCases } from './cases.ts';
import { askedWith, measureQuality, type QualityRow } from './quality.ts';
import { measureScale, type ScaleRow } from './scale.ts';

export interface RecallBench {
  readonly records: number;
  readonly cases: number;
  readonly seed: number;
  readonly quality: readonly QualityRow[];
  /** Real texts through each embedder, one after the other. */
  readonly embedding: readonly { readonly embedder: string; readonly textsPerSecond: number }[];
  readonly scale: readonly ScaleRow[];
  readonly notices: readonly string[];
}

export async function runRecallBench(
  terminal: Terminal,
  options: {
    readonly paraphrases: string;
    readonly half: 'all' | 'chosen-on' | 'shown';
    readonly sizes: readonly number[];
    readonly lifts: readonly number[];
    readonly seed: number;
    readonly stateDir: string;
    readonly config: Pick<Config, 'embeddings' | 'embedder' | 'embeddingModelFile'>;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
  stop: AbortSignal,
): Promise<RecallBench> {
  const progress = (text: string): void => {
    stop.throwIfAborted();
    terminal.transient?.(text);
  };
  const { records } = await shippedRecords();
  const entries = records.map((record) => recallableOf(record));
  const every = recallCases(records, await readParaphrases(options.paraphrases), options.seed);
  const cases = options.half === 'all' ? every : every.filter(({ half }) => half === options.half);
  const { embedder, notice } = await openEmbedder(options.config);
  const embedders: Embedder[] = [embedder, ...(notice === null ? [createHashingEmbedder()] : [])];
  const quality: QualityRow[] = [];
  const embedding: RecallBench['embedding'][number][] = [];
  for (const one of embedders) {
    const { kinds } = knowledge;
    const common = { entries, cases, embedder: cached(one), kinds, lifts: options.lifts, progress };
    for (const asked of askedWith) quality.push(...(await measureQuality({ ...common, asked })));
    embedding.push(await embeddingSpeed(one, entries.map(({ text }) => text).slice(0, speedTextsMax)));
  }
  const scale: ScaleRow[] = [];
  if (options.sizes.length > 0)
    await withChroma(options.stateDir, options.env, async (chromaUrl) => {
      const { seed } = options;
      for (const size of options.sizes)
        scale.push(await measureScale({ chromaUrl, embedder, entries, cases, size, seed, progress, stop }));
    });
  terminal.transient?.('');
  return {
    records: entries.length,
    cases: cases.length,
    seed: options.seed,
    quality,
    embedding,
    scale,
    notices: notice === null ? [] : [notice],
  };
}

const speedTextsMax = 64;

/** Texts that are asked for again are not embedded again. */
function cached(embedder: Embedder): Embedder {
  const known = new Map<string, readonly number[]>();
  return {
    ...embedder,
    async embed(texts, signal) {
      const missing = [...new Set(texts.filter((text) => !known.has(text)))];
      const made = await embedder.embed(missing, signal);
      missing.forEach((text, at) => known.set(text, made[at] ?? []));
      return texts.map((text) => known.get(text) ?? []);
    },
  };
}

async function embeddingSpeed(embedder: Embedder, texts: readonly string[]) {
  const fromMs = performance.now();
  await embedder.embed(texts);
  return { embedder: embedder.modelId, textsPerSecond: (texts.length * 1_000) / (performance.now() - fromMs) };
}

async function withChroma(
  stateDir: string,
  env: Readonly<Record<string, string | undefined>>,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const dataDir = path.join(stateDir, 'chroma');
  const logsDir = path.join(stateDir, 'logs');
  for (const folder of [dataDir, logsDir]) mkdirSync(folder, { recursive: true });
  const supervisor = createSupervisor({ logsDir });
  const port = await getPort({ host: '127.0.0.1' });
  try {
    const [{ url }] = await supervisor.start(chromaSpec({ port, dataDir, env: baseEnvironment(env) }));
    await work(url);
  } finally {
    await supervisor.stop();
  }
}
