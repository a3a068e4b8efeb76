import { relate } from '../../../kb/logs/first-cause.ts';
import { firstFault } from '../../../kb/logs/first-fault.ts';
import { inOrder } from '../../../kb/logs/order.ts';
import { analyseFlight } from '../../../kb/logs/flight-recorder/analyse.ts';
import { findingsOfFlight } from '../../../kb/logs/flight-recorder/findings.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import type { Device, Finding, FindingRole } from '../../../workflows/domain/finding.ts';
import { exitCodes, paint, plain, renderJson, type ExitCode, type Style, type Terminal } from '../output.ts';
import { scanPaths, type ReadSource, type ScanContext, type ScannedPaths } from './scan-paths.ts';

interface ScanOptions {
  readonly json: boolean;
  readonly all: boolean;
  readonly zone?: string;
}

export async function runLogsScan(
  paths: readonly string[],
  options: ScanOptions,
  context: ScanContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const startedMs = context.nowMs();
  const {
    findings: read,
    sources,
    unread,
    dumps,
  } = await scanPaths(paths, context, options.zone === undefined ? {} : { zone: options.zone });
  const findings = inOrder([...read, ...findingsOfFlight(analyseFlight(dumps))]);
  const first = firstFault(findings, knowledge.kinds);
  const elapsedMs = Math.round(context.nowMs() - startedMs);
  const follows = relate(findings, knowledge.kinds);
  if (options.json) {
    const related = findings.map((finding) => withFollowed(finding, follows));
    const firstFaultId = first?.id ?? null;
    terminal.out(renderJson({ sources: sources.map(factsOf), unread, findings: related, firstFaultId, elapsedMs }));
    return endOf(unread);
  }
  const shown = findings.filter(({ role }) => options.all || role === 'cause' || role === 'symptom');
  terminal.out(scanText(shown, { first, follows }, terminal));
  terminal.err(paint(terminal, 'dim', summary(sources, findings.length, elapsedMs)));
  return endOf(unread);
}

function endOf(unread: ScannedPaths['unread']): ExitCode {
  return unread.length > 0 ? exitCodes.failed : exitCodes.done;
}

function factsOf({ facts }: ReadSource) {
  const { source, node, rank, lines, bytes, firstMs, lastMs } = facts;
  return { source, node, rank, lines, bytes, firstMs, lastMs };
}

function summary(sources: ScannedPaths['sources'], found: number, elapsedMs: number): string {
  const bytes = sources.reduce((sum, { facts }) => sum + facts.bytes, 0);
  const lines = sources.reduce((sum, { facts }) => sum + facts.lines, 0);
  const seconds = Math.max(elapsedMs, 1) / 1000;
  return `${found} findings in ${sources.length} sources, ${lines.toLocaleString('en-US')} lines, ${(bytes / 1e6).toFixed(1)} MB, ${seconds.toFixed(1)} s (${(bytes / 1e6 / seconds).toFixed(0)} MB/s)`;
}

function withFollowed(finding: Finding, follows: ReadonlyMap<string, string>) {
  const first = follows.get(finding.id);
  return first === undefined ? finding : { ...finding, follows: first };
}

/** Which finding began the trouble, and which ones follow another. */
interface Story {
  readonly first: Finding | null;
  readonly follows: ReadonlyMap<string, string>;
}

/** Node by node in the order in which trouble reached them, and in each what was seen, in order. */
export function scanText(findings: readonly Finding[], story: Story, terminal: Pick<Terminal, 'colour'>): string {
  if (findings.length === 0) return 'Nothing that a detector knows as trouble.';
  const groups = Map.groupBy(findings, ({ node, range }) => node ?? range.source);
  return [...groups]
    .map(([name, group]) =>
      [
        paint(terminal, 'bold', plain(name)),
        ...group.flatMap((finding) => findingLines(finding, story, terminal)),
      ].join('\n'),
    )
    .join('\n\n');
}

const roleStyles: Readonly<Record<FindingRole, Style>> = {
  cause: 'red',
  symptom: 'yellow',
  context: 'cyan',
  clean: 'green',
};

function findingLines(
  finding: Finding,
  { first, follows }: Story,
  terminal: Pick<Terminal, 'colour'>,
): readonly string[] {
  const { kind, role, count, text, range, atMs, rank, device } = finding;
  const what = knowledge.kinds.get(kind)?.summary ?? kind;
  const where = [rank === undefined ? null : `rank ${rank}`, deviceText(device)].filter((part) => part !== null);
  const times = count > 1 ? paint(terminal, 'bold', ` ×${count.toLocaleString('en-US')}`) : '';
  const head = [
    atMs === undefined ? '' : `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}  `,
    paint(terminal, roleStyles[role], plain(what)),
    times,
    where.length === 0 ? '' : `  (${where.join(', ')})`,
    finding.id === first?.id ? paint(terminal, 'red', '  ← first cause') : '',
    follows.has(finding.id) ? paint(terminal, 'dim', '  ↳ follows') : '',
  ].join('');
  const place = `${plain(range.source)}:${range.line ?? 0}`;
  return [`  ${head}`, `    ${paint(terminal, 'dim', `${place}  ${kind}`)}`, `    ${plain(text)}`];
}

function deviceText(device: Device | undefined): string | null {
  return device === undefined ? null : `${device.kind} ${device.index ?? device.name ?? ''}`.trim();
}
