import { debugJobs } from '../../physics/debug-jobs.ts';
import { slurmStamp } from '../stamps.ts';
import type { ManagementSource } from './management-source.ts';

/** The controller about short jobs of other users on spare nodes. */
export const debugJobLines: ManagementSource = {
  log: 'slurmctld',
  lines: (timeline, _fromMs, toMs) =>
    debugJobs(timeline, toMs).flatMap(({ id, node, fromMs, endMs, state }) => {
      const say = (atMs: number, text: string) => ({ atMs, text: `${slurmStamp(atMs)} ${text}` });
      const how = state === 'FAILED' ? `WEXITSTATUS 1` : state === 'TIMEOUT' ? 'TIMEOUT' : 'OOM killed';
      return [
        say(fromMs, `sched: Allocate JobId=${id} NodeList=${node} #CPUs=192 Partition=debug`),
        say(endMs, `_job_complete: JobId=${id} ${how}`),
        say(endMs + 1, `_job_complete: JobId=${id} done`),
      ];
    }),
};
