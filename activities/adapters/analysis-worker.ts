import { parentPort, workerData } from 'node:worker_threads';
import { runInEngine, type EngineLimits } from './analysis-engine.ts';

/** What the thread is given; it runs one program and ends. */
export interface AnalysisOrder {
  readonly program: string;
  readonly input: string;
  readonly limits: EngineLimits;
}

// The data is posted by `analysis-sandbox.ts`, whose type this is.
const { program, input, limits } = workerData as AnalysisOrder;
parentPort?.postMessage(await runInEngine(program, input, limits));
