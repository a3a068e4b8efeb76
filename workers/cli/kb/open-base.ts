import { PortError, type Embedder, type RecallIndex } from '../../../activities/ports.ts';
import type { OpenedLibrary } from '../../../activities/recall-library.ts';
import type { Recallable } from '../../../kb/retrieval/recallable.ts';
import type { Config } from '../../config.ts';
import type { CliContext } from '../context.ts';

/** The knowledge base as commands use it. */
export interface OpenBase {
  readonly opened: OpenedLibrary;
  /** Null where no Chroma server is configured. */
  readonly vectors: { readonly embedder: Embedder; readonly index: RecallIndex } | null;
  /** What a person should know about it: a plainer embedder, for one. */
  readonly notices: readonly string[];
}

/** What ships and what the site knows; without an S3, what ships. */
export async function openBase(context: Pick<CliContext, 'config' | 'nowMs'>): Promise<OpenBase> {
  const [
    { configFor },
    { openEmbedder },
    { createChromaIndex },
    { withVectorCache },
    { shippedRecallables, unreadRecords },
    library,
  ] = await Promise.all([
    import('../../config.ts'),
    import('../../open-embedder.ts'),
    import('../../../activities/adapters/chroma-index.ts'),
    import('../../../activities/adapters/vector-cache.ts'),
    import('../../../activities/adapters/shipped-records.ts'),
    import('../../../activities/recall-library.ts'),
  ]);
  const whole = await context.config();
  const config = configFor(whole, 'cli');
  const shipped = await shippedRecallables();
  const site = await ofSite(whole, shipped.recallables, context.nowMs);
  const opened = await library.recallLibrary(async () => site.recallables)();
  const notices = [unreadRecords(shipped.problems), ...site.notices];
  if (config.chromaUrl === null) return { opened, vectors: null, notices: notices.filter(isTold) };
  const { embedder, notice } = await openEmbedder(config);
  const index = createChromaIndex({
    url: config.chromaUrl,
    embedder: withVectorCache(embedder, config.vectorCacheDir),
  });
  return { opened, vectors: { embedder, index }, notices: [...notices, notice].filter(isTold) };
}

async function ofSite(
  config: Config,
  shipped: readonly Recallable[],
  nowMs: () => number,
): Promise<{ readonly recallables: readonly Recallable[]; readonly notices: readonly string[] }> {
  const [{ stackS3 }, { createS3Client }, { createS3SiteKnowledge }, { siteRecallables }] = await Promise.all([
    import('../stack-s3.ts'),
    import('../../../activities/adapters/s3-client.ts'),
    import('../../../activities/adapters/s3-site-knowledge.ts'),
    import('../../../activities/site-recallables.ts'),
  ]);
  const settings = config.s3 ?? stackS3(config, 'orchestrator');
  if (settings === null) return { recallables: shipped, notices: [] };
  const client = createS3Client(settings);
  const notices: string[] = [];
  try {
    const read = siteRecallables({
      shipped,
      knowledge: createS3SiteKnowledge(client, settings.bucket),
      clock: { nowMs },
      onProblem: (text) => notices.push(text),
    });
    return { recallables: await read(), notices: notices.slice(0, noticesMax) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { recallables: shipped, notices: [`the site's own knowledge is left out: ${error.message}`] };
  } finally {
    client.destroy();
  }
}

const noticesMax = 5;

function isTold(remark: string | null): remark is string {
  return remark !== null;
}
