import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { cpuList } from './cpu-list.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines, type NumberedLine } from './text-table.ts';

const source = 'https://docs.kernel.org/accounting/psi.html';

const cpuPressure: FindingKind = {
  id: 'host.load.cpu-pressure',
  summary: 'tasks of the host wait for a CPU much of the time',
  role: 'cause',
  weighs: { 'dataloader-stall': 1.8, 'cpu-affinity-misconfig': 1.1 },
  source,
};
const overcommitted: FindingKind = {
  id: 'host.load.more-than-cpus',
  summary: 'far more tasks want to run than the host has CPUs, and wait for them',
  role: 'cause',
  // Ranks that are bound to few CPUs wait too, but are no more than they were: this is work that was not there before.
  weighs: { 'dataloader-stall': 2.6, 'foreign-gpu-process': 0.3 },
  source,
};
const memoryPressure: FindingKind = {
  id: 'host.load.memory-pressure',
  summary: 'all tasks of the host wait for memory some of the time',
  role: 'symptom',
  weighs: { 'host-oom': 1.8, 'dataloader-stall': 0.4 },
  source,
};
const ioPressure: FindingKind = {
  id: 'host.load.io-pressure',
  summary: 'all tasks of the host wait for storage much of the time',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 1.2, 'dataloader-stall': 1, 'host-hardware-fault': 0.3 },
  source,
};
const notMeasured: FindingKind = {
  id: 'host.load.no-pressure-figures',
  summary: 'the kernel does not say how long tasks wait',
  role: 'context',
  weighs: {},
  source,
};
const calm: FindingKind = {
  id: 'host.load.calm',
  summary: 'tasks of the host hardly wait for CPUs, memory or storage',
  role: 'clean',
  weighs: { 'host-oom': -0.3, 'dataloader-stall': -0.4, 'shared-fs-problem': -0.2 },
  source,
};
const unlike = unlikeSiblings('host.load', 'the load', {
  'dataloader-stall': 0.7,
  'host-oom': 0.5,
  'shared-fs-problem': 0.5,
  'cpu-affinity-misconfig': 0.4,
});
const kinds = [cpuPressure, overcommitted, memoryPressure, ioPressure, notMeasured, calm, unlike];

/** Percent of the last minute in which some, or all, tasks waited. */
interface Pressure {
  readonly some: number;
  readonly full: number;
  readonly line: number;
}
interface Reading {
  /** Runnable and uninterruptible tasks, mean of the last minute. */
  readonly load1: number;
  readonly load15: number;
  /** Logical CPUs in use; null where the kernel does not list them. */
  readonly cpus: number | null;
  readonly pressure: { readonly cpu: Pressure; readonly io: Pressure; readonly memory: Pressure } | null;
}

// Our judgement. systemd-oomd kills at 60 % (oomd.conf, DefaultMemoryPressureLimit), so a tenth of a minute in which
// nobody could run for want of memory is far from normal; for CPUs half of the time is what an oversubscribed host shows.
const cpuSomeMin = 50;
const memoryFullMin = 10;
const ioFullMin = 20;
// Tasks for every CPU: at one and a half, each runs two thirds of the time at most.
const tasksPerCpuMin = 1.5;

