import { renderChart } from './chart.ts';
import type { IncidentDesk, ReadIncident } from './incident-desk.ts';
import { CommandFailure, paint, plain, renderJson, type Terminal } from './output.ts';
import type { PendingRetry } from './pending-retries.ts';

/** Prints the chart of an incident, open or closed. */
export async function showIncident(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'read'>,
  workflowId: string,
  options: { readonly runId?: string; readonly json: boolean },
): Promise<void> {
  const { view, retrying = [] } = await readChart(desk, workflowId, options.runId);
  if (options.json) return terminal.out(renderJson(retrying.length === 0 ? view : { ...view, retrying }));
  terminal.out(
    [renderChart(terminal, view), ...(retrying.length === 0 ? [] : [retriesText(terminal, retrying)])].join('\n\n'),
  );
}

/** Below the chart, because nobody has to do anything but mend what the reason names. */
function retriesText(terminal: Terminal, retrying: readonly PendingRetry[]): string {
  const lines = retrying.map(
    ({ activity, attempt, why, untilMs }) =>
      `  ${plain(`${activity} failed ${attempt - 1} ${attempt === 2 ? 'time' : 'times'}: ${why}${untilMs === null ? '' : `; given up at ${new Date(untilMs).toISOString()} at the latest`}`)}`,
  );
  return [paint(terminal, 'bold', 'Being tried again'), ...lines].join('\n');
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
  return { ...found, view };
}
