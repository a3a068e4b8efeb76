import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import type { RecordProblem } from '../../../kb/knowledge/parse-record.ts';
import type { SiteEvent } from '../../../kb/knowledge/site-events.ts';
import { ofKind } from '../../../kb/knowledge/site-trail.ts';
import type { KnowledgeRecord } from '../../../kb/schemas/record.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson } from '../output.ts';
import { readSite, said, shown, shownDeep, withStackSite, type KbContext, type Site, type WithSite } from './site.ts';

/** `wardround kb add FILE`: a person's record becomes a candidate of the site. */
export function addCommand(context: KbContext, withSite: WithSite = withStackSite(context)): Command {
  interface Options {
    by?: string;
    reason: string;
    json?: true;
  }
  return new Command('add')
    .description('add a record as a candidate; it is recalled after review or when an incident confirms it')
    .argument('<file>', 'a record as a YAML file, in the form of kb/records')
    .option('--by <name>', 'who wrote it (default: your account)')
    .option('--reason <text>', 'why it is worth knowing', '')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ wardround kb add ./rack-brake-left-on.yaml --by "Ada Lovelace"')
    .action(async (file: string, { by, reason, json }: Options) => {
      const { terminal } = context;
      const who = said(context, by, reason);
      const read = await readFileOf(file);
      if (read.record === undefined) throw refused(file, read.problems);
      const record: KnowledgeRecord = { ...read.record, status: 'candidate' };
      const names = await ownNamesOf(context);
      const status = await withSite(async (knowledge) => {
        const site = await readSite(context, knowledge);
        const known = site.base.records.get(record.id);
        if (known !== undefined && isProposed(record, known.trail))
          return known.waiting?.revision === record.revision ? 'candidate' : known.status;
        const problems = await problemsOf(file, record, site, names);
        if (problems.length > 0) throw refused(file, problems);
        const provenance = { kind: 'typed', file: shown(path.basename(file)).slice(0, fileNameCharsMax) } as const;
        await knowledge.append({ kind: 'proposed', ...who, record, provenance });
        // Of two who write under one number at the same time, one has to choose another.
        const now = await readSite(context, knowledge, { quiet: true });
        for (const { place, message } of now.base.problems)
          if (place === record.id)
            terminal.err(`${paint(terminal, 'yellow', 'Note:')} ${shown(`${place} ${message}`)}`);
        return 'added';
      });
      if (json === true) terminal.out(renderJson(shownDeep({ id: record.id, revision: record.revision, status })));
      else if (status === 'added')
        terminal.out(`${shown(record.id)} waits for review: \`wardround kb accept ${shown(record.id)} --reason …\``);
      else terminal.out(`${shown(record.id)} is there already: ${status}`);
    });
}

const fileNameCharsMax = 255;
const problemsShownMax = 20;

async function readFileOf(file: string) {
  const { readRecordFile } = await import('../../../activities/adapters/record-files.ts');
  return readRecordFile(file).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(`${file} cannot be read: ${plain(why)}`, 'name a YAML file', {
      exitCode: exitCodes.usage,
      cause,
    });
  });
}

/** Names of this installation's own machines and jobs, where an inventory tells them; without one it says so. */
async function ownNamesOf({ inventories: load, terminal }: KbContext): Promise<ReadonlySet<string>> {
  const { ownNames } = await import('../../../kb/knowledge/own-names.ts');
  const inventories = await load().catch((error: unknown) => {
    if (!(error instanceof CommandFailure)) throw error;
    terminal.err(
      `${paint(terminal, 'yellow', 'Note:')} ${shown(error.message)}: names of machines and jobs are not looked for`,
    );
    return new Map<string, never>();
  });
  return new Set([...inventories.values()].flatMap((inventory) => [...ownNames(inventory)]));
}

async function problemsOf(
  file: string,
  record: KnowledgeRecord,
  { base, shipped }: Site,
  names: ReadonlySet<string>,
): Promise<readonly RecordProblem[]> {
  const [{ checkRecords }, { nameable }, { controlPlaces, privatePlaces }, { placeCandidate }] = await Promise.all([
    import('../../../kb/knowledge/check-records.ts'),
    import('../../../kb/knowledge/nameable.ts'),
    import('../../../kb/knowledge/own-names.ts'),
    import('../../../kb/knowledge/place-candidate.ts'),
  ]);
  const problem = (rule: string, message: string): RecordProblem => ({ place: file, id: record.id, rule, message });
  const own = base.records.get(record.id);
  const newest = own?.waiting?.revision ?? own?.revision ?? 0;
  const others = [
    ...shipped,
    ...[...base.records.values()]
      .filter(({ id, status }) => id !== record.id && (status === 'accepted' || status === 'candidate'))
      .map((one) => one.record),
  ].map((one) => ({ place: one.id, record: one }));
  const placement = own === undefined ? placeCandidate(base, shipped, record) : 'new';
  return [
    ...(record.revision <= newest ? [problem('revision', `revision ${newest} is there: give ${newest + 1}`)] : []),
    ...[...privatePlaces(record, names), ...controlPlaces(record)].map(({ field, found }) =>
      problem('private', `${field}: holds ${found}`),
    ),
    // Folder and file name are rules for what ships; privacy was told above, with its field.
    ...checkRecords([...others, { place: file, record }], nameable).filter(
      ({ place, rule }) => place === file && rule !== 'place' && rule !== 'private',
    ),
    ...(placement === 'new' ? [] : [problem('twin', `tells the same as ${placement.confirms}: nothing to add`)]),
  ];
}

/** Whether this very text, under this number, was proposed before; the order of fields makes no difference. */
function isProposed(record: KnowledgeRecord, trail: readonly SiteEvent[]): boolean {
  return ofKind(trail, 'proposed').some((event) =>
    isDeepStrictEqual({ ...event.record, status: record.status }, record),
  );
}

function refused(file: string, problems: readonly RecordProblem[]): CommandFailure {
  const lines = problems.slice(0, problemsShownMax).map(({ rule, message }) => `  ${rule}: ${shown(message)}`);
  return new CommandFailure(
    [`${plain(file)} is not taken:`, ...lines].join('\n'),
    'mend what is named and add it again; `wardround kb check` has the rules',
  );
}
