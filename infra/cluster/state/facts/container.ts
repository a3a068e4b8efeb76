import type { FactKind } from './kind.ts';

/** Causes in containers and in what the runtime puts into them. */
export const containerFacts = [
  {
    name: 'container.shm-mib',
    place: 'job',
    healthy: 0,
    unit: 'MiB',
    summary: 'size of a /dev/shm of their own in containers of the job; 0: they share the host’s (--ipc=host)',
    clearedBy: [],
  },
  {
    name: 'container.device',
    place: 'node',
    healthy: 'present',
    key: 'name below /dev',
    summary: 'a device node in the containers of the job: present, missing, denied',
    clearedBy: ['service-restart'],
  },
  {
    name: 'container.docker-file',
    place: 'node',
    healthy: 'recorded',
    summary: '/etc/docker/daemon.json: recorded, no-runtime, systemd-cgroups',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'container.docker-runs',
    place: 'node',
    healthy: 'recorded',
    summary: 'the same of the docker daemon that runs: what it read when it was started',
    clearedBy: ['reboot'],
    readAtBoot: 'container.docker-file',
  },
] as const satisfies readonly FactKind[];
