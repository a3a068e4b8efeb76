import { Command } from 'commander';
import type { NewSiteEvent } from '../../../kb/knowledge/site-events.ts';
import { standingAgainst } from '../../../kb/knowledge/site-trail.ts';
import { CommandFailure, exitCodes, renderJson } from '../output.ts';
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

type Decision = 'accept' | 'reject' | 'revoke';

function decideCommand(decision: Decision, description: string, context: KbContext, withSite: WithSite): Command {
  return new Command(decision)
    .description(description)
    .argument('<id>', decision === 'reject' ? 'record' : 'record, or path of a document')
    .requiredOption('--reason <text>', 'why, for those who come later')
    .option('--by <name>', 'who decides (default: your account)')
    .option('--json', 'print JSON')
    .action(async (id: string, options: Options) => {
      const who = said(context, options.by, options.reason);
      const result = await withSite(async (knowledge) => {
        const site = await readSite(context, knowledge);
        const decided = decide(decision, id, site, options.into);
        if (decided.event !== null) await knowledge.append({ ...decided.event, ...who });
        return decided;
      });
      const { terminal } = context;
      if (options.json === true)
        terminal.out(renderJson({ id, status: result.status, changed: result.event !== null }));
      else terminal.out(`${shown(id)}: ${result.text}`);
    });
}

type WithoutSaying<E> = E extends NewSiteEvent ? Omit<E, 'atMs' | 'by' | 'reason'> : never;

interface Decided {
  /** Null where it is so already. */
  readonly event: WithoutSaying<NewSiteEvent> | null;
  readonly status: string;
  readonly text: string;
}

/** What a decision adds, from what is known. */
export function decide(decision: Decision, id: string, site: Site, into?: string): Decided {
  switch (decision) {
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
  const revision = record?.waitingRevision ?? record?.revision ?? 1;
  const lifts = standingAgainst(base.trailOf(id), revision);
  if (record?.status === 'accepted' && record.waitingRevision === null)
    return { event: null, status: 'accepted', text: 'is accepted already' };
  const again = lifts.length > 0 ? `; ${lifts.length} earlier decision(s) against it are lifted` : '';
  return {
    event: { kind: 'accepted', target: id, revision, lifts: [...lifts], after: lastOf(id, base) },
    status: 'accepted',
    text: `accepted, and recalled from now on${again}`,
  };
}

function reject(id: string, { base }: Site): Decided {
  const record = base.records.get(id);
  if (record === undefined) throw unknownId(id);
  if (record.status === 'accepted' && record.waitingRevision === null)
    throw new CommandFailure(`${shown(id)} is accepted`, '`wardround kb revoke` takes it out of recall', {
      exitCode: exitCodes.usage,
    });
  const revision = record.waitingRevision ?? record.revision;
  if (record.status === 'rejected') return { event: null, status: 'rejected', text: 'is rejected already' };
  return {
    event: { kind: 'rejected', target: id, revision, after: lastOf(id, base) },
    status: record.waitingRevision === null ? 'rejected' : record.status,
    text: record.waitingRevision === null ? 'rejected; its trail stays' : `revision ${revision} is rejected`,
  };
}

function revoke(id: string, site: Site): Decided {
  if (site.base.revokedIds.has(id)) return { event: null, status: 'revoked', text: 'is revoked already' };
  if (!isKnown(id, site)) throw unknownId(id);
  return {
    event: { kind: 'revoked', target: id, after: lastOf(id, site.base) },
    status: 'revoked',
    text: 'revoked: not recalled at this site any more; its trail stays',
  };
}

function merge(id: string, into: string, site: Site): Decided {
  const record = site.base.records.get(id);
  if (record === undefined) throw unknownId(id);
  if (!isKnown(into, site)) throw unknownId(into);
  const root = site.base.records.get(into)?.mergedInto ?? into;
  if (root === id)
    throw new CommandFailure('a record cannot be merged into itself', 'name another', { exitCode: exitCodes.usage });
  if (record.mergedInto === root) return { event: null, status: 'merged', text: `is part of ${shown(root)} already` };
  return {
    event: { kind: 'merged', target: id, into: root, after: lastOf(id, site.base) },
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

function lastOf(id: string, base: Site['base']): string | null {
  return base.trailOf(id).at(-1)?.id ?? null;
}
