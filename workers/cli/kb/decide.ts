import { Command } from 'commander';
import type { NewSiteEvent } from '../../../kb/knowledge/site-events.ts';
import { standingAgainst } from '../../../kb/knowledge/site-trail.ts';
import type { SiteRecord } from '../../../kb/knowledge/site-record.ts';
import { CommandFailure, exitCodes, paint, renderJson } from '../output.ts';
import { readSite, said, shown, unknownId, withStackSite, type KbContext, type Site, type WithSite } from './site.ts';

interface Options {
  readonly by?: string;
  readonly reason: string;
  readonly into?: string;
  readonly json?: true;
}

/** `wardround kb accept ID`: from now on it is recalled; also lifts a rejection or a revocation. */
export function acceptCommand(context: KbContext, withSite: WithSite = withStackSite(context)): Command {
  return decideCommand(
    'accept',
    'let a candidate be recalled; or take back a rejection or revocation',
    context,
    withSite,
  )
    .option('--into <id>', 'it tells the same as this record: give its evidence to that one')
    .addHelpText(
      'after',
      '\nExample:\n  $ wardround kb accept learned-disk-full-fs-no-space --reason "read, fits our /scratch"',
    );
}

/** `wardround kb reject ID`: a candidate is not taken; its trail stays. */
export function rejectCommand(context: KbContext, withSite: WithSite = withStackSite(context)): Command {
  return decideCommand('reject', 'do not take a candidate; its trail stays', context, withSite);
}

/** `wardround kb revoke ID`: out of recall at once; works for what ships and for documents too. */
export function revokeCommand(context: KbContext, withSite: WithSite = withStackSite(context)): Command {
  return decideCommand(
    'revoke',
    "take a record, a shipped one, or a document out of this site's recall at once",
    context,
    withSite,
  );
}

type Verb = 'accept' | 'reject' | 'revoke';

function decideCommand(verb: Verb, description: string, context: KbContext, withSite: WithSite): Command {
  return new Command(verb)
    .description(description)
    .argument('<id>', verb === 'reject' ? 'record' : 'record, or path of a document')
    .requiredOption('--reason <text>', 'why, for those who come later')
    .option('--by <name>', 'who decides (default: your account)')
    .option('--json', 'print JSON')
    .action(async (id: string, options: Options) => {
      const who = said(context, options.by, options.reason);
      const { jsonDigest } = await import('../../../activities/json-evidence.ts');
      const { decided, now } = await withSite(async (knowledge) => {
        const site = await readSite(context, knowledge);
        const decided = decide(verb, id, site, options.into);
        if (decided.event === null) return { decided, now: site };
        // A decision on anything else that is known is another event: none is taken for an earlier one.
        const known = site.base.trailOf(id).map((event) => event.id);
        const after = known.length === 0 ? null : jsonDigest(known.toSorted());
        await knowledge.append({ ...decided.event, ...who, after });
        return { decided, now: await readSite(context, knowledge, { quiet: true }) };
      });
      const { terminal } = context;
      const status = statusOf(id, now);
      if (options.json === true) terminal.out(renderJson({ id: shown(id), status, changed: decided.event !== null }));
      else if (status === decided.status) terminal.out(`${shown(id)}: ${decided.text}`);
      if (status !== decided.status)
        throw new CommandFailure(
          `${shown(id)} is ${status} all the same: somebody decided otherwise at the same time`,
          `\`wardround kb show ${shown(id)}\` tells who and why; both words are kept`,
        );
      if (status === 'accepted') sayWhyNotRecalled(id, now, context);
    });
}

/** An accepted record may be out of recall all the same, for example where it names a probe which there is not. */
function sayWhyNotRecalled(id: string, { base }: Site, { terminal }: KbContext): void {
  if (!base.records.has(id) || base.recallables.some((recallable) => recallable.id === id)) return;
  const why = base.problems.filter(({ place }) => place === id).map(({ message }) => message);
  terminal.err(`${paint(terminal, 'yellow', 'Not recalled:')} ${shown(`${id} ${why.join('; ')}`)}`);
}

function statusOf(id: string, { base }: Site): string {
  if (base.revokedIds.has(id)) return 'revoked';
  return base.records.get(id)?.status ?? 'accepted';
}

type Decision = Extract<NewSiteEvent, { kind: 'accepted' | 'rejected' | 'revoked' | 'merged' }>;
type WithoutSaying<E> = E extends Decision ? Omit<E, 'atMs' | 'by' | 'reason' | 'after'> : never;

