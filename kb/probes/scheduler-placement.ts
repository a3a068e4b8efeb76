import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostlistHas, isHostlist } from './hostlist.ts';
import { jsonIn } from './json-output.ts';

const source = 'https://slurm.schedmd.com/squeue.html (--json)';

const fewCores: FindingKind = {
  id: 'scheduler.placement.few-cores',
  summary: 'a job has fewer cores than its ranks and their helpers need',
  role: 'cause',
  weighs: { 'cpu-affinity-misconfig': 3, 'dataloader-stall': 1 },
  source,
};
const shared: FindingKind = {
  id: 'scheduler.placement.shared',
  summary: 'two jobs run on the node at once',
  role: 'symptom',
  weighs: { 'foreign-gpu-process': 1.5, 'cpu-affinity-misconfig': 0.7, 'host-oom': 0.4 },
  source,
};
const tasks: FindingKind = {
  id: 'scheduler.placement.tasks-unlike-gpus',
  summary: 'a job has neither one task a GPU nor one task a node, so that ranks are bound in a way of their own',
  role: 'context',
  weighs: { 'launcher-rank-misconfig': 1 },
  source,
};
const none: FindingKind = {
  id: 'scheduler.placement.none',
  summary: 'no job is placed on the node',
  role: 'context',
  weighs: {},
  source,
};
const unlike: FindingKind = {
  id: 'scheduler.placement.unlike-siblings',
  summary: 'the job has fewer cores on this node than on its others',
  role: 'cause',
  weighs: { 'cpu-affinity-misconfig': 2.2 },
  source,
};
const alone: FindingKind = {
  id: 'scheduler.placement.alone',
  summary: 'one job has the node, with cores enough for its GPUs',
  role: 'clean',
  weighs: { 'cpu-affinity-misconfig': -0.9, 'launcher-rank-misconfig': -0.4 },
  source,
};
const kinds = [fewCores, shared, tasks, none, unlike, alone];

const args = z.object({ node: z.string().regex(namePattern) });

interface Job {
  readonly jobId: number;
  readonly state: string;
  readonly nodeList: string;
  readonly nodeCount: number;
  readonly tasks: number | null;
  readonly cpus: number;
  readonly gpus: number;
  /** Cores of each node, where this version says. */
  readonly coresByNode: Readonly<Record<string, number>>;
}
interface Reading {
  readonly jobs: readonly Job[];
}

/** What runs where, with how many cores, tasks and GPUs. */
export const schedulerPlacement: Probe<z.infer<typeof args>, Reading> = {
  id: 'scheduler.placement',
  platform: 'nvidia-linux',
  summary: 'jobs of the node with their cores, tasks and GPUs',
  question: 'Does the job have the node to itself, with cores enough for its ranks?',
  aspect: 'performance',
  side: 'demand',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 700,
  timeoutMs: 30_000,
  outputBytesMax: 4 * 1024 * 1024,
  args,
  argv: () => ['squeue', '--json'],
  allow: ['squeue --json'],
  parse: (output) => ({ jobs: jsonIn(output, 'squeue', queueSchema).jobs.map(jobOf) }),
  outcomes: kinds,
  meaning({ jobs }, node, asked) {
    const name = asked?.node ?? node?.name;
    const here = jobs.filter(
      (job) =>
        job.state === 'RUNNING' && isHostlist(job.nodeList) && (name === undefined || hostlistHas(job.nodeList, name)),
    );
    const [first] = here;
    if (first === undefined) return [{ kind: none.id, text: `none of ${jobs.length} jobs runs on the node` }];
    const seen: ProbeFinding[] = here.flatMap((job) => judge(job));
    if (here.length > 1 && name !== undefined)
      seen.push({
        kind: shared.id,
        text: `jobs ${here
          .slice(0, 6)
          .map(({ jobId }) => jobId)
          .join(', ')} run on the node at once`,
        values: { jobs: here.length },
      });
    return orClean(seen.slice(0, findingsMax), kinds, {
      kind: alone.id,
      text: `job ${first.jobId}: ${first.cpus} cores, ${first.gpus} GPUs, ${first.tasks ?? 'unknown'} tasks on ${first.nodeCount} nodes`,
    });
  },
  siblings: {
    numbers: ({ jobs }, node) =>
      jobs.flatMap(({ state, coresByNode }) => {
        const cores = node?.name === undefined ? undefined : coresByNode[node.name];
        return state === 'RUNNING' && cores !== undefined ? [{ name: 'cores', value: cores, unit: 'count' }] : [];
      }),
    // A job asks for the same of each of its nodes.
    rules: [{ name: 'cores', side: 'low', relative: 0.1, absolute: 1, source }],
    kind: unlike,
  },
};