/** How busy the host is, and what its tasks wait for. */
export const hostLoad: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.load',
  summary: 'load of the host, and how long its tasks wait for CPUs, memory and storage',
  question: 'Do tasks of the host wait for CPUs, memory or storage?',
  aspect: 'performance',
  costMs: 50,
  outputBytesMax: 4_096,
  argv: () => [
    'cat',
    '/proc/loadavg',
    '/proc/pressure/cpu',
    '/proc/pressure/io',
    '/proc/pressure/memory',
    '/sys/devices/system/cpu/online',
  ],
  parse(output) {
    requireTool(output, 'cat');
    const [head, ...rows] = numberedLines(output);
    const load = /^(\d+\.\d\d) \d+\.\d\d (\d+\.\d\d) \d+\/\d+ \d+$/.exec(head?.text ?? '');
    if (load === null) throw new ProbeParseError('line 1: not the text of /proc/loadavg');
    // `0-191`, the last of the files.
    const cpus = /^[\d,-]+$/.test(rows.at(-1)?.text ?? '') ? cpuList(rows.at(-1)?.text ?? '') : null;
    const pressure = pressureIn(cpus === null ? rows : rows.slice(0, -1));
    return { load1: Number(load[1]), load15: Number(load[2]), cpus: cpus?.length ?? null, pressure };
  },
  outcomes: kinds,
  meaning({ load1, load15, cpus, pressure }) {
    const load = `load ${load1}, ${load15} over fifteen minutes`;
    const tooMany = cpus !== null && load1 >= tasksPerCpuMin * cpus;
    if (pressure === null) return [{ kind: notMeasured.id, text: `${load}; the kernel reports no pressure`, line: 1 }];
    const { cpu, io, memory } = pressure;
    const seen: ProbeFinding[] = [];
    if (cpu.some >= cpuSomeMin)
      seen.push(
        tooMany
          ? waiting(overcommitted, `${load1} tasks for ${cpus} CPUs: some waited`, cpu.some, cpu.line)
          : waiting(cpuPressure, 'some tasks waited for a CPU', cpu.some, cpu.line),
      );
    if (memory.full >= memoryFullMin)
      seen.push(waiting(memoryPressure, 'all tasks waited for memory', memory.full, memory.line));
    if (io.full >= ioFullMin) seen.push(waiting(ioPressure, 'all tasks waited for storage', io.full, io.line));
    return orClean(seen, kinds, { kind: calm.id, text: load, line: 1, values: { load1 } });
  },
  siblings: {
    kind: unlike,
    numbers: ({ load1, pressure }) => [
      { name: 'load1', value: load1, unit: 'tasks', line: 1 },
      ...(pressure === null
        ? []
        : [
            { name: 'cpuSome', value: pressure.cpu.some, unit: '%', line: pressure.cpu.line },
            { name: 'ioFull', value: pressure.io.full, unit: '%', line: pressure.io.line },
            { name: 'memoryFull', value: pressure.memory.full, unit: '%', line: pressure.memory.line },
          ]),
    ],
    rules: [
      { name: 'load1', side: 'high', relative: 1, absolute: 32, source: unlike.source },
      { name: 'cpuSome', side: 'high', relative: 1, absolute: 20, source: unlike.source },
      { name: 'ioFull', side: 'high', relative: 1, absolute: 10, source: unlike.source },
      { name: 'memoryFull', side: 'high', relative: 1, absolute: 5, source: unlike.source },
    ],
  },
};

/** Three files, each `some` and perhaps `full`: kernels before 5.13 give none for CPUs. None where they are switched off. */
function pressureIn(rows: readonly NumberedLine[]): Reading['pressure'] {
  const files: Pressure[] = [];
  for (const { text, line } of rows) {
    const match = /^(some|full) avg10=\d+\.\d\d avg60=(\d+\.\d\d) avg300=\d+\.\d\d total=\d+$/.exec(text);
    const share = Number(match?.[2]);
    const last = files.at(-1);
    if (match?.[1] === 'some') files.push({ some: share, full: 0, line });
    else if (match?.[1] === 'full' && last !== undefined) files[files.length - 1] = { ...last, full: share, line };
    else throw new ProbeParseError(`line ${line}: not a line of /proc/pressure`);
  }
  if (files.length === 0) return null;
  const [cpu, io, memory, ...more] = files;
  if (cpu === undefined || io === undefined || memory === undefined || more.length > 0)
    throw new ProbeParseError(`${files.length} of the three files of /proc/pressure`);
  return { cpu, io, memory };
}

function waiting(kind: FindingKind, what: string, percent: number, line: number): ProbeFinding {
  return { kind: kind.id, text: `${what} ${percent} % of the last minute`, line, values: { percent } };
}