interface Decided {
  /** Null where it is so already. */
  readonly event: WithoutSaying<Decision> | null;
  /** As it is then, if nobody else decides at the same time. */
  readonly status: string;
  readonly text: string;
}

/** What a decision adds, from what is known. */
export function decide(verb: Verb, id: string, site: Site, into?: string): Decided {
  switch (verb) {
    case 'accept':
      return into === undefined ? accept(id, site) : merge(id, into, site);
    case 'reject':
      return reject(id, site);
    case 'revoke':
      return revoke(id, site);
  }
}

function accept(id: string, { base, shipped }: Site): Decided {
  const record = base.records.get(id);
  if (record === undefined && !base.revokedIds.has(id)) {
    if (isKnown(id, { base, shipped })) return { event: null, status: 'accepted', text: 'is recalled already' };
    throw unknownId(id);
  }
  const revision = record?.waiting?.revision ?? record?.revision ?? 1;
  const lifts = standingAgainst(base.trailOf(id), revision);
  if (record?.status === 'accepted' && record.waiting === null)
    return { event: null, status: 'accepted', text: 'is accepted already' };
  const again = lifts.length > 0 ? `; ${lifts.length} earlier decision(s) against it are lifted` : '';
  return {
    event: { kind: 'accepted', target: id, revision, proposal: proposalOf(record), lifts: [...lifts] },
    status: 'accepted',
    text: `accepted, and recalled from now on${again}; \`wardround kb index\` lets it be found by likeness at once`,
  };
}

function reject(id: string, { base }: Site): Decided {
  const record = base.records.get(id);
  if (record === undefined) throw unknownId(id);
  if (record.status === 'accepted' && record.waiting === null)
    throw new CommandFailure(`${shown(id)} is accepted`, '`wardround kb revoke` takes it out of recall', {
      exitCode: exitCodes.usage,
    });
  if (record.status === 'merged' || (record.status === 'revoked' && record.waiting === null))
    throw new CommandFailure(`${shown(id)} is ${record.status}`, 'it is not recalled: there is nothing to reject', {
      exitCode: exitCodes.usage,
    });
  const revision = record.waiting?.revision ?? record.revision;
  if (record.status === 'rejected') return { event: null, status: 'rejected', text: 'is rejected already' };
  return {
    event: { kind: 'rejected', target: id, revision },
    status: record.waiting === null ? 'rejected' : record.status,
    text: record.waiting === null ? 'rejected; its trail stays' : `revision ${revision} is rejected`,
  };
}

function revoke(id: string, site: Site): Decided {
  if (site.base.revokedIds.has(id)) return { event: null, status: 'revoked', text: 'is revoked already' };
  if (!isKnown(id, site)) throw unknownId(id);
  return {
    event: { kind: 'revoked', target: id },
    status: 'revoked',
    text: 'revoked: not recalled at this site any more; its trail stays',
  };
}

function merge(id: string, into: string, site: Site): Decided {
  const record = site.base.records.get(id);
  if (record === undefined) throw unknownId(id);
  const target = site.base.records.get(into);
  if (target === undefined && !site.shipped.some((ships) => ships.id === into)) throw unknownId(into);
  const root = target?.mergedInto ?? into;
  if (root === id)
    throw new CommandFailure('a record cannot be merged into itself', 'name another', { exitCode: exitCodes.usage });
  if (record.mergedInto === root) return { event: null, status: 'merged', text: `is part of ${shown(root)} already` };
  for (const one of [id, root])
    if (site.base.revokedIds.has(one))
      throw new CommandFailure(`${shown(one)} is revoked`, 'accept it first, if it is right after all', {
        exitCode: exitCodes.usage,
      });
  return {
    event: { kind: 'merged', target: id, into: root },
    status: 'merged',
    text: `merged: its evidence speaks for ${shown(root)}`,
  };
}

function isKnown(id: string, { base, shipped }: Site): boolean {
  return (
    base.records.has(id) ||
    base.documents.has(id) ||
    shipped.some((record) => record.id === id) ||
    base.recallables.some((recallable) => recallable.id === id)
  );
}

/** The text that is read: what waits, else what stands. */
function proposalOf(record: SiteRecord | undefined): string | null {
  return record?.waiting?.proposal ?? record?.proposal ?? null;
}
