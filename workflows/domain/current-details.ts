import { closingText } from './closing.ts';
import type { Cause, RankedCause, Verdict } from './finding.ts';
import { asOneLine, withoutHidden, withoutLinks } from './hidden-characters.ts';
import type { IncidentView } from './incident-view.ts';
import { alertName } from './later-alerts.ts';
import { lookText } from './later-looks.ts';
import { opinionLines } from './opinion-lines.ts';
import type { PerformanceResult, RecallResult } from './phase-data.ts';
import { placeName } from './place-name.ts';
import { blastText, type Proposal } from './proposal.ts';
import type { Severity } from './severity.ts';
import { speedLines } from './speed-lines.ts';

/** The Web UI shows about 20 kB of Markdown (stack-notes 1.4); beyond that we cut and say so. */
export const detailsCharsMax = 16_000;
const findingKindsShownMax = 8;
const claimsShownMax = 4;
const mergedShownMax = 5;
const laterShownMax = 3;
const idShownChars = 200;

/** What an operator reads in the Temporal Web UI: what is going on, what is proposed, and exactly what to send. */
export function renderDetails(view: IncidentView): string {
  const sections = [
    headline(view),
    approvalSection(view),
    handOverSection(view),
    narrativeSection(view),
    verdictSection(view.verdict),
    evidenceSection(view),
    roundsSection(view),
    modelSection(view),
    repairSection(view),
    peopleSection(view),
    refusalsSection(view),
    degradedSection(view),
    timesSection(view),
  ].filter((section) => section !== '');
  const text = sections.join('\n\n');
  return text.length <= detailsCharsMax
    ? text
    : `${text.slice(0, detailsCharsMax)}\n\n… cut; the whole chart is in the result.`;
}

function headline(view: IncidentView): string {
  const alert = view.alert?.alerts[0];
  const name = alert?.labels['alertname'] ?? 'waiting for the alert';
  const rows = [
    `## ${escapeMarkdown(name)} on ${escapeMarkdown(view.cluster)}`,
    view.closing === null ? `**Phase:** ${view.phase}` : `**Closed:** ${escapeMarkdown(closingText(view.closing))}`,
  ];
  if (alert !== undefined && alert.summary !== '') rows.push(`**Alert:** ${escapeMarkdown(alert.summary)}`);
  if (view.observations > 1) rows.push(`**Deliveries of the alert:** ${view.observations}`);
  if (view.latestAlertStatus === 'resolved' && view.closing === null)
    rows.push(`**The alert has resolved meanwhile.** ${recoveryText(view)}`);
  if (view.closing === null) rows.push(...laterText(view));
  if (view.merged.length > 0) rows.push(`**Merged into this one:** ${mergedText(view.merged)}`);
  if (view.recurrenceOf !== null) rows.push(`**Earlier run of the same alert:** \`${code(view.recurrenceOf)}\``);
  if (view.observeOnly) rows.push('**Observe only:** nothing will be proposed for execution.');
  if (view.performance !== null) rows.push(performanceText(view.performance));
  return rows.join('\n\n');
}

function performanceText(performance: PerformanceResult): string {
  const lines = speedLines(performance).map((line) => `- ${escapeMarkdown(line)}`);
  return [`**Performance:** ${escapeMarkdown(performance.summary)}`, ...lines].join('\n');
}

function laterText({ heardAlerts }: IncidentView): string[] {
  const later = heardAlerts?.later ?? [];
  if (later.length === 0) return [];
  const shown = later.slice(0, laterShownMax).map((alert) => escapeMarkdown(alertName(alert)));
  const more = later.length > shown.length ? ` and ${later.length - shown.length} more` : '';
  return [`**Came later, and is not what this is about:** ${shown.join(', ')}${more}. It is taken up next.`];
}

