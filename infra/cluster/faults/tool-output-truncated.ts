import { integer } from '../noise.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';

const long = ['nvidia-smi', 'dmesg', 'ps', 'perfquery', 'ibstat'] as const;

/** A wrapper of the site pipes the output of some tools through one that stops after so many bytes; the exit code is 0. */
export const toolOutputTruncated = defineFault({
  id: 'tool-output-truncated',
  kind: 'tool',
  summary: 'of what some commands print on one node only the beginning arrives',
  categories: [],
  place: 'node',
  ranges: { share: { min: 0.2, max: 0.8, unit: 'share' } },
  heals: 'taking the wrapper away; the node is well',
  causes({ place }, { share }, { seed }) {
    const first = integer(seed, long.length, 'truncated', place);
    return [0, 1].flatMap((more) => {
      const key = long[(first + more) % long.length];
      return key === undefined ? [] : [setFact('tool.output-share', place, share, { key })];
    });
  },
});
