import { integer } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

const garbling = ['nvidia-smi', 'dmesg', 'cat', 'ibstat'] as const;

/** A terminal recorder that auditing put around every session breaks characters. */
export const toolOutputGarbled = defineFault({
  id: 'tool-output-garbled',
  kind: 'tool',
  summary: 'some characters of what commands print on one node arrive as rubbish',
  categories: [],
  place: 'node',
  ranges: { share: { min: 0.004, max: 0.06, unit: 'share' } },
  heals: 'taking the recorder away; the node is well',
  causes({ place }, { share }, { seed }) {
    const first = integer(seed, garbling.length, 'garbled-tool', place);
    return [0, 1].flatMap((more) => {
      const key = garbling[(first + more) % garbling.length];
      return key === undefined ? [] : [setFact('tool.garbled-share', place, share, { key })];
    });
  },
});
