import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, isOpen, type Breaker } from '../../../../activities/adapters/ssh/breaker.ts';
import { isFull, takeTurn, type Budget } from '../../../../activities/adapters/ssh/budget.ts';
import {
  endedByDeadline,
  refusesDeadlines,
  withDeadline,
} from '../../../../activities/adapters/ssh/remote-deadline.ts';
import { PortError } from '../../../../activities/ports.ts';

describe('the budget of a node', () => {
  const limits = { perMinute: 60, waitMsMax: 1_000 };

  it('lets a minute of commands through at once, then one a second', () => {
    let budget: Budget | undefined;
    const waits = Array.from({ length: 62 }, () => {
      const turn = takeTurn(budget, 0, limits);
      budget = turn?.budget ?? budget;
      return turn?.waitMs ?? null;
    });
    expect(waits.slice(0, 60).every((wait) => wait === 0)).toBe(true);
    expect(waits.slice(60)).toEqual([1_000, null]);
    expect(takeTurn(budget, 2_000, limits)?.waitMs).toBe(0);
  });

  it('never gives more than its rate, whoever asks when', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, (gapsMs) => {
        let budget: Budget | undefined;
        let nowMs = 0;
        const sentMs: number[] = [];
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          const turn = takeTurn(budget, nowMs, limits);
          if (turn === null) continue;
          budget = turn.budget;
          sentMs.push(nowMs + turn.waitMs);
        }
        for (const from of sentMs)
          expect(sentMs.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(2 * 60 + 1);
      }),
    );
  });

  it('that is full need not be remembered', () => {
    expect(isFull({ tokens: 58, atMs: 0 }, 1_000, 60)).toBe(false);
    expect(isFull({ tokens: 58, atMs: 0 }, 2_000, 60)).toBe(true);
  });
});

describe('the breaker of a host', () => {
  const limits = { failuresMax: 3, openMs: 1_000 };
  const failed = (times: number, kind: 'unreachable' | 'denied' = 'unreachable') => {
    let breaker: Breaker | undefined;
    for (let one = 0; one < times; one += 1) breaker = afterFailure(breaker, new PortError(kind, 'no'), 0, limits);
    return breaker;
  };

  it('opens after its number of failures and lets one try through later', () => {
    expect([1, 2, 3].map((times) => isOpen(failed(times), 0))).toEqual([false, false, true]);
    expect(isOpen(failed(3), 1_000)).toBe(false);
    expect(isOpen(afterFailure(failed(3), new PortError('unreachable', 'no'), 1_000, limits), 1_500)).toBe(true);
  });

  it('opens at once where the next try would say the same', () => {
    expect(isOpen(failed(1, 'denied'), 0)).toBe(true);
  });
});

describe('a deadline on the host', () => {
  const ended = { stdout: '', stderr: '', exitCode: 124 };

  it('has whole seconds, and never fewer than asked for', () => {
    expect(withDeadline(['lsmod'], 1_500)).toEqual(['timeout', '-k', '2', '2', 'lsmod']);
  });

  it('is told from an exit code of the command itself by the time that passed', () => {
    expect(endedByDeadline(ended, 15_001, 15_000)).toBe(true);
    expect(endedByDeadline(ended, 5_000, 15_000)).toBe(false);
    expect(endedByDeadline({ ...ended, exitCode: 1 }, 15_001, 15_000)).toBe(false);
  });

  it('is refused by an older list and by a host without the tool, and nothing else is taken for that', () => {
    const refused = 'wardround-probe: refused: no such command\n';
    expect(refusesDeadlines({ ...ended, exitCode: 126, stderr: refused })).toBe(true);
    expect(refusesDeadlines({ ...ended, exitCode: 127, stderr: 'sh: 1: timeout: not found\n' })).toBe(true);
    expect(refusesDeadlines({ ...ended, exitCode: 127, stderr: 'sh: 1: perfquery: not found\n' })).toBe(false);
    const toolMissing = "timeout: failed to run command 'nvme': No such file or directory\n";
    expect(refusesDeadlines({ ...ended, exitCode: 127, stderr: toolMissing })).toBe(false);
    const busybox = "timeout: can't execute 'nvme': No such file or directory\n";
    expect(refusesDeadlines({ ...ended, exitCode: 127, stderr: busybox })).toBe(false);
    expect(refusesDeadlines({ ...ended, exitCode: 127, stderr: 'bash: line 1: timeout: command not found\n' })).toBe(
      true,
    );
    expect(refusesDeadlines({ ...ended, exitCode: 126, stderr: 'permission denied' })).toBe(false);
  });
});
