import type { FactKind } from './kind.ts';

/**
 * Which of two causes it is whose signs are the same. Nothing on a node, its controller or a switch depends on the value,
 * only on whether there is one; only a person who looks into the machine or changes one of the two finds out.
 */
export const alikeFacts = [
  {
    name: 'alike.silent-reset',
    place: 'node',
    healthy: 'none',
    summary: 'what made the node start anew without a word: none, driver, board',
    clearedBy: [],
  },
  {
    name: 'alike.collective-hang',
    place: 'job',
    healthy: 'none',
    summary: 'whose defect it is that a collective of all ranks does not end: none, library, framework',
    clearedBy: [],
  },
  {
    name: 'alike.shy-errors',
    place: 'hca',
    healthy: 'none',
    summary: 'where the errors of a link came from that stop when somebody looks: none, cable, slot',
    clearedBy: [],
  },
  {
    name: 'alike.long-reads',
    place: 'cluster',
    healthy: 'none',
    summary: 'why reads of the shared file system take long: none, servers, network',
    clearedBy: [],
  },
  {
    name: 'alike.power-gone',
    place: 'node',
    healthy: 'none',
    summary: 'why the node was without power for a while: none, supply, feed',
    clearedBy: [],
  },
  {
    name: 'bmc.log-cleared',
    place: 'node',
    healthy: false,
    summary: 'a nightly script has cleared the event log of the management controller some minutes after it became so',
    clearedBy: [],
  },
] as const satisfies readonly FactKind[];
