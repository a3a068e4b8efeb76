import type { Probe } from '../../kb/schemas/probe.ts';
import { patternsOf } from './allow-list.ts';

export const probeUser = 'wardround-probe';

/** Seconds after which another tool under sudo is ended, as `root_seconds_max` of wardround-probe.sh says it. */
export const rootSecondsMax = 60;

/**
 * The sudoers file for the probes that need root's rights. Other people's tools stand in it with all of their words; a
 * verb of our own scripts may end with a star, since they check their arguments themselves. Patterns are those of sudo
 * 1.8 and later.
 */
export function sudoers(probes: readonly Probe[]): string {
  const commands = probes
    .filter(({ privilege }) => privilege === 'root')
    .flatMap((probe) => patternsOf(probe).flatMap((pattern) => rulesOf(probe.id, pattern)));
  const rules = [...new Set(commands)].toSorted().map((rule) => `${probeUser} ALL=(root) NOPASSWD: ${rule}`);
  return `${[...head, ...rules].join('\n')}\n`;
}

const head = [
  '# /etc/sudoers.d/wardround-probe, mode 0440; check it with: visudo -cf FILE',
  '# Written by `wardround probe sudoers`. Commands of read-only probes, and measurements of idle devices.',
  `Defaults:${probeUser} !requiretty, env_reset`,
  `Defaults:${probeUser} secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"`,
];

function rulesOf(id: string, pattern: string): readonly string[] {
  const words = pattern.replace(/^sudo -n /, '').split(' ');
  const [tool = '', ...args] = words;
  if (words.length === pattern.split(' ').length) throw new Error(`${id} needs root and does not begin with sudo -n`);
  if (/^wardround-[a-z]+$/.test(tool)) return [ownRule(tool, args)];
  const folders = foldersOf[tool];
  if (folders === undefined) throw new Error(`${id}: in which folders is ${tool}? Say it in infra/gate/sudoers.ts`);
  const globs = args.map(globsOf).reduce<readonly string[]>((lines, each) => product(lines, each), ['']);
  return folders.flatMap((folder) =>
    globs.flatMap((words_) => [
      `${folder}/${tool}${words_}`,
      `/usr/bin/timeout -k 2 ${rootSecondsMax} ${tool}${words_}`,
    ]),
  );
}

function ownRule(tool: string, args: readonly string[]): string {
  const open = args.findIndex((word) => !/^[a-z0-9-]+$/.test(word));
  const words = open === -1 ? args : [...args.slice(0, open), '*'];
  return [`/usr/local/bin/${tool}`, ...words].join(' ');
}

/** Debian and Red Hat differ in some. */
const foldersOf: Readonly<Record<string, readonly string[]>> = {
  grep: ['/usr/bin'],
  iptables: ['/usr/sbin', '/sbin'],
  lspci: ['/usr/bin', '/sbin', '/usr/sbin'],
  // MFT puts it there on both.
  mlxlink: ['/usr/bin'],
  nft: ['/usr/sbin', '/sbin'],
  nvme: ['/usr/sbin', '/sbin'],
};

function product(lines: readonly string[], words: readonly string[]): readonly string[] {
  return lines.flatMap((line) => words.map((word) => `${line} ${word}`));
}

/** Lines that one word may become, one for each length. */
const globsMax = 16;

/**
 * One word of a pattern as the file-name patterns of sudoers, in which a star would match blanks and slashes too: only
 * single classes and short repetitions of them are taken.
 */
function globsOf(word: string): readonly string[] {
  let globs: readonly string[] = [''];
  const rest = word.replaceAll(
    partPattern,
    (_part, text: string | undefined, set: string, few: string, many: string) => {
      const from = Number(few ?? 1);
      const to = Number(many ?? few ?? 1);
      const sign = text === undefined ? set : escaped(text.replace(/^\\/, ''));
      const repeated = Array.from({ length: to - from + 1 }, (_each, more) => sign.repeat(from + more));
      globs = globs.flatMap((glob) => repeated.map((each) => glob + each));
      return '';
    },
  );
  if (rest !== '' || globs.length > globsMax) throw new Error(`${word} has no short form for sudoers`);
  return globs;
}

const partPattern =
  /(?:([A-Za-z0-9_@%+=:,/-]|\\[.+*?()[\]{}|])|(\[[A-Za-z0-9_.-]+\]))(?:\{(\d{1,2})(?:,(\d{1,2}))?\})?/g;

/** Signs that sudoers would take for its own. */
function escaped(sign: string): string {
  return /[,:=\\*?[\]!]/.test(sign) ? `\\${sign}` : sign;
}
