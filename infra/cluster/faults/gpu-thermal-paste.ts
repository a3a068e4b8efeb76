import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

/** The paste between chip and heat sink dries out and pumps out. */
export const gpuThermalPaste = defineFault({
  id: 'gpu-thermal-paste',
  summary: 'one GPU gives its heat away badly and lowers its clock to stay at 85 C',
  categories: ['gpu-clock-throttle'],
  place: 'gpu',
  onsets: [{ shape: 'creeping', rampMs: { min: 600_000, max: 3_600_000, unit: 'ms' } }],
  ranges: { conduction: { min: 0.22, max: 0.36, unit: 'share' } },
  heals: 'new paste, or another board',
  causes: ({ place }, { conduction }) => [setFact('gpu.heat-conduction', place, conduction)],
});
