import type { GpuValue } from '../../metrics/series.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import type { Prediction } from '../prediction.ts';
import type { GpuGroups, ModelOf } from './gpu-group.ts';
import type { PeerComparison } from './peers.ts';
import type { Phase } from './phases.ts';
import type { AlarmPolicy } from './policy.ts';
import type { StepShares } from './slowdown.ts';
import type { StepSample } from './steps.ts';
import type { ComponentEvidence } from './verdict.ts';

/** What the components are asked about: the range, read once, and how slow the job is. */
export interface Scene {
  readonly range: MetricRange;
  readonly groups: GpuGroups;
  readonly modelOf: ModelOf;
  readonly policy: AlarmPolicy;
  readonly prediction: Prediction | null;
  readonly shares: StepShares;
  readonly phases: readonly Phase[];
  readonly samples: readonly StepSample[];
  readonly peers: PeerReadings;
  /** Measured over expected step time; `null` where no step time is known. */
  readonly slowdown: number | null;
  readonly sinceMs: number | null;
}

/** One comparison of like GPUs a metric. */
export interface PeerReadings {
  readonly clock: PeerComparison;
  readonly memoryClock: PeerComparison;
  readonly power: PeerComparison;
  readonly tensor: PeerComparison;
  readonly ofu: PeerComparison;
  readonly nvlink: PeerComparison;
  readonly pcie: PeerComparison;
  /** Recent clocks in MHz of the busy GPUs. */
  readonly clocks: readonly GpuValue[];
}

/** Evidence with how much of the slowdown it accounts for, 0 to 1; `null` where that cannot be told. */
export interface Weighed extends ComponentEvidence {
  readonly explains: number | null;
  /** Between evidence that explains equally much: 2 a fault of its own, 1 a difference, 0 a hint. */
  readonly strength: 0 | 1 | 2;
}

/** Evidence of one component is bounded: a rack of bad links is told by its worst. */
export const evidenceMax = 4;
