import { expandHostlist } from './host-ranges.ts';
import {
  gpusPerNodeMax,
  nodesMax,
  SourceError,
  type DraftJob,
  type Gathered,
  type GatheredNode,
  type Note,
  type SourceText,
} from './draft.ts';
import { isHost, isName, nameRule } from './names.ts';
import { slurmJobOf } from './slurm-ranks.ts';
import { fieldOf, gresOf, slurmRecords, type SlurmRecord } from './slurm-text.ts';

/**
 * Nodes, leaf switches and jobs from `scontrol -o show node`, `scontrol -o -d show job` and `scontrol show topology`.
 * Of Slurm's nodes those with GPUs are taken, of its jobs the running ones whose ranks can be told.
 */
export function fromSlurm(inputs: readonly SourceText[]): Gathered {
  const records = inputs.flatMap(slurmRecords);
  if (records.length === 0)
    throw new SourceError(inputs.map(({ name }) => name).join(', '), 'nothing of scontrol show node or show job in it');
  const of = (kind: string) => records.filter((record) => record.kind === kind);
  const notes: Note[] = [];
  const leaves = leafByNode(of('SwitchName'), notes);
  const nodes = of('NodeName').flatMap((record) => nodeOf(record, leaves, notes));
  if (nodes.length > nodesMax) throw new SourceError(nodes[nodesMax]?.name ?? '', `more than ${nodesMax} GPU nodes`);
  for (const { place, kind } of records.filter((record) => !['NodeName', 'JobId', 'SwitchName'].includes(record.kind)))
    notes.push({ kind: 'left-out', about: place, text: `${kind} records are not read` });
  const jobs = of('JobId');
  return { nodes, jobs: jobs.length === 0 ? null : jobsOf(jobs, nodes, notes), jumpHosts: [], notes };
}

function nodeOf(
  { text, place }: SlurmRecord,
  leaves: ReadonlyMap<string, string>,
  notes: Note[],
): readonly GatheredNode[] {
  const name = fieldOf(text, 'NodeName') ?? '';
  const leftOut = (why: string) => {
    notes.push({ kind: 'left-out', about: name === '' ? place : name, text: why });
    return [];
  };
  const gres = gresOf(fieldOf(text, 'Gres') ?? '');
  const gpus = gres.gpus.flatMap(({ type, count }) => Array.from({ length: count }, () => type));
  const state = fieldOf(text, 'State') ?? 'unknown';
  if (gpus.length === 0 && gres.parts.length === 0) return leftOut('no GPUs in its Gres');
  if (!isName(name)) return leftOut(nameRule);
  if (state.includes('FUTURE')) return leftOut('state FUTURE: it does not exist yet');
  if (gpus.length > gpusPerNodeMax) return leftOut(`${gpus.length} GPUs, at most ${gpusPerNodeMax} are possible`);
  // `IDLE*`: the star is an older way to say NOT_RESPONDING.
  const flags = state.split('+').filter((word) => outPattern.test(word) || word.includes('*'));
  if (flags.length > 0)
    notes.push({ kind: 'seen', about: name, text: `${flags.join('+')} in Slurm; the inventory holds no states` });
  if (gres.parts.length > 0)
    notes.push({ kind: 'not-told', about: name, text: `whole GPUs behind ${gres.parts.join(', ')}: ask the node` });
  const address = fieldOf(text, 'NodeAddr');
  if (address !== null && !isHost(address))
    notes.push({ kind: 'left-out', about: name, text: 'its NodeAddr is no host name or address' });
  const host = address !== null && isHost(address) ? address : undefined;
  const leaf = leaves.get(name);
  return [
    {
      name,
      ssh: host === undefined ? {} : { host },
      ...(host === undefined || host === name ? {} : { address: host }),
      gpus: gpus.map((model, index) => ({ index, ...(model === '' ? {} : { model }) })),
      ...(leaf === undefined ? {} : { leaf }),
    },
  ];
}

// https://slurm.schedmd.com/sinfo.html#SECTION_NODE-STATE-CODES
const outPattern =
  /^(DOWN|DRAIN|DRAINED|DRAINING|FAIL|FAILING|MAINT|NOT_RESPONDING|POWERED_DOWN|REBOOT|RESERVED|UNKNOWN)/;

/** `SwitchName=leaf-01 Level=0 LinkSpeed=1 Nodes=node-[01-08]`: the lowest level is next to the nodes. */
function leafByNode(switches: readonly SlurmRecord[], notes: Note[]): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  for (const { text, place } of switches) {
    if (fieldOf(text, 'Level') !== '0') continue;
    const nodes = expandHostlist(fieldOf(text, 'Nodes') ?? '', nodesMax);
    const name = fieldOf(text, 'SwitchName') ?? '';
    if (nodes === null)
      notes.push({ kind: 'left-out', about: place, text: 'the nodes of this switch are no host list' });
    for (const node of nodes ?? []) leaves.set(node, name);
  }
  return leaves;
}

function jobsOf(records: readonly SlurmRecord[], nodes: readonly GatheredNode[], notes: Note[]): readonly DraftJob[] {
  const counts = new Map(nodes.map(({ name, gpus }) => [name, gpus.length]));
  const jobs: { readonly jobId: string; readonly job: DraftJob }[] = [];
  const idle = new Map<string, number>();
  for (const record of records) {
    const read = slurmJobOf(record, (node) => counts.get(node) ?? null);
    if (read.kind === 'idle') idle.set(read.state, (idle.get(read.state) ?? 0) + 1);
    else if (read.kind === 'untold')
      notes.push({
        kind: 'left-out',
        about: `job ${read.jobId} (${read.place})`,
        text: `its ranks can not be told: ${read.why}`,
      });
    else {
      jobs.push(read);
      notes.push(...read.notes);
    }
  }
  for (const [state, count] of idle)
    notes.push({
      kind: 'left-out',
      about: `${count} ${count === 1 ? 'job' : 'jobs'}`,
      text: `${state}: only running jobs are taken`,
    });
  const names = Map.groupBy(jobs, ({ job }) => job.name);
  return jobs.map(({ jobId, job }) => {
    if ((names.get(job.name)?.length ?? 0) < 2) return job;
    const name = `${job.name.slice(0, 63 - jobId.length - 1).replace(/[.-]+$/, '')}-${jobId}`;
    notes.push({
      kind: 'assumed',
      about: name,
      text: `several running jobs are called ${job.name}: told apart by their ids`,
    });
    return { ...job, name };
  });
}
