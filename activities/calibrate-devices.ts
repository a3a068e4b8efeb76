import pLimit from 'p-limit';
import { measuredQuantities } from '../kb/performance/calibration/quantities.ts';
import { judgeRuns, summariseRuns, type StopRule } from '../kb/performance/calibration/stop-rule.ts';
import { probedSite } from '../kb/probes/probed-site.ts';
import type { DeviceFigure, Quantity } from '../kb/schemas/calibration.ts';
import type { Inventory, InventoryNode } from '../kb/schemas/inventory.ts';
import type { Probe } from '../kb/schemas/probe.ts';
import { jsonDigest } from './json-evidence.ts';
import { conditionsOf, readIdentity, seenAtWork, type AtWork, type Identity } from './calibrate-conditions.ts';
import type { BatchReading } from './probe-batch/read-batch.ts';
import { readBatch } from './probe-batch/read-batch.ts';
import { createNodeLocks } from './probe-batch/node-locks.ts';
import type { Judged } from './probe-batch/judge.ts';
import type { ProbeArguments } from './probe-batch/wishes.ts';

export interface CalibrateDevices {
  readonly inventory: Inventory;
  readonly nodes: readonly string[];
  readonly quantities: readonly Quantity[];
  readonly rule: StopRule;
  readonly probe: (id: string) => Probe | undefined;
  readonly runner: BatchReading['runner'];
  readonly evidence: BatchReading['evidence'];
  readonly clock: BatchReading['clock'];
  readonly pause: BatchReading['pause'];
  /** Ends the measuring; what was measured until then is the answer. */
  readonly signal: AbortSignal;
  readonly onRun?: (done: RunDone) => void;
  /** A node is done; awaited before the next one begins. */
  readonly onNode?: (node: NodeMeasured) => Promise<void>;
}

/** One run of a tool is over. */
export interface RunDone {
  readonly node: string;
  readonly quantity: Quantity;
  /** Such as `gpu 3`; empty for a whole node. */
  readonly device: string;
  readonly run: number;
}

export interface NodeMeasured {
  readonly node: string;
  readonly figures: readonly DeviceFigure[];
  readonly skipped: readonly Skipped[];
}

/** What was not measured, and why. */
export interface Skipped {
  readonly node: string;
  readonly quantity: Quantity;
  readonly device: string;
  readonly reason: string;
}

/** Nodes that are measured at once; the runner bounds all its commands beside. */
const nodesAtOnceMax = 64;
/** Runs without a figure, one after the other, after which a device is given up. */
const failuresMax = 2;

/**
 * Measures N0: each device of a node after the other, again and again until the stop rule is met; nodes side by side. A
 * busy device is skipped and named. Runs of one device follow each other without a gap, so that it stays as warm as
 * under a job.
 */
export async function calibrateDevices(wanted: CalibrateDevices): Promise<readonly NodeMeasured[]> {
  const limit = pLimit(nodesAtOnceMax);
  // Measurements between nodes take both: one book of locks for all of them.
  const hold = createNodeLocks();
  const nodes = wanted.inventory.nodes.filter(({ name }) => wanted.nodes.includes(name));
  return Promise.all(
    nodes.map((node) =>
      limit(async () => {
        const measured = await measureNode({ ...wanted, hold }, node);
        await wanted.onNode?.(measured);
        return measured;
      }),
    ),
  );
}

interface Work extends CalibrateDevices {
  readonly hold: NonNullable<BatchReading['hold']>;
}

async function measureNode(work: Work, node: InventoryNode): Promise<NodeMeasured> {
  const figures: DeviceFigure[] = [];
  const skipped: Skipped[] = [];
  if (work.signal.aborted) return { node: node.name, figures, skipped };
  const identity = await readIdentity((id) => readOnce(work, node.name, work.probe(id)));
  for (const quantity of work.quantities)
    for (const args of subjects(work, node, quantity)) {
      if (work.signal.aborted) break;
      const one = await measureSubject(work, node, quantity, args, identity);
      figures.push(...one.figures);
      if (one.skipped !== null) skipped.push(one.skipped);
    }
  return { node: node.name, figures, skipped };
}

/** Arguments of the probe for each device; one without any for what takes the whole node. */
function subjects(work: Work, node: InventoryNode, quantity: Quantity): readonly (ProbeArguments | null)[] {
  const probe = work.probe(measuredQuantities[quantity].probe);
  return probe?.devices === undefined ? [null] : probe.devices(node, probedSite(work.inventory));
}

interface SubjectMeasured {
  readonly figures: readonly DeviceFigure[];
  readonly skipped: Skipped | null;
}

