import { performanceCompareId } from '../../workflows/domain/ids.ts';
import type { Probe } from '../schemas/probe.ts';

/**
 * A measurement that a round may wish for like a probe, of a job and not of a node: it has no command, and its wish
 * names no nodes. The workflow knows how to make it.
 */
export type JobProbe = Pick<Probe, 'id' | 'summary' | 'question' | 'aspect' | 'impact' | 'costMs'>;

/** Metrics until now against prediction, the job's own history and like ranks. */
export const performanceCompare: JobProbe = {
  id: performanceCompareId,
  summary: "compares the job's speed until now with the predicted one, its own past, and its ranks with each other",
  question: 'Is the job slower than it should be, since when, and where does the time go?',
  aspect: 'performance',
  impact: 'passive',
  // One range query a metric, some forty of them, and a judgement of milliseconds.
  costMs: 2_000,
};

export const jobProbes: readonly JobProbe[] = [performanceCompare];
