import { raid, reclaimable } from '../physics/disk.ts';
import { complained, printed, type CommandContext, type CommandResult, type NodeCommand } from './command.ts';

/** The policy that the site's administrators wrote on every node: all but the newest checkpoints may go to Lustre. */
const policy = 'old-checkpoints';

/** `wardround-space list|hold|return`: the node-side tool that makes room as policies allow, and takes it back. */
export const wardroundSpace: NodeCommand = {
  name: 'wardround-space',
  run(context, args) {
    const [verb = '', asked, ...more] = args;
    if (verb === 'list' && asked === undefined) return list(context);
    if ((verb !== 'hold' && verb !== 'return') || asked === undefined || more.length > 0)
      return complained('usage: wardround-space list | hold POLICY | return POLICY\n', 2);
    if (asked !== policy) return complained(`wardround-space: there is no readable policy ${asked}\n`, 2);
    if (!context.root) return complained(`wardround-space: ${verb}: Permission denied\n`, 1);
    return verb === 'hold' ? hold(context) : giveBack(context);
  },
};

function list({ timeline, node, nowMs }: CommandContext): CommandResult {
  const { settings } = timeline.segmentAt(nowMs);
  const { kib, files } = reclaimable(settings, node, nowMs);
  const held = settings.held.get(node.name)?.files ?? 0;
  return printed(`policy mount reclaimable_kib files held_files\n${policy} ${raid.mount} ${kib} ${files} ${held}\n`);
}

function hold({ timeline, node, nowMs, act }: CommandContext): CommandResult {
  const { kib, files } = reclaimable(timeline.segmentAt(nowMs).settings, node, nowMs);
  if (files > 0) act([{ kind: 'space-hold', node: node.name, kib, files }]);
  return printed(`held ${files} files, ${kib} KiB\n`);
}

function giveBack({ timeline, node, nowMs, act }: CommandContext): CommandResult {
  const { files, kib } = timeline.segmentAt(nowMs).settings.held.get(node.name) ?? { files: 0, kib: 0 };
  if (files > 0) act([{ kind: 'space-return', node: node.name }]);
  return printed(`returned ${files} files, ${kib} KiB\n`);
}