async function measureSubject(
  work: Work,
  node: InventoryNode,
  quantity: Quantity,
  args: ProbeArguments | null,
  identity: Identity,
): Promise<SubjectMeasured> {
  const { probe: id, figure: name, unit } = measuredQuantities[quantity];
  const device = Object.entries(args ?? {})
    .filter(([key]) => key !== 'peer')
    .map(([key, value]) => `${key} ${value}`)
    .join(' ');
  const values = new Map<string, { readonly device: Judged['figures'][number]['device']; readonly runs: number[] }>();
  const atWork: AtWork[] = [];
  let failures = 0;
  let reason: string | null = null;
  // The bound of the rule, and the failures in between.
  for (let run = 1; run <= work.rule.runsMax * (failuresMax + 1); run += 1) {
    const answer = await runOnce(work, node, work.probe(id), args, atWork);
    if (answer === null) break;
    // A record holds positive figures alone, and one refused figure would cost all others of the node.
    const measured = answer.figures.filter((one) => one.name === name && isFigure(one.value));
    if (measured.length === 0) {
      reason = whyNot(answer);
      failures += 1;
      if (failures >= failuresMax || isBusy(answer) || !answer.entry.read) break;
      continue;
    }
    failures = 0;
    reason = null;
    for (const one of measured) {
      const key = JSON.stringify(one.device ?? null);
      const series = values.get(key) ?? { device: one.device, runs: [] };
      series.runs.push(one.value);
      values.set(key, series);
    }
    work.onRun?.({ node: node.name, quantity, device, run });
    if ([...values.values()].every(({ runs }) => judgeRuns(runs, work.rule).state !== 'more')) break;
  }
  const figures = [...values.values()].flatMap((series): DeviceFigure[] => {
    const summary = summariseRuns(series.runs, work.rule);
    if (summary === null) return [];
    return [
      {
        quantity,
        device: deviceOf(node, series.device),
        unit,
        ...summary,
        samplesDigest: jsonDigest(series.runs),
        conditions: conditionsOf(series.device, identity, atWork),
      },
    ];
  });
  return { figures, skipped: reason === null ? null : { node: node.name, quantity, device, reason } };
}

/** One run, with a look at the device while it works. Null: told to stop. */
async function runOnce(
  work: Work,
  node: InventoryNode,
  probe: Probe | undefined,
  args: ProbeArguments | null,
  atWork: AtWork[],
): Promise<Judged | null> {
  if (probe === undefined || work.signal.aborted) return null;
  const ended = new AbortController();
  const look = seenAtWork({
    probe: work.probe,
    pause: (ms) => work.pause(ms, AbortSignal.any([work.signal, ended.signal])),
    clock: work.inventory.clock,
    costMs: probe.costMs,
    read: (clocks) => readOnce(work, node.name, clocks),
  });
  try {
    const wish = { probeId: probe.id, node: node.name, ...(args === null ? {} : { args }) };
    const [answer] = await readBatch({ ...batchOf(work, probe), load: true }, [wish]);
    return answer ?? null;
  } catch (error) {
    // What was measured before counts.
    if (work.signal.aborted) return null;
    throw error;
  } finally {
    ended.abort(new Error('the run is over'));
    atWork.push(...(await look));
  }
}

/** A passive probe; null where it could not be read, which is no reason to stop measuring. */
async function readOnce(work: Work, node: string, probe: Probe | undefined): Promise<Judged | null> {
  if (probe === undefined || work.signal.aborted) return null;
  // A second read is for what is judged, and takes seconds.
  const { again: _again, ...once } = probe;
  try {
    const [answer] = await readBatch({ ...batchOf(work, once), load: false }, [{ probeId: probe.id, node }]);
    return answer ?? null;
  } catch (error) {
    if (work.signal.aborted) return null;
    throw error;
  }
}

function batchOf(work: Work, probe: Probe): Omit<BatchReading, 'load'> {
  const { runner, evidence, clock, inventory, pause, hold, signal } = work;
  return {
    runner,
    evidence,
    clock,
    inventory,
    pause,
    hold,
    signal,
    shares: false,
    probe: (id) => (id === probe.id ? probe : undefined),
  };
}

function isFigure(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

function isBusy({ entry }: Judged): boolean {
  return entry.findings.some(({ kind }) => kind === 'measure.device.busy');
}

function whyNot({ entry }: Judged): string {
  if (!entry.read) return entry.reason;
  return entry.findings[0]?.text ?? 'no figure';
}

function deviceOf(node: InventoryNode, device: Judged['figures'][number]['device']): DeviceFigure['device'] {
  if (device === undefined) return null;
  if (device.kind !== 'gpu') return { kind: 'hca', ...(device.name === undefined ? {} : { name: device.name }) };
  const gpu = node.gpus.find(({ index }) => index === device.index);
  return {
    kind: 'gpu',
    ...(device.index === undefined ? {} : { index: device.index }),
    ...(gpu === undefined ? {} : { uuid: gpu.uuid, model: gpu.model }),
  };
}
