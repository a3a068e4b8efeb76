import type { Finding } from '../../workflows/domain/finding.ts';

/**
 * A limit that the job was given is the same for all of its nodes. Where the control groups of most of them have used it up
 * and the host of the killed rank has memory left, which rank was killed first is chance: the kill speaks of the job, and
 * of no node.
 * https://slurm.schedmd.com/cgroup.conf.html (ConstrainRAMSpace), https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
 */
export function placeMemoryLimit(findings: readonly Finding[]): readonly Finding[] {
  const killed = nodesOf(findings, killId);
  const roomy = nodesOf(findings, 'host.memory.enough');
  const limit = usedUpEverywhere(findings);
  const isOfJob = findings.every(
    ({ kind, node, values }) =>
      kind !== killId || (node !== undefined && roomy.has(node) && (values?.['limitMib'] ?? limit) === limit),
  );
  if (killed.size === 0 || limit === undefined || !isOfJob) return findings;
  return findings.map((finding) => {
    if (!killKinds.has(finding.kind) || finding.node === undefined || !killed.has(finding.node)) return finding;
    const { node: _node, rank: _rank, ...rest } = finding;
    return rest;
  });
}

const killId = 'cgroup.memory.oom-kill';
const killKinds: ReadonlySet<string> = new Set([
  killId,
  'kernel.oom.killed',
  'kernel.oom.reported',
  'metric.host.oom-kill.rose',
  'host.oom-kills.since-boot',
  'torch.elastic.exit-sigkill',
  'job.processes.place-empty',
]);

// Of two nodes, both may leak; of more, three quarters do not by chance (as in shared-place.ts).
const nodesMin = 3;
const shareMin = 0.75;

/** The limit that most nodes have used up, in MiB. */
function usedUpEverywhere(findings: readonly Finding[]): number | string | undefined {
  const near = findings.filter(({ kind }) => kind === 'cgroup.memory.near-limit');
  const room = nodesOf(findings, 'cgroup.memory.room');
  return [...Map.groupBy(near, ({ values }) => values?.['limitMib'])].find(([, alike]) => {
    const nodes = new Set(alike.flatMap(({ node }) => node ?? []));
    return nodes.size >= nodesMin && nodes.size >= shareMin * new Set([...nodes, ...room]).size;
  })?.[0];
}

function nodesOf(findings: readonly Finding[], kind: string): ReadonlySet<string> {
  return new Set(findings.flatMap((finding) => (finding.kind === kind ? (finding.node ?? []) : [])));
}
