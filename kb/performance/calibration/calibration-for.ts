import { median } from 'simple-statistics';
import { siblingsMin } from '../../probes/siblings.ts';
import type { CalibrationRecord } from '../../schemas/calibration.ts';
import type { SiteScale } from '../prediction.ts';
import { shortfallMin } from './below-siblings.ts';
import { gpuFigures, type ValidFigure } from './gpu-figures.ts';
import { expired, standing, type Installed, type StaleRecord } from './validity.ts';

/** What the site's own measurements say for a prediction. */
export interface Calibration {
  readonly site: SiteScale | null;
  /**
   * Matrix throughput of the slowest GPU on the nodes over the site's median of the same board: a synchronous job runs
   * at its slowest rank. Divide compute time by it. The typical GPU is in the model's constants and the site scale
   * already, so that nominal figures of a catalogue would count it twice. Null: none of the GPUs has a valid figure, or too few have one to tell what is typical.
   * GPUs in `low` are left out: a fault is no reason to expect a slow job.
   */
  readonly slowestShare: number | null;
  /** The GPU that `slowestShare` is of. */
  readonly slowest: CalibratedGpu | null;
  /** GPUs of the nodes more than 5 % below the site's median of their board. */
  readonly low: readonly CalibratedGpu[];
  /** GPUs of the nodes with a valid figure. */
  readonly gpusMeasured: number;
  readonly stale: readonly StaleRecord[];
  /** Ids of the records that this stands on. */
  readonly used: readonly string[];
}

export interface CalibratedGpu {
  readonly node: string;
  readonly gpu: number;
  readonly value: number;
  readonly unit: string;
  /** Of the site's median of the same board. */
  readonly share: number;
}

export interface CalibrationWanted {
  readonly cluster: string;
  /** Of the job. */
  readonly nodes: readonly string[];
  readonly nowMs: number;
  /** What is installed on nodes now, where it is known. */
  readonly drivers?: Installed;
  /** Digest of the model that will predict; a scale that was fitted to another one is stale. */
  readonly modelDigest?: string;
}

/** The newest valid calibration for a job on these nodes. */
export function calibrationFor(records: readonly CalibrationRecord[], wanted: CalibrationWanted): Calibration {
  const { cluster, nowMs, drivers = new Map() } = wanted;
  const scale = newestScale(records, wanted);
  const read = gpuFigures(records, { cluster, nowMs, drivers, quantity: 'gemm' });
  const own = read.figures.filter(({ node }) => wanted.nodes.includes(node));
  const gpus = own.flatMap((one) => calibratedGpu(one, read.figures)).toSorted((one, other) => one.share - other.share);
  const well = gpus.filter(({ share }) => share >= 1 - shortfallMin);
  const ownStale = read.stale.filter(({ node }) => node !== null && wanted.nodes.includes(node));
  return {
    site: scale.site,
    slowestShare: well[0]?.share ?? null,
    slowest: well[0] ?? null,
    low: gpus.filter(({ share }) => share < 1 - shortfallMin),
    gpusMeasured: own.length,
    stale: [...scale.stale, ...ownStale],
    used: [...new Set([...scale.used, ...own.map(({ id }) => id)])],
  };
}

/** The site's scale as predictions take it; null where none is valid. `driver`: the one that the site runs now. */
export function siteScaleOf(
  records: readonly CalibrationRecord[],
  cluster: string,
  nowMs: number,
  driver?: string,
): SiteScale | null {
  const drivers: Installed = new Map(driver === undefined ? [] : [['', { driver }]]);
  return newestScale(records, { cluster, nodes: [''], nowMs, drivers }).site;
}

interface ScaleRead {
  readonly site: SiteScale | null;
  readonly stale: readonly StaleRecord[];
  readonly used: readonly string[];
}

function newestScale(records: readonly CalibrationRecord[], wanted: CalibrationWanted): ScaleRead {
  const stale: StaleRecord[] = [];
  for (const record of standing(records, wanted.cluster)) {
    if (record.kind !== 'site') continue;
    const reason = expired(record, wanted.nowMs) ?? scaleOutdated(record.drivers, record.modelDigest, wanted);
    if (reason === null) {
      const { id, scale, sigma, runs } = record;
      return { site: { scale, sigma, runs }, stale, used: [id] };
    }
    stale.push({ id: record.id, node: null, reason });
  }
  return { site: null, stale, used: [] };
}

function scaleOutdated(
  measuredUnder: readonly string[],
  fittedTo: string,
  { nodes, drivers = new Map(), modelDigest }: CalibrationWanted,
): string | null {
  if (modelDigest !== undefined && fittedTo !== modelDigest) return 'it was fitted to another version of the model';
  const now = nodes.flatMap((node) => drivers.get(node)?.driver ?? []);
  const other = now.find((driver) => measuredUnder.length > 0 && !measuredUnder.includes(driver));
  return other === undefined ? null : `its runs used driver ${measuredUnder.join(', ')}, the nodes now run ${other}`;
}

/** Nothing where three or fewer of the board were measured: of two that differ, half the difference is each one's. */
function calibratedGpu(one: ValidFigure, all: readonly ValidFigure[]): readonly CalibratedGpu[] {
  const { median: value, unit, device } = one.figure;
  const alike = all.filter(({ figure }) => figure.device?.model === device?.model);
  if (alike.length <= siblingsMin) return [];
  const typical = median(alike.map(({ figure }) => figure.median));
  return [{ node: one.node, gpu: device?.index ?? 0, value, unit, share: value / typical }];
}
