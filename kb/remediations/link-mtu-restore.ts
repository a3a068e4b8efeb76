import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene } from './scene.ts';
import { numberOf } from './target-gpu.ts';

/** Gives a network interface the MTU that the same interface has on the other nodes. */
export const linkMtuRestore: Remediation = {
  id: 'link.mtu.restore',
  platform: 'nvidia-linux',
  summary: 'set the MTU of one network interface to what its siblings on the other nodes have',
  categories: ['mtu-mismatch'],
  precondition: 'a probe compared the MTU of this interface with the same one on other nodes, and it differs',
  effect: 'the interface has the MTU of its siblings until the next start of the node',
  undo: 'the MTU that was read is set again',
  verification: 'the MTU of the interfaces and of the paths is read again',
  // The MTU is set back; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.linkMtu, gateSteps.jobRequeue],
  source: 'https://man7.org/linux/man-pages/man8/ip-link.8.html',
  plan,
};

const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  // Of the comparison over nodes; that inside of one node does not say which of two is wrong.
  const compared = here.findLast(
    (one) =>
      one.kind === 'net.mtu.unlike-siblings' &&
      numberOf(one, 'median') !== null &&
      (cause.device?.name === undefined || one.device?.name === cause.device.name),
  );
  const iface = compared?.device?.name;
  const before = compared === undefined ? null : numberOf(compared, 'measured');
  const usual = compared === undefined ? null : numberOf(compared, 'median');
  if (compared === undefined || iface === undefined || before === null || usual === null || before === usual)
    return { notApplicable: `no probe has compared an MTU of ${node.name} with other nodes and found it different` };
  const later = here.findLast(({ kind }) => kind === 'net.mtu.as-siblings');
  if (later !== undefined && here.indexOf(later) > here.indexOf(compared))
    return { notApplicable: `the interfaces of ${node.name} have the MTU of their siblings by now` };
  return drawUp(scene, {
    summary: `Set the MTU of ${iface} on ${node.name} from ${before} to ${usual}, as on the other nodes.`,
    forward: [{ step: gateSteps.linkMtu, args: [iface, String(usual)] }],
    undo: [{ step: gateSteps.linkMtu, args: [iface, String(before)], undoes: 1 }],
    touches: `one interface of ${node.name}; connections over it go on`,
    cost: 'one command; the setting lasts until the node starts anew, so its configuration has to follow',
    expectedMs: 2_000,
    verify: [{ probeId: 'net.mtu' }, { probeId: 'net.path-mtu' }],
    again: true,
    settleClusterMs,
  });
}
