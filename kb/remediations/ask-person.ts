import { categories, type Category } from '../../workflows/domain/categories.ts';
import type { Finding, RankedCause } from '../../workflows/domain/finding.ts';
import { awaitsSubnetManager, noManager } from './hung.ts';
import { fabricManagerBarred } from './fabricmanager-restart.ts';
import { findingsOfNode } from './target-node.ts';
import type { NoPlan, Remediation } from '../schemas/remediation.ts';

/** What people are asked where no machine may or can act: always the last resort. */
export const askPerson: Remediation = {
  id: 'ask-person',
  platform: 'nvidia-linux',
  summary: 'say what people have to look at or decide, where no machine may or can act',
  categories: [...categories, 'unlisted'],
  precondition: 'no other repair applies to the cause',
  effect: 'people know the cause, the evidence, and what is left to do',
  undo: 'none is needed: nothing is changed',
  verification: 'people close the incident',
  reversibility: 'reversible',
  approvalsNeeded: 1,
  leaseScope: 'job',
  supersedes: [],
  gateSteps: [],
  source: 'https://sre.google/sre-book/managing-incidents/',
  plan: (cause: RankedCause, findings: readonly Finding[]): NoPlan => ({
    ask: `${cause.node === undefined ? '' : `${cause.node}: `}${questionOf(cause, findings)}`,
  }),
};

/** What was read says more exactly what is to be done than the category alone. */
function questionOf(cause: RankedCause, findings: readonly Finding[]): string {
  const { category, node, device } = cause;
  const here = node === undefined ? findings : findingsOfNode(node, findings);
  const variables = ofEnvironment.includes(category) ? variablesOf(here) : [];
  if (variables.length > 0)
    return `the launch of the job, its script or its image, sets ${variables.join(', ')}: take that out there, for no file of the node holds it`;
  if (category === 'rdma-link-fault' && awaitsSubnetManager(cause, here))
    return `${noManager(device?.name ?? 'the adapter')}: look at the subnet manager, not at adapter or cable`;
  if (category === 'fabricmanager-not-running' && fabricManagerBarred(here) !== undefined)
    return 'bring fabric manager and driver to one release, and its configuration to what that release reads';
  return questions[category] ?? questionOfOthers;
}

const ofEnvironment: readonly (Category | 'unlisted')[] = [
  'nccl-env-misconfig',
  'socket-interface-mismatch',
  'roce-gid-misconfig',
  'launcher-rank-misconfig',
];
const variablesShownMax = 5;

/** Names of variables that a probe read in the environment of the ranks; nothing else of what stands there. */
function variablesOf(here: readonly Finding[]): readonly string[] {
  const names = here.flatMap(({ kind, role, values }) => {
    const name = kind.startsWith('job.environment.') && role !== 'clean' ? values?.['setting'] : undefined;
    return typeof name === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? [name] : [];
  });
  return [...new Set(names)].slice(0, variablesShownMax);
}

const questionOfOthers = 'look at the evidence of the cause and decide what to do about it';

const questions: Readonly<Partial<Record<Category, string>>> = {
  'gpu-clock-throttle': 'look at cooling and power of the server: air flow, fans, inlet temperature, supplies',
  'host-hardware-fault': 'look at the event log of the management controller and replace the part that it names',
  'facility-fault': 'look at power and cooling of the rack',
  'rdma-link-fault': 'clean or replace cable and optic of the port, then look at the switch port',
  'gpu-driver-bug': 'compare the driver release with the known defects of its vendor and plan an update',
  'driver-version-mismatch': 'bring kernel modules, libraries and container images to one driver release',
  'acs-iommu-p2p-broken':
    'switch ACS redirection off on the bridges, or the IOMMU to pass-through, in BIOS or kernel command line',
  'roce-gid-misconfig': 'set NCCL_IB_GID_INDEX to the routable GID of the ports, or let NCCL choose',
  'fabricmanager-not-running': 'look at the log of the fabric manager and at its package',
  'ulimit-too-low': 'raise the limit of locked memory, open files or processes where the job gets it from',
  'socket-interface-mismatch': 'set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME to the interface that all nodes share',
  'firewall-blocked': 'open the ports of the rendezvous and of NCCL between the nodes of the job',
  'rendezvous-resolution': 'make the name of the rendezvous lead to the same host on every node',
  'rdma-device-missing-in-container': 'give the container /dev/infiniband and enough locked memory',
  'net-plugin-mismatch': 'ship the network plugin that fits the fabric and this NCCL with the image',
  'nccl-version-mismatch': 'use one image with one NCCL on all nodes',
  'nccl-env-misconfig': 'take the NCCL setting that differs or forces a transport out of the launch',
  'nccl-bug': 'compare the NCCL release with its known defects and try the next one',
  'framework-bug': 'compare the release of the framework with its known defects, or report this one with the evidence',
  'launcher-rank-misconfig': 'launch the job anew with one process for each GPU and each rank once',
  'collective-mismatch': 'find in the training program why ranks call different collectives',
  'uneven-data': 'let every rank have the same number of batches, or join uneven inputs',
  'long-rank0-work-timeout': 'move the long work of rank 0 off the training loop, or raise the watchdog time-out',
  'gpu-oom': 'lower the batch or the sequence length, or shard more; the evidence says which rank ran out',
  'host-oom': 'lower the memory that the job needs on its hosts: workers, caches, pinned memory',
  'loss-nan-numerics':
    'go back to the last good checkpoint and look at learning rate, precision and the data since then',
  'dataloader-stall': 'give the input more workers or cores, or a faster source',
  'checkpoint-corruption':
    'start from the last checkpoint that can be read whole, and look at where this one was written',
  'shm-too-small': 'start the container with more shared memory (--shm-size, or the memory medium of its volume)',
  'disk-full': 'make room on the file system, or write somewhere else',
  'shared-fs-problem': 'look at the servers of the shared file system',
  'container-toolkit-misconfig': 'look at the configuration of the container runtime and of its NVIDIA part',
  'cgroup-device-loss':
    'keep systemd from resetting the devices of containers: declare them, or use the cgroupfs driver',
  'permission-misconfig': 'give the user of the job access to what the evidence names',
  'cpu-affinity-misconfig': 'ask for enough cores for each rank and let the launcher bind them',
  'scheduler-action': 'ask who took the job or the node away; nothing is broken',
  'user-code-error': 'the training program has an error: its owner has to look at the trace',
};
