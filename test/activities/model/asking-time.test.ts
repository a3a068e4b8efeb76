import { expect, test } from 'vitest';
import { askingMs, type AttemptTimes } from '../../../activities/model/asking-time.ts';

const startedAtMs = 1_000_000;
/** Taken at once by a worker whose clock is the server's. */
const first: AttemptTimes = { scheduledTimestampMs: startedAtMs, currentAttemptScheduledTimestampMs: startedAtMs };

test.each<[string, AttemptTimes, number]>([
  [
    'ends five seconds before the attempt must',
    { ...first, startToCloseTimeoutMs: 120_000, scheduleToCloseTimeoutMs: 1_800_000 },
    115_000,
  ],
  [
    'keeps a fifth where little is left',
    { ...first, startToCloseTimeoutMs: 2_000, scheduleToCloseTimeoutMs: 2_000 },
    1_600,
  ],
  [
    'is what earlier attempts left',
    {
      scheduledTimestampMs: startedAtMs - 90_000,
      currentAttemptScheduledTimestampMs: startedAtMs,
      startToCloseTimeoutMs: 120_000,
      scheduleToCloseTimeoutMs: 120_000,
    },
    25_000,
  ],
  [
    'counts the wait for a worker',
    {
      scheduledTimestampMs: startedAtMs - 15_000,
      currentAttemptScheduledTimestampMs: startedAtMs - 15_000,
      startToCloseTimeoutMs: 120_000,
      scheduleToCloseTimeoutMs: 120_000,
    },
    100_000,
  ],
  [
    'does not believe a clock that is minutes away',
    {
      scheduledTimestampMs: startedAtMs - 600_000,
      currentAttemptScheduledTimestampMs: startedAtMs - 600_000,
      startToCloseTimeoutMs: 60_000,
      scheduleToCloseTimeoutMs: 60_000,
    },
    55_000,
  ],
  [
    'is over when it is over',
    {
      scheduledTimestampMs: startedAtMs - 70_000,
      currentAttemptScheduledTimestampMs: startedAtMs,
      scheduleToCloseTimeoutMs: 60_000,
    },
    0,
  ],
  ['has no bound where the server names none', { ...first, startToCloseTimeoutMs: 0 }, Infinity],
  ['has no bound outside of a server', {}, Infinity],
])('the time for asking %s', (_what, times, expected) => {
  expect(askingMs(times, startedAtMs)).toBe(expected);
});
