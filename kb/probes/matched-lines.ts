import type { Device } from '../../workflows/domain/finding.ts';
import { excerpt } from '../logs/excerpt.ts';
import type { Matchers } from '../logs/matchers.ts';
import type { Match } from '../schemas/detector.ts';
import type { ProbeFinding } from '../schemas/probe.ts';

/** A line of a log that a probe read, with its time in the cluster. */
export interface TimedLine {
  readonly line: number;
  readonly atMs: number;
  readonly text: string;
}

/** One finding a kind and device, as often as it was seen, from the first time to the last. */
export function matchedLines(lines: readonly TimedLine[], matchers: Matchers): readonly ProbeFinding[] {
  const found = new Map<string, ProbeFinding>();
  for (const one of lines) {
    for (const match of matchers.matchText(one)) {
      const key = `${match.kind}|${deviceKey(match.device)}`;
      const known = found.get(key);
      found.set(key, known === undefined ? probeFinding(one, match) : seenAgain(known, one));
    }
  }
  return [...found.values()];
}

function probeFinding(one: TimedLine, { kind, device, values }: Match): ProbeFinding {
  return {
    kind,
    ...(device === undefined ? {} : { device }),
    text: excerpt(one.text),
    line: one.line,
    atMs: one.atMs,
    count: 1,
    ...(values === undefined ? {} : { values }),
  };
}

/** Lines stand in the order of the clock that stamped them, but a clock that was set back must not make the latest look old. */
function seenAgain(known: ProbeFinding, { atMs }: TimedLine): ProbeFinding {
  return { ...known, count: (known.count ?? 1) + 1, lastMs: Math.max(known.lastMs ?? known.atMs ?? atMs, atMs) };
}

function deviceKey(device: Device | undefined): string {
  return device === undefined ? '' : `${device.kind}:${device.index ?? ''}:${device.name ?? ''}`;
}
