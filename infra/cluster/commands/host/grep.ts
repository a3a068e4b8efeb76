import { coreKhz, governorOf, hostCpu } from '../../physics/host-cpu.ts';
import { load1 } from '../../physics/host.ts';
import { textFiles } from '../cat.ts';
import { complained, printed, type CommandContext, type NodeCommand } from '../command.ts';

const frequencies = '/sys/devices/system/cpu/cpufreq';
const wanted = ['scaling_governor', 'scaling_cur_freq', 'cpuinfo_max_freq'];

/** `grep -rH . /sys/devices/system/cpu/cpufreq --include=…`: a line a core and file, in the order of the directory. */
export const grepFrequencies: NodeCommand = {
  name: 'grep',
  takes: (args) => args[0] === '-rH' && args[2] === frequencies,
  run(context, args) {
    const names = args.slice(3).map((arg) => arg.replace(/^--include=/, ''));
    if (args[1] !== '.' || names.some((name) => !wanted.includes(name))) return printed('', 1);
    const { timeline, node, nowMs } = context;
    const governor = governorOf(timeline, node, nowMs);
    const busy = Math.min(1, load1(timeline, node, nowMs) / hostCpu.threads);
    const values: Readonly<Record<string, (core: number) => string | number>> = {
      cpuinfo_max_freq: () => hostCpu.maxKhz,
      scaling_governor: () => governor,
      scaling_cur_freq: (core) => coreKhz(timeline, node, core, busy, nowMs),
    };
    const lines: string[] = [];
    for (let core = 0; core < hostCpu.threads; core += 1)
      for (const [name, value] of Object.entries(values))
        if (names.length === 0 || names.includes(name))
          lines.push(`${frequencies}/policy${core}/${name}:${value(core)}\n`);
    return printed(lines.join(''));
  },
};

/** `grep -H PATTERN FILE…` of the files that `cat` reads; a pattern is a plain word, or `.` for every line. */
export const grepFiles: NodeCommand = {
  name: 'grep',
  takes: (args) => args[0] === '-H' && args.slice(2).some((path) => textFiles[path] !== undefined),
  run(context, [, pattern = '', ...paths]) {
    let text = '';
    let missing = '';
    for (const path of paths) {
      const file = textFiles[path];
      if (file === undefined) missing += `grep: ${path}: No such file or directory\n`;
      else text += matching(context, path, pattern);
    }
    if (missing !== '') return { stdout: text, stderr: missing, exitCode: 2 };
    return text === '' ? complained('', 1) : printed(text);
  },
};

function matching(context: CommandContext, path: string, pattern: string): string {
  return (textFiles[path]?.(context) ?? '')
    .split('\n')
    .filter((line) => line !== '' && (pattern === '.' || line.includes(pattern)))
    .map((line) => `${path}:${line}\n`)
    .join('');
}
