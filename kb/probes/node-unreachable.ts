import type { FindingKind } from '../schemas/finding-kind.ts';

/**
 * What every batch reports of a node that it cannot log in to, whichever probe was asked for. One login that fails is no
 * proof of a dead host: what the management host and the management controller say decides.
 */
export const nodeUnreachable: FindingKind = {
  id: 'probe.node.unreachable',
  summary: 'nobody can log in to the node: it is off, hung, cut off, or its SSH service is down',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1, 'facility-fault': 0.8, 'scheduler-action': 0.3 },
  echoes: ['net.node.silent', 'bmc.host-off'],
  source: 'our judgement: nodes of one site that stop answering have as a rule crashed or lost power',
};
