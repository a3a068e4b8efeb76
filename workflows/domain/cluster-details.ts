import type { ClusterState } from './cluster-rules.ts';
import { escapeMarkdown } from './current-details.ts';
import { formatFencingToken } from './lease.ts';

const rowsShownMax = 30;
const namesShownMax = 5;

/** What the Web UI shows of the cluster entity. */
export function renderClusterDetails(state: ClusterState): string {
  const stop =
    state.stopped === null
      ? `Remediation is allowed${state.resumed === null ? '' : `; resumed by ${escapeMarkdown(state.resumed.by)}: ${escapeMarkdown(state.resumed.reason)}`}.`
      : `**Remediation is stopped** by ${escapeMarkdown(state.stopped.by)}: ${escapeMarkdown(state.stopped.reason)}`;
  const open = state.open.map(
    (entry) =>
      `- ${escapeMarkdown(entry.asker.workflowId)}${entry.nodes.length === 0 ? '' : ` (${namesOf(entry.nodes)})`}`,
  );
  const leases = state.leases.map(
    (lease) =>
      `- ${namesOf(lease.nodes)}: ${formatFencingToken(lease.fencing)} held by ${escapeMarkdown(lease.asker.workflowId)}${lease.recovers === undefined ? '' : `, which takes back what ${escapeMarkdown(lease.recovers)} left,`} until ${new Date(lease.untilMs).toISOString()}`,
  );
  const unsettled = state.unsettled.map(
    (entry) =>
      `- ${escapeMarkdown(entry.node)} (lease ${formatFencingToken(entry.fencing)})${entry.why === undefined ? '' : `: ${escapeMarkdown(entry.why)}`}`,
  );
  return [
    `## Cluster ${escapeMarkdown(state.cluster)}`,
    stop,
    `### Open incidents: ${state.open.length}\n\n${bounded(open)}`,
    `### Leases: ${state.leases.length}\n\n${bounded(leases)}`,
    ...(unsettled.length === 0
      ? []
      : [
          `### A repair vanished here; look before you resume\n\nLook at each node, put it right by hand, then run \`wardround resume --cluster ${escapeMarkdown(state.cluster)}\`; until then no repair gets it.\n\n${bounded(unsettled)}`,
        ]),
  ].join('\n\n');
}

/** Names come from alert labels as well. */
function namesOf(nodes: readonly string[]): string {
  const more = nodes.length > namesShownMax ? ` and ${nodes.length - namesShownMax} more` : '';
  return `${escapeMarkdown(nodes.slice(0, namesShownMax).join(', '))}${more}`;
}

function bounded(rows: readonly string[]): string {
  const more = rows.length > rowsShownMax ? [`- and ${rows.length - rowsShownMax} more`] : [];
  return [...rows.slice(0, rowsShownMax), ...more].join('\n');
}
