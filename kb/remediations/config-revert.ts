import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, occupied, seenOf } from './scene.ts';

/** Puts the version of a configuration file in its place that the site has recorded. */
export const configRevert: Remediation = {
  id: 'config.revert',
  platform: 'nvidia-linux',
  summary: 'put the recorded version of a configuration file of a node back in its place',
  categories: [
    'container-toolkit-misconfig',
    'cgroup-device-loss',
    'ulimit-too-low',
    'fabricmanager-not-running',
    'rendezvous-resolution',
    'nccl-env-misconfig',
    'mtu-mismatch',
    'permission-misconfig',
  ],
  precondition:
    'a probe or a log shows a setting that is wrong and in which file it stands; the site has recorded that file',
  effect: 'the file is as recorded, and the service that reads it knows',
  undo: 'what stood in the file before is put back',
  verification: 'what showed the wrong setting is read again',
  // The file is put back; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.configRevert, gateSteps.configRestore, gateSteps.serviceRestart, gateSteps.jobRequeue],
  source:
    'https://docs.ansible.com/ansible/latest/collections/ansible/builtin/copy_module.html (backup, the practice of keeping what was there)',
  plan,
};

interface File {
  readonly category: Category;
  /** Findings that show the setting, and where they speak of several files, in which one it is. */
  readonly kinds: readonly string[];
  /** Name of the record in /etc/wardround/configs.d on the node. */
  readonly config: string;
  readonly probeId: string;
  /** The service that reads the file only when it starts. */
  readonly restarts?: string;
  /** Its restart takes something from jobs. */
  readonly disturbs?: true;
}

const files: readonly File[] = [
  {
    category: 'container-toolkit-misconfig',
    kinds: ['container.config.no-cgroups', 'container.config.modules-not-loaded'],
    config: 'nvidia-container-runtime',
    probeId: 'container.config',
  },
  {
    category: 'container-toolkit-misconfig',
    kinds: ['docker.config.runtime-missing'],
    config: 'docker-daemon',
    probeId: 'docker.config',
    restarts: 'docker',
    disturbs: true,
  },
  {
    category: 'cgroup-device-loss',
    kinds: ['docker.config.systemd-cgroups'],
    config: 'docker-daemon',
    probeId: 'docker.config',
    restarts: 'docker',
    disturbs: true,
  },
  {
    category: 'cgroup-device-loss',
    kinds: ['container.config.no-cgroups'],
    config: 'nvidia-container-runtime',
    probeId: 'container.config',
  },
  {
    category: 'ulimit-too-low',
    kinds: ['docker.config.memlock-limited'],
    config: 'docker-daemon',
    probeId: 'docker.config',
    restarts: 'docker',
    disturbs: true,
  },
  {
    category: 'ulimit-too-low',
    kinds: ['host.limits.memlock-low', 'host.limits.open-files-low', 'host.limits.processes-low'],
    config: 'limits',
    probeId: 'host.limits',
    // slurmd hands its own limits down to the steps that it starts; those that run are not touched.
    restarts: 'slurmd',
  },
  {
    category: 'fabricmanager-not-running',
    kinds: ['fabricmanager.config-invalid'],
    config: 'fabricmanager',
    probeId: 'fabricmanager.active',
    restarts: 'nvidia-fabricmanager',
  },
  {
    category: 'rendezvous-resolution',
    kinds: ['net.resolver.name-twice'],
    config: 'hosts',
    probeId: 'net.resolver',
  },
  {
    category: 'rendezvous-resolution',
    kinds: ['net.name.loopback', 'net.name.own-is-loopback', 'net.resolver.own-name-loopback'],
    config: 'hosts',
    probeId: 'net.name-resolution',
  },
  { category: 'rendezvous-resolution', kinds: ['net.resolver.none'], config: 'resolv', probeId: 'net.resolver' },
  {
    category: 'nccl-env-misconfig',
    kinds: ['job.environment.nccl-differs', 'job.environment.transport-off', 'job.environment.choice-forced'],
    config: 'nccl-conf',
    probeId: 'job.environment',
  },
  { category: 'mtu-mismatch', kinds: ['net.mtu.unlike-siblings'], config: 'netplan-mtu', probeId: 'net.mtu' },
  {
    category: 'permission-misconfig',
    kinds: ['host.clock.not-synchronised'],
    config: 'chrony',
    probeId: 'host.clock-sync',
    restarts: 'chronyd',
  },
];

const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const file = files.find(({ category, kinds }) => category === cause.category && seenOf(here, kinds) !== undefined);
  if (file === undefined)
    return { notApplicable: `nothing shows which configuration file of ${node.name} holds a wrong setting` };
  const inTheWay = file.disturbs === true ? occupied(scene) : null;
  if (inTheWay !== null) return { notApplicable: inTheWay };
  const { config, restarts } = file;
  const restart = restarts === undefined ? [] : [{ step: gateSteps.serviceRestart, args: [restarts] }];
  return drawUp(scene, {
    summary: `Put the recorded version of ${config} on ${node.name} back${restarts === undefined ? '' : ` and restart ${restarts}`}.`,
    forward: [{ step: gateSteps.configRevert, args: [config] }, ...restart],
    // From the end: the file first, then the service that reads it.
    undo: [
      ...restart.map((one) => ({ ...one, undoes: 2 })),
      { step: gateSteps.configRestore, args: [config], undoes: 1 },
    ],
    touches: `the configuration ${config} of ${node.name}${restarts === undefined ? '' : ` and its service ${restarts}`}; what stands there is kept beside it`,
    cost: restarts === undefined ? 'one file; programs read it when they start' : 'one file and one start of a service',
    expectedMs: restarts === undefined ? 2_000 : 30_000,
    verify: [{ probeId: file.probeId }],
    again: true,
    settleClusterMs,
  });
}
