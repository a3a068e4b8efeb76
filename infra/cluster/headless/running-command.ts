import type { Play } from '../commands/play.ts';
import { internalError, mistake, terminated } from '../ssh/probe-play.ts';

/** All times of an answer are cluster seconds since the client came. */
export type CommandAnswer =
  | {
      readonly kind: 'answered';
      readonly stdout: string;
      readonly stderr: string;
      readonly exitCode: number;
      readonly seconds: number;
    }
  | {
      readonly kind: 'no-answer';
      /** The asker had no patience left, or the machine went away. */
      readonly why: 'gave-up' | 'disconnected';
      /** What had come until then. */
      readonly stdout: string;
      readonly stderr: string;
      readonly seconds: number;
    }
  | {
      readonly kind: 'unreachable';
      /** Nobody listens; the connection is closed or reset; no word in time; the key is refused. */
      readonly reason: 'refused' | 'closes' | 'resets' | 'silent' | 'rejects-key';
      readonly seconds: number;
    };

/** A play on its way through virtual time. */
export interface RunningCommand {
  /** When it goes on: Infinity while it hangs. */
  nextMs(): number;
  /** Null as long as it runs. */
  answer(): CommandAnswer | null;
  /** Runs up to its next wait; the moment is that of `nextMs`. */
  advance(): void;
  closeInput(nowMs: number): void;
  cutShort(why: 'gave-up' | 'disconnected', nowMs: number): void;
}

// A tool that takes more steps than this is a mistake in the simulator.
const stepsMax = 200_000;
// The script takes an input that ends sooner for one that was never offered.
const inputOfferedMs = 1_000;

/** `cameMs` is when the client came, `startMs` when the command starts. */
export function runningCommand(play: Play, cameMs: number, startMs: number): RunningCommand {
  const texts = { stdout: '', stderr: '' };
  let nextMs = startMs;
  let steps = 0;
  let heedsInput = false;
  let inputClosed = false;
  let answer: CommandAnswer | null = null;

  const seconds = (ms: number) => (ms - cameMs) / 1_000;
  const end = (made: CommandAnswer) => {
    answer = made;
    play.return(0);
  };
  const exit = (exitCode: number, nowMs: number) =>
    end({ kind: 'answered', ...texts, exitCode, seconds: seconds(nowMs) });

  /** One step; what it means for the time. */
  const step = () => {
    const taken = play.next(nextMs);
    if (taken.done === true) {
      exit(taken.value, nextMs);
      return;
    }
    const { value } = taken;
    if (value.kind === 'print') texts[value.stream] += value.text;
    else if (value.kind === 'hang') nextMs = Infinity;
    else if (value.kind === 'wait') nextMs += value.ms;
    else {
      heedsInput = true;
      if (inputClosed) exit(terminated, nextMs);
    }
  };

  return {
    nextMs: () => nextMs,
    answer: () => answer,
    advance() {
      const nowMs = nextMs;
      try {
        for (; answer === null && nextMs === nowMs; steps += 1) {
          if (steps >= stepsMax) throw new Error(`a tool took more than ${stepsMax} steps`);
          step();
        }
      } catch (error) {
        texts.stderr += mistake(error);
        exit(internalError, nowMs);
      }
    },
    closeInput(nowMs) {
      if (answer !== null || inputClosed) return;
      inputClosed = true;
      if (heedsInput || nowMs - startMs > inputOfferedMs) exit(terminated, nowMs);
    },
    cutShort(why, nowMs) {
      if (answer === null) end({ kind: 'no-answer', why, ...texts, seconds: seconds(nowMs) });
    },
  };
}
