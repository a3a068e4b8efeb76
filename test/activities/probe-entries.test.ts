import { describe, expect, it } from 'vitest';
import { attemptsOf } from '../../activities/probe-entries.ts';

describe('what came of a reading', () => {
  const raw = { key: 'sha256/aa' };
  it.each([
    ['read', { read: true, commands: [] }],
    ['missed', { read: false, reason: 'node-01: its budget is used up', raw: null }],
    ['missed', { read: false, reason: 'half an answer', raw, cut: 'deadline' }],
    ['missed', { read: false, reason: 'half an answer', raw, cut: 'lost' }],
    ['unreadable', { read: false, reason: 'it printed more than it may', raw, cut: 'too-large' }],
    ['unreadable', { read: false, reason: 'sacct is not installed', raw }],
    ['left-out', { read: false, reason: 'not within 120 s', raw: null, overdue: true }],
    ['unreachable', { read: false, reason: 'connection refused', raw: null, unreachable: raw }],
  ] as const)('is %s: %j', (outcome, entry) => {
    expect(attemptsOf([{ probeId: 'gpu.clocks', node: 'node-01', ...entry }])).toEqual([
      { probeId: 'gpu.clocks', node: 'node-01', outcome },
    ]);
  });
});
