import { shortIncidentId } from '../incident-start.ts';
import type { IncidentDesk, IncidentFilter, IncidentRow, IncidentRows } from './incident-desk.ts';
import { age, paint, renderJson, renderTable, type Cell, type Style, type Terminal } from './output.ts';

export interface ListOptions {
  readonly filter: IncidentFilter;
  readonly rowsMax: number;
  readonly json: boolean;
}

/** Prints incidents, newest first. */
export async function listIncidents(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'list'>,
  options: ListOptions,
  nowMs: number,
): Promise<void> {
  const found = await desk.list({ idStart: 'incident/', ...options.filter }, options.rowsMax);
  terminal.out(options.json ? renderJson(asJson(found)) : await asTable(terminal, found, nowMs));
  if (!options.json && found.truncated)
    terminal.err(paint(terminal, 'dim', `Only the newest ${options.rowsMax} are shown; see more with --max.`));
}

function asJson({ rows, truncated }: IncidentRows): unknown {
  return { incidents: rows.map((row) => ({ id: shortIncidentId(row.workflowId), ...row })), truncated };
}

async function asTable(terminal: Terminal, { rows }: IncidentRows, nowMs: number): Promise<string> {
  if (rows.length === 0) return 'No incidents. (Closed ones are listed with --all.)';
  return renderTable(
    terminal,
    ['ID', 'PHASE', 'SEVERITY', 'AGE', 'VERDICT', 'CAUSE', 'NODES', 'NEEDS HUMAN'],
    rows.map((row): readonly Cell[] => [
      shortIncidentId(row.workflowId),
      { text: phaseOf(row), style: row.closedAtMs === null ? 'cyan' : 'dim' },
      { text: row.severity ?? '-', style: severityStyle(row.severity) },
      age(nowMs - row.startedAtMs),
      row.verdict ?? '-',
      row.categories.join(', ') || '-',
      row.nodes.join(', ') || '-',
      row.needsHuman ? { text: 'yes', style: 'yellow' } : '-',
    ]),
  );
}

/** A run that the engine ended keeps the phase in which it was. */
function phaseOf(row: IncidentRow): string {
  const phase = row.phase ?? 'intake';
  return row.closedAtMs === null || phase === 'closed' ? phase : `${phase} (${row.status.toLowerCase()})`;
}

function severityStyle(severity: string | null): Style {
  if (severity === 'critical' || severity === 'error') return 'red';
  return severity === 'warning' ? 'yellow' : 'reset';
}
