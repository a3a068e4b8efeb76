import { kernelLines } from '../logs/kernel.ts';
import { bootMsOf } from '../physics/node-life.ts';
import { ctime, isoMicros } from '../clock.ts';
import { complained, printed, type NodeCommand } from './command.ts';
import { onNodeClock } from './node-clock.ts';

// The kernel's ring buffer holds a few thousand lines; what is older has been overwritten.
const ringMs = 24 * 3_600_000;

/** `dmesg --time-format iso --level emerg,alert,crit,err,warn`; `-T` is short for `--time-format ctime`. */
export const dmesg: NodeCommand = {
  name: 'dmesg',
  run(context, args) {
    const short = args.includes('-T') || args.includes('--ctime') ? 'ctime' : 'delta';
    const stamp = stamps[valueOf(args, '--time-format') ?? short];
    if (stamp === undefined)
      return complained(`dmesg: unknown time format: ${valueOf(args, '--time-format') ?? short}\n`, 1);
    const levels = valueOf(args, '--level')?.split(',');
    for (const level of levels ?? [])
      if (!allLevels.includes(level)) return complained(`dmesg: unknown level '${level}'\n`, 1);
    const { timeline, node, nowMs } = context;
    const bootMs = bootMsOf(timeline.segmentAt(nowMs).settings, node, nowMs);
    const lines = kernelLines(timeline, node, Math.max(bootMs, nowMs - ringMs), nowMs, { boot: true });
    const shown = lines.filter((line) => levels === undefined || levels.includes(line.level));
    return printed(shown.map((line) => `${stamp(onNodeClock(context, line.atMs))} ${line.text}\n`).join(''));
  },
};

const stamps: Readonly<Record<string, (ms: number) => string>> = {
  iso: (ms) => isoMicros(ms, ','),
  ctime: (ms) => `[${ctime(ms)}]`,
};

const allLevels = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];

function valueOf(args: readonly string[], option: string): string | undefined {
  const joined = args.find((arg) => arg.startsWith(`${option}=`));
  if (joined !== undefined) return joined.slice(option.length + 1);
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}
