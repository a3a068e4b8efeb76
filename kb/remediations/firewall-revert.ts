import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { nodeScene, standing } from './scene.ts';

/** Puts the packet filter rules in place that the site has recorded. */
export const firewallRevert: Remediation = {
  id: 'firewall.revert',
  platform: 'nvidia-linux',
  summary: 'put the recorded rules of the packet filter of a node back in their place',
  categories: ['firewall-blocked'],
  precondition:
    'a probe read rules on this node that drop packets between ranks, or rules that its siblings do not have',
  effect: 'the packet filter has the recorded rules',
  undo: 'the rules that stood there before are put back',
  verification: 'the rules are read again, and the rendezvous is reached for',
  // The rules are put back; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'node',
  supersedes: [],
  gateSteps: [gateSteps.firewallRevert, gateSteps.firewallRestore, gateSteps.jobRequeue],
  source: 'https://wiki.nftables.org/wiki-nftables/index.php/Operations_at_ruleset_level',
  plan,
};

const settleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const wrong = ['net.firewall.drops', 'net.firewall.unlike-siblings', 'net.firewall.policy-drops'];
  const seen = standing(here, wrong, ['net.firewall.open']);
  if (seen === undefined)
    return { notApplicable: `no probe has read rules on ${node.name} that keep ranks from each other` };
  return drawUp(scene, {
    summary: `Put the recorded packet filter rules of ${node.name} back.`,
    forward: [{ step: gateSteps.firewallRevert, args: [] }],
    undo: [{ step: gateSteps.firewallRestore, args: [], undoes: 1 }],
    touches: `the packet filter of ${node.name}; the rules that stand there are kept beside it`,
    cost: 'one file and a reload of the packet filter',
    expectedMs: 10_000,
    verify: [{ probeId: 'net.firewall' }, { probeId: 'net.ports-reachable' }],
    again: true,
    settleClusterMs,
  });
}
