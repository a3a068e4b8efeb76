import type { Device } from '../../../workflows/domain/finding.ts';
import type { MetricMatch } from '../../schemas/metric.ts';

export const tiers = ['absolute', 'history', 'peers'] as const;
/** Against the prediction, the job's own history, or like ranks at the same moment. */
export type Tier = (typeof tiers)[number];

export const components = [
  'compute-clock',
  'memory',
  'nvlink',
  'pcie',
  'network',
  'input',
  'checkpoint',
  'unknown',
] as const;
/** What a slowdown is consistent with. */
export type Component = (typeof components)[number];

export interface TierAlarm {
  readonly tier: Tier;
  /** Measured step time over the expected one; for peers the expected value over the outlier's, where higher is worse. */
  readonly ratio: number;
  readonly sinceMs: number | null;
  readonly node?: string;
  readonly device?: Device;
  readonly text: string;
  readonly values: Readonly<Record<string, number | string>>;
}

export interface ComponentEvidence {
  readonly component: Component;
  readonly node?: string;
  readonly device?: Device;
  readonly text: string;
  readonly values: Readonly<Record<string, number | string>>;
}

export interface PerformanceVerdict {
  /** `unmeasured`: no step time to read. `suppressed`: warm-up, checkpoint or evaluation explains it. */
  readonly kind: 'normal' | 'slow' | 'stopped' | 'interrupted' | 'suppressed' | 'unmeasured';
  readonly slowdownRatio: number | null;
  readonly measuredStepMs: number | null;
  /** Of the tier that speaks: predicted, or the job's healthy median. */
  readonly expectedStepMs: number | null;
  readonly sinceMs: number | null;
  readonly alarms: readonly TierAlarm[];
  /** Strongest first; one of `unknown` where nothing measured explains a slow job. */
  readonly components: readonly ComponentEvidence[];
  /** One or two sentences with tier, size, since when, component, and numbers of throughput and power. */
  readonly summary: string;
  readonly matches: readonly MetricMatch[];
}
