import { paint, plain, renderTable, type Terminal } from '../../../output.ts';
import { machineLine } from '../../machine.ts';
import type { SimulatedReport } from './run-simulated.ts';

const alarmKindsShown = 20;

export async function renderSimulated(terminal: Terminal, report: SimulatedReport): Promise<string> {
  const { jobDays, falseAlarms, healthyRatios, faults } = report;
  const ratios = healthyRatios.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const perDay = jobDays === 0 ? 0 : falseAlarms.length / jobDays;
  return [
    `${jobDays} healthy job-days: ${falseAlarms.length} false alarms, ${perDay.toFixed(3)} a job-day`,
    ...(falseAlarms.length === 0 ? [] : [await alarmTable(terminal, falseAlarms)]),
    ratios.length === 0
      ? 'no healthy step was measured'
      : `measured over predicted step time, healthy: ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    '',
    paint(terminal, 'bold', 'Faults that make a job slower'),
    await renderTable(
      terminal,
      ['FAULT', 'BEGAN', 'FOUND', 'DELAY', 'TIERS', 'SLOWER', 'COMPONENT', 'NODE', 'INJECTED AT'],
      faults.map(({ fault, start, found, delaySeconds, tiers, ratio, component, node, at }) => [
        fault,
        start,
        found ? 'yes' : { text: 'no', style: 'red' as const },
        delaySeconds === null ? '' : `${delaySeconds.toFixed(0)} s`,
        tiers.join(' '),
        ratio === null ? '' : `${ratio.toFixed(2)} times`,
        component ?? '',
        node ?? '',
        plain(at),
      ]),
    ),
    ...(['while it ran', 'before its first step'] as const).map((start) => {
      const of = faults.filter((one) => one.start === start);
      return `${start}: ${of.filter(({ found }) => found).length} of ${of.length} found`;
    }),
    '',
    machineLine(report.machine),
  ].join('\n');
}

/** Alike ones once: jobs of one shape behave alike at every seed. */
function alarmTable(terminal: Terminal, falseAlarms: SimulatedReport['falseAlarms']): Promise<string> {
  const kinds = Map.groupBy(falseAlarms, ({ job, tier, component, afterHours }) =>
    [job, tier, component, afterHours < startHours ? 'in its first quarter of an hour' : 'later'].join('|'),
  );
  return renderTable(
    terminal,
    ['ALARMS', 'JOB', 'TIER', 'COMPONENT', 'WHEN', 'FIRST OF THEM'],
    [...kinds]
      .toSorted(([, a], [, b]) => b.length - a.length)
      .slice(0, alarmKindsShown)
      .map(([kind, alike]) => [String(alike.length), ...kind.split('|'), firstText(alike)]),
  );
}

const startHours = 0.25;
const summaryCharsShown = 110;

function firstText([first]: SimulatedReport['falseAlarms']): string {
  if (first === undefined) return '';
  return `seed ${first.seed}, ${(first.afterHours * 60).toFixed(0)} min: ${plain(first.summary).slice(0, summaryCharsShown)}…`;
}
