import { expect, it } from 'vitest';
import { isReportOf, type RepairReport } from '../../../workflows/domain/repair-report.ts';
import { aProposal } from '../../support/proposals.ts';

const { steps, undo } = aProposal();
const report: RepairReport = {
  outcome: { kind: 'compared', comparison: 'better' },
  planned: { steps, undo },
  fencing: null,
  undoRecord: null,
  steps: [],
  before: null,
  after: null,
  afterUndo: null,
  evidence: [],
};

it('a report is of the same plan under another digest, as a reset makes it', () => {
  expect(isReportOf(report, aProposal({ digest: 'f'.repeat(64), createdAtMs: 5 }))).toBe(true);
});

it('a report is not of a plan with another step, another argument or another way back', () => {
  const other = (change: object) => steps.map((step) => ({ ...step, ...change }));
  expect(isReportOf(report, { steps: other({ args: ['4'] }), undo })).toBe(false);
  expect(isReportOf(report, { steps: other({ node: 'node-08' }), undo })).toBe(false);
  expect(isReportOf(report, { steps: [...steps, ...steps], undo })).toBe(false);
  expect(isReportOf(report, { steps, undo: [] })).toBe(false);
});

it('a report that was written before reports said what was planned is taken as it is', () => {
  const { planned: _planned, ...older } = report;
  expect(isReportOf(older, { steps: [], undo: [] })).toBe(true);
});
