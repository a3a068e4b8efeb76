import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterStatus, ControlClient, FaultListing } from '../../infra/cluster/control-client.ts';
import { placeOf } from './fault-place.ts';
import { renderHeatMap, type GaugeName } from './heat-map.ts';
import { age, paint, renderJson, renderTable, type Terminal } from './output.ts';

const actionsShownMax = 10;

// What a file or a pipe gets.
const columnsElsewhere = 120;

export async function printStatus(
  terminal: Terminal,
  control: ControlClient,
  gauge: GaugeName,
  json: boolean,
): Promise<void> {
  terminal.out(json ? renderJson(await control.status()) : await glance(terminal, control, gauge));
}

/** Draws over what it drew, on a screen of its own that goes with it; one glance below the other where no person watches. */
export async function watchStatus(
  terminal: Terminal,
  control: ControlClient,
  gauge: GaugeName,
  seconds: number,
  stop: AbortSignal,
): Promise<void> {
  const { isTTY } = process.stdout;
  if (isTTY) process.stdout.write('\u001b[?1049h\u001b[?25l');
  try {
    while (!stop.aborted) {
      const text = await glance(terminal, control, gauge);
      if (isTTY) process.stdout.write(`\u001b[H${onScreen(text, process.stdout.rows)}\u001b[J`);
      else terminal.out(`${text}\n`);
      await sleep(seconds * 1000, undefined, { signal: stop }).catch(() => {});
    }
  } finally {
    if (isTTY) process.stdout.write('\u001b[?25h\u001b[?1049l');
  }
}

async function glance(terminal: Terminal, control: ControlClient, gauge: GaugeName): Promise<string> {
  const [status, gpus] = await Promise.all([control.status(), control.gpus()]);
  const map = renderHeatMap(terminal, gpus, gauge, process.stdout.columns ?? columnsElsewhere);
  return `${await renderStatus(terminal, status)}\n\n${map}`;
}

/** As many lines as there are on the screen, each cleared to its end. */
function onScreen(text: string, rows: number): string {
  return text
    .split('\n')
    .slice(0, Math.max(1, rows - 1))
    .map((line) => `${line}\u001b[K\n`)
    .join('');
}

/** The simulated cluster at a glance: speed of the job, faults, alerts, latest actions. */
export async function renderStatus(terminal: Terminal, status: ClusterStatus): Promise<string> {
  const { jobs, faults, alerts, unplugged, actions, clusterMs } = status;
  const since = (sinceMs: number) => age(clusterMs - sinceMs);
  const lines = [
    `${paint(terminal, 'bold', status.cluster)}: ${status.nodes} nodes, ${status.gpus} GPUs, ${status.clusterTime} (${status.rate} × wall time)`,
    ...jobs.map(jobLine),
    ...faults.map((fault) =>
      paint(terminal, 'red', `Fault ${fault.id} on ${placeOf(fault)} since ${since(fault.sinceMs)}`),
    ),
    ...unplugged.map((node) => paint(terminal, 'yellow', `${node} is unplugged`)),
    ...alerts.map((alert) => `Alert ${alert.alertname} ${alert.state} since ${since(alert.sinceMs)}`),
  ];
  if (faults.length === 0) lines.push(paint(terminal, 'green', 'No fault is active.'));
  if (actions.length === 0) return lines.join('\n');
  const rows = actions
    .slice(-actionsShownMax)
    .map((action) => [action.clusterTime, action.by, action.fault ?? '-', action.text]);
  return `${lines.join('\n')}\n\n${await renderTable(terminal, ['CLUSTER TIME', 'BY', 'FAULT', 'ACTION'], rows)}`;
}

function jobLine({ name, state, iteration, relativeSpeed, nodes }: ClusterStatus['job']): string {
  const speed = relativeSpeed === null ? 'not started' : `${Math.round(relativeSpeed * 100)} % of its speed`;
  return `Job ${name} (${state}) on ${nodes.length} nodes: iteration ${iteration}, ${speed}`;
}

export function renderFaults(terminal: Terminal, faults: readonly FaultListing[]): Promise<string> {
  const rows = faults.map(({ id, kind, category, summary, active }) => [
    id,
    kind,
    category ?? '-',
    active.length === 0 ? '-' : { text: active.map(placeOf).join(', '), style: 'red' as const },
    summary,
  ]);
  return renderTable(terminal, ['FAULT', 'KIND', 'CATEGORY', 'ACTIVE ON', 'WHAT IT DOES'], rows);
}