/** Few, and cut: what has to be decided stands below it. */
function mergedText(merged: IncidentView['merged']): string {
  const shown = merged
    .slice(0, mergedShownMax)
    .map(({ workflowId }) => `\`${code(workflowId.slice(0, idShownChars))}\``);
  return `${shown.join(', ')}${merged.length > shown.length ? ` and ${merged.length - shown.length} more` : ''}`;
}

function recoveryText({ recoveries }: IncidentView): string {
  const latest = recoveries.at(-1);
  if (latest === undefined) return 'It is measured anew before anything is repaired.';
  return latest.recovered
    ? `Measured: ${escapeMarkdown(latest.text)}.`
    : `Measured, and not recovered: ${escapeMarkdown(latest.text)}.`;
}

function handOverSection(view: IncidentView): string {
  const { handOver, closing, phase, looksAgainAtMs } = view;
  if (handOver === null || closing !== null || phase !== 'awaiting-people') return '';
  return [
    `### Handed over to people (${handOver.reason})`,
    escapeMarkdown(handOver.detail),
    ...(looksAgainAtMs === undefined ? [] : [lookText(looksAgainAtMs)]),
    'When it is done: More Actions → Send a Signal → `humanActionDone`, with this input; it is measured then, and nothing is believed:',
    fence(JSON.stringify({ actionId: `action-${view.humanActions.length + 1}`, by: '<your name>', what: '' }, null, 2)),
    'If the cause is another one: signal `correctVerdict` with',
    fence(correctionTemplate(view)),
    `Or: \`npx wardround incident done ${code(view.workflowId)} "what was done"\``,
  ].join('\n\n');
}

/** The input of `correctVerdict`, with the present cause to be changed. */
function correctionTemplate({ verdict, corrections }: IncidentView): string {
  const cause = verdict?.kind === 'attributed' ? verdict.causes[0] : undefined;
  const fields = {
    correctionId: `correction-${corrections.length + 1}`,
    by: '<your name>',
    category: cause?.category ?? '',
    ...(cause?.node === undefined ? { node: '' } : { node: cause.node }),
    ...(cause?.device?.kind === 'gpu' && cause.device.index !== undefined ? { gpu: cause.device.index } : {}),
    reason: '',
  };
  return JSON.stringify(fields, null, 2);
}

function peopleSection({ notes, corrections, humanActions, notified }: IncidentView): string {
  const rows = [
    ...corrections.map(
      ({ by, category, node, reason, atMs }) =>
        `- ${isoTime(atMs)} ${escapeMarkdown(by)} corrected the verdict to ${category}${node === undefined ? '' : ` on ${escapeMarkdown(node)}`}: ${escapeMarkdown(reason)}`,
    ),
    ...humanActions.map(
      ({ by, what, atMs }) => `- ${isoTime(atMs)} ${escapeMarkdown(by)} did: ${escapeMarkdown(what)}`,
    ),
    ...notes.map(({ by, text, atMs }) => `- ${isoTime(atMs)} ${escapeMarkdown(by)}: ${escapeMarkdown(text)}`),
    ...notified.map(
      ({ kind, atMs, sent, failed }) =>
        `- ${isoTime(atMs)} notified (${kind}): ${sent.length === 0 ? 'nobody' : escapeMarkdown(sent.join(', '))}${failed === 0 ? '' : `, ${failed} failed`}`,
    ),
  ];
  return rows.length === 0 ? '' : `### People\n\n${rows.join('\n')}`;
}

