import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { atOnce, growing, inStretches } from './rhythms.ts';

/** Reads of NVML fail now and then, other ones every time; the sensors are well, and the exporter repeats what fails. */
export const toolAnswersDiffer = defineFault({
  id: 'tool-answers-differ',
  kind: 'tool',
  summary: 'nvidia-smi of one node cannot read some of its values, others at every read; the GPUs are well',
  categories: [],
  place: 'node',
  onsets: [atOnce, growing, inStretches],
  ranges: { share: { min: 0.05, max: 0.3, unit: 'share' } },
  heals: 'a reboot, which starts the management library anew',
  causes: ({ place }, { share }) => [setFact('tool.read-error-share', place, share, { key: 'nvidia-smi' })],
});
