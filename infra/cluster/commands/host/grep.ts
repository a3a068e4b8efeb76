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

/**
 * `grep -H PATTERN FILE…` of the files that `cat` reads; `-r` of folders, `-i` in either case, `-v` what does not match, several
 * patterns behind `-e` each. A pattern is a plain word, or `.` for every line.
 */
export const grepFiles: NodeCommand = {
  name: 'grep',
  takes: (args) => {
    const asked = askedOf(args);
    return asked !== null && asked.paths.some((path) => filesOf(path, asked.inFolders).length > 0);
  },
  run(context, args) {
    const { paths, inFolders, takesLine } = askedOf(args) ?? { paths: [], inFolders: false, takesLine: () => false };
    let text = '';
    let missing = '';
    for (const path of paths) {
      const files = filesOf(path, inFolders);
      if (files.length === 0) missing += `grep: ${path}: No such file or directory\n`;
      for (const file of files) text += matching(context, file, takesLine);
    }
    if (missing !== '') return { stdout: text, stderr: missing, exitCode: 2 };
    return text === '' ? complained('', 1) : printed(text);
  },
};

interface Asked {
  readonly paths: readonly string[];
  readonly inFolders: boolean;
  readonly takesLine: (line: string) => boolean;
}

function askedOf([option = '', ...rest]: readonly string[]): Asked | null {
  if (!/^-[ivr]{0,3}H$/.test(option)) return null;
  const [first = '', ...others] = rest;
  const words: string[] = first === '-e' ? [] : [first];
  let paths = first === '-e' ? rest : others;
  for (; paths[0] === '-e'; paths = paths.slice(2)) words.push(paths[1] ?? '');
  const spelt = (text: string) => (option.includes('i') ? text.toLowerCase() : text);
  const matches = (line: string) =>
    words.some((word) => (word === '.' ? line !== '' : spelt(line).includes(spelt(word))));
  return {
    paths,
    inFolders: option.includes('r'),
    takesLine: (line) => matches(line) !== option.includes('v'),
  };
}

function filesOf(path: string, inFolders: boolean): readonly string[] {
  if (textFiles[path] !== undefined) return [path];
  return inFolders && path.startsWith('/etc/')
    ? Object.keys(textFiles).filter((one) => one.startsWith(`${path.replace(/\/+$/, '')}/`))
    : [];
}

function matching(context: CommandContext, path: string, takesLine: (line: string) => boolean): string {
  return (textFiles[path]?.(context) ?? '')
    .replace(/\n$/, '')
    .split('\n')
    .filter(takesLine)
    .map((line) => `${path}:${line}\n`)
    .join('');
}
