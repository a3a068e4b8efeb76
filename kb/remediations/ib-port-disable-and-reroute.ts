import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { draftSteps, gateSteps } from './gate-steps.ts';
import { awaitsSubnetManager, deafAdapter, noManager } from './hung.ts';
import { restartCost, restartSettleClusterMs, targetJob } from './target-job.ts';
import { findingsOfNode, proofOf, targetNode } from './target-node.ts';

/** Switches a bad RDMA port off, so that the job goes on over the other adapters of the node. */
export const ibPortDisableAndReroute: Remediation = {
  id: 'ib.port.disable-and-reroute',
  platform: 'nvidia-linux',
  summary: 'switch one bad RDMA port off, queue the job again over the other adapters, hand the cable over to people',
  categories: ['rdma-link-fault'],
  precondition:
    'a log or a probe proves a fault of this port, which takes commands and does not only wait for the subnet manager; the node has other adapters',
  effect: 'traffic takes the other adapters',
  undo: 'the port is switched on again',
  verification: 'the state of the ports and the job are read again',
  // The port comes back with one command; the restart of a job is not taken back.
  reversibility: 'compensable',
  approvalsNeeded: 1,
  leaseScope: 'fabric',
  supersedes: [],
  gateSteps: [gateSteps.ibPortDown, gateSteps.ibPortUp, gateSteps.jobRequeue],
  source: 'https://docs.nvidia.com/networking/display/MFTv4180/mlxlink+Utility',
  plan,
};

// A subnet manager sweeps every ten seconds (opensm's default); one minute is several sweeps.
const portSettleClusterMs = 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const node = targetNode(cause, site);
  if ('notApplicable' in node) return node;
  const { device } = cause;
  const hca = device?.kind === 'hca' ? node.hcas.find(({ name }) => name === device.name) : undefined;
  if (device === undefined || hca === undefined)
    return { notApplicable: `the cause names no RDMA adapter of ${node.name} that the inventory lists` };
  const others = node.hcas.filter(({ name }) => name !== hca.name);
  if (others.length === 0)
    return { notApplicable: `${hca.name} is the only RDMA adapter of ${node.name}; without it the node is cut off` };
  if (hca.port !== 1)
    return { notApplicable: `port ${hca.port} of ${hca.name} on ${node.name} is not one that the gate switches` };
  const here = findingsOfNode(node.name, findings);
  const ofPort = here.filter((finding) => finding.device?.kind === 'hca' && finding.device.name === hca.name);
  const state = ofPort.findLast(({ kind }) => portKinds.includes(kind));
  if (state?.kind === 'ib.port.administratively-down')
    return { notApplicable: `${hca.name} on ${node.name} is switched off already` };
  const deaf = deafAdapter(cause, here);
  if (deaf !== undefined)
    return { notApplicable: `${hca.name} on ${node.name} takes no command for its port (${deaf.kind})` };
  if (awaitsSubnetManager(cause, here)) return { notApplicable: noManager(`${hca.name} on ${node.name}`) };
  const proof = proofOf(cause.category, device, here);
  if (proof === undefined) return { notApplicable: `no log or probe of ${node.name} proves a fault of ${hca.name}` };
  const known = targetJob(here);
  const job = known?.requeueable === true ? known : null;

  const forward = draftSteps(node.name, [
    { step: gateSteps.ibPortDown, args: [hca.name] },
    ...(job === null ? [] : [{ step: gateSteps.jobRequeue, args: [job.jobId] }]),
  ]);
  if ('invalid' in forward) return { notApplicable: forward.invalid };
  const undo = draftSteps(node.name, [{ step: gateSteps.ibPortUp, args: [hca.name], undoes: 1 }]);
  if ('invalid' in undo) return { notApplicable: undo.invalid };

  const share = `${others.length} of ${node.hcas.length} adapters of ${node.name} stay in use`;
  return {
    summary: `Switch the port of ${hca.name} on ${node.name} off${job === null ? '' : ` and queue job ${job.jobId} again`}, so that traffic takes the other adapters.`,
    steps: forward.steps,
    undo: undo.steps,
    blastRadius: {
      nodes: [node.name],
      devices: [device],
      // Connections over the port break; without a known job nobody can say that none uses it.
      interruptsJob: known === null || known.isRunning,
      text: `${share}; the node has that much less bandwidth until people mend the link`,
    },
    cost: {
      expectedMs: 5_000,
      text:
        job === null
          ? 'one driver call; a job that still uses the port fails and has to be started again, with the loss of its work since the last checkpoint'
          : `one driver call and one command to the scheduler; ${restartCost(job)}`,
    },
    verifyProbes: [
      { probeId: 'ib.ports', nodes: [node.name], expects: ['ib.port.administratively-down'] },
      ...(job === null ? [] : [{ probeId: 'scheduler.jobs', nodes: [node.name] }]),
    ],
    handOver: {
      task: `clean or replace the cable or optic of ${hca.name} on ${node.name}; its port is switched on again, and measured, once that is told`,
      // Error counters go on counting from before; the state of the port after it is on again is what tells.
      verifyProbes: [{ probeId: 'ib.ports', nodes: [node.name] }],
    },
    settleClusterMs: job === null ? portSettleClusterMs : restartSettleClusterMs,
  };
}

const portKinds = [
  'ib.port.administratively-down',
  'ib.port.down',
  'ib.port.not-active',
  'ib.port.rate-below-siblings',
  'ib.port-state.active',
  'ib.port-state.no-link',
  'ib.port-state.not-active',
  'ib.port-state.troubled',
];
