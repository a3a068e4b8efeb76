import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';

const modules = ['transformer_engine', 'einops', 'sentencepiece'] as const;

/** The environment was unpacked on the node's own disk, and the disk was full for a moment. */
export const moduleMissing = defineFault({
  id: 'module-missing',
  summary: 'the Python environment on one node lacks a package: its ranks end at the import',
  categories: ['user-code-error'],
  place: 'node',
  ranges: { module: { min: 0, max: 2, unit: 'index', integer: true } },
  heals: 'unpacking the environment on the node again; a requeue without the node contains it',
  causes: (target, { module }, { world }) => [
    setFact('job.python-module', target.place, 'missing', { key: modules[module] ?? modules[0] }),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
});
