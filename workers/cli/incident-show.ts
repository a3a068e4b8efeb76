import { renderChart } from './chart.ts';
import type { IncidentDesk, ReadIncident } from './incident-desk.ts';
import { CommandFailure, renderJson, type Terminal } from './output.ts';

/** Prints the chart of an incident, open or closed. */
export async function showIncident(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'read'>,
  workflowId: string,
  options: { readonly runId?: string; readonly json: boolean },
): Promise<void> {
  const { view } = await readChart(desk, workflowId, options.runId);
  terminal.out(options.json ? renderJson(view) : renderChart(terminal, view));
}

export async function readChart(
  desk: Pick<IncidentDesk, 'read'>,
  workflowId: string,
  runId?: string,
): Promise<ReadIncident & { readonly view: NonNullable<ReadIncident['view']> }> {
  const found = await desk.read(workflowId, runId);
  if (found === null)
    throw new CommandFailure(
      `there is no incident ${workflowId}${runId === undefined ? '' : ` with run ${runId}`}`,
      'see them with `wardround incident list --all`; the server forgets closed ones after its retention time',
    );
  const { row, view } = found;
  if (view === null)
    throw new CommandFailure(
      `${workflowId} ended as ${row.status} and left no chart`,
      'its history is in the Temporal Web UI',
    );
  return { row, view };
}
