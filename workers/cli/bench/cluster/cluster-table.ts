import { paint, plain, renderTable, type Terminal } from '../../output.ts';
import { machineLine } from '../machine.ts';
import { outcomes } from './judge-verdict.ts';
import { ablatedText, type ClusterBenchReport } from './run-cluster-bench.ts';
import type { CaseRow } from './run-case.ts';
import { shareText, type Tally } from './summarise-rows.ts';

const detailCharsShown = 110;

export async function renderClusterBench(
  terminal: Terminal,
  report: ClusterBenchReport,
  { allRows }: { readonly allRows: boolean },
): Promise<string> {
  const { summary, rows, seeds, nodes, ablations, embedder } = report;
  const shown = allRows ? rows : summary.notRight;
  const title = (text: string): string => paint(terminal, 'bold', text);
  const seconds = (value: number | null): string => (value === null ? '-' : `${value.toFixed(1)} s`);
  return [
    `${rows.length} cases, seeds ${seeds.join(', ')}, ${nodes} nodes; ${ablatedText(ablations)}; recall by words and ${embedder}${report.stopped ? '; stopped before the end' : ''}`,
    '',
    title('By kind'),
    await tallyTable(terminal, summary.kinds),
    ...(summary.categories.length === 0
      ? []
      : ['', title('Single faults by category'), await tallyTable(terminal, summary.categories)]),
    '',
    title('Aims'),
    ...summary.aims.map(
      ({ text, met }) => `  ${met ? paint(terminal, 'green', 'met') : paint(terminal, 'red', 'missed')}  ${text}`,
    ),
    ...(summary.lookedAgain.of === 0
      ? []
      : ['', `looked at again when time may have told: right then ${shareText(summary.lookedAgain)} of the faults`]),
    ...laterLines(summary),
    ...repairLines(summary),
    '',
    `rounds ${summary.roundsMean?.toFixed(1) ?? '-'}, probes ${summary.probesMean?.toFixed(1) ?? '-'} (at most ${summary.probesMax}), CPU ${seconds(summary.cpuSecondsMedian)} a case with its simulator, alert to verdict ${seconds(summary.alertToVerdictSecondsMedian)} of virtual time; medians, means of rounds and probes`,
    `no rule of the site fired: ${summary.byWatch} opened by the watch of the jobs, ${summary.byHand} asked for by hand`,
    '',
    title(allRows ? 'All cases' : 'Not right'),
    shown.length === 0 ? '  none' : await rowTable(terminal, shown),
    '',
    `${report.seconds.toFixed(0)} s. ${machineLine(report.machine)}`,
  ].join('\n');
}

/** Nothing is repaired in between: what the first fault hides stays hidden. */
function laterLines({ withLater: { faults, duals, wrong } }: ClusterBenchReport['summary']): string[] {
  if (faults.of + duals.of === 0) return [];
  return [
    '',
    `with the incidents that later alerts of the site opened within an hour: faults right ${shareText(faults)}; both of two faults ${shareText(duals)}; wrong ${shareText(wrong)}`,
  ];
}

function repairLines({ withRepair: { tried, duals, withLater, wrong } }: ClusterBenchReport['summary']): string[] {
  if (duals.of === 0) return [];
  return [
    '',
    `with what shows after the repair of the first (mended in ${tried}): both of two faults ${shareText(duals)}, with those later alerts too ${shareText(withLater)}; wrong ${shareText(wrong)}`,
  ];
}

function tallyTable(terminal: Terminal, tallies: readonly Tally[]): Promise<string> {
  const seen = outcomes.filter((outcome) => outcome !== 'right' && tallies.some(({ counts }) => counts[outcome] > 0));
  return renderTable(
    terminal,
    ['', 'RIGHT', ...seen.map((outcome) => outcome.toUpperCase()), 'PROBES'],
    tallies.map(({ name, right, counts, probesMean }) => [
      name,
      shareText(right),
      ...seen.map((outcome) => (counts[outcome] === 0 ? '' : String(counts[outcome]))),
      probesMean?.toFixed(1) ?? '-',
    ]),
  );
}

function rowTable(terminal: Terminal, rows: readonly CaseRow[]): Promise<string> {
  return renderTable(
    terminal,
    ['FAULT', 'SEED', 'OUTCOME', 'ALERT', 'PROBES', 'WHAT'],
    rows.map(({ fault, seed, outcome, alertname, probes, detail }) => [
      fault,
      String(seed),
      { text: outcome, style: outcome === 'right' ? ('green' as const) : ('red' as const) },
      alertname ?? '-',
      String(probes.length),
      plain(detail).slice(0, detailCharsShown),
    ]),
  );
}
