import type { StopCause } from '../job.ts';

/** From the beginning of a pause to the moment at which nobody makes a step any more. */
export const pauseBeginsMs = 1_900;

/**
 * A pause that the program makes on purpose: the first rank evaluates, or all state goes to the shared file system. The
 * others wait in their next collective, and all go on when it is done.
 */
export const pause: StopCause = ({ world, attempt, facts }) => {
  const node = attempt.nodes[0];
  if (node === undefined) return null;
  const begins = (['job.evaluates', 'job.saves-all'] as const).flatMap((fact) =>
    facts(fact)
      .filter(({ place }) => place === world.job.name)
      .map(({ sinceMs }) => ({
        atMs: Math.max(sinceMs, attempt.runMs) + pauseBeginsMs,
        stack: fact === 'job.evaluates' ? 'rank0-work' : 'checkpoint-write',
      })),
  );
  const first = begins.toSorted((a, b) => a.atMs - b.atMs)[0];
  return first === undefined ? null : { kind: 'hangs', node, gpu: 0, resumes: true, ...first };
};
