import { expect, it } from 'vitest';
import type { RoutineLines } from '../../../../kb/logs/reduce.ts';
import { heldEntries, heldEntriesMax } from '../../../../workers/cli/logs/held-entries.ts';

const routine = (line: number): RoutineLines => ({
  kind: 'routine',
  lines: 1,
  firstLine: line,
  lastLine: line,
  byteStart: line,
  byteEnd: line + 1,
  repeats: 0,
  templates: [],
});

it('gives back what was held of a source, in its order and once', () => {
  const held = heldEntries();
  expect(held.hold(2, [routine(1), routine(2)])).toBe(true);
  expect(held.hold(3, [routine(9)])).toBe(true);
  expect(held.hold(2, [routine(3)])).toBe(true);
  expect(held.take(2)).toEqual([1, 2, 3].map(routine));
  expect(held.take(2)).toEqual([]);
  expect(held.take(3)).toEqual([routine(9)]);
});

it('refuses what would be more than may wait, of all sources together, until some was taken', () => {
  const held = heldEntries();
  const half = Array.from({ length: heldEntriesMax / 2 }, (_, at) => routine(at));
  expect(held.hold(1, half)).toBe(true);
  expect(held.hold(2, half)).toBe(true);
  expect(held.hold(3, [routine(0)])).toBe(false);
  expect(held.take(1)).toHaveLength(half.length);
  expect(held.hold(3, [routine(0)])).toBe(true);
});
