import type { Timeline } from '../../physics/timeline.ts';
import { within, type LogLine } from '../line.ts';
import type { ManagementLog, ManagementSource } from './management-source.ts';
import { debugJobLines } from './debug-jobs.ts';
import { slurmctldLines } from './slurmctld.ts';

export { managementLogs, type ManagementLog } from './management-source.ts';

/** Everything that the daemons of the management host write. */
export const managementSources: readonly ManagementSource[] = [debugJobLines, slurmctldLines];

export function managementLogLines(
  timeline: Timeline,
  log: ManagementLog,
  fromMs: number,
  toMs: number,
): readonly LogLine[] {
  const lines = managementSources
    .filter((source) => source.log === log)
    .flatMap((source) => source.lines(timeline, fromMs, toMs));
  return within(lines, fromMs, toMs);
}
