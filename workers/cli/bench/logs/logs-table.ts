import { paint, renderTable, type Terminal } from '../../output.ts';
import { machineLine } from '../machine.ts';
import { drainAdvice, drainSetups } from './drain3.ts';
import { ripgrepAdvice } from './ripgrep.ts';
import { perCpuSecond, type LogsBench, type ReduceRate } from './run-logs.ts';

/** Aims of the product, which the figures stand beside. */
const peakMiBMax = 300;
const burstSecondsMax = 3;
const drainRatioMin = 10;

/** The figures for people. */
export async function renderLogsBench(terminal: Pick<Terminal, 'colour'>, report: LogsBench): Promise<string> {
  const { input, ripgrep, drain3 } = report;
  const rates = [
    ...report.reduce.map((one) => ourRow(one)),
    ...(report.quarter === null ? [] : [ourRow(report.quarter)]),
    ...(ripgrep === null
      ? []
      : [
          [
            'ripgrep, the same literals, all cores',
            mb(input.bytes),
            rate(ripgrep.mbPerS),
            byCpu(input.bytes, ripgrep.cpuSeconds),
            mib(ripgrep.peakMiB),
          ],
        ]),
    ...(drain3 ?? []).map((one) => [
      `Drain3 ${one.version}, ${drainSetups[one.setup]} (sample of ${one.seconds.toFixed(0)} s)`,
      mb(one.bytes),
      rate(one.mbPerS),
      byCpu(one.bytes, one.cpuSeconds),
      '',
    ]),
  ];
  return [
    await renderTable(terminal, ['WHAT', 'READ', 'MB/S', 'MB/CPU S', 'PEAK MEMORY'], rates),
    '',
    ...Object.entries(report.ratios).map(([name, ratio]) => ratioLine(terminal, name, ratio, report.cpuRatios[name])),
    `peak memory: aim under ${peakMiBMax} MiB at any size`,
    ...report.bursts.map(
      ({ name, lines, counts, scanSeconds, reduceSeconds }) =>
        `${lines.toLocaleString('en-US')} lines of one Xid, ${name}: ${counts.length} finding${counts.length === 1 ? '' : 's'} (${counts.map((count) => `×${count.toLocaleString('en-US')}`).join(', ')}), scan ${scanSeconds.toFixed(2)} s, reduce ${reduceSeconds.toFixed(2)} s (aim: under ${burstSecondsMax} s)`,
    ),
    ...plantedLines(terminal, report),
    ...(ripgrep === null ? [ripgrepAdvice] : []),
    ...(drain3 === null ? [drainAdvice] : []),
    `${input.files} files, ${mb(input.bytes)}${input.generated ? `, generated with seed ${report.seed}` : ''}`,
    machineLine(report.machine),
  ].join('\n');
}

function ourRow({ cores, bytes, mbPerS, cpuSeconds, peakMiB }: ReduceRate): readonly string[] {
  const where = cores === 'one' ? 'one core' : 'all cores';
  return [`wardround logs reduce, ${where}`, mb(bytes), rate(mbPerS), byCpu(bytes, cpuSeconds), mib(peakMiB)];
}

function ratioLine(
  terminal: Pick<Terminal, 'colour'>,
  name: string,
  ratio: number,
  cpuRatio: number | undefined,
): string {
  const byCpu = cpuRatio === undefined ? '' : `, ${times(cpuRatio)} by processor time`;
  const text = `${times(ratio)} times ${name}${byCpu}`;
  if (!name.startsWith('drain3')) return text;
  return `${paint(terminal, ratio >= drainRatioMin ? 'green' : 'red', text)} (aim: ${drainRatioMin})`;
}

function times(ratio: number): string {
  return ratio.toFixed(ratio < 1 ? 2 : 1);
}

function plantedLines(terminal: Pick<Terminal, 'colour'>, { planted }: LogsBench): readonly string[] {
  if (planted === null) return [];
  const lost = planted.filter(({ found, kept }) => !found || !kept);
  return [
    paint(
      terminal,
      lost.length === 0 ? 'green' : 'red',
      `${planted.length - lost.length} of ${planted.length} planted faults found and kept`,
    ),
    ...lost.map(({ fault, path, line, found }) => `  ${fault} in ${path}:${line} was not ${found ? 'kept' : 'found'}`),
  ];
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function rate(mbPerS: number): string {
  return mbPerS.toFixed(1);
}

function byCpu(bytes: number, cpuSeconds: number | null): string {
  return perCpuSecond(bytes, cpuSeconds)?.toFixed(1) ?? 'not measured';
}

function mib(value: number | null): string {
  return value === null ? 'not measured' : `${value} MiB`;
}
