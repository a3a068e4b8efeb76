import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** Host work of two nodes comes and goes: steps vary by some per cent, as they do on machines that also do other things. */
export const noisyJitterySteps = defineFault({
  id: 'noisy-jittery-steps',
  kind: 'noisy',
  summary: 'healthy: the steps of a job take up to an eighth longer now and then',
  categories: [],
  place: 'node',
  onsets: [
    {
      shape: 'intermittent',
      periodMs: { min: 30_000, max: 110_000, unit: 'ms' },
      onShare: { min: 0.2, max: 0.55, unit: 'share' },
    },
  ],
  // An eighth of the healthy step of 8 s.
  ranges: { extra: { min: 200, max: 1_000, unit: 'ms' } },
  heals: 'nothing is wrong',
  causes: ({ place }, { extra }) => [setFact('host.slowdown-ms', place, Math.round(extra))],
});