function approvalSection(view: IncidentView): string {
  const { proposal, status, approvals } = view.approval;
  if (proposal === null) return '';
  const rows = [`### Proposal ${proposal.number}`, proposalText(proposal)];
  if (status.kind === 'waiting') {
    rows.push(
      `**Waiting for ${proposal.approvalsNeeded - approvals.length} approval(s) until ${isoTime(proposal.expiresAtMs)}.**`,
      'More Actions → Send a Signal → `approveProposal`, with this input (put your name in; click into the page once before Submit):',
      fence(decisionTemplate(proposal, 'approve')),
      'To reject it: signal `rejectProposal` with',
      fence(decisionTemplate(proposal, 'reject')),
      `Or: \`npx wardround incident approve ${code(view.workflowId)} --proposal ${proposal.number} --digest ${proposal.digest}\``,
    );
  } else rows.push(`**Status:** ${status.kind}`);
  if (status.kind === 'approved' && view.closing === null)
    rows.push(
      `To stop it: Request Cancellation of this workflow (what was done by then is undone), or \`npx wardround stop --cluster ${code(view.cluster)}\` (no further step of any repair starts).`,
    );
  for (const approval of approvals)
    rows.push(
      `Approved by ${escapeMarkdown(approval.approver)} (${approval.principal === null ? 'unauthenticated' : escapeMarkdown(approval.principal)}) at ${isoTime(approval.atMs)}, decision ${escapeMarkdown(approval.decisionId)}`,
    );
  return rows.join('\n\n');
}

/** The exact input to send. `approver` is a placeholder on purpose: the reducer refuses it unchanged. */
export function decisionTemplate(proposal: Proposal, kind: 'approve' | 'reject'): string {
  const fields = {
    decisionId: `${kind}-${proposal.number}-${proposal.digest.slice(0, 8)}`,
    proposal: proposal.number,
    digest: proposal.digest,
    approver: '<your name>',
  };
  return JSON.stringify(kind === 'approve' ? { ...fields, comment: '' } : { ...fields, reason: '' }, null, 2);
}

function proposalText(proposal: Proposal): string {
  const steps = proposal.steps.map(stepText).join('\n');
  const undo = proposal.undo.map(stepText).join('\n');
  return [
    escapeMarkdown(proposal.summary),
    `**Steps** (${proposal.reversibility})\n\n${steps}`,
    `**Undo**\n\n${undo === '' ? 'none' : undo}`,
    ...(proposal.handOver === undefined
      ? []
      : [`**Contains only.** Left for people afterwards: ${escapeMarkdown(proposal.handOver.task)}`]),
    `**Blast radius:** ${escapeMarkdown(blastText(proposal))}`,
    `**Cost:** ${escapeMarkdown(proposal.cost.text)}`,
    `**Digest:** \`${proposal.digest}\``,
  ].join('\n\n');
}

function stepText({ index, node, rendered }: Proposal['steps'][number]): string {
  return `${index}. ${escapeMarkdown(node)}: \`${code(rendered)}\``;
}

/** The same words as in the terminal; what is for experts stands in the sections below it. */
function narrativeSection({ narrative, corrections }: IncidentView): string {
  if (narrative === undefined) return '';
  const sections = narrative.sections.map(({ title, sentences }) =>
    [`**${escapeMarkdown(title)}**`, '', ...sentences.map(({ text }) => `- ${escapeMarkdown(text)}`)].join('\n'),
  );
  return [
    '### In plain words',
    ...(corrections.length === 0 ? [] : ['People have corrected this since.']),
    `**${escapeMarkdown(narrative.headline)}**`,
    ...sections,
  ].join('\n\n');
}

function verdictSection(verdict: Verdict | null): string {
  if (verdict === null) return '';
  switch (verdict.kind) {
    case 'attributed':
      return [`### Verdict: attributed${disputedText(verdict)}`, ...verdict.causes.map(causeText)].join('\n\n');
    case 'no-fault':
      return `### Verdict: no fault${disputedText(verdict)}\n\n${escapeMarkdown(verdict.explanation.text)}`;
    case 'not-proven': {
      const probe = verdict.decidingProbe;
      const next =
        probe === undefined
          ? ''
          : `\n\n**Would decide:** probe \`${code(probe.probeId)}\` — ${escapeMarkdown(probe.why)}`;
      return [
        `### Verdict: not proven${disputedText(verdict)}\n\n${escapeMarkdown(verdict.reason)}${next}`,
        ...verdict.candidates.map(causeText),
      ].join('\n\n');
    }
  }
}

