import type { CalibrationRecord, DeviceFigure, NodeCalibration, SiteCalibration } from '../../schemas/calibration.ts';

/** What runs on the nodes now; a node that is not in it is taken as unchanged. */
export type Installed = ReadonlyMap<string, InstalledOnNode>;

export interface InstalledOnNode {
  readonly driver: string;
  /** By index of the GPU, where it is known. */
  readonly vbios?: Readonly<Record<number, string>>;
}

export type Measured = NodeCalibration | SiteCalibration;

/** A record that does not count any more, and why, in words for people. */
export interface StaleRecord {
  readonly id: string;
  /** Its node; null for the scale of the site. */
  readonly node: string | null;
  readonly reason: string;
}

/** Records that nobody revoked, newest first; of the same moment, in the order of their ids. */
export function standing(records: readonly CalibrationRecord[], cluster: string): readonly Measured[] {
  const revoked = new Set(records.flatMap((record) => (record.kind === 'revoked' ? [record.target] : [])));
  return records
    .flatMap((record) => (record.kind === 'revoked' || record.cluster !== cluster ? [] : [record]))
    .filter(({ id }) => !revoked.has(id))
    .toSorted((a, b) => b.atMs - a.atMs || (a.id < b.id ? -1 : 1));
}

// Clocks of the machines that write and read records agree within seconds under NTP; an hour is a wrong time zone.
const aheadMsMax = 3_600_000;

/** Time alone; null while it is valid. A record from a clock far ahead would be the newest for as long as it is. */
export function expired({ atMs, validUntilMs }: Measured, nowMs: number): string | null {
  if (atMs > nowMs + aheadMsMax) return `it is dated ${day(atMs)}, which is still to come`;
  return nowMs < validUntilMs ? null : `its time was up on ${day(validUntilMs)}`;
}

/** A driver or a VBIOS other than the one that it was measured under; null where it is the same, or nobody said. */
export function conditionsChanged(
  { conditions: { driver, vbios }, device }: Pick<DeviceFigure, 'conditions' | 'device'>,
  node: string,
  installed: Installed,
): string | null {
  const now = installed.get(node);
  if (now === undefined) return null;
  if (driver !== null && driver !== now.driver)
    return `measured under driver ${driver}, ${node} now runs ${now.driver}`;
  const nowVbios = device?.index === undefined ? undefined : now.vbios?.[device.index];
  if (vbios !== null && nowVbios !== undefined && vbios !== nowVbios)
    return `measured under VBIOS ${vbios}, GPU ${device?.index} of ${node} now has ${nowVbios}`;
  return null;
}

/** Interrupted before an interval could be told: kept for people, and not calculated with. */
export function tooFewRuns({ halfWidth, runs }: Pick<DeviceFigure, 'halfWidth' | 'runs'>): string | null {
  return halfWidth === null ? `only ${runs} runs after warm-up, too few to say how sure the figure is` : null;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
