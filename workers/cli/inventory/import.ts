import {
  draftText,
  hashHost,
  losesComments,
  readDraftFile,
  writeDraftFile,
  type DraftFile,
} from '../../../activities/adapters/inventory-drafts.ts';
import { changesBetween } from '../../../kb/inventory/changes.ts';
import { checkDraft } from '../../../kb/inventory/check.ts';
import { draftSchema, SourceError, type Draft, type Note } from '../../../kb/inventory/draft.ts';
import { fillFrom } from '../../../kb/inventory/from-draft.ts';
import { addHostKeys, readKnownHosts, type KeysTaken } from '../../../kb/inventory/known-hosts.ts';
import { merge } from '../../../kb/inventory/merge.ts';
import { addFacts } from '../../../kb/inventory/node-facts.ts';
import { isName, isUser } from '../../../kb/inventory/names.ts';
import { inventorySchema } from '../../../kb/schemas/inventory.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes, renderJson, type ExitCode } from '../output.ts';
import type { OpenRunner } from '../probe-run-command.ts';
import { askInventory } from './ask.ts';
import { readInput, readSource, type SourceKind, type SourceOptions } from './read-source.ts';
import { changeLines, reportLines } from './report.ts';

export interface ImportOptions extends SourceOptions {
  readonly from: SourceKind;
  readonly files: readonly string[];
  readonly into: string | null;
  readonly cluster: string | null;
  readonly knownHosts: readonly string[];
  readonly logsBucket: string | null;
  readonly sshUser?: string;
  readonly sshPort?: number;
  readonly ask: boolean;
  readonly overwrite: boolean;
  readonly prune: boolean;
  readonly diff: boolean;
  readonly json: boolean;
}

/** Builds or updates an inventory, says what changed and what is still missing, and answers the exit code. */
export async function importInventory(
  context: CliContext,
  openRunner: OpenRunner,
  options: ImportOptions,
): Promise<ExitCode> {
  const before = options.into === null ? null : readDraftFile(options.into);
  const { draft, notes, taken } = await built(context, openRunner, before, options).catch((error: unknown) => {
    if (error instanceof SourceError) throw new CommandFailure(error.message, 'nothing was written', { cause: error });
    throw error;
  });
  const changes = changesBetween(before?.draft ?? null, draft);
  const problems = checkDraft(draft);
  const exitCode = problems.some(({ severity }) => severity === 'error') ? exitCodes.notProven : exitCodes.done;
  const { terminal } = context;

  const writes = options.into !== null && !options.diff && changes.length > 0;
  const text = draftText(options.into ?? 'inventory.yaml', draft, before?.text ?? null);
  const kept = writes && options.into !== null ? writeDraftFile(options.into, text, before?.text ?? null) : null;
  if (options.json) {
    const keys = taken.map(({ host, key, place }) => ({ host, key, place }));
    terminal.out(
      renderJson({
        cluster: draft.cluster,
        written: writes,
        changes,
        notes,
        problems,
        keysTaken: keys,
        inventory: draft,
      }),
    );
    return exitCode;
  }
  if (options.diff) terminal.out(changeLines(terminal, changes).join('\n') || 'nothing changes');
  else if (options.into === null) terminal.out(text.trimEnd());
  for (const line of reportLines(terminal, {
    draft,
    notes,
    problems,
    taken,
    changes,
    into: options.into,
    diff: options.diff,
  }))
    terminal.err(line);
  if (kept !== null && before !== null && losesComments(before.text))
    terminal.err(`Comments below the head of ${options.into ?? ''} were not kept; the file as it was is ${kept}`);
  if (writes) terminal.err('Running processes read their inventory when they start: restart the workers and the API.');
  return exitCode;
}

interface Built {
  readonly draft: Draft;
  readonly notes: readonly Note[];
  readonly taken: KeysTaken['taken'];
}

