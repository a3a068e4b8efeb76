import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { relaunch } from './launched.ts';

/** A trainer of an earlier attempt outlived it: it has no parent any more and keeps its GPU memory. */
export const leftoverProcess = defineFault({
  id: 'leftover-process',
  summary: 'a trainer of an earlier job still holds the memory of one GPU, and the new one runs out of it',
  categories: ['foreign-gpu-process'],
  place: 'gpu',
  ranges: { mib: { min: 38_000, max: 66_000, unit: 'MiB', integer: true } },
  heals: 'ending that process (`wardround-fix kill`), or a reboot; a reset is refused while it lives',
  causes: ({ place, node }, { mib }, { world }) => [
    setFact('gpu.process', place, 'leftover-trainer'),
    setFact('gpu.process-mib', place, mib),
    ...relaunch(world, node),
  ],
});
