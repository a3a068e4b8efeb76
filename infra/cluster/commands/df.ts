import { filesystems, type Filesystem } from '../physics/host.ts';
import { mountState } from '../physics/mounts.ts';
import { complained, printed, type CommandContext, type TimedCommand } from './command.ts';
import { atOnce, hang } from './play.ts';

/** `df -P -k` and `df -P -i`. */
export const df: TimedCommand = {
  name: 'df',
  *play(context, args) {
    const flags = new Set(args.filter((arg) => arg.startsWith('-')).flatMap((arg) => arg.slice(1).split('')));
    for (const flag of flags)
      if (!'Pki'.includes(flag))
        return yield* atOnce(complained(`df: invalid option -- '${flag}'\nTry 'df --help' for more information.\n`, 1));
    const paths = args.filter((arg) => !arg.startsWith('-'));
    const all = filesystems(context.timeline, context.node, context.nowMs);
    const asked = paths.length === 0 ? all : all.filter((one) => paths.includes(one.mount));
    if (asked.length === 0) return yield* atOnce(complained(`df: ${paths.join(' ')}: No such file or directory\n`, 1));
    const states = asked.map((one) => mountState(context.timeline, context.node, one.mount, context.nowMs));
    // It asks every file system, and waits for one that does not answer.
    if (states.includes('stale')) yield hang('kill');
    return yield* atOnce(
      printed(
        table(
          asked.flatMap((one) => shownAs(context, one, all, paths)),
          flags.has('i'),
        ),
      ),
    );
  },
};

/** A mount point without a mount is a folder of the root file system: named, it stands for that. */
function shownAs(
  context: CommandContext,
  one: Filesystem,
  all: readonly Filesystem[],
  paths: readonly string[],
): readonly Filesystem[] {
  if (mountState(context.timeline, context.node, one.mount, context.nowMs) !== 'missing') return [one];
  return paths.length === 0 ? [] : all.filter(({ mount }) => mount === '/');
}

function table(shown: readonly Filesystem[], inodes: boolean): string {
  const rows = shown.map((one) => {
    const [total, used] = inodes ? [one.inodes, one.inodesUsed] : [one.kib, one.kibUsed];
    const percent = `${Math.ceil((100 * used) / total)}%`;
    return [one.device, String(total), String(used), String(total - used), percent, one.mount];
  });
  const head = inodes
    ? ['Filesystem', 'Inodes', 'IUsed', 'IFree', 'IUse%', 'Mounted on']
    : ['Filesystem', '1024-blocks', 'Used', 'Available', 'Capacity', 'Mounted on'];
  return columns([head, ...rows]);
}

/** First and last column to the left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? cell.padEnd(widths[at] ?? 0) : at === row.length - 1 ? cell : cell.padStart(widths[at] ?? 0),
        )
        .join(' '),
    )
    .map((line) => `${line}\n`)
    .join('');
}
