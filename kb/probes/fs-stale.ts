import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { hostRead } from './host-read.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man1/timeout.1.html';

const hangs: FindingKind = {
  id: 'fs.stale.hangs',
  summary: 'a file system does not answer',
  role: 'cause',
  // A node that answers everything slowly does not answer this in time either.
  weighs: { 'shared-fs-problem': 1.6 },
  source,
};
const stale: FindingKind = {
  id: 'fs.stale.handle',
  summary: 'a file system answers that what was mounted is no longer there, or that its server is gone',
  role: 'cause',
  weighs: { 'shared-fs-problem': 4 },
  source: 'https://man7.org/linux/man-pages/man3/errno.3.html (ESTALE, ENOTCONN, EIO)',
};
const absent: FindingKind = {
  id: 'fs.stale.absent',
  summary: 'a mount point that jobs need does not exist, or its user may not look at it',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 1.8, 'permission-misconfig': 0.8 },
  source,
};
const answers: FindingKind = {
  id: 'fs.stale.answers',
  summary: 'a file system answers at once',
  role: 'clean',
  weighs: { 'shared-fs-problem': -0.8 },
  source,
};
const kinds = [hangs, stale, absent, answers];

const args = z.object({
  mount: z
    .string()
    .regex(/^\/[A-Za-z0-9._/-]{0,254}$/, 'a mount point')
    .default('/'),
});
type Args = z.infer<typeof args>;

const states = ['answers', 'hangs', 'stale', 'absent'] as const;
interface Reading {
  readonly state: (typeof states)[number];
  /** What stat said of it, in its own words; empty where it answered or was ended. */
  readonly said: string;
}

// coreutils: 124 when the time was up, 137 when the command had to be killed as well.
const timedOutExits = [124, 137];

/** Does a file system answer? Asked with a deadline on the node: a hanging one would keep the command for ever. */
export const fsStale: Probe<Args, Reading> = {
  ...hostRead,
  args,
  id: 'fs.stale',
  summary: 'whether a file system that jobs need answers within five seconds',
  question: 'Does every file system that jobs need still answer?',
  aspect: 'correctness',
  side: 'supply',
  costMs: 60,
  outputBytesMax: 4_096,
  devices: (_node, { mounts }) => mounts.map((mount) => ({ mount })),
  argv: ({ mount }) => ['timeout', '-k', '1', '5', 'stat', '-f', '-t', mount],
  allow: ['timeout -k 1 5 stat -f -t /[A-Za-z0-9._/-]{0,254}'],
  parse(output) {
    if (output.exitCode !== null && timedOutExits.includes(output.exitCode)) return { state: 'hangs', said: '' };
    requireTool(output, 'timeout or stat');
    const failed = /cannot read file system information for .*: ([A-Za-z/][A-Za-z/ ]{2,60})$/m.exec(output.stderr);
    if (output.exitCode === 1 && failed !== null) {
      const said = failed[1] ?? '';
      const gone = /^(?:No such file or directory|Permission denied|Not a directory)$/.test(said);
      return { state: gone ? 'absent' : 'stale', said };
    }
    const [only, ...more] = numberedLines(output);
    // name, id, length of names, type, two block sizes, blocks, free, available, inodes, free
    if (
      output.exitCode !== 0 ||
      more.length > 0 ||
      !/^\/\S* [0-9a-f]+ (?:\d+|\?) [0-9a-f]+(?: \d+){7}$/.test(only?.text ?? '')
    )
      throw new ProbeParseError(`not an answer of stat -f -t (exit ${output.exitCode ?? 'unknown'})`);
    return { state: 'answers', said: '' };
  },
  outcomes: kinds,
  meaning({ state, said }, _node, given) {
    const what = given?.mount ?? 'the file system';
    const values = { mount: given?.mount ?? '', said };
    const texts = {
      answers: `${what} answers`,
      hangs: `${what} did not answer within five seconds`,
      stale: `${what}: ${said}`,
      absent: `${what}: ${said}`,
    };
    const kind = { answers, hangs, stale, absent }[state];
    return [{ kind: kind.id, text: texts[state], ...(state === 'answers' ? { line: 1 } : {}), values }];
  },
  // A server that fails over, or a lock that is being recovered, is back a few seconds later.
  again: {
    gapMs: 3_000,
    combine: (first, second) => (first.state === 'answers' ? first : second),
  },
};
