import { paint, renderTable, type Terminal } from '../output.ts';
import type { IncidentTimes, Share } from './incident-times.ts';
import { machineLine } from './machine.ts';
import type { ProcessMemory } from './memory.ts';
import type { LoadResult } from './open-loop.ts';
import type { IncidentBenchReport } from './run-incidents.ts';

/** The figures for people, with the aims beside them. */
export async function renderIncidentBench(
  terminal: Pick<Terminal, 'colour'>,
  report: IncidentBenchReport,
): Promise<string> {
  const { aims, runs, crowded, memoryIdle, intake, ownMsMedian } = report;
  const heading = (text: string) => paint(terminal, 'bold', text);
  const last = runs.at(-1);
  const aim = (value: number | null, most: number, unit: string) => {
    if (value === null) return 'not measured';
    const kept = value < most;
    return `${paint(terminal, kept ? 'green' : 'yellow', `${value} ${unit}`)} (aim: under ${most} ${unit})`;
  };
  return [
    ...(last === undefined
      ? []
      : [
          heading(
            `Phases of the latest of ${runs.length} incident(s), milliseconds; it ended ${last.closing}, ${last.historyEvents} events`,
          ),
          await phaseTable(terminal, last),
          `  longest activities: ${last.slowest.map(({ activity, ms }) => `${activity} ${ms}`).join(', ')}`,
        ]),
    '',
    heading('Own share from alert to proposal'),
    ...runs.map((run, index) => `  incident ${index + 1}: ${text(run.alertToProposal)}`),
    `  median: ${aim(ownMsMedian, aims.ownMs, 'ms')}`,
    '',
    heading(`Memory (${[...new Set(memoryIdle.map(({ measure }) => measure))].join(', ')}, MiB)`),
    await memoryTable(terminal, memoryIdle, crowded.memory, crowded.open),
    `  the stack without the simulated cluster: ${aim(sum(productOnly(memoryIdle)), aims.stackMib, 'MiB')}; all of it: ${aim(sum(memoryIdle), aims.stackMib, 'MiB')}`,
    `  with ${crowded.open} incidents open: ${aim(sum(crowded.memory), aims.stackMib, 'MiB')}`,
    '',
    heading('Intake, from the moment at which each request was due'),
    `  new incidents: ${load(intake)}; p99 ${aim(intake.p99Ms, aims.p99Ms, 'ms')}`,
    `  news of open ones, ${crowded.open} open: ${load(crowded.intake)}; p99 ${aim(crowded.intake.p99Ms, aims.p99Ms, 'ms')}`,
    `  what was refused for now was sent again; all ${crowded.open} were open after ${(crowded.startedAllMs / 1000).toFixed(1)} s`,
    `  then one page of the list takes ${crowded.listMs} ms, the chart of one of them ${crowded.chartMs} ms (median)`,
    '',
    `${machineLine(report.machine)}; seed ${report.seed}; the sender runs on the same cores`,
  ].join('\n');
}

function phaseTable(terminal: Pick<Terminal, 'colour'>, { phases }: IncidentTimes): Promise<string> {
  const row = (name: string, share: Share) => [
    name,
    ...[share.totalMs, share.probesMs, share.modelMs, share.waitsMs, share.ownMs].map(String),
  ];
  return renderTable(
    terminal,
    ['PHASE', 'TOTAL', 'PROBES', 'MODEL', 'WAITS', 'OWN'],
    phases.map((share) => row(share.phase, share)),
  );
}

function memoryTable(
  terminal: Pick<Terminal, 'colour'>,
  idle: readonly ProcessMemory[],
  crowded: readonly ProcessMemory[],
  open: number,
): Promise<string> {
  const rows = idle.map(({ name, mib }) => [
    name,
    String(mib),
    String(crowded.find((one) => one.name === name)?.mib ?? ''),
  ]);
  return renderTable(
    terminal,
    ['PROCESS', 'IDLE', `${open} OPEN`],
    [...rows, ['total', String(sum(idle)), String(sum(crowded))]],
  );
}

function productOnly(memory: readonly ProcessMemory[]): readonly ProcessMemory[] {
  return memory.filter(({ name }) => name !== 'cluster');
}

function sum(memory: readonly ProcessMemory[]): number {
  return memory.reduce((total, { mib }) => total + mib, 0);
}

function text(share: Share | null): string {
  if (share === null) return 'no proposal';
  const { totalMs, probesMs, modelMs, waitsMs, ownMs } = share;
  return `${totalMs} ms = probes ${probesMs} + model ${modelMs} + waits ${waitsMs} + own ${ownMs} (what overlaps is counted once)`;
}

function load({ requests, perSecond, answers, p50Ms, maxMs }: LoadResult): string {
  const answered = Object.entries(answers).map(([answer, count]) => `${count} × ${answer}`);
  // The answers say how many were refused; only the accepted ones are in the percentiles.
  return `${requests} at ${perSecond}/s, ${answered.join(', ')}; p50 ${p50Ms} ms, longest ${maxMs} ms`;
}
