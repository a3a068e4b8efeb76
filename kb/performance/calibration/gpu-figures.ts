import type { CalibrationRecord, DeviceFigure, Quantity } from '../../schemas/calibration.ts';
import { conditionsChanged, expired, standing, tooFewRuns, type Installed, type StaleRecord } from './validity.ts';

/** A valid N0 and the record that holds it. */
export interface ValidFigure {
  readonly id: string;
  readonly node: string;
  readonly atMs: number;
  readonly figure: DeviceFigure;
}

export interface FiguresRead {
  readonly figures: readonly ValidFigure[];
  /** Each record that a device would have been read from, were it not stale. */
  readonly stale: readonly StaleRecord[];
}

/** The newest valid figure of every device and quantity. A newer figure that is stale does not hide an older valid one. */
export function gpuFigures(
  records: readonly CalibrationRecord[],
  about: {
    readonly cluster: string;
    readonly nowMs: number;
    readonly drivers?: Installed;
    readonly quantity?: Quantity;
  },
): FiguresRead {
  const { cluster, nowMs, drivers = new Map(), quantity } = about;
  const taken = new Map<string, ValidFigure>();
  const stale = new Map<string, StaleRecord>();
  // Of each place, by its newest record: an older figure of a board that was exchanged is nobody's.
  const boards = new Map<string, string | undefined>();
  const nodes = standing(records, cluster).flatMap((record) => (record.kind === 'node' ? [record] : []));
  for (const record of nodes)
    for (const figure of record.figures) {
      const place = devicePlace(record.node, figure);
      if (taken.has(place) || (quantity !== undefined && figure.quantity !== quantity)) continue;
      const uuid = figure.device?.uuid;
      if (boards.has(place) && boards.get(place) !== uuid) continue;
      boards.set(place, uuid);
      const reason = expired(record, nowMs) ?? conditionsChanged(figure, record.node, drivers) ?? tooFewRuns(figure);
      if (reason === null) taken.set(place, { id: record.id, node: record.node, atMs: record.atMs, figure });
      else stale.set(record.id, { id: record.id, node: record.node, reason });
    }
  return { figures: [...taken.values()], stale: [...stale.values()] };
}

function devicePlace(node: string, { quantity, device }: DeviceFigure): string {
  return JSON.stringify([node, quantity, device?.index ?? device?.name ?? null]);
}