async function built(
  context: CliContext,
  openRunner: OpenRunner,
  before: DraftFile | null,
  options: ImportOptions,
): Promise<Built> {
  checkWords(options);
  const source = readSource(options.from, options.files, options);
  const base = before?.draft ?? source.file ?? emptyDraft(clusterOf(options, before, source.file));
  if (options.cluster !== null && before !== null && base.cluster !== options.cluster)
    throw new CommandFailure(
      `${options.into ?? ''} describes cluster ${base.cluster}, not ${options.cluster}`,
      'write another file',
      {
        exitCode: exitCodes.usage,
      },
    );
  const named = { ...base, cluster: options.cluster ?? base.cluster };
  const merged = merge(named, source.gathered, {
    overwrite: options.overwrite,
    prune: options.prune,
    ...(options.sshUser === undefined ? {} : { user: options.sshUser }),
    ...(options.sshPort === undefined ? {} : { port: options.sshPort }),
  });
  const filled =
    source.file === null ? { draft: merged.draft, notes: [] } : fillFrom(merged.draft, source.file, options.overwrite);
  const shipped = withLogs(filled.draft, options);
  let draft = shipped.draft;
  const notes = [...merged.notes, ...filled.notes, ...shipped.notes];
  const taken: KeysTaken['taken'][number][] = [];
  for (const file of options.knownHosts) {
    const keys = addHostKeys(draft, readKnownHosts(readInput(file)), hashHost);
    draft = keys.draft;
    notes.push(...keys.notes);
    taken.push(...keys.taken);
  }
  if (options.ask) {
    const { facts, notes: silent } = await askInventory(context, openRunner, draft);
    const asked = addFacts(draft, facts, options.overwrite);
    draft = asked.draft;
    notes.push(...silent, ...asked.notes);
  }
  return { draft, notes, taken };
}

function checkWords({ cluster, sshUser, from, groups, labels }: ImportOptions): void {
  const wrong = (message: string, advice: string) => new CommandFailure(message, advice, { exitCode: exitCodes.usage });
  if (cluster !== null && !isName(cluster))
    throw wrong(`"${cluster}" is no name of a cluster`, 'lower-case letters, digits, dots and dashes');
  if (sshUser !== undefined && !isUser(sshUser))
    throw wrong(`"${sshUser}" is no user name`, 'lower-case letters, digits, _ and -');
  if (groups.length > 0 && from !== 'ansible') throw wrong('--group is for Ansible', 'leave it out');
  if (Object.keys(labels).length > 0 && from !== 'kubernetes') throw wrong('--label is for Kubernetes', 'leave it out');
}

function clusterOf({ cluster }: ImportOptions, before: DraftFile | null, file: Draft | null): string {
  const name = before?.draft.cluster ?? file?.cluster ?? cluster;
  if (name !== null) return name;
  throw new CommandFailure('the source does not say what the cluster is called', 'add --cluster NAME', {
    exitCode: exitCodes.usage,
  });
}

function emptyDraft(cluster: string): Draft {
  return draftSchema.parse({ cluster });
}

// Shippers such as Vector and Fluent Bit send at least once a minute by default or setting; to be corrected by hand.
const windowMs = 60_000;
const shippingLagMs = 120_000;

function withLogs(
  draft: Draft,
  { logsBucket, overwrite }: ImportOptions,
): { readonly draft: Draft; readonly notes: readonly Note[] } {
  if (logsBucket === null || draft.logs?.bucket === logsBucket) return { draft, notes: [] };
  if (draft.logs !== undefined) {
    const text = `logs.bucket: ${draft.logs.bucket} ${overwrite ? 'replaced by' : 'kept; asked for was'} ${logsBucket}`;
    return {
      draft: overwrite ? { ...draft, logs: { ...draft.logs, bucket: logsBucket } } : draft,
      notes: [{ kind: 'conflict', about: draft.cluster, text }],
    };
  }
  const logs = inventorySchema.shape.logs.safeParse({ bucket: logsBucket, windowMs, shippingLagMs });
  if (!logs.success)
    throw new CommandFailure(`"${logsBucket}" is no name of a bucket`, logs.error.issues[0]?.message ?? '', {
      exitCode: exitCodes.usage,
    });
  return {
    draft: { ...draft, logs: logs.data },
    notes: [
      {
        kind: 'assumed',
        about: draft.cluster,
        text: `logs: keys as the default templates say, one object for each source and ${windowMs} ms, there after ${shippingLagMs} ms: compare with your log shipper`,
      },
    ],
  };
}
