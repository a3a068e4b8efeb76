/** One monitor of a module: a value for each lane, or one for the whole module, and the module's own limits. */
export interface OpticMonitor {
  readonly lanes: readonly number[];
  readonly low: number | null;
  readonly high: number | null;
  readonly line: number;
}

/** What a monitor shows outside of its limits, and on which lane, from 1. */
export interface OpticExcess {
  readonly value: number;
  readonly lane: number;
  readonly limit: number;
  readonly line: number;
}

const numberPattern = /^-?\d{1,6}(?:\.\d{1,6})?$/;

/**
 * `1.886,1.989,2.281,1.976 [-10.41..6]`; null where the module does not measure it. Passive cables print `N/A`, and from
 * MFT 4.35 on zeros between limits that are both zero.
 */
export function opticMonitor(text: string, line: number): OpticMonitor | null {
  const parts = /^([^[]{1,160}?)\s*(?:\[\s*(-?[\d.]{1,12}?)\s*\.\.\s*(-?[\d.]{1,12}?)\s*\])?$/.exec(text);
  if (parts === null) return null;
  const lanes = (parts[1] ?? '').split(',').map((value) => value.trim());
  const measured = lanes.filter((value) => numberPattern.test(value)).map(Number);
  if (measured.length === 0 || measured.length > lanesMax) return null;
  const limits = [parts[2], parts[3]].filter((value) => value !== undefined && numberPattern.test(value)).map(Number);
  const [one, other] = limits;
  if (one === undefined || other === undefined) return { lanes: measured, low: null, high: null, line };
  if (one === other) return null;
  return { lanes: measured, low: Math.min(one, other), high: Math.max(one, other), line };
}

/** Twin modules have eight lanes in each direction. */
const lanesMax = 16;

/**
 * The lane that is furthest below the module's limit. Of a link that was built with fewer lanes than the module has
 * (HDR100, NDR200), the others are dark on purpose: the best `used` lanes count.
 */
export function belowLimit(monitor: OpticMonitor | null, used: number | null): OpticExcess | null {
  if (monitor === null || monitor.low === null) return null;
  const worst = worstLane(monitor, used);
  return worst === null || worst.value >= monitor.low ? null : { ...worst, limit: monitor.low, line: monitor.line };
}

/** The lane that is furthest above the module's limit. */
export function aboveLimit(monitor: OpticMonitor | null): OpticExcess | null {
  if (monitor === null || monitor.high === null) return null;
  const value = Math.max(...monitor.lanes);
  if (value <= monitor.high) return null;
  return { value, lane: monitor.lanes.indexOf(value) + 1, limit: monitor.high, line: monitor.line };
}

function worstLane({ lanes }: OpticMonitor, used: number | null): { value: number; lane: number } | null {
  const dark = used === null ? 0 : Math.max(0, lanes.length - used);
  const lit = lanes.map((value, at) => ({ value, lane: at + 1 })).toSorted((a, b) => a.value - b.value);
  return lit[dark] ?? null;
}
