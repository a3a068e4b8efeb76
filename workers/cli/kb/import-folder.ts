import path from 'node:path';
import { Command } from 'commander';
import type { SkippedFile } from '../../../activities/adapters/runbook-files.ts';
import type { SiteKnowledge } from '../../../activities/ports.ts';
import type { PlannedImport } from '../../../kb/knowledge/plan-import.ts';
import type { NewSiteEvent } from '../../../kb/knowledge/site-events.ts';
import { CommandFailure, exitCodes, paint, renderJson, type Terminal } from '../output.ts';
import { ticking } from '../ticking.ts';
import { readSite, said, shown, shownDeep, withStackSite, type KbContext, type WithSite } from './site.ts';

/** `wardround kb import FOLDER`: a site's own runbooks and incident reports, to be recalled and cited like records. */
export function importCommand(context: KbContext, withSite: WithSite = withStackSite(context)): Command {
  interface Options {
    name?: string;
    by?: string;
    reason: string;
    dryRun?: true;
    json?: true;
  }
  return new Command('import')
    .description("import a folder of the site's runbooks and incident reports (Markdown); again replaces what changed")
    .argument('<folder>', 'a folder with Markdown files')
    .option('--name <word>', "the name that it is known by (default: the folder's own)")
    .option('--by <name>', 'who imports it (default: your account)')
    .option('--reason <text>', 'a word for those who come later', '')
    .option('--dry-run', 'say what would change, and write nothing')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nSecrets are masked before anything is stored. Files that are gone from the folder are taken out.\n\nExample:\n  $ wardround kb import ./runbooks --dry-run',
    )
    .action(async (folder: string, { name: named, by, reason, dryRun, json }: Options) => {
      const { terminal } = context;
      const who = said(context, by, reason);
      const name = nameOf(named ?? path.basename(path.resolve(folder)));
      let step = '';
      const files = await ticking(
        terminal,
        () => step,
        () => read(folder, name, (text) => void (step = text)),
      );
      // A folder that is not mounted looks like this: nothing that was imported from it is taken out.
      if (files.documents.length === 0 && files.skipped.length === 0)
        throw new CommandFailure(
          `${folder} holds no Markdown files, so nothing was changed`,
          `name the folder with the runbooks; \`wardround kb revoke ${name}/…\` takes out a single document`,
          { exitCode: exitCodes.usage },
        );
      const planned = await withSite(async (knowledge) => {
        const { base } = await readSite(context, knowledge);
        const { planImport } = await import('../../../kb/knowledge/plan-import.ts');
        const unread = files.skipped.map((skipped) => skipped.path);
        const plan = planImport(base.documents, name, files.documents, unread);
        if (dryRun !== true)
          await ticking(
            terminal,
            () => step,
            () => writeImport(knowledge, plan, who, (text) => void (step = text)),
          );
        return plan;
      });
      const report = reportOf(planned, files.skipped, files.others, dryRun === true);
      terminal.out(json === true ? renderJson(shownDeep(report)) : reportText(report, terminal));
    });
}

const eventsAtOnceMax = 8;

/** Each document is an event of its own: an import that was broken off goes on where it was. */
export async function writeImport(
  knowledge: Pick<SiteKnowledge, 'append'>,
  plan: readonly PlannedImport[],
  who: { readonly atMs: number; readonly by: string; readonly reason: string },
  onStep: (text: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(eventsAtOnceMax);
  const events = plan.flatMap((planned) => eventOf(planned, who) ?? []);
  let done = 0;
  try {
    await Promise.all(
      events.map((event) =>
        limit(async () => {
          signal?.throwIfAborted();
          await knowledge.append(event, signal);
          done += 1;
          onStep(`storing documents, ${done} of ${events.length}`);
        }),
      ),
    );
  } finally {
    limit.clearQueue();
  }
}

function eventOf(
  { path: place, change, previous, document }: PlannedImport,
  who: { readonly atMs: number; readonly by: string; readonly reason: string },
): NewSiteEvent | null {
  if (document !== null && change !== 'same') {
    const { title, sha256, chunks } = document;
    return {
      kind: 'document-imported',
      ...who,
      path: place,
      title: title.slice(0, 300),
      sha256,
      previous,
      chunks: [...chunks],
    };
  }
  return change === 'removed' && previous !== null ? { kind: 'document-removed', ...who, path: place, previous } : null;
}

async function read(folder: string, name: string, onStep: (text: string) => void) {
  const { readRunbooks } = await import('../../../activities/adapters/runbook-files.ts');
  return readRunbooks(path.resolve(folder), name, (done, total, file) =>
    onStep(`reading ${done + 1} of ${total}: ${shown(file)}`),
  ).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`${folder} cannot be read: ${shown(why)}`, 'name a folder with Markdown files', {
      exitCode: exitCodes.usage,
      cause,
    });
  });
}

function nameOf(typed: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(typed)) return typed;
  throw new CommandFailure(
    `"${shown(typed)}" is no name for documents`,
    'give one with --name: letters, digits, dots, dashes',
    { exitCode: exitCodes.usage },
  );
}

interface ImportReport {
  readonly dryRun: boolean;
  readonly documents: readonly Omit<PlannedImport, 'document' | 'previous'>[];
  readonly skipped: readonly SkippedFile[];
  /** Files that are no Markdown. */
  readonly others: number;
  readonly pieces: { readonly kept: number; readonly added: number; readonly dropped: number };
}

function reportOf(
  planned: readonly PlannedImport[],
  skipped: readonly SkippedFile[],
  others: number,
  dryRun: boolean,
): ImportReport {
  const documents = planned.map(({ document: _document, previous: _previous, ...rest }) => rest);
  const sum = (of: (one: PlannedImport) => number) => planned.reduce((total, one) => total + of(one), 0);
  const pieces = {
    kept: sum(({ kept }) => kept),
    added: sum(({ added }) => added),
    dropped: sum(({ dropped }) => dropped),
  };
  return { dryRun, documents, skipped, others, pieces };
}

const changesShownMax = 50;

function reportText({ dryRun, documents, skipped, others, pieces }: ImportReport, terminal: Terminal): string {
  const changes = documents.filter(({ change }) => change !== 'same');
  const same = documents.length - changes.length;
  return [
    ...changes
      .slice(0, changesShownMax)
      .map(
        (one) =>
          `${one.change.padEnd(8)} ${shown(one.path)}  (${one.added} pieces new, ${one.kept} kept, ${one.dropped} gone)`,
      ),
    ...(changes.length > changesShownMax ? [`and ${changes.length - changesShownMax} more; --json has all`] : []),
    ...skipped.map((one) => `${paint(terminal, 'yellow', 'skipped ')} ${shown(one.path)}: ${shown(one.why)}`),
    `${changes.length} documents changed, ${same} the same; ${pieces.added} pieces new, ${pieces.kept} kept, ${pieces.dropped} gone${others === 0 ? '' : `; ${others} files are no Markdown`}`,
    ...(dryRun ? ['Nothing was written (--dry-run).'] : []),
  ].join('\n');
}
