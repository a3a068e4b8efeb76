import { Worker } from 'node:worker_threads';
import { programCharsMax } from '../../kb/reasoning/analysis/wish.ts';
import type { EngineLimits, EngineRun } from './analysis-engine.ts';
import type { AnalysisOrder } from './analysis-worker.ts';

export interface AnalysisLimits extends EngineLimits {
  /** Wall time from the start of the thread to its end, milliseconds. */
  readonly wallMsMax: number;
  /** Of the input as JSON, characters. */
  readonly inputCharsMax: number;
}

/** Measured on one of two busy cores: all fuel burns in about 0.4 s, a program over 80 GPUs takes below 1 % of it. */
export const analysisLimits: AnalysisLimits = {
  memoryBytesMax: 48 * 1024 * 1024,
  stackBytesMax: 256 * 1024,
  fuelMax: 2_000,
  outputCharsMax: 32_768,
  wallMsMax: 5_000,
  inputCharsMax: 1_000_000,
};

export type AnalysisRun = EngineRun;

/**
 * Runs a program that a model wrote over a JSON text, in a thread of its own that is killed at the deadline: the process
 * goes on meanwhile. What the program may do, and may not, see `analysis-engine.ts`; what it returns is text of others.
 * Rejects only when the signal aborts or the engine itself can't be started.
 */
export async function runAnalysisProgram(
  program: string,
  input: string,
  options: { readonly limits?: Partial<AnalysisLimits>; readonly signal?: AbortSignal } = {},
): Promise<AnalysisRun> {
  const limits = { ...analysisLimits, ...options.limits };
  options.signal?.throwIfAborted();
  if (program.length > programCharsMax) return tooLarge('program', program.length, programCharsMax);
  if (input.length > limits.inputCharsMax) return tooLarge('input', input.length, limits.inputCharsMax);
  const order: AnalysisOrder = { program, input, limits };
  const worker = new Worker(new URL('./analysis-worker.ts', import.meta.url), {
    workerData: order,
    // Nothing of ours for the thread to know, should something ever break out of the engine.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax, maxYoungGenerationSizeMb: youngMbMax, stackSizeMb: stackMb },
  });
  try {
    return await ending(worker, limits, options.signal);
  } finally {
    await worker.terminate();
  }
}

// The engine's memory lies outside; what is inside are the program, the input and the answer as text.
const heapMbMax = 64;
const youngMbMax = 8;
// The engine refuses deep recursion by its own count of 256 KiB, well before the thread's stack ends.
const stackMb = 4;

function ending(worker: Worker, limits: AnalysisLimits, signal: AbortSignal | undefined): Promise<AnalysisRun> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const message = `the program ran longer than ${limits.wallMsMax} ms and was stopped`;
      resolve({ kind: 'refused', refusal: { kind: 'too-slow', message }, fuel: 0 });
    }, limits.wallMsMax);
    const abort = (): void => reject(new Error('the analysis was cancelled', { cause: signal?.reason }));
    signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    worker.once('message', (run: AnalysisRun) => {
      settled();
      resolve(run);
    });
    // A program that brings down its thread has wanted more than it may; the thread of another is not touched.
    worker.once('error', (error: Error) => {
      settled();
      if (isResourceLimit(error)) resolve(broken(error.message));
      else reject(new Error(`the sandbox failed: ${error.message}`, { cause: error }));
    });
    worker.once('exit', () => {
      settled();
      resolve(broken('its thread ended'));
    });
  });
}

function isResourceLimit(error: Error): boolean {
  const isOutOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  // Traps of WebAssembly: the engine stepped on one of its own bounds.
  return isOutOfMemory || error instanceof RangeError || error.name === 'RuntimeError';
}

function broken(message: string): AnalysisRun {
  return { kind: 'refused', refusal: { kind: 'out-of-memory', message, place: null }, fuel: 0 };
}

function tooLarge(what: 'program' | 'input', chars: number, charsMax: number): AnalysisRun {
  const message = `the ${what} has ${chars} characters; at most ${charsMax} are taken`;
  return { kind: 'refused', refusal: { kind: 'too-large', what, message }, fuel: 0 };
}
