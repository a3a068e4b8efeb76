import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { deafAdapter } from './hung.ts';
import { nodeScene, standing } from './scene.ts';

/** Switches an RDMA port on that somebody switched off. */
export const ibPortEnable: Remediation = {
  id: 'ib.port.enable',
  platform: 'nvidia-linux',
  summary: 'switch an RDMA port on again that was switched off by hand, on which no errors count',
  categories: ['rdma-link-fault'],
  precondition:
    'a probe read that the port is administratively down; no log or counter speaks of errors on it, and none of an adapter that hangs',
  effect: 'the port trains its link and becomes active',
  undo: 'the port is switched off again',
  verification: 'the state of the ports is read again',
  // The port is switched off again; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'fabric',
  supersedes: [],
  gateSteps: [gateSteps.ibPortUp, gateSteps.ibPortDown, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/networking/display/MFTv4180/mlxlink+Utility',
  plan,
};

// A subnet manager sweeps every ten seconds (opensm's default); one minute is several sweeps.
const settleClusterMs = 60_000;
const offKind = 'ib.port.administratively-down';
/** Whoever switched it off had a reason. */
const errors = ['ib.counter.errors', 'ib.counter.growing', 'ib.port.unstable', 'ib.cable.fault', 'ib.errors.counting'];
const others = [
  'ib.port.down',
  'ib.port.not-active',
  'ib.port.all-active',
  'ib.port-state.active',
  'ib.port-state.no-link',
];

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const { device } = cause;
  const hca = device?.kind === 'hca' ? node.hcas.find(({ name }) => name === device.name) : undefined;
  if (device === undefined || hca === undefined)
    return { notApplicable: `the cause names no RDMA adapter of ${node.name} that the inventory lists` };
  if (hca.port !== 1)
    return { notApplicable: `port ${hca.port} of ${hca.name} on ${node.name} is not one that the gate switches` };
  const ofPort = here.filter(({ device: of }) => of?.kind === 'hca' && of.name === hca.name);
  if (standing(ofPort, [offKind], others) === undefined)
    return { notApplicable: `no probe has read that ${hca.name} on ${node.name} was switched off` };
  const deaf = deafAdapter(cause, here);
  if (deaf !== undefined)
    return { notApplicable: `${hca.name} on ${node.name} takes no command for its port (${deaf.kind})` };
  const error = ofPort.find(({ kind }) => errors.includes(kind));
  if (error !== undefined)
    return {
      notApplicable: `${hca.name} on ${node.name} has errors (${error.kind}), which may be why it was switched off`,
    };
  return drawUp(scene, {
    summary: `Switch the port of ${hca.name} on ${node.name} on again.`,
    forward: [{ step: gateSteps.ibPortUp, args: [hca.name] }],
    undo: [{ step: gateSteps.ibPortDown, args: [hca.name], undoes: 1 }],
    devices: [device],
    touches: `one port of ${node.name}; jobs use it from their next start`,
    cost: 'one driver call, some seconds until the link is trained',
    expectedMs: 10_000,
    verify: [{ probeId: 'ib.ports' }],
    again: true,
    settleClusterMs,
  });
}
