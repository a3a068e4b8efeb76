import { realMemoryMib } from '../../physics/memory.ts';
import { clearFact } from '../../state/facts/set-fact.ts';
import { findNode } from '../../world.ts';
import { complained, printed, type CommandContext, type CommandResult } from '../command.ts';
import { aboutJob, jobOption } from './jobs.ts';

// slurm_errno.c
const invalidJob = 'Invalid job id specified';
const pendingJob = 'Job is pending execution';
const startedJob = 'Job is no longer pending execution';
const deniedJob = 'Access/permission denied';
const notAvailable = 'Requested node configuration is not available';

/** `scontrol requeue`, `requeuehold` and `release` of one job. */
export function changeJobQueue(asked: CommandContext, verb: string, job: string): CommandResult {
  const id = job.replace(/^jobid=/i, '').replace(/^job=/i, '');
  const refused = (reason: string) => complained(`${reason} for job ${id}\n`, 1);
  const context = aboutJob(asked, id);
  if (context === undefined) return refused(invalidJob);
  if (!context.root) return refused(deniedJob);
  const { phase } = context.timeline.segmentAt(context.nowMs);
  const pending = phase.kind === 'pending' || phase.kind === 'unsubmitted';
  if (verb === 'release') {
    if (!pending) return refused(startedJob);
    if (phase.kind === 'pending' && phase.held) context.act([{ kind: 'job-release', ...jobOption(context) }]);
    return printed('');
  }
  if (pending) return refused(pendingJob);
  context.act([{ kind: 'job-requeue', hold: verb === 'requeuehold', ...jobOption(context) }]);
  return printed('');
}

/** `scontrol update NodeName=…` and `scontrol update JobId=…`. */
export function update(context: CommandContext, args: readonly string[]): CommandResult {
  const values = new Map<string, string>();
  for (const arg of args) {
    const at = arg.indexOf('=');
    if (at < 1) return complained(`scontrol: error: Invalid input: ${arg}  Request aborted\n`, 1);
    values.set(arg.slice(0, at).toLowerCase(), arg.slice(at + 1));
  }
  const node = values.get('nodename');
  if (node !== undefined) return updateNode(context, node, values);
  const job = values.get('jobid');
  if (job !== undefined) return updateJob(context, job, values);
  return complained(
    `No valid entity in update command\nInput line must include "NodeName", "JobId" or "PartitionName"\n`,
    1,
  );
}

function updateNode(context: CommandContext, name: string, values: ReadonlyMap<string, string>): CommandResult {
  const refused = (reason: string) => complained(`slurm_update error: ${reason}\n`, 1);
  for (const key of values.keys())
    if (!['nodename', 'state', 'reason'].includes(key))
      return complained(`Update of this parameter is not supported: ${key}\nRequest aborted\n`, 1);
  const state = (values.get('state') ?? '').toUpperCase();
  const reason = (values.get('reason') ?? '').replace(/^"|"$/g, '');
  if (state === 'DRAIN' && reason === '')
    return complained('You must specify a reason when DOWNING or DRAINING a node. Request denied\n', 1);
  if (state !== 'DRAIN' && state !== 'RESUME')
    return complained(`Invalid input: State=${values.get('state') ?? ''}\nRequest aborted\n`, 1);
  if (!context.root) return refused('Invalid user id');
  if (findNode(context.world, name) === undefined) return refused('Invalid node name specified');
  if (state === 'DRAIN') {
    context.act([{ kind: 'node-drain', node: name, reason }]);
    return printed('');
  }
  const { settings } = context.timeline.segmentAt(context.nowMs);
  if (!settings.drained.has(name)) return refused('Invalid node state specified');
  context.act([{ kind: 'node-resume', node: name }, clearFact('scheduler.node-down', name)]);
  return printed('');
}

function updateJob(asked: CommandContext, id: string, values: ReadonlyMap<string, string>): CommandResult {
  const refused = (reason: string) => complained(`${reason} for job ${id}\nslurm_update error: ${reason}\n`, 1);
  for (const key of values.keys())
    if (!['jobid', 'minmemorynode', 'excnodelist'].includes(key))
      return complained(`Update of this parameter is not supported: ${key}\nRequest aborted\n`, 1);
  const excluded = values.get('excnodelist');
  if (excluded !== undefined) return excludeNodes(asked, id, excluded);
  const memory = values.get('minmemorynode');
  if (memory === undefined) return complained('No changes specified\n', 1);
  if (!/^[0-9]{1,9}$/.test(memory)) return complained(`scontrol: error: Invalid MinMemoryNode value: ${memory}\n`, 1);
  const context = aboutJob(asked, id);
  if (context === undefined) return refused(invalidJob);
  if (!context.root) return refused(deniedJob);
  if (context.timeline.segmentAt(context.nowMs).phase.kind !== 'pending') return refused(startedJob);
  if (Number(memory) > realMemoryMib) return refused(notAvailable);
  context.act([{ kind: 'job-memory', mib: Number(memory), ...jobOption(context) }]);
  return printed('');
}

/** `ExcNodeList=`, also empty: of a job that waits, and of no other (job_mgr.c). */
function excludeNodes(asked: CommandContext, id: string, list: string): CommandResult {
  const refused = (reason: string) => complained(`${reason} for job ${id}\nslurm_update error: ${reason}\n`, 1);
  const nodes = list.split(',').filter((name) => name !== '');
  const context = aboutJob(asked, id);
  if (context === undefined) return refused(invalidJob);
  if (!context.root) return refused(deniedJob);
  if (context.timeline.segmentAt(context.nowMs).phase.kind !== 'pending') return refused(startedJob);
  if (nodes.some((name) => findNode(context.world, name) === undefined)) return refused('Invalid node name specified');
  context.act([{ kind: 'job-exclude', nodes, ...jobOption(context) }]);
  return printed('');
}
