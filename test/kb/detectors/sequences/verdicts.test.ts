import { expect, it } from 'vitest';
import { diagnoseFindings } from '../../../../kb/reasoning/index.ts';
import { at, megatronSteps, ripple, scanSources } from './scan-sources.ts';

const verdictOf = (lines: readonly string[]): string =>
  diagnoseFindings({ findings: scanSources([{ lines }]) }).verdict.kind;

it('does not call a run healthy whose log stops between two steps', () => {
  expect(verdictOf(megatronSteps(100))).toBe('not-proven');
});

it('calls a run healthy that says it ended, or has done its last step', () => {
  expect(verdictOf([...megatronSteps(100), 'training completed'])).toBe('no-fault');
  expect(verdictOf(megatronSteps(100, { of: 100 }))).toBe('no-fault');
});

it('calls a few good lines that somebody cut out healthy', () => {
  expect(verdictOf(megatronSteps(3))).toBe('no-fault');
});

it('names no cause for a job that only became slow, and does not call it healthy', () => {
  const lines = [
    ...megatronSteps(120, { seconds: (step) => (step < 60 ? 4 : 12) * ripple(step) }),
    at(5_000, 'training completed'),
  ];
  expect(verdictOf(lines)).toBe('not-proven');
});
