import { narrativeText } from '../../kb/reasoning/narrative/as-text.ts';
import { closingText, type Closing } from '../../workflows/domain/closing.ts';
import { causeName, disputedText, severityText } from '../../workflows/domain/current-details.ts';
import type { RankedCause } from '../../workflows/domain/finding.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import { alertName } from '../../workflows/domain/later-alerts.ts';
import { lookText } from '../../workflows/domain/later-looks.ts';
import { opinionLines } from '../../workflows/domain/opinion-lines.ts';
import type { ProbeBatchResult, RecallResult } from '../../workflows/domain/phase-data.ts';
import { placeName } from '../../workflows/domain/place-name.ts';
import { blastText } from '../../workflows/domain/proposal.ts';
import { speedLines } from '../../workflows/domain/speed-lines.ts';
import { nodesText } from './nodes-text.ts';
import { paint, plain, type Style, type Terminal } from './output.ts';

const claimsShownMax = 4;
const hypothesesShownMax = 3;
const kindsShownMax = 8;

/** The whole incident for a terminal: phases, findings, hypotheses per round, probes, proposal, decision, before and after. */
export function renderChart(terminal: Pick<Terminal, 'colour'>, view: IncidentView): string {
  const heading = (text: string) => paint(terminal, 'bold', text);
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['In plain words', narrativeLines(view)],
    ['Phases', phaseLines(view)],
    ['Evidence', evidenceLines(view)],
    ['Reasoning', roundLines(view)],
    ["The model's opinion", modelLines(view)],
    ['Probes', probeLines(view)],
    ['Verdict', verdictLines(view)],
    ['Proposal', proposalLines(view)],
    ['Decision', decisionLines(view)],
    ['Came later, taken up next', (view.heardAlerts?.later ?? []).map(alertName)],
    ['Repair', repairLines(view.repair)],
    ['Given back', repairLines(view.givenBack)],
    ['People', peopleLines(view)],
    ['Not as usual', view.degraded],
  ];
  const shown = sections.filter(([, lines]) => lines.length > 0);
  return [
    `${heading('Chart of')} ${plain(view.workflowId)}`,
    ...shown.map(
      ([title, lines]) => `${heading(title)}\n${lines.map((line) => `  ${plain(line)}`.trimEnd()).join('\n')}`,
    ),
    ...(view.closing === null
      ? []
      : [`${heading('End')}\n  ${paint(terminal, closingStyle(view.closing), plain(closingText(view.closing)))}`]),
  ].join('\n\n');
}

/** Wall milliseconds from the first delivery of the alert to the verdict. */
export function alertToVerdictMs(view: IncidentView): number | null {
  return view.alert === null || view.verdictAtMs === null ? null : view.verdictAtMs - view.alert.receivedAtMs;
}

export function closingStyle(closing: Closing): Style {
  switch (closing.kind) {
    case 'repaired':
    case 'repaired-by-people':
    case 'no-fault':
    case 'recovered':
      return 'green';
    case 'observed':
    case 'merged':
    case 'rejected':
    case 'cancelled':
    case 'expired':
    case 'undone':
      return 'yellow';
    case 'handed-over':
      return 'red';
  }
}

const columnsMax = 96;

function narrativeLines({ narrative, corrections }: IncidentView): readonly string[] {
  if (narrative === undefined) return [];
  const corrected = corrections.length === 0 ? [] : ['People have corrected this since.', ''];
  return [...corrected, ...narrativeText(narrative, { width: columnsMax }).split('\n')];
}

function phaseLines(view: IncidentView): string[] {
  const lines = view.phaseTimes.map(({ phase, atMs }, index) => {
    const next = view.phaseTimes[index + 1];
    const took = next === undefined ? '' : `${seconds(next.atMs - atMs).padStart(9)}`;
    return `${new Date(atMs).toISOString()}  ${phase.padEnd(18)}${took}`.trimEnd();
  });
  const toVerdict = alertToVerdictMs(view);
  return toVerdict === null ? lines : [...lines, `alert to verdict: ${seconds(toVerdict)}`];
}

