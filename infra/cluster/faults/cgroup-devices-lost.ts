import { setFact } from '../state/facts/set-fact.ts';
import { defineFault } from './fault.ts';
import { memberOfLargestJob } from './launched.ts';

/** A change of docker’s cgroup driver, and a timer that upgrades packages. */
export const cgroupDevicesLost = defineFault({
  id: 'cgroup-devices-lost',
  summary: 'whenever systemd of one node reads its units anew, containers lose the right to open their GPUs',
  categories: ['cgroup-device-loss'],
  place: 'node',
  heals:
    'the recorded daemon.json (`wardround-fix config-revert docker-daemon`), a restart of docker, and a requeue; a requeue alone lasts until the next reload',
  draw: memberOfLargestJob,
  causes: ({ place }) => [
    setFact('container.docker-file', place, 'systemd-cgroups'),
    setFact('container.docker-runs', place, 'systemd-cgroups'),
  ],
  present: (settings, { target: { node } }) =>
    settings.facts.get('container.docker-runs')?.get(node)?.value === 'systemd-cgroups',
});
