import type { Finding } from '../../workflows/domain/finding.ts';

/**
 * Reasons that Slurm and its node daemon write by themselves, after which a node that is well stays out until somebody
 * looks (src/slurmctld and src/slurmd of Slurm 23.11). Whatever else stands there was written by people or by a check.
 */
const ofSlurmItself =
  /^(?:not responding|node unexpectedly rebooted|kill task failed|prolog error|epilog error|batch job complete failure|reboot asap)/i;

/** Who took a node out of service, by the reason that the scheduler shows; `null` where no reason was read. */
export function drainedBy(here: readonly Finding[]): 'slurm' | 'somebody' | null {
  const reason = here.findLast(({ kind }) => kind === 'scheduler.node.taken-out')?.values?.['reason'];
  if (typeof reason !== 'string') return null;
  return ofSlurmItself.test(reason) ? 'slurm' : 'somebody';
}
