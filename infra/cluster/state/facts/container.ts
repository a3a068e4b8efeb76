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
  {
    name: 'container.docker-release',
    place: 'node',
    healthy: '5:26.1.4-1~ubuntu.22.04~jammy',
    summary: 'version of the packages docker-ce and docker-ce-cli',
    clearedBy: ['node-replaced'],
  },
  {
    name: 'container.containerd-release',
    place: 'node',
    healthy: '1.6.33-1',
    summary: 'version of the package containerd.io; from 2.0 on its configuration has version 3',
    clearedBy: ['node-replaced'],
  },
] as const satisfies readonly FactKind[];
