import { complained, printed, type NodeCommand } from '../command.ts';
import { lsTime } from '../network/ls-time.ts';
import { containerFiles } from './files.ts';
import { enrootHooks } from './enroot-files.ts';

/** From the installation of a node to the beginning of the records; assumed. */
const installedBeforeMs = 40 * 24 * 3_600_000;

/** `ls [-1|-l] FOLDER|FILE…` of where container runtimes keep their configuration. */
export const lsConfiguration: NodeCommand = {
  name: 'ls',
  takes: (args) => paths(args).length > 0 && paths(args).every((path) => isFolder(path) || isFile(path)),
  run(context, args) {
    const long = args.includes('-l');
    if (args.some((arg) => arg.startsWith('-') && arg !== '-l' && arg !== '-1'))
      return complained(`ls: invalid option -- '${args.find((arg) => arg.startsWith('-'))?.slice(1) ?? ''}'\n`, 2);
    const asked = paths(args);
    const stamp = lsTime(context.world.historyFromMs - installedBeforeMs, context.nowMs);
    const row = (path: string, name: string) => {
      if (!long) return `${name}\n`;
      if (isFolder(path)) return `drwxr-xr-x 2 root root ${'4096'.padStart(5)} ${stamp} ${name}\n`;
      const mode = path.endsWith('.sh') ? '-rwxr-xr-x' : '-rw-r--r--';
      const bytes = containerFiles[path]?.(context).length ?? hookBytes;
      return `${mode} 1 root root ${String(bytes).padStart(5)} ${stamp} ${name}\n`;
    };
    const listings = asked.map((path) => {
      if (!isFolder(path)) return row(path, path);
      const inside = entriesOf(path).map((name) => row(`${trimmed(path)}/${name}`, name));
      return `${asked.length > 1 ? `${path}:\n` : ''}${long ? 'total 4\n' : ''}${inside.join('')}`;
    });
    return printed(listings.join(asked.some(isFolder) && asked.length > 1 ? '\n' : ''));
  },
};

// Of a hook that is not kept here.
const hookBytes = 1_480;

const allPaths: readonly string[] = [
  ...Object.keys(containerFiles),
  ...enrootHooks.map((name) => `/etc/enroot/hooks.d/${name}`),
];

function paths(args: readonly string[]): readonly string[] {
  return args.filter((arg) => !arg.startsWith('-'));
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '');
}

function isFile(path: string): boolean {
  return allPaths.includes(path);
}

/** Folders of which nothing else is known would seem to hold these files alone. */
function isFolder(path: string): boolean {
  return /^\/etc\/(containerd|docker|enroot|nvidia-container-runtime|slurm\/plugstack\.conf\.d)(\/|$)/.test(`${path}/`)
    ? allPaths.some((one) => one.startsWith(`${trimmed(path)}/`))
    : false;
}

function entriesOf(path: string): readonly string[] {
  const inside = allPaths
    .filter((one) => one.startsWith(`${trimmed(path)}/`))
    .map((one) => one.slice(trimmed(path).length + 1).split('/')[0] ?? '');
  return [...new Set(inside)].toSorted((a, b) => (a < b ? -1 : 1));
}
