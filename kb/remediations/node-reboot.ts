import type { Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import type { NoPlan, PlanDraft, PlanSite, Remediation } from '../schemas/remediation.ts';
import { drainedBy } from './drain-reason.ts';
import { drawUp } from './draw-up.ts';
import { gateSteps } from './gate-steps.ts';
import { fabricManagerBarred } from './fabricmanager-restart.ts';
import { hungAt } from './hung.ts';
import { isSilent, isTakenOut, nodeScene, occupied, seenOf } from './scene.ts';

/** Starts a free node anew through the scheduler. */
export const nodeReboot: Remediation = {
  id: 'node.reboot',
  platform: 'nvidia-linux',
  summary: 'let the scheduler start a node anew on which no job runs, and take it back into service afterwards',
  categories: [
    'gpu-driver-bug',
    'driver-version-mismatch',
    'fabricmanager-not-running',
    'gpu-fell-off-bus',
    'nvlink-fabric-error',
    'host-hardware-fault',
    'rdma-link-fault',
  ],
  precondition:
    'logs or probes of exactly this node show what a restart mends; the node answers, no job runs there, and nobody holds it out of service',
  effect: 'kernel, driver, services and devices of the node start anew; the scheduler gives it no job until then',
  undo: 'none: what was only in memory is gone',
  verification: 'the driver is asked for every GPU, and the scheduler for the node',
  reversibility: 'one-way',
  approvalsNeeded: 1,
  approvalsSource:
    'https://docs.coreweave.com/products/sunk/manage_sunk/drain-and-undrain-nodes (nodes are drained, restarted, checked and undrained without a person)',
  leaseScope: 'node',
  supersedes: [
    'gpu.reset',
    'gpu.power-limit.restore',
    'gpu.compute-mode.default',
    'gpu.persistence.enable',
    'gpu.process.kill-leftover',
    'fabricmanager.restart',
    'persistenced.restart',
    'dcgm.restart',
    'clock-sync.restart',
    'service.restart',
    'peermem.load',
    'uvm.load',
    'shm.clear',
    'fs.remount',
  ],
  gateSteps: [gateSteps.nodeReboot, gateSteps.jobRequeue],
  source: 'https://slurm.schedmd.com/scontrol.html (reboot ASAP nextstate)',
  plan,
};

/** Beside what hangs. */
const mendedBy: Readonly<Partial<Record<Category, readonly string[]>>> = {
  'gpu-driver-bug': [
    'nvidia.xid.62',
    'nvidia.xid.119',
    'nvidia.xid.120',
    'nvidia.gsp.crashed',
    'nvidia.gsp.rpc-timeout',
    'gpu.driver.not-answering',
    'host.d-state.gpu-driver',
  ],
  'driver-version-mismatch': [
    'gpu.driver.version-mismatch',
    'gpu.modules.releases-differ',
    'modules.nvidia.missing',
    'nvidia.driver.library-mismatch',
    'nvidia.driver.not-running',
  ],
  'fabricmanager-not-running': [
    'fabricmanager.service.not-active',
    'fabricmanager.failed',
    'fabricmanager.nvswitch-query-failed',
    'dcgm.fabric.not-ready',
  ],
  'gpu-fell-off-bus': [
    'gpu.presence.missing',
    'gpu.device.unreachable',
    'nvidia.xid.79',
    'nvidia.gpu.fell-off-bus',
    'nvidia.gpu.handle-unknown-error',
  ],
  'nvlink-fabric-error': [
    'nvlink.link.inactive',
    'nvidia.xid.74',
    'nvidia.cuda.nvlink-error',
    'nvidia.sxid.fatal',
    'fabricmanager.nvlink-fault',
  ],
};
// GPU servers test their memory and train their links for five to ten minutes before they are up.
const settleClusterMs = 15 * 60_000;

function plan(cause: RankedCause, findings: readonly Finding[], site: PlanSite): PlanDraft | NoPlan {
  const scene = nodeScene(cause, findings, site);
  if ('notApplicable' in scene) return scene;
  const { node, here } = scene;
  const barred = cause.category === 'fabricmanager-not-running' ? fabricManagerBarred(here) : undefined;
  if (barred !== undefined)
    return { notApplicable: `a restart of ${node.name} does not mend its fabric manager (${barred.kind})` };
  if ((seenOf(here, mendedBy[cause.category] ?? []) ?? hungAt(cause, here)) === undefined)
    return { notApplicable: `nothing was seen on ${node.name} that a restart mends` };
  if (!scene.hasManagement)
    return { notApplicable: `the inventory names no management host to restart ${node.name} from` };
  if (isSilent(here)) return { notApplicable: `${node.name} does not answer, so it cannot be told to restart` };
  if (isTakenOut(here) && drainedBy(here) === 'somebody')
    return { notApplicable: `somebody holds ${node.name} out of service, and a restart would put it back` };
  const inTheWay = occupied(scene);
  if (inTheWay !== null) return { notApplicable: inTheWay };
  return drawUp(scene, {
    summary: `Start ${node.name} anew.`,
    forward: [{ step: gateSteps.nodeReboot, args: [node.name] }],
    devices: cause.device === undefined ? [] : [cause.device],
    touches: `all of ${node.name}, where no job runs; ${node.gpus.length} GPUs are not available for about ten minutes`,
    cost: 'about ten minutes of the node; what was only in its memory is lost',
    expectedMs: 10 * 60_000,
    verify: [{ probeId: 'gpu.presence' }, { probeId: 'scheduler.node' }, { probeId: 'modules.loaded' }],
    again: true,
    on: 'management',
    settleClusterMs,
  });
}
