import type { ClientName, ClientRun, ShapeResult } from './run-fanout.ts';

/** What held the clients back, and what dead nodes cost the living ones. */
export interface FanoutLimits {
  readonly shape: string;
  /** Of our client's median run: share of the wall time in which the servers' one thread was busy; `null` where /proc does not tell. */
  readonly serversBusy: number | null;
  /** Whether the servers, not the client, set the time. */
  readonly serversWereTheLimit: boolean | null;
  /** By how much longer the living nodes took than all took where none was dead, seconds; `null` where nothing is dead. */
  readonly delayOfTheLiving: number | null;
}

// The servers are one process with one thread for JavaScript; what is left of a core goes to waiting for the clients.
const busyShareMin = 0.8;

export function fanoutLimits(shapes: readonly ShapeResult[]): readonly FanoutLimits[] {
  return shapes.map((result) => {
    const { shape } = result;
    const busy = medianOf(result, 'wardround', ({ serverCpuSeconds, answer }) =>
      serverCpuSeconds === null || answer.livingSeconds === 0 ? null : serverCpuSeconds / answer.livingSeconds,
    );
    const whole = shapes.find(
      (other) => other.shape.deadShare === 0 && other.shape.nodes === shape.nodes && sameProbes(other, result),
    );
    const living = medianOf(result, 'wardround', ({ answer }) => answer.livingSeconds);
    const before = whole === undefined ? null : medianOf(whole, 'wardround', ({ answer }) => answer.livingSeconds);
    return {
      shape: shape.name,
      serversBusy: busy,
      serversWereTheLimit: busy === null ? null : busy >= busyShareMin,
      delayOfTheLiving: shape.deadShare === 0 || living === null || before === null ? null : living - before,
    };
  });
}

/** Of an even number, the lower of the two in the middle. */
export function medianOf(
  { clients }: ShapeResult,
  name: ClientName,
  figure: (run: ClientRun) => number | null,
): number | null {
  const known = (clients[name] ?? [])
    .map(figure)
    .filter((value) => value !== null)
    .toSorted((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)] ?? null;
}

function sameProbes(a: ShapeResult, b: ShapeResult): boolean {
  return a.shape.probes.length === b.shape.probes.length && a.shape.probes.every((id) => b.shape.probes.includes(id));
}
