import type { Timeline } from '../../physics/timeline.ts';
import type { LogLine } from '../line.ts';

/** The logs of the management host. */
export const managementLogs = ['slurmctld'] as const;
export type ManagementLog = (typeof managementLogs)[number];

/** Like a node's source, about the cluster as a whole; `timeline.all` has the jobs. */
export interface ManagementSource {
  readonly log: ManagementLog;
  lines(timeline: Timeline, fromMs: number, toMs: number): readonly LogLine[];
}
