import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** A power unit runs at its limit and asks all nodes on it to brake. */
export const powerUnitBrake = defineFault({
  id: 'power-unit-brake',
  summary: 'a power unit asks its nodes to brake: all their GPUs run at half clock',
  categories: ['facility-fault'],
  place: 'power-unit',
  onsets: [
    { shape: 'sudden' },
    {
      shape: 'intermittent',
      periodMs: { min: 240_000, max: 900_000, unit: 'ms' },
      onShare: { min: 0.4, max: 0.8, unit: 'share' },
    },
  ],
  heals: 'less load on the power unit, or its breaker',
  causes: ({ place }) => [setFact('power-unit.brake', place, true)],
});
