import type { ClusterTime } from '../clock.ts';
import { SimulatorRefusal } from '../state/simulator.ts';

/** Time that moves when somebody asks for a later moment, and what is to happen on its way. */
export interface MovingTime extends ClusterTime {
  /** Brings time forward to this moment; what was planned up to then happens, each at its own moment. */
  passTo(toMs: number): void;
  /** Not before the present. */
  plan(atMs: number, act: () => void): void;
}

interface Planned {
  readonly atMs: number;
  readonly act: () => void;
}

export function movingTime(startMs: number): MovingTime {
  let presentMs = startMs;
  let ahead: readonly Planned[] = [];
  const passTo = (toMs: number) => {
    if (toMs < presentMs)
      throw new SimulatorRefusal(`time goes forward: it is ${new Date(presentMs).toISOString()} already`);
    for (let next = ahead[0]; next !== undefined && next.atMs <= toMs; next = ahead[0]) {
      ahead = ahead.slice(1);
      presentMs = next.atMs;
      next.act();
    }
    presentMs = toMs;
  };
  return {
    map: { wallEpochMs: startMs, clusterEpochMs: startMs, rate: 1 },
    nowMs: () => presentMs,
    passTo,
    plan(atMs, act) {
      if (atMs < presentMs)
        throw new SimulatorRefusal(
          `${new Date(atMs).toISOString()} is past: it is ${new Date(presentMs).toISOString()}`,
        );
      ahead = [...ahead, { atMs, act }].toSorted((a, b) => a.atMs - b.atMs);
      passTo(presentMs);
    },
  };
}
