import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://slurm.schedmd.com/slurm.conf.html';
const cgroup = 'https://slurm.schedmd.com/cgroup.conf.html';

const tracking: FindingKind = {
  id: 'scheduler.config.processes-escape',
  summary:
    'the scheduler follows processes in a way that those which detach escape, and they stay behind after the job',
  role: 'symptom',
  weighs: { 'foreign-gpu-process': 1.8 },
  source,
};
const unconstrained: FindingKind = {
  id: 'scheduler.config.devices-unconstrained',
  summary: 'jobs are not kept to the devices that they were given',
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 1, 'foreign-gpu-process': 0.9, 'launcher-rank-misconfig': 0.7 },
  source: cgroup,
};
const unbound: FindingKind = {
  id: 'scheduler.config.tasks-unbound',
  summary: 'tasks are not bound to the cores that they were given',
  role: 'context',
  weighs: { 'cpu-affinity-misconfig': 0.9 },
  source,
};
const limits: FindingKind = {
  id: 'scheduler.config.limits-from-daemon',
  summary: 'the locked-memory limit of tasks comes from the scheduler’s daemon and not from the user',
  role: 'context',
  weighs: { 'ulimit-too-low': 0.5 },
  source,
};
const limitsFromUser: FindingKind = {
  id: 'scheduler.config.limits-from-login',
  summary: 'tasks get the locked-memory limit of the shell from which the job was submitted',
  role: 'context',
  weighs: { 'ulimit-too-low': 1 },
  source: 'https://slurm.schedmd.com/faq.html#memlock',
};
const sound: FindingKind = {
  id: 'scheduler.config.sound',
  summary: 'processes and devices of jobs are kept together by control groups',
  role: 'clean',
  weighs: { 'foreign-gpu-process': -0.5, 'container-toolkit-misconfig': -0.2 },
  source,
};
const kinds = [tracking, unconstrained, unbound, limits, limitsFromUser, sound];

const noArgs = z.object({});

interface Reading {
  /** Those that are looked at, with their lines. */
  readonly settings: Readonly<Record<string, { readonly value: string; readonly line: number }>>;
}

/** How the scheduler keeps jobs, their processes and devices together. */
export const schedulerConfig: Probe<z.infer<typeof noArgs>, Reading> = {
  id: 'scheduler.config',
  platform: 'nvidia-linux',
  summary: 'settings of the scheduler for processes, devices, cores and limits of jobs',
  question: 'Is the scheduler set up so that jobs keep to their devices and leave nothing behind?',
  aspect: 'correctness',
  side: 'demand',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 200,
  timeoutMs: 15_000,
  outputBytesMax: 131_072,
  args: noArgs,
  argv: () => ['scontrol', 'show', 'config'],
  parse(output) {
    const lines = requiredLines(output, 'scontrol');
    if (lines[0]?.text.startsWith('Configuration data as of ') !== true)
      throw new ProbeParseError('line 1: not the head of scontrol show config');
    const settings: Record<string, { readonly value: string; readonly line: number }> = {};
    for (const { text, line } of lines) {
      const match = /^([A-Za-z][\w/()]{1,60})\s*= ?(.{0,500})$/.exec(text);
      if (match !== null && watched.has(match[1] ?? ''))
        settings[match[1] ?? ''] = { value: (match[2] ?? '').trim(), line };
    }
    if (settings['ProctrackType'] === undefined) throw new ProbeParseError('no ProctrackType in scontrol show config');
    return { settings };
  },
  outcomes: kinds,
  meaning({ settings }) {
    const seen: ProbeFinding[] = [];
    const tell = (kind: FindingKind, setting: string) =>
      seen.push({
        kind: kind.id,
        text: `${setting} = ${settings[setting]?.value ?? 'not set'}`.slice(0, textCharsMax),
        ...(settings[setting] === undefined ? {} : { line: settings[setting].line }),
        values: { setting },
      });
    const value = (setting: string) => settings[setting]?.value;
    if (/proctrack\/(?:linuxproc|pgid)/.test(value('ProctrackType') ?? '')) tell(tracking, 'ProctrackType');
    if (value('ConstrainDevices') === 'no') tell(unconstrained, 'ConstrainDevices');
    if (!/affinity|cgroup/.test(value('TaskPlugin') ?? 'affinity')) tell(unbound, 'TaskPlugin');
    const propagated = value('PropagateResourceLimits');
    if (
      /^(?:ALL|.*MEMLOCK)/.test(propagated ?? '') &&
      !/MEMLOCK|ALL/.test(value('PropagateResourceLimitsExcept') ?? '')
    )
      tell(limitsFromUser, 'PropagateResourceLimits');
    else if (propagated === 'NONE') tell(limits, 'PropagateResourceLimits');
    return orClean(seen, kinds, { kind: sound.id, text: `ProctrackType = ${value('ProctrackType') ?? ''}` });
  },
};

const textCharsMax = 200;
// ConstrainDevices is of cgroup.conf, which versions from 17.11 on print below the configuration.
const watched = new Set([
  'ProctrackType',
  'ConstrainDevices',
  'TaskPlugin',
  'PropagateResourceLimits',
  'PropagateResourceLimitsExcept',
  'SLURM_VERSION',
]);
