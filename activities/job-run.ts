import { createHash } from 'node:crypto';
import { readArguments } from '../kb/performance/run/read-arguments.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';
import type { TrainingRun } from '../kb/schemas/training-run.ts';
import type { LogManifest } from '../workflows/domain/phase-data.ts';
import { timedPrefixes } from './log-layout.ts';
import { PortError, type LogStore } from './ports.ts';
import type { RunOrigin } from './prediction-document.ts';
import { readRank } from './rank-windows.ts';

export type InventoryJob = Inventory['jobs'][number];

/** What a job trains, and where each field of it is from. `run: null`: nobody says. */
export interface JobRun {
  readonly run: TrainingRun | null;
  readonly origins: readonly RunOrigin[];
}

export interface JobRunPorts {
  readonly logs: (bucket: string) => LogStore;
}

/**
 * The inventory's own description of the job, else the arguments that rank 0 printed when it started: in the gathered
 * windows, or in the first ones that are kept of it.
 */
export async function jobRun(
  ports: JobRunPorts,
  inventory: Inventory,
  job: InventoryJob,
  manifest: LogManifest | null,
  signal: AbortSignal,
): Promise<JobRun> {
  if (job.training !== undefined)
    return { run: job.training, origins: [{ fields: fieldsOf(job.training), from: 'inventory' }] };
  const printed = await printedArguments(ports, inventory, job, manifest, signal);
  if (printed === null) return { run: null, origins: [] };
  const placed = placedFields(inventory, job);
  // What runs is where the ranks are, whatever the arguments counted.
  const run = { ...printed.fields, ...placed };
  const { source, sha256 } = printed;
  return {
    run,
    origins: [
      { fields: fieldsOf(placed), from: 'placement' },
      { fields: fieldsOf(printed.fields).filter((field) => !(field in placed)), from: 'log', source, sha256 },
    ],
  };
}

export function fieldsOf(run: Partial<TrainingRun>): readonly string[] {
  return Object.entries(run)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([field]) => field)
    .toSorted();
}

/** Which GPUs, and how many: from the ranks' places. The most frequent model speaks for all. */
function placedFields(inventory: Inventory, { ranks }: InventoryJob): Pick<TrainingRun, 'gpu' | 'gpus' | 'nodes'> {
  const models = new Map(
    inventory.nodes.flatMap(({ name, gpus }) => gpus.map(({ index, model }) => [`${name}|${index}`, model] as const)),
  );
  const counted = Map.groupBy(ranks, ({ node, gpu }) => models.get(`${node}|${gpu}`) ?? 'unknown');
  const [gpu = 'unknown'] = [...counted].toSorted((a, b) => b[1].length - a[1].length)[0] ?? [];
  return { gpu, gpus: ranks.length, nodes: new Set(ranks.map(({ node }) => node)).size };
}

interface Printed {
  readonly fields: Partial<TrainingRun>;
  readonly source: string;
  readonly sha256: string;
}

// A start-up prints its arguments within its first windows; more of them are steps.
const firstWindowsMax = 3;
const windowBytesMax = 16 * 1024 * 1024;

async function printedArguments(
  { logs }: JobRunPorts,
  inventory: Inventory,
  job: InventoryJob,
  manifest: LogManifest | null,
  signal: AbortSignal,
): Promise<Printed | null> {
  const gathered = manifest === null ? [] : await readRank(logs, manifest, 0, signal);
  return (
    lastPrinted(gathered.map(({ window, bytes }) => ({ source: window.source, bytes }))) ??
    firstPrinted(logs(inventory.logs.bucket), inventory, job, signal)
  );
}

async function firstPrinted(
  store: LogStore,
  inventory: Inventory,
  job: InventoryJob,
  signal: AbortSignal,
): Promise<Printed | null> {
  const node = job.ranks.find(({ rank }) => rank === 0)?.node;
  if (node === undefined) return null;
  const source = { kind: 'rank' as const, name: `rank 0 of ${job.name}`, job: job.name, rank: 0, node };
  const [prefix = ''] = timedPrefixes(inventory, source, 0, 0);
  const { objects } = await store.list(prefix, { objectsMax: firstWindowsMax, signal });
  const read: Kept[] = [];
  for (const object of objects) {
    const bytes = await store.read(object, { bytesMax: windowBytesMax, signal }).catch(unreadable);
    if (bytes !== null) read.push({ source: object.key, bytes });
  }
  return lastPrinted(read);
}

interface Kept {
  readonly source: string;
  readonly bytes: Uint8Array;
}

/** Of windows in the order of time; a later start counts more than an earlier one. A block that goes on in the next window is read with it. */
function lastPrinted(windows: readonly Kept[]): Printed | null {
  for (let at = windows.length - 1; at >= 0; at -= 1) {
    const begun = windows[at];
    const found = begun === undefined ? null : readFrom(begun, windows[at + 1]);
    if (found !== null) return found;
  }
  return null;
}

function unreadable(error: unknown): null {
  if (error instanceof PortError && (error.kind === 'not-found' || error.kind === 'too-large')) return null;
  throw error;
}

function readFrom({ source, bytes }: Kept, next: Kept | undefined): Printed | null {
  const told = readArguments([...linesOf(bytes), ...(next === undefined ? [] : linesOf(next.bytes))]);
  if (told === null) return null;
  return { fields: told.fields, source, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return new TextDecoder().decode(bytes).split('\n');
}
