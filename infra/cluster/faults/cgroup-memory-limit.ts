import { defineFault, restartEnded } from './fault.ts';
import { resubmitted } from './resubmitted.ts';

/** A default for the memory of a job was set for the small ones. */
export const cgroupMemoryLimit = defineFault({
  id: 'cgroup-memory-limit',
  summary: 'the job may use less memory than its ranks need, and the kernel kills one of them',
  categories: ['host-oom'],
  place: 'job',
  ranges: { mib: { min: 120_000, max: 255_000, unit: 'MiB', integer: true } },
  heals: 'a limit that holds them (`scontrol update JobId=… MinMemoryNode=0` while it is held)',
  causes: ({ job }, { mib }, { world }) => [
    { kind: 'job-memory', mib, ...(job !== world.jobs[0]?.name && { job }) },
    resubmitted(world, job),
  ],
  undo: ({ changes }, world) => [
    ...changes.flatMap((change) => (change.kind === 'job-memory' ? [{ ...change, mib: 0 }] : [])),
    ...restartEnded(world),
  ],
  present: (settings, { target: { job = '' } }) => settings.jobMemoryMib.has(job),
});
