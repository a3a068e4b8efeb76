import { activeReservations } from '../../physics/scheduler.ts';
import type { CommandContext } from '../command.ts';
import { hostList, record, slurmDuration, slurmTime } from './text.ts';

/** `scontrol show reservation`, in Slurm 23.11's layout. */
export function reservationRecords({ timeline, nowMs }: CommandContext, oneLine: boolean): string {
  const active = activeReservations(timeline.segmentAt(nowMs).settings, nowMs);
  if (active.length === 0) return 'No reservations in the system\n';
  return active
    .map(({ name, nodes, fromMs, untilMs }) =>
      record(
        [
          `ReservationName=${name} StartTime=${slurmTime(fromMs)} EndTime=${slurmTime(untilMs)} Duration=${slurmDuration(untilMs - fromMs)}`,
          `Nodes=${hostList(nodes)} NodeCnt=${nodes.length} CoreCnt=${96 * nodes.length} Features=(null) PartitionName=(null) Flags=MAINT,IGNORE_JOBS,SPEC_NODES`,
          `TRES=cpu=${192 * nodes.length}`,
          'Users=root Groups=(null) Accounts=(null) Licenses=(null) State=ACTIVE BurstBuffer=(null) Watts=n/a',
          'MaxStartDelay=(null)',
        ],
        oneLine,
      ),
    )
    .join('');
}