/** " (disputed)" where the model names another cause and nothing could decide between them. */
export function disputedText({ disputed }: Verdict): string {
  return disputed === true ? ' (disputed)' : '';
}

function causeText(cause: RankedCause): string {
  const claims = cause.because
    .slice(0, claimsShownMax)
    .map((claim) => `- ${escapeMarkdown(claim.text)} [${claim.findingIds.length} finding(s)]`);
  return [`**${escapeMarkdown(causeName(cause))}** — ${percent(cause.probability)}`, ...claims].join('\n');
}

/** "gpu-clock-throttle on node-07 gpu 3" */
export function causeName(cause: Cause): string {
  const place = placeName(cause);
  return place === '' ? cause.category : `${cause.category} on ${place}`;
}

function evidenceSection(view: IncidentView): string {
  const rows: string[] = [];
  if (view.logs !== null)
    rows.push(
      `- Logs: ${view.logs.objects} windows, ${view.logs.bytes} bytes, evidence \`${code(view.logs.manifest.id)}\``,
    );
  if (view.metrics !== null)
    rows.push(`- Metrics: ${view.metrics.series} series, evidence \`${code(view.metrics.range.id)}\``);
  if (view.scan !== null) {
    const kinds = view.scan.kinds.slice(0, findingKindsShownMax).map((entry) => `${entry.kind} × ${entry.count}`);
    rows.push(`- Findings: ${view.scan.count}${kinds.length === 0 ? '' : ` (${escapeMarkdown(kinds.join(', '))})`}`);
  }
  if (view.recall !== null) rows.push(...recallRows(view.recall));
  for (const { batch, result } of view.probeBatches)
    rows.push(
      `- Probes (${escapeMarkdown(batch)}): ${result.ran} ran, ${result.notClean} not clean, ${result.unread} unread`,
      ...result.notable.map((seen) => `  - ${escapeMarkdown(`${seen.probeId}: ${seen.kind} on ${placeName(seen)}`)}`),
    );
  for (const { batch, summary } of view.comparisons ?? [])
    rows.push(`- Speed compared again (${escapeMarkdown(batch)}): ${escapeMarkdown(summary)}`);
  return rows.length === 0 ? '' : `### Evidence\n\n${rows.join('\n')}`;
}

