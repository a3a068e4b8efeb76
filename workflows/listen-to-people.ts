import { setHandler } from '@temporalio/workflow';
import { mergedMax, type IncidentView } from './domain/incident-view.ts';
import {
  correctionsMax,
  humanActionsMax,
  notesMax,
  readCorrection,
  readHumanAction,
  readNote,
  type Read,
} from './domain/people.ts';
import { readMerged } from './domain/merged.ts';
import type { IncidentChart } from './incident-chart.ts';
import { addNote, correctVerdict, humanActionDone, incidentMerged } from './messages.ts';

/** Wires what people and the cluster entity tell beside decisions. What does not count stays visible as refused. */
export function listenToPeople(chart: IncidentChart): void {
  setHandler(
    addNote,
    (payload) =>
      keep(chart, 'addNote', readNote(payload, Date.now()), (view, note) =>
        view.notes.length >= notesMax
          ? `there are ${notesMax} notes already`
          : { ...view, notes: [...view.notes, note] },
      ),
    { description: 'Add a note to the chart: {"by": "<your name>", "text": "..."}' },
  );
  setHandler(
    correctVerdict,
    (payload) =>
      keep(chart, 'correctVerdict', readCorrection(payload, Date.now()), (view, correction) => {
        if (view.corrections.some(({ correctionId }) => correctionId === correction.correctionId))
          return `correction ${correction.correctionId} was already taken`;
        if (view.corrections.length >= correctionsMax)
          return `the verdict was corrected ${correctionsMax} times already`;
        return { ...view, corrections: [...view.corrections, correction] };
      }),
    {
      description:
        'Correct the verdict: {"by": "<your name>", "correctionId": "c1", "category": "disk-full", "node": "node-03", "reason": "..."}',
    },
  );
  setHandler(
    humanActionDone,
    (payload) =>
      keep(chart, 'humanActionDone', readHumanAction(payload, Date.now()), (view, action) => {
        if (view.humanActions.some(({ actionId }) => actionId === action.actionId))
          return `action ${action.actionId} was already taken`;
        if (view.humanActions.length >= humanActionsMax) return `there are ${humanActionsMax} actions already`;
        return { ...view, humanActions: [...view.humanActions, action] };
      }),
    {
      description:
        'Tell that something was done by hand; it is measured then: {"by": "<your name>", "actionId": "a1", "what": "replaced GPU 3"}',
    },
  );
  setHandler(
    incidentMerged,
    (payload) => {
      const merged = readMerged(payload, Date.now());
      if (merged === null) return chart.refuse('incidentMerged', 'sent by the cluster entity only');
      chart.note((view) =>
        view.merged.length >= mergedMax || view.merged.some(({ runId }) => runId === merged.runId)
          ? view
          : { ...view, merged: [...view.merged, merged] },
      );
    },
    { description: 'Another incident of the same fault was merged into this one; sent by the cluster entity' },
  );
}

function keep<T>(
  chart: IncidentChart,
  what: string,
  read: Read<T>,
  add: (view: IncidentView, value: T) => IncidentView | string,
): void {
  if (!read.ok) return chart.refuse(what, read.reason);
  const added = add(chart.view(), read.value);
  if (typeof added === 'string') chart.refuse(what, added);
  else chart.note(() => added);
}
