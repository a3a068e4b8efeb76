import { setTimeout as sleep } from 'node:timers/promises';
import { calibrateDevices, type NodeMeasured, type Skipped } from '../../../activities/calibrate-devices.ts';
import type { CalibrationStore, ProbeRunner } from '../../../activities/ports.ts';
import { steadyClock } from '../../../activities/steady-clock.ts';
import type { StopRule } from '../../../kb/performance/calibration/stop-rule.ts';
import { probeById } from '../../../kb/probes/index.ts';
import type { DeviceFigure, Quantity } from '../../../kb/schemas/calibration.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, paint, renderJson, type ExitCode } from '../output.ts';
import { forgotten } from '../probe-run.ts';
import { ticking } from '../ticking.ts';
import { measuringFailed } from './calibrate-gpus.ts';
import { figureTable, lowDevices, lowText } from './figure-table.ts';

export interface CalibrateGpus {
  readonly inventory: Inventory;
  readonly nodes: readonly string[];
  readonly quantities: readonly Quantity[];
  readonly rule: StopRule;
  readonly validMs: number;
  readonly by: string;
  readonly runner: ProbeRunner;
  /** Null: nothing is kept. */
  readonly store: CalibrationStore | null;
  readonly signal: AbortSignal;
  readonly json: boolean;
}

/** Measures, stores each node as it is done, and shows all of it. */
export async function runCalibrateGpus(
  context: Pick<CliContext, 'terminal' | 'nowMs'>,
  wanted: CalibrateGpus,
): Promise<ExitCode> {
  const { terminal, nowMs } = context;
  const { inventory, nodes, quantities, rule, runner, signal, store } = wanted;
  let latest = `${nodes.length} nodes`;
  let runs = 0;
  let nodesDone = 0;
  const ids = new Map<string, string>();
  const progress = () => `${nodesDone} of ${nodes.length} nodes, ${runs} runs, ${latest}`;
  const measured = await ticking(terminal, progress, () =>
    calibrateDevices({
      inventory,
      nodes,
      quantities,
      rule,
      runner,
      signal,
      probe: probeById,
      evidence: forgotten,
      clock: steadyClock,
      pause: (ms, until) => sleep(ms, undefined, { signal: until }),
      onRun({ node, quantity, device, run }) {
        runs += 1;
        latest = `${node} ${quantity} ${device} run ${run}`;
      },
      async onNode(node) {
        nodesDone += 1;
        const id = await keep(wanted, node, nowMs());
        if (id !== null) ids.set(node.node, id);
      },
    }),
  );
  const skipped = measured.flatMap((node) => node.skipped);
  const placed = measured.flatMap(({ node, figures }) => figures.map((figure) => ({ node, figure })));
  const low = lowDevices(placed);
  if (wanted.json)
    terminal.out(
      renderJson({
        cluster: inventory.cluster,
        precision: rule.precision,
        stopped: signal.aborted,
        nodes: measured.map(({ node, figures }) => ({ node, id: ids.get(node) ?? null, figures })),
        belowSiblings: low.map(({ measured: one, siblingsMedian, shortfall }) => ({
          node: one.node,
          quantity: one.figure.quantity,
          device: one.figure.device,
          median: one.figure.median,
          siblingsMedian,
          shortfall,
        })),
        skipped,
      }),
    );
  else {
    if (placed.length > 0) terminal.out(await figureTable(terminal, placed));
    for (const one of low) terminal.out(`${paint(terminal, 'red', 'Low:')} ${lowText(one)}`);
    sayWhatIsMissing(context, skipped, signal.aborted);
    if (ids.size > 0)
      terminal.out(
        `Kept as ${ids.size} ${ids.size === 1 ? 'record' : 'records'}; \`wardround perf calibrate show\` lists them.`,
      );
    else if (store === null && placed.length > 0) terminal.out('Nothing was kept (--no-store).');
  }
  if (placed.length === 0) throw measuringFailed(wanted.json);
  const unsure = placed.some(({ figure }) => figure.ended !== 'steady');
  return skipped.length > 0 || unsure || signal.aborted ? exitCodes.notProven : exitCodes.done;
}

/** Written with no regard to Ctrl-C: what was measured is not thrown away. */
async function keep({ store, inventory, rule, validMs, by }: CalibrateGpus, node: NodeMeasured, atMs: number) {
  if (store === null || node.figures.length === 0) return null;
  const record = await store.add({
    kind: 'node',
    cluster: inventory.cluster,
    atMs,
    by,
    node: node.node,
    precision: rule.precision,
    validUntilMs: atMs + validMs,
    figures: node.figures.map(rounded),
  });
  return record.id;
}

/** Ten digits are more than any tool prints. */
function rounded(figure: DeviceFigure): DeviceFigure {
  const short = (value: number) => Number(value.toPrecision(10));
  return {
    ...figure,
    mean: short(figure.mean),
    median: short(figure.median),
    mad: short(figure.mad),
    p5: short(figure.p5),
    spread: short(figure.spread),
    halfWidth: figure.halfWidth === null ? null : short(figure.halfWidth),
    lagOne: short(figure.lagOne),
  };
}

const skippedShownMax = 20;

/** One line for each reason of a node: eight GPUs of one job are one thing to know. */
function sayWhatIsMissing(
  { terminal }: Pick<CliContext, 'terminal'>,
  skipped: readonly Skipped[],
  stopped: boolean,
): void {
  const byNode = [...Map.groupBy(skipped, ({ node, quantity }) => `${node} ${quantity}`)];
  for (const [place, together] of byNode.slice(0, skippedShownMax)) {
    const [first] = together;
    const devices = together.map(({ device }) => device).filter((device) => device !== '');
    const which = devices.length === 0 ? '' : ` (${devices.join(', ')})`;
    terminal.out(`${paint(terminal, 'yellow', 'Skipped:')} ${place}${which}: ${first?.reason ?? ''}`);
  }
  if (byNode.length > skippedShownMax) terminal.out(`and ${byNode.length - skippedShownMax} more; --json lists them`);
  if (stopped) terminal.out(paint(terminal, 'yellow', 'Stopped: what was measured until then stands above.'));
}
