import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { splitByTime } from '../../../kb/reasoning/timeliness.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const alertAtMs = Date.UTC(2026, 10, 23, 5);
const minute = 60_000;

function killSeen(source: string, times: Pick<Finding, 'atMs' | 'lastMs' | 'count'>): Finding {
  const range = { evidenceId: 'ev_1', source };
  return {
    id: `fi_${source}`,
    kind: 'kernel.oom.killed',
    role: 'cause',
    node: 'node-03',
    range,
    text: 'killed',
    ...times,
  };
}

describe('what is set aside as older than the incident', () => {
  const fromMs = alertAtMs - 20 * minute;
  const repairedAtMs = alertAtMs - 12 * minute;
  const before = { atMs: repairedAtMs - 3 * minute, count: 1 };
  const probe = 'probe kernel.log on node-03';
  const current = (finding: Finding, window: Parameters<typeof splitByTime>[2]) =>
    splitByTime([finding], knowledge.kinds, window).current.length;

  it('holds what a node remembers from before the repair, where something remained after it', () => {
    expect(current(killSeen(probe, before), { fromMs, alertAtMs })).toBe(1);
    expect(current(killSeen(probe, before), { fromMs, alertAtMs, repairedAtMs })).toBe(0);
  });

  it('does not hold what was seen again since', () => {
    const again = { atMs: before.atMs, lastMs: repairedAtMs + minute, count: 2 };
    expect(current(killSeen(probe, again), { fromMs, alertAtMs, repairedAtMs })).toBe(1);
    expect(current(killSeen(probe, { ...again, lastMs: before.atMs }), { fromMs, alertAtMs, repairedAtMs })).toBe(0);
  });

  it('does not hold lines of logs, which are gathered from the repair on', () => {
    expect(current(killSeen('kernel/node-03.log', before), { fromMs, alertAtMs, repairedAtMs })).toBe(1);
  });
});
