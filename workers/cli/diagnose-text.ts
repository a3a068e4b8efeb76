import type { DiagnosisReport, QuotedLine, ReportedCause } from './diagnose-report.ts';
import { paint, plain, type Style, type Terminal } from './output.ts';

/** The report for people: verdict, ranked causes with bars, the first fault, what to measure next. */
export async function diagnosisText(report: DiagnosisReport, terminal: Pick<Terminal, 'colour'>): Promise<string> {
  const { file, verdict, causes, firstFault, nextProbes, elapsedMs } = report;
  const heading = `${paint(terminal, 'bold', plain(file))}  ${paint(terminal, verdictStyles[verdict], verdictTexts[verdict])}`;
  return [
    heading,
    ...(causes.length > 0 ? ['', ...causes.flatMap((cause, rank) => causeLines(cause, rank, terminal))] : []),
    '',
    firstFault === null
      ? 'First fault: none of the lines is known to tell one.'
      : `First fault: ${place(firstFault, terminal)}\n    ${plain(firstFault.text)}`,
    ...(verdict === 'attributed' || nextProbes.length === 0
      ? []
      : ['', 'Probe next:', ...nextProbes.map(({ id, why }) => `  ${paint(terminal, 'cyan', id)}  ${plain(why)}`)]),
    paint(terminal, 'dim', `(${(elapsedMs / 1000).toFixed(1)} s)`),
  ].join('\n');
}

const verdictTexts = {
  attributed: 'attributed',
  'no-fault': 'no fault: healthy progress, and no line that speaks of trouble',
  'not-proven': 'not proven',
} as const;

const verdictStyles: Readonly<Record<DiagnosisReport['verdict'], Style>> = {
  attributed: 'red',
  'no-fault': 'green',
  'not-proven': 'yellow',
};

const barChars = 20;
const quotedPerCauseMax = 2;

function causeLines(cause: ReportedCause, rank: number, terminal: Pick<Terminal, 'colour'>): readonly string[] {
  const filled = Math.round(cause.probability * barChars);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barChars - filled)}`;
  const percent = `${Math.round(cause.probability * 100)} %`.padStart(5);
  const title = `${bar} ${percent}  ${paint(terminal, rank === 0 ? 'bold' : 'reset', cause.category)}${where(cause)}`;
  if (rank > 0) return [title];
  return [
    title,
    ...cause.because.slice(0, quotedPerCauseMax).map((line) => `    ${place(line, terminal)}  ${plain(line.text)}`),
  ];
}

function where({ node, device }: ReportedCause): string {
  const parts = [node, device === undefined ? undefined : `${device.kind} ${device.index ?? device.name ?? ''}`];
  const text = parts.filter((part) => part !== undefined).join(' ');
  return text === '' ? '' : ` on ${plain(text)}`;
}

function place({ source, line }: QuotedLine, terminal: Pick<Terminal, 'colour'>): string {
  return paint(terminal, 'dim', `${plain(source)}:${line}`);
}
