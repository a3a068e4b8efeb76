import type { SiteKnowledge } from '../../../activities/ports.ts';
import type { SiteBase } from '../../../kb/knowledge/site-base.ts';
import type { KnowledgeRecord } from '../../../kb/schemas/record.ts';
import type { CliContext } from '../context.ts';
import { redact } from '../../../kb/logs/redact.ts';
import { CommandFailure, exitCodes, paint, plain } from '../output.ts';
import { ticking } from '../ticking.ts';

/** Opens the site's knowledge for one command and closes it again; tests hand in another. */
export type WithSite = <T>(work: (knowledge: SiteKnowledge) => Promise<T>) => Promise<T>;

/** S3 as configured, or of the stack that is up. */
export function withStackSite({ config: load }: Pick<CliContext, 'config'>): WithSite {
  return async (work) => {
    const [{ stackS3 }, { createS3Client }, { createS3SiteKnowledge }, { PortError }] = await Promise.all([
      import('../stack-s3.ts'),
      import('../../../activities/adapters/s3-client.ts'),
      import('../../../activities/adapters/s3-site-knowledge.ts'),
      import('../../../activities/ports.ts'),
    ]);
    const config = await load();
    const settings = config.s3 ?? stackS3(config, 'orchestrator');
    if (settings === null)
      throw new NoSiteConfigured(
        'no S3 is configured',
        'is `wardround up` running? Otherwise set WARDROUND_S3_BUCKET, WARDROUND_S3_ACCESS_KEY and WARDROUND_S3_SECRET_KEY',
      );
    const client = createS3Client(settings);
    try {
      return await work(createS3SiteKnowledge(client, settings.bucket));
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      const advice =
        error.kind === 'denied'
          ? 'the account needs to read the bucket and to put under knowledge/'
          : 'is `wardround up` running? `wardround doctor` checks every endpoint';
      throw new CommandFailure(error.message, advice, { cause: error });
    } finally {
      client.destroy();
    }
  };
}

/** There is no place for a site's own knowledge; what ships is there all the same. */
export class NoSiteConfigured extends CommandFailure {}

/** A site that knows nothing of its own. */
export const emptySite: Pick<SiteKnowledge, 'events'> = {
  events: async () => ({ events: [], problems: [], notices: [], digest: '' }),
};

export interface Site {
  readonly base: SiteBase;
  readonly shipped: readonly KnowledgeRecord[];
}

/** The site's knowledge as it is now; what counts for nothing is said on stderr. */
export async function readSite(
  context: Pick<CliContext, 'terminal' | 'nowMs'>,
  knowledge: Pick<SiteKnowledge, 'events'>,
  { quiet = false }: { readonly quiet?: boolean } = {},
): Promise<Site> {
  const { terminal } = context;
  const [{ readRecordFiles }, { siteBase }] = await Promise.all([
    import('../../../activities/adapters/record-files.ts'),
    import('../../../kb/knowledge/site-base.ts'),
  ]);
  const [{ placed }, read] = await ticking(
    terminal,
    () => "reading the site's knowledge",
    () => Promise.all([readRecordFiles(), knowledge.events()]),
  );
  const shipped = placed.map(({ record }) => record);
  const base = siteBase(read.events, context.nowMs(), { shippedIds: new Set(shipped.map(({ id }) => id)) });
  if (quiet) return { base, shipped };
  const problems = [...read.problems, ...base.problems];
  for (const { place, message } of problems.slice(0, problemsShownMax))
    terminal.err(`${paint(terminal, 'yellow', 'Left out:')} ${shown(place)}: ${shown(message)}`);
  if (problems.length > problemsShownMax) terminal.err(`and ${problems.length - problemsShownMax} more`);
  for (const notice of read.notices) terminal.err(shown(notice));
  return { base, shipped };
}

const problemsShownMax = 10;

/** What anybody has written, as one line for a terminal: secrets masked, nothing that could move the cursor. */
export function shown(text: string): string {
  return plain(redact(text));
}

/** The same for every string of a value, line ends kept. */
export function shownDeep(value: unknown): unknown {
  if (typeof value === 'string') return redact(value).split('\n').map(plain).join('\n');
  if (Array.isArray(value)) return value.map(shownDeep);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [shown(key), shownDeep(inner)]));
}

export function unknownId(id: string): CommandFailure {
  return new CommandFailure(
    `nothing here has the id "${shown(id)}"`,
    'see `wardround kb candidates`, or `wardround kb search` for what is recalled',
    { exitCode: exitCodes.usage },
  );
}

/** Who a person is and why, as every event says it: one line each, secrets masked. */
export function said(context: Pick<CliContext, 'user' | 'nowMs'>, by: string | undefined, reason: string) {
  const name = shown(by ?? context.user).trim();
  if (name === '')
    throw new CommandFailure('nobody is named', 'say who decides with --by NAME', { exitCode: exitCodes.usage });
  return { atMs: context.nowMs(), by: name.slice(0, nameCharsMax), reason: shown(reason).slice(0, reasonCharsMax) };
}

const nameCharsMax = 120;
const reasonCharsMax = 1_000;

/** What these commands need of their surroundings. */
export type KbContext = Pick<CliContext, 'terminal' | 'user' | 'nowMs' | 'config' | 'inventories'>;
