import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { isSilent, isTakenOut, nodeScene, occupied, seenOf, standing } from './scene.ts';

/** Takes the power from a host that no longer answers, or from a GPU that no restart brings back, and gives it again. */
export const nodePowerCycle: Remediation = {
  id: 'node.power-cycle',
  platform: 'nvidia-linux',
  summary: 'switch a server off and on by its management controller: one that does not answer, or that lost a GPU',
  categories: ['host-hardware-fault', 'facility-fault', 'gpu-fell-off-bus', 'gpu-driver-bug'],
  precondition:
    'the host does not answer while its controller says that it is on, or it has lost a GPU and no job runs there; the controller tells of no broken part',
  effect: 'the server and all of its boards start without anything that was in them',
  undo: 'none: what was only in memory is gone; a node that the plan drained is put back into service',
  verification: 'the host is reached for, the driver asked for every GPU, the scheduler for the node',
  reversibility: 'one-way',
  approvalsNeeded: 1,
  approvalsSource:
    'https://docs.nvidia.com/nvsentinel/components/cancelling-breakfix.md (break-fix of a drained node is automated; people may stop it)',
  leaseScope: 'node',
  supersedes: ['node.reboot', 'node.power-on'],
  gateSteps: [gateSteps.nodeDrain, gateSteps.nodePowerCycle, gateSteps.nodeResume, gateSteps.jobRequeue],
  source: 'https://github.com/ipmitool/ipmitool (chassis power cycle)',
  plan,
};

/** Somebody has to put a hand to these first. */
const brokenParts = [
  'bmc.event.memory-uncorrectable',
  'bmc.event.processor-error',
  'bmc.event.power-supply-failed',
  'bmc.event.thermal-trip',
  'bmc.chassis.power-fault',
  'bmc.chassis.cooling-fault',
  'bmc.hardware-error',
  'bmc.fan.failed',
  'bmc.system.memory-unhealthy',
  'bmc.system.processor-unhealthy',
];
const lostGpu = ['gpu.presence.missing', 'gpu.device.unreachable', 'nvidia.xid.79', 'nvidia.gpu.fell-off-bus'];
const settleClusterMs = 15 * 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  if (!scene.hasManagement)
    return { notApplicable: `the inventory names no management host from which ${node.name} can be switched` };
  const broken = seenOf(here, brokenParts);
  if (broken !== undefined)
    return { notApplicable: `the controller of ${node.name} tells of a broken part (${broken.kind})` };
  const silent = isSilent(here);
  if (silent && standing(here, ['bmc.host-off'], ['bmc.chassis.on', 'bmc.system.healthy']) !== undefined)
    return { notApplicable: `${node.name} is off` };
  if (silent && here.every(({ kind }) => kind !== 'bmc.chassis.on' && kind !== 'bmc.system.healthy'))
    return { notApplicable: `the controller of ${node.name} was not asked whether the server is on` };
  const inTheWay = silent ? null : occupied(scene);
  if (!silent && seenOf(here, lostGpu) === undefined)
    return { notApplicable: `${node.name} answers and has lost no GPU` };
  if (inTheWay !== null) return { notApplicable: inTheWay };
  const on = 'management' as const;
  const cycle = { step: gateSteps.nodePowerCycle, args: [node.name] };
  const drains = !silent && !isTakenOut(here);
  return drawUp(scene, {
    summary: `Switch ${node.name} off and on by its management controller.`,
    forward: drains
      ? [
          { step: gateSteps.nodeDrain, args: [node.name], on },
          cycle,
          { step: gateSteps.nodeResume, args: [node.name], on },
        ]
      : [cycle],
    undo: drains ? [{ step: gateSteps.nodeResume, args: [node.name], undoes: 1, on }] : [],
    devices: cause.device === undefined ? [] : [cause.device],
    touches: `all of ${node.name}, ${silent ? 'which does not answer' : 'where no job runs'}; ${node.gpus.length} GPUs are not available for about ten minutes`,
    cost: 'about ten minutes of the node; what was only in its memory is lost',
    expectedMs: 10 * 60_000,
    verify: [{ probeId: 'net.node-reach' }, { probeId: 'gpu.presence' }, { probeId: 'scheduler.node' }],
    again: true,
    on,
    settleClusterMs,
  });
}
