import { expandHostlist } from './host-ranges.ts';
import { nodesMax, type DraftJob, type Note } from './draft.ts';
import { asName, shown } from './names.ts';
import { fieldOf, gresOf, standsTwice, type SlurmRecord } from './slurm-text.ts';

/** A running job with its ranks, or why they can not be told. */
export type SlurmJob =
  | { readonly kind: 'placed'; readonly jobId: string; readonly job: DraftJob; readonly notes: readonly Note[] }
  | { readonly kind: 'idle'; readonly state: string }
  | { readonly kind: 'untold'; readonly jobId: string; readonly why: string; readonly place: string };

/**
 * Where the ranks of a job are. Ranks follow the node list and, on a node, the GPUs, which is what `srun` and a
 * launcher with SLURM_NODEID as its node rank do; a launcher that gives out ranks as nodes arrive may do otherwise.
 * `gpusOf`: how many GPUs a node of the inventory has, `null` for others.
 */
export function slurmJobOf(record: SlurmRecord, gpusOf: (node: string) => number | null): SlurmJob {
  const { text, place } = record;
  const jobId = /^JobId=(\d{1,10})/.exec(text)?.[1] ?? '';
  const untold = (why: string): SlurmJob => ({ kind: 'untold', jobId, why, place });
  if (jobId === '') return untold('its first field is no job id');
  const fields = new Map(needed.map((field) => [field, fieldOf(text, field)]));
  const twice = needed.find((field) => standsTwice(text, field));
  if (twice !== undefined) return untold(`${twice} stands twice: a name or a comment of its user imitates it`);
  const state = fields.get('JobState') ?? 'unknown';
  if (state !== 'RUNNING') return { kind: 'idle', state };
  if (/ (HetJobId|PackJobId)=\d/.test(text)) return untold('a heterogeneous job: its ranks span several components');

  const nodes = expandHostlist(fields.get('NodeList') ?? '', nodesMax);
  if (nodes === null || nodes.length === 0) return untold(`its node list "${shown(fields.get('NodeList') ?? '')}"`);
  const foreign = nodes.filter((node) => gpusOf(node) === null);
  if (foreign.length > 0) return untold(`${foreign.slice(0, 3).join(', ')} are no nodes of the inventory`);
  const devices = gpusByNode(text, nodes, gpusOf);
  if (typeof devices === 'string') return untold(devices);

  const gpus = devices.reduce((sum, { gpus: some }) => sum + some.length, 0);
  const tasks = Number(fields.get('NumTasks') ?? Number.NaN);
  if (tasks !== gpus && tasks !== nodes.length)
    return untold(
      `${Number.isNaN(tasks) ? 'an unknown number of' : tasks} tasks for ${gpus} GPUs on ${nodes.length} nodes: neither one a GPU nor one a node`,
    );
  const ranks = devices
    .flatMap(({ node, gpus: some }) => some.map((gpu) => ({ node, gpu })))
    .map((placement, rank) => ({ rank, ...placement }));
  const written = fields.get('JobName') ?? '';
  const name = asName(written) ?? `job-${jobId}`;
  return {
    kind: 'placed',
    jobId,
    job: { name, ranks, framework: 'unknown' },
    notes: [
      ...(name === written
        ? []
        : [
            {
              kind: 'assumed' as const,
              about: name,
              text: `the name of job ${jobId}, which Slurm calls "${shown(written)}"`,
            },
          ]),
      {
        kind: 'assumed',
        about: name,
        text: 'ranks follow the node list and the GPU index: compare with RANK and LOCAL_RANK in the job (probe job.environment)',
      },
    ],
  };
}

const needed = ['JobName', 'JobState', 'NodeList', 'NumTasks'] as const;

interface NodeGpus {
  readonly node: string;
  readonly gpus: readonly number[];
}

/** Which GPUs a job has on each of its nodes; a sentence where it can not be told. */
function gpusByNode(
  text: string,
  nodes: readonly string[],
  gpusOf: (node: string) => number | null,
): readonly NodeGpus[] | string {
  const detailed = detailedGpus(text);
  if (detailed !== null) {
    const missing = nodes.filter((node) => !detailed.has(node));
    if (missing.length > 0) return `no devices are listed on ${missing.slice(0, 3).join(', ')}`;
    return nodes.map((node) => ({ node, gpus: detailed.get(node) ?? [] }));
  }
  const allocated = allocatedGpus(text);
  if (allocated === 0) return 'it has no GPUs';
  const all = nodes.reduce((sum, node) => sum + (gpusOf(node) ?? 0), 0);
  if (allocated !== all)
    return `${allocated} of the ${all} GPUs of its nodes: which ones is shown by scontrol -o -d show job`;
  return nodes.map((node) => ({ node, gpus: Array.from({ length: gpusOf(node) ?? 0 }, (_, index) => index) }));
}

/**
 * What `scontrol -d` adds, once for each set of nodes that are alike:
 * `Nodes=dgx[001-002] CPU_IDs=0-127 Mem=131072 GRES=gpu:a800:8(IDX:0-7)`, before 20.11 `GRES_IDX=gpu(IDX:0-7)`.
 */
function detailedGpus(text: string): ReadonlyMap<string, readonly number[]> | null {
  const byNode = new Map<string, readonly number[]>();
  for (const [, list = '', devices = ''] of text.matchAll(/ Nodes=(\S+) CPU_IDs=\S+ Mem=\S+ GRES(?:_IDX)?=(\S*)/g)) {
    const gpus = [...devices.matchAll(/gpu[^(,]*\(IDX:([\d,-]+)\)/g)].flatMap(
      ([, ids = '']) => expandHostlist(`[${ids}]`, 64) ?? [],
    );
    if (gpus.length === 0) continue;
    for (const node of expandHostlist(list, nodesMax) ?? [])
      byNode.set(
        node,
        gpus.map(Number).toSorted((a, b) => a - b),
      );
  }
  return byNode.size === 0 ? null : byNode;
}

/** `AllocTRES=…,gres/gpu=16,gres/gpu:a800=16` (23.02 on) or `TRES=…,gres/gpu=16`; types are counted in the total. */
function allocatedGpus(text: string): number {
  for (const field of ['AllocTRES', 'TRES']) {
    const value = fieldOf(text, field);
    if (value === null || standsTwice(text, field)) continue;
    const total = /(?:^|,)gres\/gpu=(\d{1,6})(?:,|$)/.exec(value)?.[1];
    if (total !== undefined) return Number(total);
    const typed = [...value.matchAll(/(?:^|,)gres\/gpu:[^=,]+=(\d{1,6})/g)].map(([, count]) => Number(count));
    if (typed.length > 0) return typed.reduce((sum, count) => sum + count, 0);
  }
  const perNode = gresOf((/ TresPerNode=(\S+)/.exec(text)?.[1] ?? '').replaceAll(/gres[:/]/g, ''));
  const nodeCount = Number(fieldOf(text, 'NumNodes') ?? 0);
  return perNode.gpus.reduce((sum, { count }) => sum + count, 0) * (Number.isInteger(nodeCount) ? nodeCount : 0);
}
