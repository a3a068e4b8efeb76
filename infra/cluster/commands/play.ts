import type { CommandResult } from './command.ts';

/**
 * A tool at work, told as steps: what it prints, how long it takes, that it hangs. Nothing here waits by itself: over
 * SSH the steps take place in cluster time (`perform.ts`), and `collected` runs through them at once. It is resumed
 * with the cluster time and returns its exit code; `return()` is its end by a signal, so `finally` is what goes with it.
 */
export type Play = Generator<Step, number, number>;

export type Step =
  | { readonly kind: 'print'; readonly stream: Stream; readonly text: string }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Never goes on by itself. `until` says which signal of `timeout` ends it. */
  | { readonly kind: 'hang'; readonly until: 'term' | 'kill' }
  /** From here on it ends as soon as its standard input is closed, even if none was ever offered. */
  | { readonly kind: 'heed-input' };

export type Stream = 'stdout' | 'stderr';

export function out(text: string): Step {
  return { kind: 'print', stream: 'stdout', text };
}

export function complaint(text: string): Step {
  return { kind: 'print', stream: 'stderr', text };
}

/** Cluster milliseconds go by. */
export function wait(ms: number): Step {
  return { kind: 'wait', ms };
}

export function hang(until: 'term' | 'kill' = 'term'): Step {
  return { kind: 'hang', until };
}

export const heedInput: Step = { kind: 'heed-input' };

/** An answer that takes no time. */
export function* atOnce(result: CommandResult): Play {
  if (result.stderr !== '') yield complaint(result.stderr);
  if (result.stdout !== '') yield out(result.stdout);
  return result.exitCode;
}

// A tool that prints more often than this is a mistake in the simulator.
const stepsMax = 200_000;

/** Runs through a play without waiting: what it would print, as one answer. A play that hangs is an error here. */
export function collected(play: Play, nowMs: number): CommandResult {
  const printed = { stdout: '', stderr: '' };
  let atMs = nowMs;
  try {
    for (let count = 0; count < stepsMax; count += 1) {
      const step = play.next(atMs);
      if (step.done === true) return { ...printed, exitCode: step.value };
      if (step.value.kind === 'print') printed[step.value.stream] += step.value.text;
      else if (step.value.kind === 'wait') atMs += step.value.ms;
      else if (step.value.kind === 'hang') throw new Error('the tool hangs: it has no whole answer');
    }
    throw new Error(`the tool took more than ${stepsMax} steps`);
  } finally {
    play.return(0);
  }
}