function recallRows({ top, references = [] }: RecallResult): string[] {
  if (top.length === 0) return [];
  // Histories from before sources were kept show names alone.
  if (top.every(({ source }) => source === undefined))
    return [`- Similar incidents: ${escapeMarkdown(top.map((hit) => hit.problemkey).join(', '))}`];
  const rows = top.map(({ problemkey, category, source = '' }) => ({ what: `${problemkey} (${category})`, source }));
  const more = references.map(({ id, kind, source }) => ({ what: `${kind} ${id}`, source }));
  // A source is often an address: to be copied, never to be clicked on.
  return [
    '- Similar incidents',
    ...[...rows, ...more].map(
      ({ what, source }) => `  - ${escapeMarkdown(what)}${source === '' ? '' : `: \`${code(source)}\``}`,
    ),
  ];
}

function roundsSection(view: IncidentView): string {
  if (view.rounds.length === 0) return '';
  const rows = view.rounds.map((round) => {
    const best = round.hypotheses.slice(0, 3).map((cause) => `${causeName(cause)} ${percent(cause.probability)}`);
    return `- ${escapeMarkdown(round.summary)}${best.length === 0 ? '' : ` — ${escapeMarkdown(best.join('; '))}`}`;
  });
  return `### Reasoning\n\n${rows.join('\n')}`;
}

function modelSection(view: IncidentView): string {
  const lines = opinionLines(view);
  if (lines.length === 0) return '';
  const rows = lines.flatMap(({ text, below }) => [
    `- ${escapeMarkdown(text)}`,
    ...below.map((line) => `  - ${escapeMarkdown(line)}`),
  ]);
  return `### The model's opinion (it moves no probability)\n\n${rows.join('\n')}`;
}

function repairSection(view: IncidentView): string {
  if (view.repair === null) return '';
  const { before, after, steps, undoRecord } = view.repair;
  const rows = steps.map(
    (step) =>
      `- ${step.direction} ${step.index} ${escapeMarkdown(step.stepId)} on ${escapeMarkdown(step.node)}: ${step.outcome.kind}`,
  );
  if (undoRecord !== null) rows.push(`- Undo recorded at ${isoTime(undoRecord.recordedAtMs)}, before the first step`);
  if (before !== null) rows.push(`- Before: ${severityText(before)}`);
  if (after !== null) rows.push(`- After: ${severityText(after)}`);
  rows.push(...stillThereText(view));
  return `### Repair\n\n${rows.join('\n')}`;
}

/** Of the measurements that follow a repair which has helped, while its alert goes on firing. */
function stillThereText({ recoveries, phase, repair, latestAlertStatus }: IncidentView): readonly string[] {
  const latest = recoveries.at(-1);
  const measuredAfter = latest !== undefined && latest.atMs > (repair?.steps.at(-1)?.atMs ?? Infinity);
  if (phase !== 'learning' || !measuredAfter || latest.recovered || latestAlertStatus !== 'firing') return [];
  return [`- Since then: ${escapeMarkdown(latest.text)}; what stays is looked into by another run`];
}

/** "1 fault, 1 failing probe, 1 alert, 3.12 x slower" */
export function severityText(severity: Severity): string {
  const slowdown =
    severity.jobStopped === true
      ? 'the job makes no step'
      : severity.slowdownRatio === null
        ? 'speed not measured'
        : `step time ${severity.slowdownRatio.toFixed(2)} × healthy`;
  const unread = severity.unreadProbes === 0 ? '' : `, ${severity.unreadProbes} unread or undecided`;
  return `${severity.faults} fault(s), ${severity.failingProbes} failing probe(s)${unread}, ${severity.firingAlerts} firing alert(s), ${slowdown}`;
}

function refusalsSection(view: IncidentView): string {
  const { refusals, refused } = view.approval;
  if (refused === 0) return '';
  const rows = refusals.map(
    (refusal) => `- ${isoTime(refusal.atMs)} \`${code(refusal.what)}\` refused: ${escapeMarkdown(refusal.reason)}`,
  );
  const older = refused > refusals.length ? [`- and ${refused - refusals.length} earlier`] : [];
  return `### Refused messages (nothing was changed)\n\n${[...rows, ...older].join('\n')}`;
}

function degradedSection(view: IncidentView): string {
  if (view.degraded.length === 0) return '';
  return `### Not as usual\n\n${view.degraded.map((line) => `- ${escapeMarkdown(line)}`).join('\n')}`;
}

function timesSection(view: IncidentView): string {
  const rows = view.phaseTimes.map(({ phase, atMs }) => `- ${isoTime(atMs)} ${phase}`);
  return `### Times\n\n${rows.join('\n')}`;
}

function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function fence(text: string): string {
  return `\`\`\`json\n${withoutHidden(text)}\n\`\`\``;
}

/**
 * Text of others is shown, never interpreted: one line without hidden characters in which nothing is a link, a tag, a
 * character code, a fence or an item of a list, wherever in a line it is put.
 */
export function escapeMarkdown(text: string): string {
  return withoutLinks(withoutHidden(text))
    .replace(/[\\`*_{}[\]<>#|!&~]/g, (character) => `\\${character}`)
    .replace(/\s+/g, ' ')
    .replace(/^( ?)([-+=](?=[-=\s]|$)|\d{1,9}(?=[.)](?:\s|$)))/, (_whole, blank: string, mark: string) =>
      /\d/.test(mark) ? `${blank}${mark}\\` : `${blank}\\${mark}`,
    );
}

/** Inside a code span, which knows no escapes. */
function code(text: string): string {
  return asOneLine(text).replaceAll('`', ' ');
}
