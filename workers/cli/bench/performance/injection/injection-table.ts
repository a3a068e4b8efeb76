import { paint, renderTable, type Terminal } from '../../../output.ts';
import { machineLine } from '../../machine.ts';
import type { Detection, Health, InjectionReport } from './run-injection.ts';

export async function renderInjection(terminal: Terminal, report: InjectionReport): Promise<string> {
  const { detections, health, halfDetected } = report;
  const clocks = detections.filter(({ mhz }) => mhz !== null);
  const factors = detections.filter(({ mhz }) => mhz === null);
  return [
    `${report.runs} published runs on A100, slowed down in the middle; peers: one of 640 GPUs`,
    ...report.derivation.map((line) => paint(terminal, 'dim', `  ${line}`)),
    '',
    paint(terminal, 'bold', 'One GPU at a lower clock (1410 MHz is full)'),
    await detectionTable(terminal, clocks),
    '',
    paint(terminal, 'bold', 'The whole job slower by a factor'),
    await detectionTable(terminal, factors),
    ...halfDetected.map(
      ({ tier, factor }) =>
        `half of the jobs are found by "${tier}" at ${factor === null ? 'no' : factor.toFixed(3)} times`,
    ),
    '',
    paint(terminal, 'bold', 'False alarms on healthy jobs'),
    await healthTable(terminal, health),
    '',
    machineLine(report.machine),
  ].join('\n');
}

function detectionTable(terminal: Terminal, detections: readonly Detection[]): Promise<string> {
  return renderTable(
    terminal,
    ['TIER', 'MHZ', 'SLOWER (MEDIAN)', 'FOUND', 'SHARE', 'DELAY P50', 'P90'],
    detections.map(({ tier, mhz, factor, detected, jobs, delaySeconds }) => [
      tier,
      mhz === null ? '' : String(mhz),
      `${factor.toFixed(2)} times`,
      `${detected} of ${jobs}`,
      `${((detected / jobs) * 100).toFixed(0)} %`,
      delaySeconds === null ? '' : `${delaySeconds.median.toFixed(0)} s`,
      delaySeconds === null ? '' : `${delaySeconds.p90.toFixed(0)} s`,
    ]),
  );
}

function healthTable(terminal: Terminal, health: readonly Health[]): Promise<string> {
  return renderTable(
    terminal,
    ['TIER', 'CORRELATION', 'JOB-DAYS', 'FALSE ALARMS', 'A JOB-DAY'],
    health.map(({ tier, correlation, jobDays, falseAlarms }) => [
      tier,
      String(correlation),
      jobDays.toFixed(jobDays < 10 ? 3 : 0),
      String(falseAlarms),
      (falseAlarms / jobDays).toFixed(2),
    ]),
  );
}
