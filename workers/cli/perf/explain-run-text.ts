import { stepTerms, type SiteScale } from '../../../kb/performance/prediction.ts';
import { paint, plain, type Terminal } from '../output.ts';
import { renderBars } from './bars.ts';
import type { Explanation } from './explain-run.ts';
import { compact, digits, shortened, signedPercent } from './figures.ts';
import { termWords } from './term-words.ts';
import type { WhatIf } from './what-if.ts';
import { wrapped } from '../wrapped.ts';

/** An explanation for people. */
export function renderExplanation(
  terminal: Pick<Terminal, 'colour'>,
  explanation: Explanation,
  columnsWide: number,
): string {
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', paint(terminal, 'bold', title), ...lines];
  const { possible, notPossible } = explanation.whatIfs;
  const settings = possible.filter(({ about }) => about === 'settings');
  const hardware = possible.filter(({ about }) => about === 'hardware');
  return [
    ...headLines(terminal, explanation, columnsWide),
    ...part('Where the time goes', termLines(terminal, explanation, columnsWide)),
    ...part('What other settings would change', whatIfLines(terminal, settings, columnsWide)),
    ...part('What other hardware would change', whatIfLines(terminal, hardware, columnsWide)),
    ...part(
      'If one GPU runs at a lower clock, the whole job waits for it',
      slowLines(terminal, explanation, columnsWide),
    ),
    ...part(
      'Not possible here',
      notPossible.flatMap(({ change, why }) => hanging(`${change}: ${why}`, columnsWide)),
    ),
    ...part('Assumed, because nobody said it', assumedLines(explanation, columnsWide)),
  ].join('\n');
}

function headLines(
  terminal: Pick<Terminal, 'colour'>,
  explanation: Explanation,
  columnsWide: number,
): readonly string[] {
  const { id, run, prediction, measuredSeconds, site } = explanation;
  const { iterationSeconds, low, high, tokensPerSecond, modelTflopsPerGpu, hardwareTflopsPerGpu } = prediction;
  const { memoryGibPerGpu, powerWattsPerGpu } = prediction;
  const { gpu } = run;
  const share = (tflops: number) => `${((100 * tflops) / gpu.bf16PeakTflops).toFixed(0)} %`;
  const recomputed =
    hardwareTflopsPerGpu > modelTflopsPerGpu * 1.005
      ? `; with recomputation ${digits(hardwareTflopsPerGpu)} (${share(hardwareTflopsPerGpu)})`
      : '';
  const fits = memoryGibPerGpu <= gpu.memoryGib;
  const memory = `about ${digits(memoryGibPerGpu)} of ${gpu.memoryGib} GiB on the fullest GPU: ${fits ? 'fits' : 'does not fit'}`;
  const rows: readonly Row[] = [
    ['job', `${run.gpus} × ${gpu.model} on ${run.nodes} nodes, ${layoutText(explanation)}`],
    ['model', modelText(explanation)],
    ['step', `${digits(iterationSeconds)} s; nine of ten such runs take ${digits(low)} to ${digits(high)} s`],
    ['throughput', `${compact(tokensPerSecond)} tokens/s, ${compact(tokensPerSecond / run.gpus)} a GPU`],
    ['work', `${digits(modelTflopsPerGpu)} TFLOP/s a GPU, ${share(modelTflopsPerGpu)} of the 16-bit peak${recomputed}`],
    fits ? ['memory', memory] : ['memory', memory, 'red'],
    ['power', `about ${digits(powerWattsPerGpu)} of ${run.powerLimitWatts} W a GPU`],
    ...(measuredSeconds === null ? [] : [measuredRow(explanation, measuredSeconds)]),
    ...siteRows(site),
  ];
  return [
    paint(terminal, 'bold', shortened(plain(id), columnsWide)),
    ...rows.flatMap(([label, text, style]) =>
      wrapped(plain(text), columnsWide - labelColumns).map((line, at) => {
        const head = (at === 0 ? label : '').padEnd(labelColumns);
        return `${head}${style === undefined ? line : paint(terminal, style, line)}`;
      }),
    ),
  ];
}

