import type { DecisionKind } from '../../workflows/domain/approval.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import { blastText, type Proposal } from '../../workflows/domain/proposal.ts';
import { shortIncidentId } from '../incident-start.ts';
import { confirm } from './confirm.ts';
import type { DecisionPayload, IncidentDesk } from './incident-desk.ts';
import { readChart } from './incident-show.ts';
import { age, CommandFailure, exitCodes, paint, plain, renderJson, type Terminal } from './output.ts';

export interface DecideOptions {
  readonly kind: DecisionKind;
  /** What the person has read; the whole digest or its first digits. */
  readonly digest?: string;
  readonly proposal?: number;
  readonly approver: string;
  readonly note: string;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Shows the open proposal, asks, and sends the decision on exactly this proposal. */
export async function decideOnProposal(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'read' | 'decide'>,
  workflowId: string,
  options: DecideOptions,
  nowMs: number,
): Promise<void> {
  const { view } = await readChart(desk, workflowId);
  const proposal = openProposal(view);
  checkMeant(proposal, options);
  if (!options.json) terminal.err(renderProposal(terminal, proposal, nowMs));
  const verb = options.kind === 'approve' ? 'Approve' : 'Reject';
  await confirm(terminal, `${verb} proposal ${proposal.number} as ${plain(options.approver)}?`, options.yes);

  const payload = decisionPayload(proposal, options);
  const answer = await desk.decide(workflowId, options.kind, payload);
  if (answer.kind === 'refused')
    throw new CommandFailure(
      `the decision was refused: ${plain(answer.reason)}`,
      `look again with \`wardround incident show ${shortIncidentId(workflowId)}\``,
    );
  const done = {
    workflowId,
    proposal: proposal.number,
    digest: proposal.digest,
    decisionId: payload.decisionId,
    status: answer.status,
  };
  const word = options.kind === 'approve' ? 'approved' : 'rejected';
  const rest = answer.status === 'waiting' ? '; one more approval is needed' : '';
  terminal.out(
    options.json ? renderJson(done) : paint(terminal, 'green', `Proposal ${proposal.number} ${word}${rest}.`),
  );
}

function openProposal(view: IncidentView): Proposal {
  const { proposal, status } = view.approval;
  const next = `\`wardround incident show ${shortIncidentId(view.workflowId)}\` has the whole chart`;
  if (proposal === null) throw new CommandFailure(`no proposal is open; the incident is in phase ${view.phase}`, next);
  if (status.kind !== 'waiting')
    throw new CommandFailure(`proposal ${proposal.number} is not open: ${status.kind}`, next);
  return proposal;
}

/** Fewer digits than this could be hit by chance. */
const digestDigitsMin = 12;

/** What was read and what is open now must be the same; without a digest somebody has to read it here. */
function checkMeant(proposal: Proposal, { kind, digest, proposal: number, yes }: DecideOptions): void {
  if (number !== undefined && number !== proposal.number)
    throw new CommandFailure(`proposal ${number} is not open; the open one is number ${proposal.number}`, readItAgain);
  if (digest === undefined) {
    if (kind === 'approve' && yes)
      throw new CommandFailure('--yes needs --digest: nobody would have seen what is approved', readItAgain, {
        exitCode: exitCodes.usage,
      });
    return;
  }
  const digits = digest.toLowerCase();
  if (!/^[0-9a-f]+$/.test(digits) || digits.length < digestDigitsMin)
    throw new CommandFailure(`--digest takes at least ${digestDigitsMin} hex digits`, 'copy it from the proposal', {
      exitCode: exitCodes.usage,
    });
  if (!proposal.digest.startsWith(digits))
    throw new CommandFailure(
      `this is not the digest of the open proposal ${proposal.number}, which is ${proposal.digest}`,
      readItAgain,
    );
}

const readItAgain = 'read the open proposal with `wardround incident show ID` and decide on that';

/** The id follows from what is decided and by whom: sent twice, it is one decision. */
function decisionPayload(proposal: Proposal, { kind, approver, note }: DecideOptions): DecisionPayload {
  const fields = {
    decisionId: `${kind}-${proposal.number}-${proposal.digest.slice(0, 8)}-${approver}`,
    proposal: proposal.number,
    digest: proposal.digest,
    approver,
  };
  return kind === 'approve' ? { ...fields, comment: note } : { ...fields, reason: note };
}

function renderProposal(terminal: Terminal, proposal: Proposal, nowMs: number): string {
  const steps = proposal.steps.map((step) => `  step ${step.index}  ${step.node}: ${step.rendered}`);
  const undo = proposal.undo.map((step) => `  undo ${step.index}  ${step.node}: ${step.rendered}`);
  const lines = [
    ...steps,
    ...undo,
    `  blast   ${blastText(proposal)}`,
    `  cost    ${proposal.cost.text}; ${proposal.reversibility}`,
    `  digest  ${proposal.digest}`,
    `  open for another ${age(proposal.expiresAtMs - nowMs)}`,
  ];
  const title = `Proposal ${proposal.number} of ${proposal.incident.workflowId}: ${proposal.summary}`;
  return [paint(terminal, 'bold', plain(title)), ...lines.map(plain)].join('\n');
}