const findingsMax = 10;
// A rank's own thread and the thread that moves NCCL's data: with fewer, each waits for the other (our
// judgement; workers of the data loader come on top).
const coresPerGpuMin = 2;

function judge(job: Job): readonly ProbeFinding[] {
  const { jobId, cpus, gpus, tasks: count, nodeCount } = job;
  const values = { jobId, cpus, gpus, ...(count === null ? {} : { tasks: count }) };
  if (gpus > 0 && cpus < gpus * coresPerGpuMin)
    return [{ kind: fewCores.id, text: `job ${jobId}: ${cpus} cores for ${gpus} GPUs`, values }];
  if (gpus > 0 && count !== null && count !== gpus && count !== nodeCount)
    return [{ kind: tasks.id, text: `job ${jobId}: ${count} tasks for ${gpus} GPUs on ${nodeCount} nodes`, values }];
  return [];
}

// 21.08 and 22.05 print numbers and states plainly, 23.02 and later { set, infinite, number } and lists of states.
const count = z.union([z.number(), z.object({ number: z.number(), set: z.boolean().optional() })]).nullish();
const allocation = z.object({
  nodename: z.string().optional(),
  name: z.string().optional(),
  cores: z.unknown().optional(),
  cpus: z.unknown().optional(),
  sockets: z.unknown().optional(),
});
const jobSchema = z.object({
  job_id: z.number(),
  job_state: z.union([z.string(), z.array(z.string()).min(1).max(8)]),
  nodes: z.string().max(100_000).nullish(),
  node_count: count,
  tasks: count,
  cpus: count,
  tres_alloc_str: z.string().max(2_000).nullish(),
  job_resources: z
    .object({
      allocated_nodes: z.union([z.array(allocation).max(1_000), z.record(z.string(), z.unknown())]).nullish(),
      // From 24.05 on.
      nodes: z.union([z.string(), z.object({ allocation: z.array(allocation).max(1_000).nullish() })]).nullish(),
    })
    .nullish(),
});
const queueSchema = z.object({ jobs: z.array(jobSchema).max(20_000) });

function jobOf(job: z.infer<typeof jobSchema>): Job {
  const tres = job.tres_alloc_str ?? '';
  const resource = (name: string) => Number(new RegExp(`(?:^|,)${name}=(\\d{1,9})(?:,|$)`).exec(tres)?.[1] ?? 0);
  return {
    jobId: job.job_id,
    state: typeof job.job_state === 'string' ? job.job_state : (job.job_state[0] ?? ''),
    nodeList: job.nodes ?? '',
    nodeCount: numberOf(job.node_count) ?? 0,
    tasks: numberOf(job.tasks),
    cpus: resource('cpu') || (numberOf(job.cpus) ?? 0),
    gpus: resource('gres/gpu'),
    coresByNode: coresByNode(job),
  };
}

function numberOf(value: z.infer<typeof count>): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value;
  return value.set === false ? null : value.number;
}

function coresByNode({ job_resources: resources }: z.infer<typeof jobSchema>): Readonly<Record<string, number>> {
  const old = resources?.allocated_nodes;
  const recent = typeof resources?.nodes === 'object' ? resources.nodes?.allocation : null;
  const all = recent ?? (Array.isArray(old) ? old : []);
  return Object.fromEntries(
    all.flatMap((one) => {
      const name = one.nodename ?? one.name;
      const cores = coresIn(one.cpus) ?? coresIn(one.cores) ?? coresIn(one.sockets);
      return name === undefined || cores === null ? [] : [[name, cores] as const];
    }),
  );
}

/** `64`, `{ count: 64, used: 0 }`, or sockets with their cores, each with its state. */
function coresIn(value: unknown, depth = 0): number | null {
  if (typeof value === 'number') return value;
  if (value === null || typeof value !== 'object' || depth > 3) return null;
  if ('count' in value && typeof value.count === 'number') return value.count;
  const inner = Object.values(value);
  const allocated = inner.filter((one) => typeof one === 'string' && /^allocated/i.test(one)).length;
  const nested = inner.reduce<number>(
    (sum, one) => sum + (typeof one === 'object' ? (coresIn(one, depth + 1) ?? 0) : 0),
    0,
  );
  return allocated + nested === 0 ? null : allocated + nested;
}
