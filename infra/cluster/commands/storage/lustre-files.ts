import { adaptiveTimeouts, type Estimate, type ImportEstimates } from '../../physics/lustre/adaptive-timeouts.ts';
import { longReads, lustreDevice, lustreTargets } from '../../physics/lustre/servers.ts';
import { mountsOf } from '../../physics/mounts.ts';
import { complained, type CommandContext, type NodeCommand } from '../command.ts';
import { onNodeClock } from '../node-clock.ts';

/** A parameter of the Lustre client. */
export interface LustreFile {
  /** Below its folder, as lctl names it with dots: `osc/scratch-OST0000-osc-ffff…/timeouts`. */
  readonly path: string;
  readonly text: () => string;
}

/** In 2.15 what is longer than a line stands here, where everybody may read it; the main branch has it in debugfs. */
const procFolder = '/proc/fs/lustre';
const debugFolder = '/sys/kernel/debug';

/** What a 2.15.4 client has set of adaptive timeouts, and `timeouts` of each of its imports while it is mounted. */
export function lustreFiles(context: CommandContext): readonly LustreFile[] {
  const { timeline, nowMs } = context;
  const settings = {
    at_history: 600,
    // Where time-outs are fixed (`faults/twin-long-reads.ts`).
    at_max: longReads(timeline, nowMs) ? 0 : 600,
    at_min: 0,
    timeout: 100,
  };
  const fixed = Object.entries(settings).map(([path, value]): LustreFile => ({ path, text: () => `${value}\n` }));
  return [...fixed, ...importFiles(context)];
}

function importFiles(context: CommandContext): readonly LustreFile[] {
  const { timeline, node, nowMs, world } = context;
  if (!mountsOf(timeline, node, nowMs).some(({ mount }) => mount === '/lustre')) return [];
  let read: readonly ImportEstimates[] | null = null;
  return lustreTargets.map((target, at) => ({
    path: `${target.kind}/${lustreDevice(world, node, target)}/timeouts`,
    text() {
      read ??= adaptiveTimeouts(timeline, node, nowMs);
      const estimates = read[at];
      return estimates === undefined ? '' : timeoutsText(context, estimates);
    },
  }));
}

/** `grep -rH . FOLDER… [--include=NAME]` of the folders of the client's devices in /proc and debugfs. */
export const grepLustre: NodeCommand = {
  name: 'grep',
  takes: ([option, pattern, folder = '']) => option === '-rH' && pattern === '.' && isLustreFolder(folder),
  run(context, [, , ...args]) {
    const names = args.flatMap((arg) => (arg.startsWith('--include=') ? [arg.slice('--include='.length)] : []));
    const folders = args.filter((arg) => !arg.startsWith('--'));
    const files = importFiles(context).filter(
      ({ path }) => names.length === 0 || names.some((name) => path.endsWith(`/${name}`)),
    );
    const found = files.map((file) => ({ ...file, path: `${procFolder}/${file.path}` }));
    const stdout = folders
      .flatMap((folder) => found.filter(({ path }) => path.startsWith(`${folder}/`)))
      .map(({ path, text }) => text().replaceAll(/^(?=.)/gm, `${path}:`))
      .join('');
    const stderr = folders.map((folder) => grepComplaint(context, folder)).join('');
    if (stderr !== '') return { stdout, stderr, exitCode: 2 };
    return stdout === '' ? complained('', 1) : { stdout, stderr, exitCode: 0 };
  },
};

const isLustreFolder = (path: string) => path.startsWith(`${procFolder}/`) || path.startsWith(`${debugFolder}/lustre/`);

/** The folders of both kinds of devices are there with the modules; only root goes into debugfs. */
function grepComplaint({ root }: CommandContext, folder: string): string {
  if (!root && folder.startsWith(debugFolder)) return `grep: ${folder}: Permission denied\n`;
  return /\/lustre\/(?:osc|mdc)$/.test(folder) ? '' : `grep: ${folder}: No such file or directory\n`;
}

/** `lprocfs_timeouts_seq_show` of lprocfs_status.c in 2.15. */
function timeoutsText(context: CommandContext, { lastReplyMs, network, portals }: ImportEstimates): string {
  const seconds = (ms: number) => Math.floor(onNodeClock(context, ms) / 1_000);
  const now = seconds(context.nowMs);
  const reply = seconds(lastReplyMs);
  const row = (name: string, { current, worst, worstAtMs, history }: Estimate) => {
    const atSeconds = seconds(worstAtMs);
    const bins = history.map((bin) => `${threeWide(bin)} `).join('');
    return `${name.padEnd(10)} : cur ${threeWide(current)}  worst ${threeWide(worst)} (at ${atSeconds}, ${now - atSeconds}s ago) ${bins}\n`;
  };
  return [
    `${'last reply'.padEnd(10)} : ${reply}, ${now - reply}s ago\n`,
    row('network', network),
    ...portals.map(({ portal, estimate }) => row(`portal ${String(portal).padEnd(2)} `, estimate)),
  ].join('');
}

function threeWide(value: number): string {
  return String(value).padStart(3);
}
