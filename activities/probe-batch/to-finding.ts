import { excerpt } from '../../kb/logs/excerpt.ts';
import { findingId } from '../../kb/logs/fold.ts';
import { redact } from '../../kb/logs/redact.ts';
import { nodeUnreachable } from '../../kb/probes/node-unreachable.ts';
import type { Probe, ProbeFinding } from '../../kb/schemas/probe.ts';
import type { EvidenceRange, EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { Collected } from './collect.ts';

/** The place that a finding cites: the line that shows it, or the whole output. */
export function rangeOf(
  probe: Probe,
  node: string,
  line: number | undefined,
  { answer, raw }: Collected,
): EvidenceRange {
  const source = `probe ${probe.id} on ${node}`;
  return { evidenceId: raw.id, source, ...lineRange(answer.stdout, line) };
}

export function toFinding(probe: Probe, node: string, seen: ProbeFinding, range: EvidenceRange): Finding {
  const role = probe.outcomes.find((kind) => kind.id === seen.kind)?.role;
  if (role === undefined) throw new Error(`probe ${probe.id} reported ${seen.kind}, which it does not list`);
  const { device } = seen;
  const place = `${node}|${device?.kind ?? ''}:${device?.index ?? ''}:${device?.name ?? ''}`;
  return {
    id: findingId(seen.kind, place, range),
    kind: seen.kind,
    role,
    node,
    ...(device === undefined ? {} : { device }),
    ...(seen.atMs === undefined ? {} : { atMs: seen.atMs }),
    ...(seen.lastMs === undefined ? {} : { lastMs: seen.lastMs }),
    count: seen.count ?? 1,
    range,
    text: excerpt(seen.text),
    ...(seen.values === undefined ? {} : { values: masked(seen.values) }),
  };
}

/** That nobody can log in to a node is evidence, whichever probe it was that was asked for. */
export function unreachableFinding(probe: Probe, node: string, text: string, said: EvidenceRef): Finding {
  const source = `probe ${probe.id} on ${node}`;
  const range = { evidenceId: said.id, source, byteStart: 0, byteEnd: said.bytes };
  const { id: kind, role } = nodeUnreachable;
  return { id: findingId(kind, node, range), kind, role, node, count: 1, range, text };
}

function lineRange(stdout: string, line: number | undefined): { line?: number; byteStart: number; byteEnd: number } {
  const lines = stdout.split('\n');
  const text = line === undefined ? undefined : lines[line - 1];
  if (line === undefined || text === undefined) return { byteStart: 0, byteEnd: Buffer.byteLength(stdout) };
  const byteStart = Buffer.byteLength(lines.slice(0, line - 1).join('\n')) + (line > 1 ? 1 : 0);
  return { line, byteStart, byteEnd: byteStart + Buffer.byteLength(text) };
}

function masked(values: NonNullable<ProbeFinding['values']>): NonNullable<Finding['values']> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  );
}
