import { boundaries } from '../../boundaries.ts';
import { paint, renderTable, type Cell as TableCell, type Terminal } from '../output.ts';
import { machineLine } from './machine.ts';
import type { CellOutcome, KillReport } from './run-kills.ts';

/** The matrix for people: activities and boundaries down, processes across. */
export async function renderKills(terminal: Pick<Terminal, 'colour'>, report: KillReport): Promise<string> {
  const { cells, incidents, totals } = report;
  const processes = [...new Set(cells.map(({ process }) => process))].toSorted();
  const activities = [...new Set(cells.map(({ activity }) => activity))];
  const byKey = new Map(cells.map((cell) => [`${cell.process}|${cell.activity}|${cell.boundary}`, cell]));
  const rows = activities.flatMap((activity) =>
    boundaries
      .filter((boundary) => cells.some((cell) => cell.boundary === boundary))
      .map((boundary) => [
        activity,
        boundary,
        ...processes.map((process) => word(byKey.get(`${process}|${activity}|${boundary}`))),
      ]),
  );
  const failed = incidents.filter(({ problems }) => problems.length > 0);
  const kills = incidents.reduce((sum, incident) => sum + incident.kills.length, 0);
  return [
    await renderTable(terminal, ['ACTIVITY', 'KILLED WHEN', ...processes.map((name) => name.toUpperCase())], rows),
    '',
    ...failed.flatMap(({ workflowId, problems, kills: died, stateDir }) => [
      paint(terminal, 'red', `${workflowId ?? 'an incident'} did not end right (${stateDir}):`),
      ...problems.map((problem) => `  - ${problem}`),
      `  killed: ${died
        .flatMap((kill) => kill.cells)
        .map((cell) => `${cell.process} at ${cell.activity} ${cell.boundary}`)
        .join(', ')}`,
    ]),
    `${totals.ok} ok, ${totals.failed} failed, ${totals.notReached} not reached; ${kills} kills in ${incidents.length} incidents, ${Math.round(report.durationMs / 60_000)} min, seed ${report.seed}`,
    ...(report.machine === null ? [] : [machineLine(report.machine)]),
  ].join('\n');
}

function word(cell: CellOutcome | undefined): TableCell {
  switch (cell?.outcome) {
    case undefined:
      return '';
    case 'ok':
      return { text: 'ok', style: 'green' };
    case 'failed':
      return { text: 'FAILED', style: 'red' };
    case 'not-reached':
      return { text: 'not reached', style: 'yellow' };
  }
}
