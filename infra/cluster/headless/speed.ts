import { lastStepAt, iterationOf } from '../physics/timeline.ts';
import { SimulatorRefusal, type Simulator } from '../state/simulator.ts';

export interface SpeedReading {
  /** Mean duration of a step now, in seconds; null while no steps are made. */
  readonly stepSeconds: number | null;
  /** The same on a healthy cluster. */
  readonly healthyStepSeconds: number;
  /** Number of the last finished iteration. */
  readonly iteration: number;
}

export function speedOf({ timelines }: Simulator, job: string, atMs: number): SpeedReading {
  const timeline = timelines.find(({ world }) => world.job.name === job);
  if (timeline === undefined) throw new SimulatorRefusal(`there is no job ${job}`);
  const { meanStepMs } = timeline.segmentAt(atMs);
  return {
    stepSeconds: meanStepMs === null ? null : meanStepMs / 1_000,
    healthyStepSeconds: timeline.world.job.healthyStepMs / 1_000,
    iteration: iterationOf(timeline, lastStepAt(timeline, atMs)),
  };
}