type Row = readonly [label: string, text: string, style?: 'red' | 'yellow'];

const labelColumns = 12;

function siteRows(site: SiteScale | null): readonly Row[] {
  return site === null ? [] : [['site', `scaled by ${digits(site.scale)} from ${site.runs} runs of the site`]];
}

function layoutText({ run }: Explanation): string {
  const { tp, pp, dp, cp, vp, sequenceParallel } = run;
  return [
    `tp ${tp}${sequenceParallel ? ' with sequence parallelism' : ''}`,
    `pp ${pp}${vp > 1 ? ` (${vp} chunks)` : ''}`,
    ...(cp > 1 ? [`cp ${cp}`] : []),
    `dp ${dp}`,
  ].join(', ');
}

function modelText({ run }: Explanation): string {
  const { parameters, layers, hidden, seq, globalBatch, microBatch, precision, recompute, flashAttention } = run;
  return [
    `${compact(parameters)} parameters (${layers} layers of ${hidden})`,
    `${globalBatch} × ${seq} tokens a step in micro-batches of ${microBatch}`,
    precision,
    recompute === 'none' ? 'no recomputation' : `${recompute} recomputation`,
    `${flashAttention ? '' : 'no '}flash attention`,
  ].join(', ');
}

function measuredRow({ prediction }: Explanation, measured: number): Row {
  const { iterationSeconds, low, high } = prediction;
  const slower = measured / iterationSeconds - 1;
  const than = `${digits(measured)} s, ${Math.abs(slower * 100).toFixed(0)} % ${slower >= 0 ? 'slower' : 'faster'} than predicted`;
  return measured >= low && measured <= high
    ? ['measured', `${than}, within the bounds`]
    : ['measured', `${than}, outside the bounds`, 'yellow'];
}

function termLines(
  terminal: Pick<Terminal, 'colour'>,
  { prediction: { breakdown, iterationSeconds } }: Explanation,
  columnsWide: number,
): readonly string[] {
  const bars = stepTerms
    .map((term) => ({ term, seconds: breakdown[term] }))
    .filter(({ seconds }) => seconds > 0)
    .toSorted((a, b) => b.seconds - a.seconds)
    .map(({ term, seconds }) => ({
      label: termWords[term].text,
      figures: [`${digits(seconds)} s`, `${((100 * seconds) / iterationSeconds).toFixed(1)} %`],
      share: seconds / iterationSeconds,
      style: termWords[term].style,
    }));
  return renderBars(terminal, bars, columnsWide);
}

function whatIfLines(
  terminal: Pick<Terminal, 'colour'>,
  changes: readonly WhatIf[],
  columnsWide: number,
): readonly string[] {
  const bars = changes.map(({ change, gain, iterationSeconds, memoryGibPerGpu }) => ({
    label: change,
    figures: [signedPercent(gain), `${digits(iterationSeconds)} s`, `${digits(memoryGibPerGpu)} GiB`],
    share: Math.abs(gain),
    style: gain >= 0 ? ('green' as const) : ('red' as const),
  }));
  return renderBars(terminal, bars, columnsWide);
}

function slowLines(
  terminal: Pick<Terminal, 'colour'>,
  { oneSlowGpu }: Explanation,
  columnsWide: number,
): readonly string[] {
  const bars = oneSlowGpu.map(({ mhz, iterationSeconds, factor }) => ({
    label: `${mhz} MHz`,
    figures: [`${digits(iterationSeconds)} s`, `× ${factor.toFixed(2)}`],
    share: factor,
    style: 'red' as const,
  }));
  return renderBars(terminal, bars, columnsWide);
}

function assumedLines({ prediction: { assumed } }: Explanation, columnsWide: number): readonly string[] {
  return assumed.flatMap(({ field, value, rule }) => hanging(`${field} ${String(value)}: ${rule}`, columnsWide));
}

function hanging(text: string, columnsWide: number): readonly string[] {
  return wrapped(plain(text), columnsWide - 2).map((line, at) => (at === 0 ? line : `  ${line}`));
}
