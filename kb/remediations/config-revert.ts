import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { wrongFile } from './config-files.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, occupied } from './scene.ts';

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
    'socket-interface-mismatch',
    'roce-gid-misconfig',
    'mtu-mismatch',
    'launcher-rank-misconfig',
    'cpu-affinity-misconfig',
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

const settleClusterMs = 120_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node } = scene;
  const file = wrongFile(cause.category, node.name, findings);
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
    again: file.readAtStart === true ? 'running-too' : true,
    settleClusterMs,
  });
}
