import { Command } from 'commander';
import type { Provenance, SiteEvent } from '../../../kb/knowledge/site-events.ts';
import { paint, renderJson, type Terminal } from '../output.ts';
import { originOf } from './candidates.ts';
import {
  emptySite,
  NoSiteConfigured,
  readSite,
  shown,
  shownDeep,
  unknownId,
  withStackSite,
  type KbContext,
  type Site,
  type WithSite,
} from './site.ts';

/** `wardround kb show ID`: a record, a document or a piece of one, its status, score, and who did what to it. */
export function showCommand(context: KbContext, withSite: WithSite = withStackSite(context)): Command {
  return new Command('show')
    .description('show a record, a document or a piece of one: text, status, score, and its trail')
    .argument('<id>', 'record, path of a document, or id of one of its pieces')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { json?: true }) => {
      const { terminal } = context;
      const site = await withSite((knowledge) => readSite(context, knowledge)).catch((error: unknown) => {
        if (!(error instanceof NoSiteConfigured)) throw error;
        terminal.err('No S3 is configured: of what ships, without what this site knows.');
        return readSite(context, emptySite);
      });
      const found = findOne(id, site);
      if (found === null) throw unknownId(id);
      terminal.out(json === true ? renderJson(shownDeep(found)) : foundText(found, terminal));
    });
}

interface Found {
  readonly id: string;
  readonly kind: 'record' | 'document' | 'piece';
  readonly from: string;
  readonly status: string;
  readonly score: number | null;
  readonly notes: readonly string[];
  /** As it is stored: data, whatever it says. */
  readonly content: unknown;
  /** A newer text that waits for review. */
  readonly waiting?: unknown;
  readonly trail: readonly SiteEvent[];
}

export function findOne(id: string, { base, shipped }: Site): Found | null {
  const trail = base.trailOf(id);
  const own = base.records.get(id);
  if (own !== undefined)
    return {
      id,
      kind: 'record',
      from: originOf(own.provenance),
      status: own.status,
      score: base.trustOf(id),
      notes: [
        `revision ${own.revision}, seen in ${own.witnesses} incident(s)`,
        ...learnedFrom(own.provenance),
        ...(own.waiting === null ? [] : [`revision ${own.waiting.revision} waits for review`]),
        ...(own.mergedInto === null ? [] : [`its evidence speaks for ${own.mergedInto}`]),
      ],
      content: own.record,
      waiting: own.waiting?.record ?? null,
      trail,
    };
  const isRevoked = base.revokedIds.has(id);
  const ships = shipped.find((record) => record.id === id);
  if (ships !== undefined)
    return {
      id,
      kind: 'record',
      from: 'ships with Wardround',
      status: isRevoked ? 'revoked' : ships.status,
      score: base.trustOf(id),
      notes: [],
      content: ships,
      trail,
    };
  const document = base.documents.get(id);
  if (document !== undefined) {
    const { status, title, chunks } = document;
    const pieces = chunks.map((chunk) => ({ id: chunk.id, headings: chunk.headings, text: chunk.text }));
    return { id, kind: 'document', from: title, status, score: null, notes: [], content: { pieces }, trail };
  }
  for (const { path, status, chunks } of base.documents.values()) {
    const chunk = chunks.find((each) => each.id === id);
    const pieceStatus = isRevoked ? 'revoked' : status;
    if (chunk !== undefined)
      return { id, kind: 'piece', from: path, status: pieceStatus, score: null, notes: [], content: chunk, trail };
  }
  return null;
}

function learnedFrom(provenance: Provenance): readonly string[] {
  if (provenance.kind !== 'incident') return [];
  const { runId, proposal, approvedBy, evidence } = provenance.incident;
  return [
    `proposal ${proposal} of run ${runId}, approved by ${approvedBy.join(', ') || 'nobody that is known'}`,
    ...evidence.map((key) => `evidence ${key}`),
  ];
}

function foundText(
  { id, kind, from, status, score, notes, content, waiting, trail }: Found,
  terminal: Terminal,
): string {
  const bold = (text: string) => paint(terminal, 'bold', text);
  const number = score === null ? '' : `, right so far ${(score * 100).toFixed(0)} %`;
  return [
    `${bold(shown(id))}  ${kind}, ${status}${number}`,
    `from ${shown(from)}`,
    ...notes.map(shown),
    '',
    ...contentLines(content, ''),
    '',
    ...(waiting === undefined || waiting === null ? [] : [bold('Waits for review'), ...contentLines(waiting, ''), '']),
    bold('Trail'),
    ...(trail.length === 0 ? ['nothing has happened to it here'] : trail.map((event) => trailLine(id, event))),
  ].join('\n');
}

/** Every line of what was written comes after a label or an indent, so that none can pass for a line of ours. */
function contentLines(value: unknown, indent: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((each) =>
      typeof each === 'object' && each !== null
        ? [`${indent}-`, ...contentLines(each, `${indent}  `)]
        : [`${indent}- ${shown(String(each))}`],
    );
  if (value === null || typeof value !== 'object') return textLines(String(value), indent);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (inner === null || (Array.isArray(inner) && inner.length === 0)) return [];
    if (typeof inner === 'object') return [`${indent}${shown(key)}:`, ...contentLines(inner, `${indent}  `)];
    const text = String(inner);
    return text.includes('\n')
      ? [`${indent}${shown(key)}:`, ...textLines(text, `${indent}  `)]
      : [`${indent}${shown(key)}: ${shown(text)}`];
  });
}

function textLines(text: string, indent: string): string[] {
  return text.split('\n').map((line) => `${indent}| ${shown(line)}`);
}

function trailLine(id: string, event: SiteEvent): string {
  const why = event.reason === '' ? '' : `: ${event.reason}`;
  return shown(`${new Date(event.atMs).toISOString()}  ${event.by}  ${whatOf(id, event)}${why}`);
}

function whatOf(id: string, event: SiteEvent): string {
  switch (event.kind) {
    case 'proposed':
      return `proposed revision ${event.record.revision} (${originOf(event.provenance)})`;
    case 'accepted':
      return `accepted revision ${event.revision}${event.lifts.length === 0 ? '' : `, lifting ${event.lifts.length} earlier decision(s)`}`;
    case 'rejected':
      return `rejected revision ${event.revision}`;
    case 'confirmed':
      return `confirmed (${event.incident.workflowId})`;
    case 'merged':
      return `merged into ${event.into}`;
    case 'outcome': {
      const place = event.recalled.find((each) => each.id === id);
      return `${place?.right === true ? 'right' : 'wrong'} as number ${place?.rank ?? 0} of a recall (${event.incident.workflowId})`;
    }
    case 'revoked':
      return 'revoked';
    case 'document-imported':
      return `imported, ${event.chunks.length} pieces`;
    case 'document-removed':
      return 'gone from its folder';
  }
}
