import type { MetricDetector } from '../schemas/metric.ts';
import { clockBelowSiblings } from './clock-below-siblings.ts';
import { coolingWorsened } from './cooling-worsened.ts';
import { hostResources } from './host-resources.ts';
import { jobPowerDropped } from './job-power-dropped.ts';
import { linkErrors } from './link-errors.ts';
import { memoryErrors } from './memory-errors.ts';
import { powerBelowSiblings } from './power-below-siblings.ts';
import { stepTimeJumped } from './step-time-jumped.ts';
import { temperatureHigh } from './temperature-high.ts';
import { tensorOutlier } from './tensor-outlier.ts';
import { tokensDropped } from './tokens-dropped.ts';
import { utilisationHidesWaiting } from './utilisation-hides-waiting.ts';
import { workAboveSiblings } from './work-above-siblings.ts';
import { xidReported } from './xid-reported.ts';

export const metricDetectors: readonly MetricDetector[] = [
  stepTimeJumped,
  tokensDropped,
  clockBelowSiblings,
  powerBelowSiblings,
  jobPowerDropped,
  temperatureHigh,
  coolingWorsened,
  utilisationHidesWaiting,
  tensorOutlier,
  workAboveSiblings,
  xidReported,
  memoryErrors,
  linkErrors,
  hostResources,
];
