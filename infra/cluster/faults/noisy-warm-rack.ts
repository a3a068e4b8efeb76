import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** The rack at the end of the row: warmer than others, within ASHRAE's recommended envelope or little above (27 C). */
export const noisyWarmRack = defineFault({
  id: 'noisy-warm-rack',
  kind: 'noisy',
  summary: 'healthy: the GPUs of one rack are some degrees warmer than the rest, and keep their clocks',
  categories: [],
  place: 'rack',
  onsets: [{ shape: 'sudden' }, { shape: 'creeping', rampMs: { min: 600_000, max: 3_600_000, unit: 'ms' } }],
  ranges: { inlet: { min: 26, max: 28.5, unit: 'C' } },
  heals: 'nothing is wrong',
  causes: ({ place }, { inlet }) => [setFact('rack.inlet-c', place, Number(inlet.toFixed(1)))],
});
