import { graphMermaid } from '../../kb/reasoning/dot/as-mermaid.ts';
import { graphText } from '../../kb/reasoning/dot/as-text.ts';
import { narrativeText, type Narrative } from '../../kb/reasoning/narrative/index.ts';
import { counted } from '../../kb/reasoning/narrative/words.ts';
import type {
  DiagnosisReport,
  QuotedLine,
  ReportedBatch,
  ReportedCause,
  ReportedSite,
  ReportedWish,
} from './diagnose-report.ts';
import { nodesText } from './nodes-text.ts';
import { age, paint, plain, type Style, type Terminal } from './output.ts';
import { wrapped } from './wrapped.ts';

export const graphForms = ['text', 'mermaid'] as const;
export type GraphForm = (typeof graphForms)[number];

/** How wide prose is set where nobody says how wide the terminal is. */
const widthUsual = 100;
const similarShownMax = 3;

/** The report for people: verdict, ranked causes with bars, the first fault, the story, what to measure next. */
export async function diagnosisText(
  report: DiagnosisReport,
  terminal: Pick<Terminal, 'colour'>,
  { graph, width = widthUsual }: { readonly graph?: GraphForm; readonly width?: number } = {},
): Promise<string> {
  const { file, verdict, causes, firstFault, nextProbes, similar, narrative, site, elapsedMs } = report;
  const heading = `${paint(terminal, 'bold', plain(file))}  ${paint(terminal, verdictStyles[verdict], verdictTexts[verdict])}`;
  return [
    heading,
    ...(causes.length > 0 ? ['', ...causes.flatMap((cause, rank) => causeLines(cause, rank, terminal))] : []),
    '',
    firstFault === null
      ? 'First fault: none of the lines is known to tell one.'
      : `First fault: ${place(firstFault, terminal)}\n    ${plain(firstFault.text)}`,
    ...storyLines(narrative, terminal, width),
    ...(site === undefined ? [] : ['', 'Measured:', ...siteLines(site, terminal, width)]),
    ...(nextProbes.length === 0
      ? []
      : [
          '',
          verdict === 'attributed' ? 'Probe to confirm it:' : 'Probe next:',
          ...nextProbes.flatMap((wish) => wishLines(wish, terminal, width)),
        ]),
    ...(similar.length === 0
      ? []
      : [
          '',
          'Similar incidents:',
          ...similar
            .slice(0, similarShownMax)
            .map(
              ({ id, category, source }) =>
                `  ${plain(id)}  ${plain(category)}  ${paint(terminal, 'dim', plain(source))}`,
            ),
        ]),
    ...graphLines(report, terminal, graph, width),
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
  if (cause.because.length === 0)
    return [title, '    no line shows it; the words are like those of incidents that had this cause'];
  return [
    title,
    ...cause.because.slice(0, quotedPerCauseMax).map((line) => `    ${place(line, terminal)}  ${plain(line.text)}`),
  ];
}

function storyLines(narrative: Narrative, terminal: Pick<Terminal, 'colour'>, width: number): readonly string[] {
  if (narrative.sections.length === 0) return [];
  return ['', narrativeText(narrative, { width, colour: (style, text) => paint(terminal, style, text) })];
}

function wishLines(
  { id, why, nodes }: ReportedWish,
  terminal: Pick<Terminal, 'colour'>,
  width: number,
): readonly string[] {
  const on = nodes.length === 0 ? '' : ` on ${nodesText(nodes)}`;
  return [`  ${paint(terminal, 'cyan', id)}${on}`, ...wrapped(plain(why), width - 6).map((line) => `      ${line}`)];
}

function siteLines(
  { batches, metrics }: ReportedSite,
  terminal: Pick<Terminal, 'colour'>,
  width: number,
): readonly string[] {
  const lines = batches.flatMap((batch) => batchLines(batch, terminal));
  if (metrics === null) return lines;
  const { series, missing, summary } = metrics;
  const without = missing.length === 0 ? '' : `, ${counted(missing.length, 'name')} without any`;
  return [
    ...lines,
    `  ${paint(terminal, 'bold', 'metrics')}: ${series} series${without}`,
    ...wrapped(plain(summary), width - 6).map((line) => `      ${line}`),
  ];
}

const unreadShownMax = 3;

/** One batch of probes as it was run. */
export function batchLines(
  { batch, probes, readings, telling, unread, unreadCount, elapsedMs }: ReportedBatch,
  terminal: Pick<Terminal, 'colour'>,
): readonly string[] {
  const nodes = new Set(probes.flatMap((probe) => probe.nodes)).size;
  const missing = unreadCount === 0 ? '' : `, ${unreadCount} not read`;
  return [
    `  ${paint(terminal, 'bold', batch)}: ${counted(readings, 'reading')} of ${counted(probes.length, 'probe')} on ${counted(nodes, 'node')}, ${telling} telling${missing}  ${paint(terminal, 'dim', `(${age(elapsedMs)})`)}`,
    ...unreadLines(unread, unreadCount > unread.length, terminal),
  ];
}

/** The same trouble of several nodes or probes is told once. */
function unreadLines(
  unread: ReportedBatch['unread'],
  areMore: boolean,
  terminal: Pick<Terminal, 'colour'>,
): readonly string[] {
  const alike = Map.groupBy(unread, ({ id, node, reason }) => reason.replaceAll(node, 'NODE').replaceAll(id, 'PROBE'));
  return [...alike.values()].slice(0, unreadShownMax).flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const nodes = [...new Set(group.map(({ node }) => node))];
    const probes = new Set(group.map(({ id }) => id)).size;
    const more = areMore ? 'others' : `${probes - 1} more`;
    const what = probes === 1 ? first.id : `${first.id} and ${more}`;
    return [`      ${paint(terminal, 'yellow', `${what} on ${nodesText(nodes)}`)}: ${plain(first.reason)}`];
  });
}

function graphLines(
  { graph }: DiagnosisReport,
  terminal: Pick<Terminal, 'colour'>,
  form: GraphForm | undefined,
  width: number,
): readonly string[] {
  if (graph === undefined || form === undefined) return [];
  const colour = (style: Style, text: string) => paint(terminal, style, text);
  return ['', form === 'mermaid' ? graphMermaid(graph) : graphText(graph, { width, colour })];
}

function where({ node, device }: ReportedCause): string {
  const parts = [node, device === undefined ? undefined : `${device.kind} ${device.index ?? device.name ?? ''}`];
  const text = parts.filter((part) => part !== undefined).join(' ');
  return text === '' ? '' : ` on ${plain(text)}`;
}

function place({ source, line }: QuotedLine, terminal: Pick<Terminal, 'colour'>): string {
  return paint(terminal, 'dim', line === 0 ? plain(source) : `${plain(source)}:${line}`);
}
