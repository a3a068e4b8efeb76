import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { jobOf, resubmitted, undoneAndResubmitted } from './resubmitted.ts';
import { memberOfLargestJob } from './launched.ts';

/** Releases that an upgrade of docker brings. Containerd's own file is the site's afterwards as well, in the form of its release. */
const upgrades = [
  { docker: '5:28.3.3-1~ubuntu.22.04~jammy', containerd: '1.7.27-1' },
  { docker: '5:29.1.3-1~ubuntu.22.04~jammy', containerd: '2.2.0-1~ubuntu.22.04~jammy' },
] as const;

/** An upgrade of docker brought a daemon.json without the NVIDIA runtime back. */
export const containerRuntimeReset = defineFault({
  id: 'container-runtime-reset',
  summary: 'docker on one node has lost the NVIDIA runtime: new containers have no GPUs',
  categories: ['container-toolkit-misconfig'],
  place: 'node',
  heals: 'the recorded daemon.json (`wardround-fix config-revert docker-daemon`), a restart of docker, and a requeue',
  draw: memberOfLargestJob,
  ranges: { upgrade: { min: 0, max: upgrades.length - 1, unit: 'index', integer: true } },
  causes: (target, { upgrade }, { world }) => {
    const { docker, containerd } = upgrades[upgrade] ?? upgrades[0];
    return [
      setFact('container.docker-file', target.place, 'no-runtime'),
      setFact('container.docker-runs', target.place, 'no-runtime'),
      setFact('container.docker-release', target.place, docker),
      setFact('container.containerd-release', target.place, containerd),
      resubmitted(world, jobOf(world, target)),
    ];
  },
  undo: undoneAndResubmitted,
  present: (settings, { target: { node } }) =>
    settings.facts.get('container.docker-runs')?.get(node)?.value === 'no-runtime',
});
