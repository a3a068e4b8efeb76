import { raid, raidUsage } from '../../physics/disk.ts';
import { leftoverFiles, leftoverMib } from '../../physics/shm.ts';
import { clearFact } from '../../state/facts/set-fact.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { noLock, refused } from './answer.ts';

/** On /raid in this cluster. */
const held = '/var/lib/wardround/shm';
/** Room that stays free there. */
const reserveKib = 1_048_576;

/** Moves the files in /dev/shm away that nobody has open and that are older than ten minutes. */
export function clearShm({ timeline, node, nowMs, root, act }: CommandContext): CommandResult {
  if (!root) return noLock;
  const { settings } = timeline.segmentAt(nowMs);
  const mib = leftoverMib(settings, node.name, nowMs);
  if (mib === 0) return printed('moved 0 files, 0 KiB\n');
  const kib = Math.round(mib * 1_024);
  if (kib + reserveKib > raid.kib - raidUsage(timeline.world, settings, node, nowMs).kibUsed)
    return refused(`${held} has no room for ${kib} KiB and its reserve; nothing was moved`);
  act([clearFact('host.shm-leftover-mib', node.name)]);
  return printed(`moved ${leftoverFiles(mib)} files, ${kib} KiB\n`);
}

/** Moves them back. */
export function returnShm({ timeline, node, root, act }: CommandContext): CommandResult {
  if (!root) return noLock;
  const about = timeline.actions.flatMap(({ by, changes }) =>
    changes
      .filter((change) => change.kind === 'fact' || change.kind === 'fact-clear')
      .filter(({ fact, place }) => fact === 'host.shm-leftover-mib' && place === node.name)
      .map((change) => ({ by, change })),
  );
  const [before, last] = about.slice(-2);
  if (last?.by !== 'root' || last.change.kind !== 'fact-clear' || before?.change.kind !== 'fact')
    return printed('returned 0 files\n');
  act([before.change]);
  const { value } = before.change;
  return printed(`returned ${leftoverFiles(typeof value === 'number' ? value : 0)} files\n`);
}
