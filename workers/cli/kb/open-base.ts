import { PortError } from '../../../activities/ports.ts';
import type { OpenedLibrary } from '../../../activities/recall-library.ts';
import type { Vectors } from '../../../activities/recall-search.ts';
import type { Recallable } from '../../../kb/retrieval/recallable.ts';
import type { Config } from '../../config.ts';
import type { CliContext } from '../context.ts';

/** The knowledge base as commands use it. */
export interface OpenBase {
  readonly opened: OpenedLibrary;
  readonly vectors: Vectors;
  /** Why the site's own knowledge is not among it; null when it is, or when there is no S3 to hold any. */
  readonly siteLeftOut: string | null;
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
  const notices = [unreadRecords(shipped.problems), site.leftOut, ...site.notices];
  const { leftOut: siteLeftOut } = site;
  const base = { opened, siteLeftOut };
  if (config.chromaUrl === null)
    return { ...base, vectors: absent('no Chroma server is configured'), notices: notices.filter(isTold) };
  try {
    const { embedder, notice } = await openEmbedder(config);
    const index = createChromaIndex({
      url: config.chromaUrl,
      embedder: withVectorCache(embedder, config.vectorCacheDir),
      base: site.bucket,
    });
    return { ...base, vectors: { kind: 'open', embedder, index }, notices: [...notices, notice].filter(isTold) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { ...base, vectors: absent(error.message), notices: notices.filter(isTold) };
  }
}

function absent(why: string): Vectors {
  return { kind: 'absent', why };
}

interface OfSite {
  readonly recallables: readonly Recallable[];
  /** That its knowledge lies in; empty where no S3 is configured. */
  readonly bucket: string;
  readonly leftOut: string | null;
  readonly notices: readonly string[];
}

async function ofSite(config: Config, shipped: readonly Recallable[], nowMs: () => number): Promise<OfSite> {
  const [{ stackS3 }, { createS3Client }, { createS3SiteKnowledge }, { siteRecallables }] = await Promise.all([
    import('../stack-s3.ts'),
    import('../../../activities/adapters/s3-client.ts'),
    import('../../../activities/adapters/s3-site-knowledge.ts'),
    import('../../../activities/site-recallables.ts'),
  ]);
  const settings = config.s3 ?? stackS3(config, 'orchestrator');
  if (settings === null) return { recallables: shipped, bucket: '', leftOut: null, notices: [] };
  const { bucket } = settings;
  const client = createS3Client(settings);
  const notices: string[] = [];
  try {
    const read = siteRecallables({
      shipped,
      knowledge: createS3SiteKnowledge(client, bucket),
      clock: { nowMs },
      onProblem: (text) => notices.push(text),
    });
    return { recallables: await read(), bucket, leftOut: null, notices: notices.slice(0, noticesMax) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const leftOut = `the site's own knowledge is left out: ${error.message}`;
    return { recallables: shipped, bucket, leftOut, notices: [] };
  } finally {
    client.destroy();
  }
}

const noticesMax = 5;

function isTold(remark: string | null): remark is string {
  return remark !== null;
}
