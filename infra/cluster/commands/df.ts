import { filesystems } from '../physics/host.ts';
import { complained, printed, type NodeCommand } from './command.ts';

/** `df -P -k` and `df -P -i`. */
export const df: NodeCommand = {
  name: 'df',
  run(context, args) {
    const flags = new Set(args.filter((arg) => arg.startsWith('-')).flatMap((arg) => arg.slice(1).split('')));
    for (const flag of flags)
      if (!'Pki'.includes(flag))
        return complained(`df: invalid option -- '${flag}'\nTry 'df --help' for more information.\n`, 1);
    const paths = args.filter((arg) => !arg.startsWith('-'));
    const all = filesystems(context.timeline, context.node, context.nowMs);
    const shown = paths.length === 0 ? all : all.filter((one) => paths.includes(one.mount));
    if (shown.length === 0) return complained(`df: ${paths.join(' ')}: No such file or directory\n`, 1);
    const inodes = flags.has('i');
    const rows = shown.map((one) => {
      const [total, used] = inodes ? [one.inodes, one.inodesUsed] : [one.kib, one.kibUsed];
      const percent = `${Math.ceil((100 * used) / total)}%`;
      return [one.device, String(total), String(used), String(total - used), percent, one.mount];
    });
    const head = inodes
      ? ['Filesystem', 'Inodes', 'IUsed', 'IFree', 'IUse%', 'Mounted on']
      : ['Filesystem', '1024-blocks', 'Used', 'Available', 'Capacity', 'Mounted on'];
    return printed(columns([head, ...rows]));
  },
};

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
