import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://slurm.schedmd.com/scontrol.html';

const takenOut: FindingKind = {
  id: 'scheduler.node.taken-out',
  summary: 'somebody or a health check took the node out of service',
  role: 'context',
  weighs: { 'scheduler-action': 2 },
  echoes: ['scheduler.node.taken-down'],
  source,
};
const takenDown: FindingKind = {
  id: 'scheduler.node.taken-down',
  summary: 'a person set the node to DOWN, which ends the jobs on it',
  role: 'cause',
  weighs: { 'scheduler-action': 3.5 },
  source: 'https://slurm.schedmd.com/scontrol.html#OPT_State_1 (DOWN: running jobs on the node are killed)',
};
const gpusMissing: FindingKind = {
  id: 'scheduler.node.gpu-count-low',
  summary: 'the scheduler drained the node because it reports fewer GPUs than configured',
  role: 'symptom',
  weighs: { 'gpu-fell-off-bus': 2.5, 'container-toolkit-misconfig': 0.5 },
  source: 'https://github.com/awslabs/awsome-distributed-ai/issues/195',
};
const notResponding: FindingKind = {
  id: 'scheduler.node.not-responding',
  summary: 'the scheduler gets no answer from the node',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.5, 'scheduler-action': 0.5 },
  source,
};
const inService: FindingKind = {
  id: 'scheduler.node.in-service',
  summary: 'the scheduler has the node in service',
  role: 'clean',
  weighs: { 'scheduler-action': -1.5 },
  source,
};
const kinds = [takenOut, takenDown, gpusMissing, notResponding, inService];

const args = z.object({ node: z.string().regex(namePattern) });

interface Reading {
  readonly states: readonly string[];
  readonly line: number;
  readonly gpuCountLow: boolean;
  readonly reasonLine: number | null;
  /** As an administrator or a health check wrote it, cut at `reasonCharsMax`. */
  readonly reason: string | null;
  /** Who wrote it, as Slurm notes it; its own daemons do that as the user of slurmctld. */
  readonly reasonBy: string | null;
}

const reasonCharsMax = 80;

/** What the scheduler thinks of the node. */
export const schedulerNode: Probe<z.infer<typeof args>, Reading> = {
  id: 'scheduler.node',
  platform: 'nvidia-linux',
  summary: 'state of the node in the scheduler, and why',
  question: 'Does the scheduler give this node work, and if not, who says why?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  impact: 'passive',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 16_384,
  quotes: true,
  args,
  argv: ({ node }) => ['scontrol', 'show', 'node', node],
  parse(output) {
    const lines = requiredLines(output, 'scontrol');
    if (!/^NodeName=\S+/.test(lines[0]?.text ?? ''))
      throw new ProbeParseError('line 1: not the head of scontrol show node');
    const stateLine = lines.find(({ text }) => /^\s+State=/.test(text));
    const state = /\sState=([A-Z_+*~#!%$@^-]+)(\s|$)/.exec(stateLine?.text ?? '');
    if (stateLine === undefined || state === null) throw new ProbeParseError('no State in scontrol show node');
    const reason = lines.find(({ text }) => /^\s+Reason=/.test(text));
    return {
      states: (state[1] ?? '').replaceAll(/[*~#!%$@^-]/g, '').split('+'),
      line: stateLine.line,
      // Reason=gres/gpu count reported lower than configured (0 < 8) [slurm@2024-12-19T11:03:34]
      gpuCountLow: /Reason=gres\/gpu.* count .*lower than configured/.test(reason?.text ?? ''),
      reasonLine: reason?.line ?? null,
      reason: /^\s+Reason=(.*?)(?: \[[^\]]*\])?$/.exec(reason?.text ?? '')?.[1]?.slice(0, reasonCharsMax) ?? null,
      reasonBy: /\[([\w.-]{1,32})@[^\]]*\]$/.exec(reason?.text ?? '')?.[1] ?? null,
    };
  },
  outcomes: kinds,
  meaning(reading) {
    const out = reading.states.filter((state) => outOfService.includes(state));
    const seen: ProbeFinding[] = [];
    const values = {
      states: reading.states.join('+'),
      ...(reading.reason === null ? {} : { reason: reading.reason }),
    };
    if (reading.gpuCountLow)
      seen.push({
        kind: gpusMissing.id,
        text: 'drained because fewer GPUs are reported than configured',
        line: reading.reasonLine ?? reading.line,
        values,
      });
    if (reading.states.includes('NOT_RESPONDING'))
      seen.push({
        kind: notResponding.id,
        text: 'the scheduler gets no answer from the node',
        line: reading.line,
        values,
      });
    if (out.length > 0 && seen.length === 0) {
      const found = { text: `scheduler state ${out.join('+')}`, line: reading.line, values };
      const line = reading.reasonLine ?? reading.line;
      return [
        { ...found, kind: takenOut.id },
        ...(isTakenDown(reading) ? [{ ...found, kind: takenDown.id, line }] : []),
      ];
    }
    return orClean(seen, kinds, {
      kind: inService.id,
      text: `scheduler state ${reading.states.join('+')}`,
      line: reading.line,
      values,
    });
  },
};

/** Reasons of daemons and of health checks tell of a fault. */
function isTakenDown({ states, reason, reasonBy }: Reading): boolean {
  return endsJobs(states) && reason !== null && reasonBy !== null && reasonBy !== 'slurm' && !ownReason.test(reason);
}

/**
 * Whether a node in these states has lost its jobs at once. Draining lets them end by themselves, DOWN does not, planned or not;
 * one that was drained first is switched off when its jobs have gone.
 */
export function endsJobs(states: readonly string[]): boolean {
  return states.includes('DOWN') && !states.some((state) => /^(?:MAINT|DRAIN)/.test(state));
}

// Reasons of slurmctld and slurmd (src/slurmctld/node_mgr.c, ping_nodes.c, job_mgr.c), and of NHC.
const ownReason =
  /^(?:Not responding|Node unexpectedly rebooted|Kill task failed|(?:Prolog|Epilog) (?:error|failed)|batch job complete failure|Low |gres\/|Duplicate|Reboot|NHC|none$)|health/i;

// https://slurm.schedmd.com/sinfo.html#SECTION_NODE-STATE-CODES
const outOfService = [
  'DOWN',
  'DRAIN',
  'DRAINED',
  'DRAINING',
  'FAIL',
  'FAILING',
  'MAINT',
  'MAINTENANCE',
  'POWERED_DOWN',
  'POWERING_DOWN',
  'REBOOT',
  'REBOOT_ISSUED',
];