function evidenceLines(view: IncidentView): string[] {
  const lines: string[] = [];
  if (view.logs !== null)
    lines.push(`logs         ${view.logs.objects} windows, ${view.logs.bytes} bytes  ${view.logs.manifest.id}`);
  if (view.metrics !== null) lines.push(`metrics      ${view.metrics.series} series  ${view.metrics.range.id}`);
  if (view.scan !== null) {
    lines.push(`findings     ${view.scan.count}  ${view.scan.findings.id}`);
    for (const { kind, count } of view.scan.kinds.slice(0, kindsShownMax))
      lines.push(`             ${kind} × ${count}`);
  }
  if (view.recall !== null) lines.push(...recallLines(view.recall));
  if (view.performance !== null)
    lines.push(
      `performance  ${view.performance.summary}`,
      ...speedLines(view.performance).map((line) => `             ${line}`),
    );
  return lines;
}

function recallLines({ top, references = [] }: RecallResult): string[] {
  const hits = top.map(({ problemkey, category, source }) => ({ what: `${problemkey} (${category})`, source }));
  const more = references.map(({ id, kind, source }) => ({ what: `${id} (${kind})`, source }));
  const lines = [...hits, ...more].map(({ what, source }) => (source === undefined ? what : `${what}  ${source}`));
  return (lines.length === 0 ? ['nothing'] : lines).map((line, at) => `${at === 0 ? 'similar' : ''}`.padEnd(13) + line);
}

function roundLines(view: IncidentView): string[] {
  return view.rounds.flatMap((round) => [
    round.summary,
    ...round.hypotheses
      .slice(0, hypothesesShownMax)
      .map((cause) => `  ${percent(cause.probability).padStart(7)}  ${causeName(cause)}`),
  ]);
}

function modelLines(view: IncidentView): string[] {
  return opinionLines(view).flatMap(({ text, below }) => [text, ...below.map((line) => `  - ${line}`)]);
}

function probeLines(view: IncidentView): string[] {
  const again = (view.comparisons ?? []).map(
    ({ batch, summary }) => `${batch.padEnd(12)}speed compared again: ${summary}`,
  );
  return [...batchLines(view), ...again];
}

function batchLines(view: IncidentView): string[] {
  return view.probeBatches.flatMap(({ batch, result }) => [
    `${batch.padEnd(12)}${result.ran} ran in ${seconds(result.elapsedMs)}: ${result.notClean} not clean, ${result.unread} unread`,
    ...result.notable.map((seen) => `            ${seen.probeId}: ${seen.kind} on ${placeName(seen)}`),
    ...unreadLines(result.failures).map((line) => `            ${line}`),
  ]);
}

/** What could not be read on many nodes for one reason stands there once. */
function unreadLines(failures: ProbeBatchResult['failures']): readonly string[] {
  return [...Map.groupBy(failures, ({ probeId, reason }) => `${probeId} ${reason}`).values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    return `${first.probeId} on ${nodesText(alike.map(({ node }) => node))} unread: ${first.reason}`;
  });
}

function verdictLines({ verdict }: IncidentView): string[] {
  if (verdict === null) return [];
  switch (verdict.kind) {
    case 'attributed':
      return [`attributed${disputedText(verdict)}`, ...verdict.causes.flatMap((cause) => causeLines(cause))];
    case 'no-fault':
      return [`no fault${disputedText(verdict)}: ${verdict.explanation.text}`];
    case 'not-proven':
      return [
        `not proven${disputedText(verdict)}: ${verdict.reason}`,
        ...verdict.candidates.flatMap((cause) => causeLines(cause)),
        ...(verdict.decidingProbe === undefined
          ? []
          : [`would decide: ${verdict.decidingProbe.probeId}: ${verdict.decidingProbe.why}`]),
      ];
  }
}

