import { filesystems } from '../../physics/host.ts';
import { mountState } from '../../physics/mounts.ts';
import { complained, printed, type TimedCommand } from '../command.ts';
import { atOnce, hang } from '../play.ts';

/** Magic numbers of statfs(2), and the block size. */
const types: Readonly<Record<string, readonly [type: string, blockSize: number]>> = {
  ext4: ['ef53', 4_096],
  xfs: ['58465342', 4_096],
  tmpfs: ['1021994', 4_096],
  lustre: ['bd00bd0', 4_096],
};

/** `stat -f -t MOUNT`: name, id, name length, type, block sizes, blocks and inodes, in one line. */
export const stat: TimedCommand = {
  name: 'stat',
  *play({ timeline, node, nowMs }, args) {
    const path = args[2] ?? '';
    if (args[0] !== '-f' || args[1] !== '-t' || args.length !== 3)
      return yield* atOnce(complained("stat: missing operand\nTry 'stat --help' for more information.\n", 1));
    const all = filesystems(timeline, node, nowMs);
    const state = mountState(timeline, node, path, nowMs);
    // A client that was evicted waits for its server; only KILL reaches a process that waits so.
    if (state === 'stale') yield hang('kill');
    const own = all.find((one) => one.mount === path);
    const below = state === 'missing' ? all.find((one) => one.mount === '/') : own;
    if (own === undefined || below === undefined)
      return yield* atOnce(
        complained(`stat: cannot read file system information for '${path}': No such file or directory\n`, 1),
      );
    const [type, blockSize] = types[below.fstype] ?? ['0', 4_096];
    const blocks = Math.floor((below.kib * 1_024) / blockSize);
    const free = Math.floor(((below.kib - below.kibUsed) * 1_024) / blockSize);
    const id = below.fstype === 'tmpfs' ? '0' : `${type.padEnd(8, '0')}${String(node.index).padStart(8, '0')}`;
    return yield* atOnce(
      printed(
        `${path} ${id} 255 ${type} ${blockSize} ${blockSize} ${blocks} ${free} ${free} ${below.inodes} ${below.inodes - below.inodesUsed}\n`,
      ),
    );
  },
};
