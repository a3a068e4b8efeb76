import { mountState } from '../../physics/mounts.ts';
import { clearFact } from '../../state/facts/set-fact.ts';
import { printed, type CommandContext, type CommandResult } from '../command.ts';
import { noLock, notValid, refused } from './answer.ts';

/** Mount points of /etc/fstab that may be mounted anew. */
const listed = ['/raid', '/lustre'];
const ofTheSystem = /^(\/(boot|usr|proc|sys|dev|run).*|\/(var|etc|home|opt|tmp))$/;

/** A file system that is missing is mounted; one that is stale is unmounted lazily first, and processes that hang in it stay there. */
export function remount({ timeline, node, nowMs, root, act }: CommandContext, mount: string): CommandResult {
  if (!/^(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,8}$/.test(mount))
    return notValid('the mount point is not a plain path');
  if (!root) return noLock;
  if (ofTheSystem.test(mount)) return refused(`${mount} belongs to the system`);
  if (!listed.includes(mount)) return refused(`${mount} is not listed in /etc/fstab`);
  const state = mountState(timeline, node, mount, nowMs);
  // One that became read-only is mounted, and tells of its room as before.
  if (state !== 'mounted' && state !== 'read-only') act([clearFact('storage.mount', node.name, mount)]);
  return printed(`${mount} is mounted and answers\n`);
}
