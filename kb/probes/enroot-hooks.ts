import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, type NoArgs } from './host-read.ts';
import { requireTool } from './missing-tool.ts';
import { numberedLines } from './text-table.ts';

const source = 'https://github.com/NVIDIA/enroot/blob/master/doc/standard-hooks.md';

const gpuHook: FindingKind = {
  id: 'enroot.hooks.gpu-off',
  summary: 'enroot’s hook that brings GPUs and driver into containers is missing, or may not be executed',
  role: 'cause',
  weighs: { 'container-toolkit-misconfig': 3 },
  source,
};
const rdmaHook: FindingKind = {
  id: 'enroot.hooks.rdma-off',
  summary: 'enroot’s hook that brings RDMA devices and libraries into containers is missing, or may not be executed',
  // Where enroot does not restrict devices, containers see those of the node without it.
  role: 'symptom',
  weighs: { 'rdma-device-missing-in-container': 1.8 },
  source,
};
const unlike: FindingKind = {
  id: 'enroot.hooks.unlike-siblings',
  summary: 'enroot of this node alone runs other hooks before a container starts than its siblings',
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 1.5, 'rdma-device-missing-in-container': 1 },
  source,
};
const whole: FindingKind = {
  id: 'enroot.hooks.whole',
  summary: 'enroot runs its hooks for GPUs and RDMA devices',
  role: 'clean',
  weighs: { 'container-toolkit-misconfig': -0.4, 'rdma-device-missing-in-container': -0.2 },
  source,
};
const notThere: FindingKind = {
  id: 'enroot.hooks.not-there',
  summary: 'the node has no enroot',
  role: 'clean',
  weighs: {},
  source,
};
const kinds = [gpuHook, rdmaHook, unlike, whole, notThere];

interface Hook {
  readonly name: string;
  readonly mode: string;
  readonly line: number;
}
interface Reading {
  /** `null`: no such folder. */
  readonly hooks: readonly Hook[] | null;
}

const hooksMax = 100;

const folder = '/etc/enroot/hooks.d';
// Its heading comes after the hooks and shows that they were listed to their end.
const nextFolder = '/etc/enroot/mounts.d';

/** What enroot runs before a container starts. */
export const enrootHooks: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'enroot.hooks',
  summary: 'hooks of enroot for GPUs and RDMA devices, and whether they may be executed',
  question: 'Does enroot bring GPUs and RDMA devices of the node into containers?',
  aspect: 'correctness',
  costMs: 30,
  outputBytesMax: 32 * 1024,
  // Links are followed: what counts is whether the file behind one may be executed.
  argv: () => ['ls', '-l', '-L', folder, nextFolder],
  parse(output) {
    requireTool(output, 'ls');
    const lines = numberedLines(output);
    const absent = (path: string) => new RegExp(`${path}'?: No such file or directory`).test(output.stderr);
    if (absent(folder)) return { hooks: null };
    const start = lines.findIndex(({ text }) => text === `${folder}:`);
    const end = lines.findIndex(({ text }) => text === `${nextFolder}:`);
    if (start < 0 || (end < start && !absent(nextFolder))) throw new ProbeParseError(`no whole listing of ${folder}`);
    const rows = lines.slice(start + 1, end < start ? undefined : end);
    if (!/^total \d+/.test(rows[0]?.text ?? '')) throw new ProbeParseError(`no listing of ${folder}`);
    return { hooks: rows.slice(1).flatMap(hookOf).slice(0, hooksMax) };
  },
  outcomes: kinds,
  meaning({ hooks }) {
    if (hooks === null) return [{ kind: notThere.id, text: `no ${folder}` }];
    const seen = [...off(gpuHook, '98-nvidia.sh', hooks), ...off(rdmaHook, '99-mellanox.sh', hooks)];
    return orClean(seen, kinds, { kind: whole.id, text: `${hooks.filter(isRun).length} hooks` });
  },
  siblings: {
    kind: unlike,
    numbers: () => [],
    rules: [],
    words: ({ hooks }) =>
      hooks === null
        ? []
        : [
            {
              name: 'hooks',
              value:
                hooks
                  .filter(isRun)
                  .map(({ name }) => name)
                  .toSorted()
                  .join(' ') || 'none',
            },
          ],
  },
};

function hookOf({ text, line }: { readonly text: string; readonly line: number }): readonly Hook[] {
  const match = /^([-bcdlps?][-rwxsStT?]{9})[.+@]? +\S+ +\S+ +\S+ +\S+ +.{5,40}? ([^\s/]{1,120})$/.exec(text);
  if (match === null) throw new ProbeParseError(`line ${line}: not a row of ls -l`);
  return [{ mode: match[1] ?? '', name: match[2] ?? '', line }];
}

// enroot runs the files ending in .sh that the job's user may execute, and skips the others without a word.
const isRun = ({ name, mode }: Hook) => name.endsWith('.sh') && mode.startsWith('-') && /[xt]$/.test(mode);

function off(kind: FindingKind, name: string, hooks: readonly Hook[]): readonly ProbeFinding[] {
  const hook = hooks.find((one) => one.name === name);
  if (hook === undefined) return [{ kind: kind.id, text: `${folder} has no ${name}`, values: { hook: name } }];
  if (isRun(hook)) return [];
  return [
    { kind: kind.id, text: `${name} has mode ${hook.mode}`, line: hook.line, values: { hook: name, mode: hook.mode } },
  ];
}
