import { Command } from 'commander';
import type { SiteRecord } from '../../../kb/knowledge/site-record.ts';
import type { Provenance } from '../../../kb/knowledge/site-events.ts';
import { age, renderJson, renderTable } from '../output.ts';
import { readSite, shown, shownDeep, withStackSite, type KbContext, type WithSite } from './site.ts';

/** `wardround kb candidates`: what waits for review. */
export function candidatesCommand(context: KbContext, withSite: WithSite = withStackSite(context)): Command {
  return new Command('candidates')
    .description('list records that wait for review, with where they come from')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const { terminal } = context;
      const { base } = await withSite((knowledge) => readSite(context, knowledge));
      const waiting = [...base.records.values()].filter(
        ({ status, waiting: next }) => status === 'candidate' || (status === 'accepted' && next !== null),
      );
      if (json === true) terminal.out(renderJson({ candidates: waiting.map((one) => shownDeep(asJson(one))) }));
      else if (waiting.length === 0) terminal.out('Nothing waits for review.');
      else {
        const head = ['ID', 'CATEGORY', 'FROM', 'APPROVED BY', 'SEEN IN', 'AGE'];
        const rows = waiting.map((one) => rowOf(one, context.nowMs()).map(shown));
        terminal.out(await renderTable(terminal, head, rows));
        terminal.out('\nRead one with `wardround kb show ID`; then accept, reject or merge (`accept --into`) it.');
      }
    });
}

function rowOf({ id, record, provenance, witnesses, trail, waiting }: SiteRecord, nowMs: number): string[] {
  return [
    waiting === null ? id : `${id} (revision ${waiting.revision})`,
    record.kind === 'incident' ? record.category : 'fact',
    originOf(provenance),
    provenance.kind === 'incident' ? provenance.incident.approvedBy.join(', ') : (trail[0]?.by ?? ''),
    `${witnesses} incident${witnesses === 1 ? '' : 's'}`,
    age(nowMs - (trail[0]?.atMs ?? nowMs)),
  ];
}

export function originOf(provenance: Provenance): string {
  return provenance.kind === 'incident' ? provenance.incident.workflowId : `file ${provenance.file}`;
}

function asJson({ id, record, revision, waiting, provenance, witnesses, score, trail }: SiteRecord) {
  const [first] = trail;
  const proposed = { atMs: first?.atMs ?? null, by: first?.by ?? null, reason: first?.reason ?? null };
  return { id, revision, waiting, witnesses, score, proposed, provenance, record };
}
