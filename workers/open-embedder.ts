import { createHashingEmbedder } from '../activities/adapters/hashing-embedder.ts';
import type { Embedder } from '../activities/ports.ts';
import type { Config } from './config.ts';

export interface OpenedEmbedder {
  readonly embedder: Embedder;
  /** Why it is a plainer one than was to be expected; null when it is not. */
  readonly notice: string | null;
}

/** The configured server; else the small model in this process; else, said aloud, hashed words. */
export async function openEmbedder({
  embeddings,
  embedder,
  embeddingModelFile,
}: Pick<Config, 'embeddings' | 'embedder' | 'embeddingModelFile'>): Promise<OpenedEmbedder> {
  if (embeddings !== null) {
    const { openOpenAiEmbedder } = await import('../activities/adapters/openai-embedder.ts');
    return { embedder: await openOpenAiEmbedder(embeddings), notice: null };
  }
  if (embedder === 'hashing') return { embedder: createHashingEmbedder(), notice: null };
  if (embeddingModelFile === null)
    return hashed('no embedding model is installed (run `npm start` or set WARDROUND_EMBEDDING_MODEL_FILE)');
  try {
    const { openMinilmEmbedder } = await import('../activities/adapters/minilm-embedder.ts');
    return { embedder: await openMinilmEmbedder(embeddingModelFile), notice: null };
  } catch (error) {
    return hashed(error instanceof Error ? error.message : String(error));
  }
}

function hashed(why: string): OpenedEmbedder {
  return { embedder: createHashingEmbedder(), notice: `${why}; likeness is judged by hashed words instead` };
}
