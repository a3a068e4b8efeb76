import { cancellationSignal } from '@temporalio/activity';
import { queryOfFindings } from '../kb/retrieval/query.ts';
import type { FindingKind } from '../kb/schemas/finding-kind.ts';
import type { EmbedQueryInput, EmbedQueryResult } from '../workflows/domain/phase-data.ts';
import { findingsSchema } from './evidence-shapes.ts';
import { getJson, putJson } from './json-evidence.ts';
import { rethrow } from './port-failure.ts';
import { PortError, type Embedder, type EvidenceStore } from './ports.ts';
import type { z } from 'zod';
import type { queryEmbeddingSchema } from './recall-document.ts';

/** The vector of what was seen, as evidence: searching it can be tried again without asking the model again. */
export function createEmbedQuery(ports: {
  readonly evidence: EvidenceStore;
  /** Opened when it is needed: a server that is away when the process starts is asked again. */
  readonly embedder: () => Promise<Embedder>;
  readonly kinds: ReadonlyMap<string, FindingKind>;
}) {
  return async function embedQuery({ key, findings }: EmbedQueryInput): Promise<EmbedQueryResult> {
    try {
      const signal = cancellationSignal();
      const { evidence, kinds } = ports;
      const embedder = await ports.embedder();
      const { prose } = queryOfFindings(await getJson(evidence, findings, findingsSchema, signal), kinds);
      const [vector] = prose === '' ? [[]] : await embedder.embed([prose], signal);
      if (vector === undefined)
        throw new PortError('malformed', `embedder ${embedder.modelId} answered no vector for one text`);
      const stored: z.infer<typeof queryEmbeddingSchema> = { modelId: embedder.modelId, prose, vector };
      return {
        embedding: await putJson(evidence, 'embedding', key.cluster, stored, signal),
        modelId: embedder.modelId,
      };
    } catch (error) {
      return rethrow(error);
    }
  };
}
