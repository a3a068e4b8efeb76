import type { Finding } from '../../workflows/domain/finding.ts';
import { hostlistHas, isHostlist } from '../probes/hostlist.ts';
import { isProbed } from './probe-source.ts';

/**
 * What a launcher or a manager says of the job as a whole stands in the log of its first rank, of its batch host, or in
 * the answer of whichever node was asked: it says what happened, and where only if it names the place. A node that it
 * names is its place; else it speaks for its category anywhere, and other evidence shows the place. Lines of other hosts
 * that a launcher has gathered under their names belong to those hosts.
 * https://slurm.schedmd.com/srun.html (messages of all tasks' slurmstepd are forwarded to the one srun),
 * https://docs.open-mpi.org/en/main/man-openmpi/man1/mpirun.1.html (the same of mpirun).
 */
export function placeStatements(findings: readonly Finding[], nodes: readonly string[]): readonly Finding[] {
  const distinct = [...new Set(nodes)];
  const names = new Set(distinct);
  return findings.map((finding) => {
    if (isProbed(finding)) return speaksOfJob(finding) ? somewhere(finding) : finding;
    const known = finding.node === undefined || names.has(finding.node) ? distinct : [...distinct, finding.node];
    const host = headOf(finding.text);
    const headed = host === null ? undefined : known.find((node) => isHost(host, node));
    if (headed !== undefined) return headed === finding.node ? finding : on(headed, finding);
    if (!speaksOfJob(finding)) return finding;
    const named = namedNodes(finding.text, known);
    if (finding.node !== undefined && named.includes(finding.node)) return finding;
    const [only] = named;
    return named.length === 1 && only !== undefined ? on(only, finding) : somewhere(finding);
  });
}

/** Without the place of the log that it stands in: neither that node, nor its rank, nor a device counted there. */
function somewhere({ node: _node, rank: _rank, device: _device, ...rest }: Finding): Finding {
  return rest;
}

/** A device that has a name of its own goes along. */
function on(node: string, finding: Finding): Finding {
  const { device } = finding;
  return { ...somewhere(finding), node, ...(device?.name === undefined ? {} : { device }) };
}

/** Is this of the job, wherever it was read? */
function speaksOfJob(finding: Finding): boolean {
  if (finding.role === 'clean') return false;
  if (isProbed(finding)) return finding.kind.startsWith(jobStatePrefix);
  return (forwarded.test(finding.text) || ofJob.test(finding.text)) && !ofOwnChild.test(finding.text);
}

/** Kinds of `scheduler.jobs`: the controller knows the job, and gives each of its nodes the same answer. */
const jobStatePrefix = 'scheduler.job.';

/** `slurmstepd: error: …`, `[2026-11-21 03:35:00,123] srun: …`, `slurmstepd-node-04: …`, `(raylet, ip=10.0.0.5) …`. */
const forwarded =
  /^[^\n]{0,80}?(?:^|[\s\]])(?:srun|slurmstepd|sbatch|salloc|mpirun|mpiexec|prterun|orterun|horovodrun|jsrun|aprun|PBS)(?:-[\w.-]{1,63})?(?:\[\d+\])?: |^[^\n]{0,80}?(?:^|[\s\]])\(raylet\b/;

/** Wordings of managers that count the job's parts, or state its end. */
const ofJob =
  /[Ss]ome of (?:the|your) (?:step )?(?:tasks|processes) (?:have|may have) been|[Dd]etected \d+ oom[_-]kill event|(?:^|\s)tasks? [\d,-]{1,40}: |\bprocess rank \d+|\bProcess \d+ exit|\*\*\* (?:JOB|STEP) \S{1,40} ON |\bOUT_OF_MEMORY\b|\bTERM_MEMLIMIT\b|\bjob killed: |exceeded (?:job |step )?memory limit|exceeded request_memory|OOMKilled|ray\.exceptions\.|[Nn]ode failure|\bNODE_FAIL\b|exit(?:ed)?(?: with)?(?: exit)? (?:code|status)[ :=]{1,3}137\b/;

/** Agents that run on every node and tell of their own children. */
const ofOwnChild = /\blocal_rank\b|\blaunch\.py:\d|\bsystemd(?:-oomd)?\[\d+\]|\bkubelet\b/;

/** Where the batch script runs, or where the job ran: names that say nothing of where it went wrong. */
const elsewhere =
  /\b(?:BatchHost|NodeList|ReqNodeList|ExcNodeList|AllocNode(?::Sid)?)=\S{0,400}|\*\*\* (?:JOB|STEP) \S{1,40} ON \S{1,64}/g;

// sees: node-05: RuntimeError: …      (pdsh, deepspeed)
// sees: node-05:815:864 [0] NCCL WARN … (host, process, thread)
// sees: [node-05:12345] *** Process received signal ***
const heading =
  /^\s{0,8}(?:\[?\d{4}-\d\d-\d\d[T ][\d:.,]{5,18}(?:Z|[+-]\d\d:?\d\d)?\]?\s{1,3})?\[?(?<host>[a-z][\w.-]{0,62})(?:\]?:\s|\]\s|:\d{1,8}[:\]])/i;

/** The host under whose name the line was gathered, lower case. */
function headOf(text: string): string | null {
  return heading.exec(text)?.groups?.['host']?.toLowerCase() ?? null;
}

function isHost(host: string, node: string): boolean {
  const name = node.toLowerCase();
  return host === name || host.split('.')[0] === name;
}

function namedNodes(text: string, nodes: readonly string[]): readonly string[] {
  const told = text.replace(elsewhere, ' ');
  const hostlists = [...told.matchAll(/(?<![\w.-])[\w.-]{0,60}\[[\d,-]{1,60}\]/g)]
    .map(([found]) => found)
    .filter((found) => isHostlist(found));
  return nodes.filter((node) => isNamed(told, node) || hostlists.some((list) => hostlistHas(list, node)));
}

/** As a whole word: node-1 is not named by node-12, nor by gpu-node-1. `node-1.site.example` names it. */
function isNamed(text: string, node: string): boolean {
  const lower = text.toLowerCase();
  const name = node.toLowerCase();
  for (let at = lower.indexOf(name); at >= 0; at = lower.indexOf(name, at + 1)) {
    const before = lower.slice(0, at);
    const starts = before === '' || !/[\w.-]$/.test(before) || before.endsWith('slurmstepd-');
    if (starts && !/^[\w-]/.test(lower.slice(at + name.length))) return true;
  }
  return false;
}

/** Part of what decides a diagnosis. */
export const statementPatterns: readonly RegExp[] = [forwarded, ofJob, ofOwnChild, elsewhere, heading];
