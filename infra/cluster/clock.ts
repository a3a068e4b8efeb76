/** Cluster time = clusterEpochMs + rate * (wall - wallEpochMs), the map that the inventory publishes. */
export interface ClockMap {
  readonly wallEpochMs: number;
  readonly clusterEpochMs: number;
  readonly rate: number;
}

/** The moving hand: what the simulator calls "now", in cluster milliseconds. */
export interface ClusterTime {
  readonly map: ClockMap;
  nowMs(): number;
}

export function clusterTime(map: ClockMap, wallNowMs: () => number): ClusterTime {
  return { map, nowMs: () => map.clusterEpochMs + map.rate * (wallNowMs() - map.wallEpochMs) };
}

/** Wall milliseconds in which `clusterMs` pass. */
export function wallDurationMs(map: ClockMap, clusterMs: number): number {
  return clusterMs / map.rate;
}

/** `2026-11-21 03:12:59`, UTC, as Python's `strftime('%Y-%m-%d %H:%M:%S')` prints it. */
export function plainTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** `2026-11-21T03:12:59.123456+00:00`; the last three digits are the fraction below a millisecond. */
export function isoMicros(ms: number, separator: '.' | ',' = '.'): string {
  const whole = Math.floor(ms);
  const micros = String(Math.floor((ms - whole) * 1000)).padStart(3, '0');
  const text = new Date(whole).toISOString();
  return `${text.slice(0, 19)}${separator}${text.slice(20, 23)}${micros}+00:00`;
}

/** `Sat Nov 21 03:12:59 2026`, as C's `ctime` prints it. */
export function ctime(ms: number): string {
  const text = new Date(ms).toUTCString(); // Sat, 21 Nov 2026 03:12:59 GMT
  const day = String(Number(text.slice(5, 7))).padStart(2);
  return `${text.slice(0, 3)} ${text.slice(8, 11)} ${day} ${text.slice(17, 25)} ${text.slice(12, 16)}`;
}
