import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { reduceApproval } from './domain/approval.ts';
import { needsPerson } from './domain/closing.ts';
import { renderDetails } from './domain/current-details.ts';
import type { IncidentInput } from './domain/incident-input.ts';
import { enterPhase, newIncidentView, type IncidentView, type Phase } from './domain/incident-view.ts';
import { searchAttributes } from './domain/search-attributes.ts';

const keys = {
  phase: defineSearchAttributeKey('Phase', searchAttributes.Phase),
  verdict: defineSearchAttributeKey('Verdict', searchAttributes.Verdict),
  category: defineSearchAttributeKey('Category', searchAttributes.Category),
  nodes: defineSearchAttributeKey('Nodes', searchAttributes.Nodes),
  needsHuman: defineSearchAttributeKey('NeedsHuman', searchAttributes.NeedsHuman),
  proposalExpires: defineSearchAttributeKey('ProposalExpires', searchAttributes.ProposalExpires),
};

/** Keyword lists stay short: an index entry, not a report. */
const nodesIndexedMax = 20;

/** The chart of one incident: the view, and what the Web UI and the lists show of it. */
export interface IncidentChart {
  readonly view: () => IncidentView;
  readonly note: (change: (view: IncidentView) => IncidentView) => void;
  readonly enter: (phase: Phase) => void;
  /** Keeps a message that did not count visible. */
  readonly refuse: (what: string, reason: string) => void;
}

export function openChart(input: IncidentInput): IncidentChart {
  const { workflowId, runId } = workflowInfo();
  let view = newIncidentView({
    cluster: input.cluster,
    workflowId,
    runId,
    openedAtMs: Date.now(),
    observeOnly: input.settings.observeOnly,
    recurrenceOf: input.recurrenceOf ?? null,
  });
  if (input.settings.laterAlertEndMs !== undefined)
    view = {
      ...view,
      heardAlerts: { heard: input.continued?.heard ?? [], later: [] },
      takenUp: input.continued?.takenUp ?? 0,
    };
  return {
    view: () => view,
    note(change) {
      view = change(view);
      setCurrentDetails(renderDetails(view));
    },
    refuse(what, reason) {
      const atMs = Date.now();
      this.note((before) => ({
        ...before,
        approval: reduceApproval(before.approval, { kind: 'refused', what, reason, atMs }),
      }));
    },
    enter(phase) {
      this.note((before) => enterPhase(before, phase, Date.now()));
      index(view);
    },
  };
}

function index(view: IncidentView): void {
  const { verdict } = view;
  const waits = view.closing === null && view.approval.status.kind === 'waiting';
  const waiting = waits ? view.approval.proposal : null;
  const needsHelp = view.closing !== null && needsPerson(view.closing);
  const causes = verdict?.kind === 'attributed' ? verdict.causes : [];
  const nodes = [...new Set(causes.flatMap((cause) => (cause.node === undefined ? [] : [cause.node])))];
  upsertSearchAttributes([
    { key: keys.phase, value: view.phase },
    { key: keys.verdict, value: verdict?.kind ?? null },
    { key: keys.category, value: causes.length === 0 ? null : [...new Set(causes.map((cause) => cause.category))] },
    { key: keys.nodes, value: nodes.length === 0 ? null : nodes.slice(0, nodesIndexedMax) },
    { key: keys.needsHuman, value: waiting !== null || view.phase === 'awaiting-people' || needsHelp },
    { key: keys.proposalExpires, value: waiting === null ? null : new Date(waiting.expiresAtMs) },
  ]);
}
