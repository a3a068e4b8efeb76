import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, type NoArgs } from './host-read.ts';
import { ruleFor, transportOff } from './job-setting-rules.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#system-configuration';

const harms: FindingKind = {
  id: 'nccl.config.harms',
  summary: 'the node’s configuration file of NCCL takes a fast path between GPUs or nodes away from every job',
  role: 'cause',
  weighs: { 'nccl-env-misconfig': 3.8 },
  source,
};
const chooses: FindingKind = {
  id: 'nccl.config.choice-forced',
  summary:
    'the node’s configuration file of NCCL sets an algorithm, an interface or a number of channels for every job',
  role: 'context',
  weighs: { 'nccl-env-misconfig': 0.7 },
  source,
};
const unlike: FindingKind = {
  id: 'nccl.config.unlike-siblings',
  summary: 'the node’s configuration file of NCCL says something else than that of its siblings',
  role: 'cause',
  // Ranks of one job with different settings: slow paths, hangs, or sizes that do not agree.
  weighs: { 'nccl-env-misconfig': 3.8 },
  source,
};
const interfaceUnlike: FindingKind = {
  id: 'nccl.config.interface-unlike-siblings',
  summary: 'the node’s configuration file of NCCL names another interface or GID than that of its siblings',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 3, 'roce-gid-misconfig': 2, 'nccl-env-misconfig': 1.5 },
  source,
};
const plain: FindingKind = {
  id: 'nccl.config.plain',
  summary: 'no configuration file of NCCL, or none that takes a path away',
  role: 'clean',
  weighs: { 'nccl-env-misconfig': -0.4 },
  source,
};
const kinds = [harms, chooses, unlike, interfaceUnlike, plain];

interface Entry {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}
interface Reading {
  readonly entries: readonly Entry[];
}

const entriesMax = 200;
const valueCharsMax = 200;

/** What NCCL reads on the node before it looks at the environment of a job, and no environment shows. */
export const ncclConfigFile: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'nccl.config-file',
  summary: 'settings of NCCL that the node gives to every job, in /etc/nccl.conf',
  question: 'Does the node itself give NCCL settings that other nodes do not, or that harm?',
  aspect: 'correctness',
  costMs: 30,
  outputBytesMax: 16_384,
  // The file ends with nothing of its own; what follows it shows that it was read to its end.
  argv: () => ['cat', '/etc/nccl.conf', '/proc/version'],
  parse(output) {
    requireTool(output, 'cat');
    const isAbsent = output.exitCode === 1 && /nccl\.conf: No such file or directory\s*$/.test(output.stderr);
    if (isAbsent) return { entries: [] };
    if (output.exitCode !== 0) throw new ProbeParseError(`cat ended with ${output.exitCode ?? 'no exit code'}`);
    const lines = numberedLines(output);
    if (!/^Linux version \S+ .*\S$/.test(lines.at(-1)?.text ?? '')) throw new ProbeParseError('cut before its end');
    // NCCL itself reads what stands before `=` as a name and skips lines without one (src/misc/param.cc).
    const entries = lines.slice(0, -1).flatMap(({ text, line }) => {
      const trimmed = text.trim();
      if (trimmed === '' || trimmed.startsWith('#')) return [];
      const match = /^(\w{1,80})\s*=\s*(.*)$/.exec(trimmed);
      if (match === null) throw new ProbeParseError(`line ${line}: not a setting of nccl.conf`);
      return [{ name: match[1] ?? '', value: (match[2] ?? '').slice(0, valueCharsMax), line }];
    });
    return { entries: entries.slice(0, entriesMax) };
  },
  outcomes: kinds,
  meaning({ entries }) {
    const seen = entries.flatMap((entry): readonly ProbeFinding[] => {
      const rule = ruleFor(entry.name, entry.value);
      if (rule === undefined) return [];
      const kind = rule.kind === transportOff ? harms : chooses;
      const { name, value, line } = entry;
      return [{ kind: kind.id, text: `${name}=${value}`, line, values: { setting: name, value } }];
    });
    return orClean(seen, kinds, { kind: plain.id, text: `${entries.length} settings` });
  },
  siblings: {
    kind: unlike,
    numbers: () => [],
    rules: [],
    words: ({ entries }) =>
      entries
        .filter(({ name }) => !ofLogging.test(name))
        .map(({ name, value, line }) => ({
          name,
          value,
          line,
          ...(ofAddress.test(name) ? { kind: interfaceUnlike } : {}),
        })),
  },
};

const ofAddress = /_IFNAME$|^NCCL_IB_(?:GID|ROCE|ADDR)_/;
// What a node writes of itself, and where to, changes nothing for the others.
const ofLogging = /^NCCL_DEBUG(?:_FILE|_SUBSYS)?$/;
