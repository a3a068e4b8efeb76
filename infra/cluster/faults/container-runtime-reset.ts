import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** An upgrade of docker brought the daemon.json of the package back. */
export const containerRuntimeReset = defineFault({
  id: 'container-runtime-reset',
  summary: 'docker on one node has lost the NVIDIA runtime: new containers have no GPUs',
  categories: ['container-toolkit-misconfig'],
  place: 'node',
  heals: 'the recorded daemon.json (`wardround-fix config-revert docker-daemon`), a restart of docker, and a requeue',
  draw: memberOfLargestJob,
  causes: (target, _drawn, { world }) => [
    setFact('container.docker-file', target.place, 'no-runtime'),
    setFact('container.docker-runs', target.place, 'no-runtime'),
    resubmitted(world, jobOf(world, target)),
  ],
  undo: undoneAndResubmitted,
  present: (settings, { target: { node } }) =>
    settings.facts.get('container.docker-runs')?.get(node)?.value === 'no-runtime',
});
