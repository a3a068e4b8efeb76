import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stopOnSignal } from '../../../../workers/cli/bench/model-stop.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the first Ctrl-C stops, its echo changes nothing, and a later one is for the process itself', () => {
  const signals = new EventEmitter();
  const said: string[] = [];
  const stop = stopOnSignal({ err: (text) => void said.push(text) }, signals);
  expect(stop.aborted).toBe(false);
  signals.emit('SIGINT');
  signals.emit('SIGINT');
  expect(stop.aborted).toBe(true);
  expect(said).toHaveLength(1);
  expect(signals.listenerCount('SIGINT')).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect([signals.listenerCount('SIGINT'), signals.listenerCount('SIGTERM')]).toEqual([0, 0]);
});
