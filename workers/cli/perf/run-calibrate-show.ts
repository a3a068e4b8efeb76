import { setTimeout as sleep } from 'node:timers/promises';
import type { CalibrationStore, ProbeRunner } from '../../../activities/ports.ts';
import { readInstalled } from '../../../activities/read-installed.ts';
import { steadyClock } from '../../../activities/steady-clock.ts';
import { modelDigest } from '../../../activities/model-digest.ts';
import { calibrationFor } from '../../../kb/performance/calibration/calibration-for.ts';
import { gpuFigures } from '../../../kb/performance/calibration/gpu-figures.ts';
import { measuredQuantities } from '../../../kb/performance/calibration/quantities.ts';
import type { Installed, StaleRecord } from '../../../kb/performance/calibration/validity.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { CliContext } from '../context.ts';
import { age, paint, plain, renderJson } from '../output.ts';
import { forgotten } from '../probe-run.ts';
import { ticking } from '../ticking.ts';
import { findRecord } from './calibrate-revoke.ts';
import { figureTable, lowDevices, lowText, percent, short } from './figure-table.ts';

type ShowContext = Pick<CliContext, 'terminal' | 'nowMs'>;

const linesShownMax = 40;

export function installedNow(
  { terminal }: ShowContext,
  inventory: Inventory,
  runner: ProbeRunner,
  signal: AbortSignal,
): Promise<Installed> {
  const pause = (ms: number, until: AbortSignal) => sleep(ms, undefined, { signal: until });
  const names = inventory.nodes.map(({ name }) => name);
  return ticking(
    terminal,
    () => `asking ${names.length} nodes for driver and VBIOS`,
    () => readInstalled({ inventory, runner, evidence: forgotten, clock: steadyClock, pause, signal }, names),
  );
}

export async function showCalibration(
  { terminal, nowMs }: ShowContext,
  store: CalibrationStore,
  { cluster, nodes }: Inventory,
  drivers: Installed,
  json: boolean,
): Promise<void> {
  const { records, problems } = await store.records(cluster);
  const wanted = { cluster, nowMs: nowMs(), drivers };
  const read = gpuFigures(records, wanted);
  const names = nodes.map(({ name }) => name);
  const { site, stale, slowest, slowestShare } = calibrationFor(records, {
    ...wanted,
    nodes: names,
    modelDigest: modelDigest(),
  });
  const revoked = records.flatMap((record) => (record.kind === 'revoked' ? [record] : []));
  const allStale = unique([...stale, ...read.stale]);
  if (json) {
    const figures = read.figures.map(({ id, node, atMs, figure }) => ({ id, node, atMs, ...figure }));
    terminal.out(renderJson({ cluster, site, figures, slowest, slowestShare, stale: allStale, revoked, problems }));
    return;
  }
  if (records.length === 0)
    terminal.out(`Nothing is calibrated on ${cluster}; \`wardround perf calibrate gpus\` begins.`);
  if (site !== null)
    terminal.out(
      `Site scale ${short(site.scale)}: steps take ${short(site.scale)} times what the model says, spread ${percent(site.sigma)}, from ${site.runs} runs`,
    );
  if (read.figures.length > 0) {
    const sorted = read.figures.toSorted((a, b) => (a.node < b.node ? -1 : a.node > b.node ? 1 : 0));
    terminal.out(await figureTable(terminal, sorted));
    for (const one of lowDevices(sorted)) terminal.out(`${paint(terminal, 'red', 'Low:')} ${lowText(one)}`);
    const measured = [...new Map(sorted.map(({ id, node, atMs }) => [id, { node, atMs }]))];
    for (const [id, { node, atMs }] of measured.slice(0, linesShownMax))
      terminal.out(paint(terminal, 'dim', `${id.slice(0, 12)}  ${node}, measured ${age(wanted.nowMs - atMs)} ago`));
  }
  for (const { id, node, reason } of allStale.slice(0, linesShownMax))
    terminal.out(`${paint(terminal, 'yellow', 'Stale:')} ${id.slice(0, 12)} ${node ?? 'site scale'}: ${reason}`);
  for (const { target, by, reason } of revoked.slice(0, linesShownMax))
    terminal.out(paint(terminal, 'dim', `Revoked: ${target.slice(0, 12)} by ${plain(by)}: ${plain(reason)}`));
  for (const { place, message } of problems.slice(0, linesShownMax))
    terminal.err(`${paint(terminal, 'yellow', 'Left out:')} ${plain(place)}: ${plain(message)}`);
}

/** One record with all that is known of where it comes from. */
export async function showRecord(
  { terminal }: ShowContext,
  store: CalibrationStore,
  cluster: string,
  begins: string,
  json: boolean,
): Promise<void> {
  const { record, revoked } = await findRecord(store, cluster, begins);
  if (json) {
    terminal.out(renderJson({ ...record, revoked }));
    return;
  }
  const lines = [
    `id          ${record.id}${revoked ? '  (revoked)' : ''}`,
    `measured    ${new Date(record.atMs).toISOString()} by ${plain(record.by)}`,
    `valid until ${new Date(record.validUntilMs).toISOString()}`,
  ];
  if (record.kind === 'site')
    terminal.out(
      [
        ...lines,
        `scale       ${short(record.scale)} (spread ${percent(record.sigma)}, ${record.runs} runs from ${plain(record.from)})`,
        `drivers     ${record.drivers.map(plain).join(', ') || 'unknown'}`,
        `runs        sha256 ${record.samplesDigest}`,
        `model       sha256 ${record.modelDigest}`,
      ].join('\n'),
    );
  else {
    const tools = [...new Set(record.figures.map(({ quantity }) => quantity))];
    terminal.out(
      [
        ...lines,
        `node        ${plain(record.node)}, to ${percent(record.precision)} of the mean`,
        ...tools.map((quantity) => `${quantity.padEnd(11)} ${measuredQuantities[quantity].tool}`),
        ...installed(record.figures),
      ].join('\n'),
    );
    terminal.out(
      await figureTable(
        terminal,
        record.figures.map((figure) => ({ node: record.node, figure })),
      ),
    );
  }
}

function installed(
  figures: readonly { readonly conditions: { driver: string | null; vbios: string | null; ecc: string | null } }[],
) {
  const told = figures.map(
    ({ conditions: { driver, vbios, ecc } }) =>
      `driver ${driver ?? 'unknown'}, VBIOS ${vbios ?? 'unknown'}, ECC ${ecc ?? 'unknown'}`,
  );
  return [...new Set(told)].map((text) => `installed   ${plain(text)}`);
}

function unique(stale: readonly StaleRecord[]): readonly StaleRecord[] {
  return [...new Map(stale.map((one) => [one.id, one])).values()];
}
