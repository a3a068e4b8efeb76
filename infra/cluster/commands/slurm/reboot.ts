import { clearFact } from '../../state/facts/set-fact.ts';
import { findNode } from '../../world.ts';
import { activeAttempt } from '../../physics/job.ts';
import type { Change } from '../../state/actions.ts';
import { complained, printed, type CommandContext, type CommandResult } from '../command.ts';
import { aboutNode } from './jobs.ts';

/**
 * `scontrol reboot ASAP nextstate=RESUME reason=… NODE`. With ASAP the node is drained and rebooted as soon as its jobs
 * are gone; here: at once on an idle node, and never under a job that runs (the order is refused by the gate before).
 */
export function reboot(context: CommandContext, args: readonly string[]): CommandResult {
  const name = args.at(-1) ?? '';
  const options = args.slice(0, -1).map((word) => word.toLowerCase());
  const node = findNode(context.world, name);
  if (!context.root) return complained('scontrol_reboot_nodes error: Access/permission denied\n', 1);
  if (node === undefined) return complained(`scontrol_reboot_nodes error: Invalid node name specified\n`, 1);
  const { timeline, nowMs } = aboutNode(context, node);
  const busy = activeAttempt(timeline.segmentAt(nowMs).phase)?.nodes.includes(node.index) === true;
  const drained: Change = { kind: 'node-drain', node: name, reason: 'reboot ASAP : wardround' };
  if (busy) {
    context.act([drained]);
    return printed('');
  }
  const resumes = options.includes('nextstate=resume');
  const back: readonly Change[] = resumes
    ? [{ kind: 'node-resume', node: name }, clearFact('scheduler.node-down', name)]
    : [];
  context.act([{ kind: 'happen', event: 'reboot', place: name }, ...back]);
  return printed('');
}
