import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandResult } from './command.ts';
import type { Play, Stream } from './play.ts';

export interface Stage {
  /** Cluster time at which the tool was started. */
  readonly nowMs: number;
  /** Cluster seconds in a wall second. */
  readonly rate: number;
  /** The channel, its connection or the machine is gone. */
  readonly gone: AbortSignal;
  /** Its standard input is closed; without it there is none that could be. */
  readonly inputClosed?: AbortSignal;
  /** Resolves when there is room for more. */
  write(stream: Stream, text: string): Promise<void> | undefined;
}

/** Null when it was ended before it was done. */
export type ExitCode = number | null;

// setTimeout takes no more than 2^31 - 1 ms.
const sleepMsMax = 2 ** 31 - 1;

/**
 * Lets the steps of a tool take place: a wait of 10 s of cluster time is half a second of wall time at rate 20. What the
 * tool sees as its time counts its own waits, so that late timers of a busy machine do not show in what it prints.
 */
export async function perform(play: Play, stage: Stage): Promise<ExitCode> {
  const startedMs = performance.now();
  let atMs = stage.nowMs;
  let { gone } = stage;
  try {
    for (;;) {
      if (gone.aborted) return null;
      const step = play.next(atMs);
      if (step.done === true) return step.value;
      switch (step.value.kind) {
        case 'print':
          await stage.write(step.value.stream, step.value.text);
          break;
        case 'wait': {
          atMs += step.value.ms;
          const restMs = (atMs - stage.nowMs) / stage.rate - (performance.now() - startedMs);
          if (restMs > 0) await unlessEnded(sleep(Math.min(restMs, sleepMsMax), undefined, { signal: gone }));
          break;
        }
        case 'hang':
          await aborted(gone);
          return null;
        case 'heed-input':
          if (stage.inputClosed !== undefined) gone = AbortSignal.any([stage.gone, stage.inputClosed]);
          break;
      }
    }
  } finally {
    play.return(0);
  }
}

/** A wait that is cut short by its end is no error. */
async function unlessEnded(waiting: Promise<unknown>): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The whole answer after the time that it takes; cut short with the exit code of SIGTERM when the asker is gone. */
export async function performed(play: Play, stage: Omit<Stage, 'write'>): Promise<CommandResult> {
  const texts = { stdout: '', stderr: '' };
  const write = (stream: Stream, text: string) => {
    texts[stream] += text;
    return undefined;
  };
  const exitCode = await perform(play, { ...stage, write });
  return { ...texts, exitCode: exitCode ?? terminated };
}

const terminated = 143;
