import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/**
 * The data centre tries its spare chiller: a rack gets warmer air for a while, within what ASHRAE TC 9.9 recommends or
 * allows for class A2 (27 and 35 C); no GPU comes near its slowdown temperature.
 */
export const decoyCoolingDrill = defineFault({
  id: 'decoy-cooling-drill',
  kind: 'decoy',
  summary: 'a drill of the data centre: one rack gets warmer air for a while, and it is enough',
  categories: [],
  place: 'rack',
  onsets: [{ shape: 'passing', lengthMs: { min: 600_000, max: 2_400_000, unit: 'ms' } }],
  ranges: { inlet: { min: 29, max: 33.5, unit: 'C' } },
  heals: 'nothing is wrong; it ends by itself',
  causes: ({ place }, { inlet }) => [setFact('rack.inlet-c', place, Number(inlet.toFixed(1)))],
});
