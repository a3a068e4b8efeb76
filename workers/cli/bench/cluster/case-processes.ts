import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CaseAnswer } from './case-worker.ts';
import type { BenchCase } from './run-case.ts';

const workerFile = fileURLToPath(new URL('case-worker.ts', import.meta.url));
/** A case takes some seconds; one that takes this long will not end. */
const caseMsMax = 5 * 60_000;
/** A process is replaced after so many cases, so that what it may keep of each stays bounded. */
const casesPerProcessMax = 40;

/**
 * Runs cases in so many processes; each answer is handed on as it comes. A process that dies fails its case alone. Stops
 * with the signal: what is under way is ended and not answered.
 */
export async function inProcesses(
  cases: readonly BenchCase[],
  processes: number,
  onAnswer: (one: BenchCase, answer: CaseAnswer) => void,
  stop: AbortSignal,
): Promise<void> {
  const queue = [...cases];
  const work = async (): Promise<void> => {
    let child: ChildProcess | null = null;
    let used = 0;
    try {
      for (let one = queue.shift(); one !== undefined && !stop.aborted; one = queue.shift()) {
        if (child === null || child.exitCode !== null || child.signalCode !== null || used === casesPerProcessMax) {
          child?.kill();
          child = fork(workerFile, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
          used = 0;
        }
        used += 1;
        const answer = await asked(child, one, stop);
        if (answer !== null) onAnswer(one, answer);
      }
    } finally {
      child?.kill();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(processes, cases.length)) }, work));
}

async function asked(child: ChildProcess, one: BenchCase, stop: AbortSignal): Promise<CaseAnswer | null> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stop]);
  const timer = setTimeout(() => child.kill('SIGKILL'), caseMsMax);
  try {
    const answered = once(child, 'message', { signal });
    const died = once(child, 'exit', { signal });
    // Whichever comes second is ended below, and nobody waits for it then.
    died.catch(() => {});
    answered.catch(() => {});
    child.send(one);
    return await Promise.race([
      // The only messages of our own worker file.
      answered.then(([answer]) => answer as CaseAnswer),
      died.then(([code, killedBy]): CaseAnswer => {
        const how = killedBy === 'SIGKILL' ? `did not end within ${caseMsMax / 60_000} minutes` : `ended with ${code}`;
        return { kind: 'failed', message: `its process ${how}` };
      }),
    ]);
  } catch (error) {
    if (stop.aborted) return null;
    throw error;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
