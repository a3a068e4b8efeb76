import { placeName } from '../../../workflows/domain/place-name.ts';
import { paint, plain, renderTable, type Cell, type Style, type Terminal } from '../output.ts';
import type { JobComparison } from './compare-job.ts';
import { compact, digits } from './figures.ts';

/** A job's comparison for a terminal: verdict, figures beside each other, what spoke, and what it is consistent with. */
export async function comparisonText(terminal: Pick<Terminal, 'colour'>, told: JobComparison): Promise<string> {
  const { cluster, job, range, compared } = told;
  const { verdict } = compared;
  const sections = [
    `${paint(terminal, 'bold', plain(job))} on ${plain(cluster)}, ${time(range.fromMs)} to ${time(range.toMs)}: ${paint(terminal, styles[verdict.kind], verdict.kind)}`,
    plain(verdict.summary),
    await figureTable(terminal, told),
    await evidenceTable(
      terminal,
      'Spoke',
      verdict.alarms.map((one) => ({ ...one, name: one.tier })),
    ),
    await evidenceTable(
      terminal,
      'Consistent with',
      verdict.components.map((one) => ({ ...one, name: one.component })),
    ),
    remarks(told).join('\n'),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

const styles: Readonly<Record<JobComparison['compared']['verdict']['kind'], Style>> = {
  normal: 'green',
  slow: 'red',
  stopped: 'red',
  interrupted: 'yellow',
  suppressed: 'yellow',
  unmeasured: 'magenta',
};

function figureTable(terminal: Pick<Terminal, 'colour'>, { compared }: JobComparison): Promise<string> {
  const { verdict, healthyStepMs, measured, prediction } = compared;
  const seconds = (ms: number | null) => (ms === null ? '-' : digits(ms / 1000));
  const of = (value: number | null | undefined) => (value === null || value === undefined ? '-' : compact(value));
  const bounds = prediction === null ? '-' : `${digits(prediction.low)}-${digits(prediction.high)}`;
  const rows: Cell[][] = [
    [
      'step time, s',
      seconds(verdict.measuredStepMs),
      prediction === null ? '-' : digits(prediction.iterationSeconds),
      bounds,
      seconds(healthyStepMs),
    ],
    ['tokens/s', of(measured.tokensPerSecond), of(prediction?.tokensPerSecond), '', ''],
    ['power a GPU, W', of(measured.powerWattsPerGpu), of(prediction?.powerWattsPerGpu), '', ''],
  ];
  return renderTable(terminal, ['', 'MEASURED', 'PREDICTED', '9 OF 10 IN', 'BEFORE'], rows);
}

interface Told {
  readonly name: string;
  readonly node?: string;
  readonly device?: Parameters<typeof placeName>[0]['device'];
  readonly text: string;
}

const rowsMax = 12;

async function evidenceTable(
  terminal: Pick<Terminal, 'colour'>,
  title: string,
  told: readonly Told[],
): Promise<string> {
  if (told.length === 0) return '';
  const rows = told.slice(0, rowsMax).map(({ name, node, device, text }) => {
    const place = placeName({ ...(node === undefined ? {} : { node }), ...(device === undefined ? {} : { device }) });
    return [name, place === '' ? 'the job' : place, text];
  });
  const more = told.length > rowsMax ? `\nand ${told.length - rowsMax} more (--json has all)` : '';
  return `${await renderTable(terminal, [title.toUpperCase(), 'WHERE', 'WHY'], rows)}${more}`;
}

function remarks({ predicted, calibration, uncalibrated, range }: JobComparison): readonly string[] {
  return [
    ...(predicted === null ? ['no prediction: the inventory does not say what the job trains (jobs[].training)'] : []),
    ...(predicted?.kind === 'refused'
      ? predicted.problems.map(({ field, reason }) => `no prediction: ${plain(field)}: ${plain(reason)}`)
      : []),
    ...(predicted?.kind === 'predicted' && predicted.prediction.assumed.length > 0
      ? [`assumed: ${predicted.prediction.assumed.map(({ field, value }) => `${field} ${String(value)}`).join(', ')}`]
      : []),
    ...(uncalibrated !== null
      ? [`calibration was not read: ${plain(uncalibrated)}`]
      : calibration?.site === null
        ? ['not calibrated at this site: `wardround perf calibrate site` makes the bounds narrower']
        : []),
    ...(calibration?.stale ?? []).map(
      ({ id, reason }) => `calibration ${id.slice(0, 12)} is out of date: ${plain(reason)}`,
    ),
    ...(range.missing.length === 0 ? [] : [`not collected here: ${range.missing.map(plain).join(', ')}`]),
  ];
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
