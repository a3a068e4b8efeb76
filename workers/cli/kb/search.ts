import { Command, InvalidArgumentError } from 'commander';
import type { SearchOutcome } from '../../../activities/recall-search.ts';
import type { RecallFilter } from '../../../kb/retrieval/filter.ts';
import { queryCharsMax, queryOfText } from '../../../kb/retrieval/query.ts';
import type { Recallable } from '../../../kb/retrieval/recallable.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, renderTable, type Terminal } from '../output.ts';
import { openBase } from './open-base.ts';

const countDefault = 5;
const countMax = 50;

interface Options {
  readonly category?: string;
  readonly generation?: string;
  readonly component?: string;
  readonly kind?: string;
  readonly count: number;
  readonly json?: true;
}

/** `wardround kb search TEXT`: what the base remembers of such trouble, with the parts of each score. */
export function searchCommand(context: CliContext): Command {
  return new Command('search')
    .description('search the knowledge base by likeness, words and signals')
    .argument('<text...>', 'what was seen: words, log lines, codes')
    .option('--category <id>', 'only this cause')
    .option('--generation <name>', 'only what can occur on this GPU generation, such as ampere')
    .option('--component <name>', 'only this part of the system, such as hca')
    .option('--kind <kind>', 'only incident, fact or runbook')
    .option('-n, --count <count>', `how many, at most ${countMax}`, parseCount, countDefault)
    .option('--json', 'print { query, modelId, degraded, tookMs, hits } as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ wardround kb search "NCCL hangs after a switch was exchanged"
  $ wardround kb search "Xid 79" --category gpu-fell-off-bus --json`,
    )
    .action(async (parts: readonly string[], options: Options) => {
      const { terminal, nowMs } = context;
      const text = searchable(parts.join(' '));
      const filter = await readFilter(options);
      const [{ opened, vectors, notices }, { nameable }, { searchLibrary }] = await Promise.all([
        openBase(context),
        import('../../../kb/knowledge/nameable.ts'),
        import('../../../activities/recall-search.ts'),
      ]);
      const query = queryOfText(text, [...new Set(text.split('\n').flatMap((line) => nameable.kindsOfLine(line)))]);
      const startedMs = nowMs();
      const outcome = await searchLibrary(opened, query, { vectors, filter, count: options.count, nowMs });
      const tookMs = nowMs() - startedMs;
      const described = outcome.hits.flatMap((hit) => {
        const entry = opened.library.entries.get(hit.id);
        return entry === undefined ? [] : [{ hit, entry }];
      });
      if (options.json === true) terminal.out(renderJson(asJson(text, outcome, tookMs, described, notices)));
      else terminal.out(await asText(terminal, outcome, tookMs, described, notices));
    });
}

function searchable(text: string): string {
  const { usage } = exitCodes;
  if (text.trim() === '')
    throw new CommandFailure('there is nothing to search for', 'say what was seen', { exitCode: usage });
  if (text.length > queryCharsMax)
    throw new CommandFailure(
      `the text has ${text.length} characters, at most ${queryCharsMax} are searched`,
      'give the few lines that say most; `wardround diagnose` reads whole logs',
      { exitCode: usage },
    );
  return text;
}

type Described = readonly { readonly hit: SearchOutcome['hits'][number]; readonly entry: Recallable }[];

function asJson(
  query: string,
  outcome: SearchOutcome,
  tookMs: number,
  described: Described,
  notices: readonly string[],
) {
  const { modelId, degraded, took } = outcome;
  return {
    query,
    modelId,
    degraded,
    notices,
    tookMs,
    took,
    hits: described.map(({ hit: { id, score, dense, words, signals, trust }, entry }) => ({
      id,
      kind: entry.kind,
      category: entry.category,
      score,
      parts: { dense, words, signals, trust },
      source: entry.source,
    })),
  };
}

async function asText(
  terminal: Terminal,
  { modelId, degraded }: SearchOutcome,
  tookMs: number,
  described: Described,
  notices: readonly string[],
): Promise<string> {
  const place = (part: { readonly rank: number; readonly score: number } | null, digits: number): string =>
    part === null ? '-' : `#${part.rank} ${part.score.toFixed(digits)}`;
  const table = await renderTable(
    terminal,
    ['SCORE', 'DENSE', 'BM25', 'SIGNALS', 'CAUSE', 'RECORD'],
    described.map(({ hit, entry }) => [
      hit.score.toFixed(2),
      place(hit.dense, 2),
      place(hit.words, 1),
      hit.signals.toFixed(2),
      entry.category ?? entry.kind,
      plain(entry.id),
    ]),
  );
  const sources = described.map(({ entry }, index) => `  ${index + 1}. ${plain(entry.source)}`);
  const remarks = [...(degraded === null ? [] : [degraded]), ...notices].map((text) =>
    paint(terminal, 'yellow', plain(text)),
  );
  const end = `${described.length} found in ${Math.round(tookMs)} ms${modelId === null ? '' : ` (${modelId})`}`;
  return [described.length === 0 ? 'nothing like it is known' : table, ...sources, ...remarks, end].join('\n');
}

async function readFilter({ category, generation, component, kind }: Options): Promise<RecallFilter> {
  const { categories } = await import('../../../kb/taxonomy.ts');
  const { gpuGenerations, recordComponents } = await import('../../../kb/schemas/record.ts');
  const kinds = ['incident', 'fact', 'runbook'] as const;
  return {
    ...(category === undefined ? {} : { categories: [oneOf('category', category, categories)] }),
    ...(generation === undefined ? {} : { generation: oneOf('generation', generation, gpuGenerations) }),
    ...(component === undefined ? {} : { components: [oneOf('component', component, recordComponents)] }),
    ...(kind === undefined ? {} : { kinds: [oneOf('kind', kind, kinds)] }),
  };
}

function oneOf<T extends string>(what: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined)
    throw new CommandFailure(`there is no ${what} "${plain(value)}"`, `known: ${known.join(', ')}`, {
      exitCode: exitCodes.usage,
    });
  return found;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > countMax)
    throw new InvalidArgumentError(`a whole number from 1 to ${countMax}`);
  return count;
}