function causeLines(cause: RankedCause): string[] {
  return [
    `${percent(cause.probability)}  ${causeName(cause)}`,
    ...cause.because.slice(0, claimsShownMax).map((claim) => `        - ${claim.text}`),
  ];
}

function proposalLines({ approval: { proposal } }: IncidentView): string[] {
  if (proposal === null) return [];
  return [
    `number ${proposal.number}, ${proposal.reversibility}: ${proposal.summary}`,
    ...proposal.steps.map((step) => `step ${step.index}  ${step.node}: ${step.rendered}`),
    ...proposal.undo.map((step) => `undo ${step.index}  ${step.node}: ${step.rendered}`),
    ...(proposal.handOver === undefined ? [] : [`people  ${proposal.handOver.task}`]),
    `blast   ${blastText(proposal)}`,
    `digest  ${proposal.digest}`,
  ];
}

function decisionLines({ approval }: IncidentView): string[] {
  const lines = approval.approvals.map(
    (given) =>
      `approved by ${given.approver} (${given.principal ?? 'unauthenticated'}) at ${new Date(given.atMs).toISOString()}`,
  );
  const { status } = approval;
  if (status.kind === 'rejected') lines.push(`rejected by ${status.by.approver}: ${status.by.note}`);
  for (const refusal of approval.refusals) lines.push(`refused ${refusal.what}: ${refusal.reason}`);
  return lines;
}

function peopleLines(view: IncidentView): string[] {
  const at = (atMs: number) => new Date(atMs).toISOString();
  const { handOver, looksAgainAtMs, phase } = view;
  return [
    ...view.merged.map(({ workflowId, atMs }) => `${at(atMs)}  merged into this one: ${workflowId}`),
    ...(handOver === null ? [] : [`handed over (${handOver.reason}): ${handOver.detail}`]),
    ...(looksAgainAtMs === undefined || phase !== 'awaiting-people' ? [] : [lookText(looksAgainAtMs)]),
    ...view.corrections.map(
      ({ by, category, node, reason, atMs }) =>
        `${at(atMs)}  ${by} corrected the verdict to ${category}${node === undefined ? '' : ` on ${node}`}: ${reason}`,
    ),
    ...view.humanActions.map(({ by, what, atMs }) => `${at(atMs)}  ${by} did: ${what}`),
    ...view.recoveries.map(
      ({ recovered, text, atMs }) => `${at(atMs)}  measured: ${recovered ? 'recovered' : 'not recovered'}: ${text}`,
    ),
    ...view.notes.map(({ by, text, atMs }) => `${at(atMs)}  ${by}: ${text}`),
    ...view.notified.map(
      ({ kind, sent, failed, atMs }) =>
        `${at(atMs)}  notified (${kind}): ${sent.join(', ') || 'nobody'}${failed === 0 ? '' : `, ${failed} failed`}`,
    ),
  ];
}

function repairLines(repair: IncidentView['repair']): string[] {
  if (repair === null) return [];
  const steps = repair.steps.map((step) => {
    const { outcome } = step;
    const detail =
      outcome.kind === 'done'
        ? `exit ${outcome.exitCode}${outcome.replayed ? ', answered from the journal' : ''}`
        : outcome.reason;
    return `${step.direction} ${step.index}  ${step.stepId} on ${step.node}: ${outcome.kind} (${detail})`;
  });
  return [
    ...(repair.undoRecord === null
      ? []
      : [`undo recorded at ${new Date(repair.undoRecord.recordedAtMs).toISOString()}`]),
    ...steps,
    ...(repair.before === null ? [] : [`before  ${severityText(repair.before)}`]),
    ...(repair.after === null ? [] : [`after   ${severityText(repair.after)}`]),
    ...(repair.afterUndo === null ? [] : [`undone  ${severityText(repair.afterUndo)}`]),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}
