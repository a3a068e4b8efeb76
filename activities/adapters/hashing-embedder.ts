import { hashingDimensions, hashingEmbedding, hashingModelId } from '../../kb/retrieval/hashing-embedding.ts';
import type { Embedder } from '../ports.ts';

/** The embedder that is always there: no model, no network, the same on every machine. */
export function createHashingEmbedder(): Embedder {
  return {
    modelId: hashingModelId,
    dimensions: hashingDimensions,
    embed: async (texts) => texts.map((text) => hashingEmbedding(text)),
  };
}
