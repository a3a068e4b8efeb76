import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, seenOf, standing } from './scene.ts';

/** Switches a server on that lost its power. */
export const nodePowerOn: Remediation = {
  id: 'node.power-on',
  platform: 'nvidia-linux',
  summary: 'switch a server on by its management controller that lost its power and has it again',
  categories: ['facility-fault', 'host-hardware-fault'],
  precondition:
    'the management controller says that the server is off, that nobody switched it off, and tells of no heat and no failed supply',
  effect: 'the server starts',
  undo: 'the server is switched off again',
  verification: 'the controller is asked again, the host reached for, the scheduler asked for the node',
  // It is switched off again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.nodePowerOn, gateSteps.nodePowerOff, gateSteps.jobRequeue],
  source: 'https://github.com/ipmitool/ipmitool (chassis power on)',
  plan,
};

const inTheWay = [
  'bmc.event.switched-off',
  'bmc.event.thermal-trip',
  'bmc.event.power-supply-failed',
  'bmc.sensor.inlet-hot',
  'bmc.sensor.supply-idle',
  'bmc.chassis.power-fault',
  'bmc.chassis.cooling-fault',
];
const settleClusterMs = 15 * 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  if (standing(here, ['bmc.host-off'], ['bmc.chassis.on', 'bmc.system.healthy']) === undefined)
    return { notApplicable: `no controller says that ${node.name} is off` };
  if (!scene.hasManagement)
    return { notApplicable: `the inventory names no management host from which ${node.name} can be switched on` };
  const reason = seenOf(here, inTheWay);
  if (reason !== undefined)
    return { notApplicable: `${node.name} is off for a reason that people must look at (${reason.kind})` };
  return drawUp(scene, {
    summary: `Switch ${node.name} on by its management controller.`,
    forward: [{ step: gateSteps.nodePowerOn, args: [node.name] }],
    undo: [{ step: gateSteps.nodePowerOff, args: [node.name], undoes: 1 }],
    touches: `${node.name}, which is off`,
    cost: 'about ten minutes until the node takes work',
    expectedMs: 10 * 60_000,
    verify: [{ probeId: 'bmc.power' }, { probeId: 'net.node-reach' }, { probeId: 'scheduler.node' }],
    again: true,
    on: 'management',
    settleClusterMs,
  });
}
