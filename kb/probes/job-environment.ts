import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding, type ProbeWord } from '../schemas/probe.ts';
import {
  readRanks,
  orAllClean,
  rankList,
  trainerKinds,
  type Trainer,
  type TrainerBlock,
  type UnreadTrainer,
} from './job-blocks.ts';
import { jobCommand, jobRead, type NoArgs } from './job-read.ts';
import {
  ifnameIsLocal,
  ifnameSelects,
  interfaceLocal,
  interfaceUnknown,
  ruleFor,
  settingKinds,
  threadsMany,
} from './job-setting-rules.ts';
import {
  disagreements,
  mayDiffer,
  usualSettings,
  type Disagreement,
  type RankSettings,
  type Setting,
} from './rank-settings.ts';

const ncclDiffers: FindingKind = {
  id: 'job.environment.nccl-differs',
  summary: 'ranks of one job have different NCCL settings',
  role: 'cause',
  weighs: { 'nccl-env-misconfig': 4 },
  // NCCL's own words: "there may be a mismatch in collective sizes or environment settings (e.g. NCCL_PROTO, NCCL_ALGO) between ranks".
  source: 'https://github.com/NVIDIA/nccl/blob/master/src/transport/net_socket.cc',
};
const launchDiffers: FindingKind = {
  id: 'job.environment.launch-differs',
  summary: 'ranks of one job do not agree on where they meet or how many they are',
  role: 'cause',
  weighs: { 'launcher-rank-misconfig': 3.5, 'rendezvous-resolution': 1.8 },
  source: 'https://pytorch.org/docs/stable/distributed.html#environment-variable-initialization',
};
const librariesDiffer: FindingKind = {
  id: 'job.environment.libraries-differ',
  summary: 'ranks of one job look for their libraries in different places',
  role: 'symptom',
  weighs: { 'nccl-version-mismatch': 1.8, 'driver-version-mismatch': 1, 'net-plugin-mismatch': 1.2 },
  source: 'https://man7.org/linux/man-pages/man8/ld.so.8.html',
};
const otherDiffers: FindingKind = {
  id: 'job.environment.other-differs',
  summary: 'ranks of one job have different settings of another kind',
  role: 'symptom',
  weighs: { 'launcher-rank-misconfig': 0.7, 'user-code-error': 0.5 },
  source: 'our judgement: one launch command gives all ranks the same settings',
};
const alike: FindingKind = {
  id: 'job.environment.alike',
  summary: 'the ranks of the node agree in their settings, and none is known to harm',
  role: 'clean',
  // NCCL takes settings from files of the node and of the user too, which no environment shows.
  weighs: { 'nccl-env-misconfig': -0.8, 'launcher-rank-misconfig': -0.7, 'socket-interface-mismatch': -0.5 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html',
};
const kinds = [ncclDiffers, launchDiffers, librariesDiffer, otherDiffers, alike, ...settingKinds, ...trainerKinds];

interface Rank extends Trainer {
  readonly settings: Readonly<Record<string, Setting>>;
}
export interface EnvironmentReading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

const settingsMax = 512;

/** Settings of every rank of the node, compared with each other and with what is known to harm. */
export const jobEnvironment: Probe<NoArgs, EnvironmentReading> = {
  ...jobRead,
  id: 'job.environment',
  summary: 'settings of NCCL, CUDA, PyTorch and the launcher in the environment of every rank, compared across ranks',
  question: 'Do the ranks agree in the settings that matter for training, and does one of them harm?',
  aspect: 'correctness',
  argv: jobCommand('env'),
  parse: (output) => readRanks(output, rankOf),
  outcomes: kinds,
  meaning(reading, _node, _args, site) {
    const { ranks } = reading;
    const seen = [
      ...disagreements(rankSettings(reading)).map(differs),
      ...harmful(ranks),
      ...localInterfaces(ranks),
      ...unknownInterfaces(ranks, site?.interfaces ?? []),
      ...threads(ranks),
    ];
    return orAllClean(reading, seen, kinds, {
      kind: alike.id,
      text: `${ranks.length} ranks agree in ${Object.keys(ranks[0]?.settings ?? {}).length} settings`,
    });
  },
  siblings: {
    kind: otherDiffers,
    numbers: () => [],
    rules: [],
    words: (reading) => settingWords(rankSettings(reading)),
  },
};

/** What most ranks of the node have: those of one node that differ are told apart by themselves. */
function settingWords(ranks: readonly RankSettings[]): readonly ProbeWord[] {
  return [...Map.groupBy(ranks, ({ job }) => job)].flatMap(([job, ofJob]) =>
    usualSettings(ofJob)
      .filter(({ name }) => !mayDiffer(name))
      .map(({ name, value, line }) => ({ name, value, line, group: `job ${job}`, kind: kindOfDifference(name) })),
  );
}

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  const settings = lines.slice(0, settingsMax).map((one): readonly [string, Setting] => {
    const at = one.text.indexOf('=');
    const name = one.text.slice(0, at);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new ProbeParseError(`line ${one.line}: not a setting`);
    return [name, { value: one.text.slice(at + 1), line: one.line }];
  });
  return { pid, rank, localRank, line, settings: Object.fromEntries(settings) };
}

/** For a comparison over nodes: the settings of every rank under a name that tells the nodes apart. */
export function rankSettings({ ranks }: EnvironmentReading, node?: string): readonly RankSettings[] {
  return ranks.map(({ rank, settings }) => ({
    name: node === undefined ? String(rank) : `${rank} on ${node}`,
    job: settings['SLURM_JOB_ID']?.value ?? 'one job',
    settings,
  }));
}

const launchPattern = /^(MASTER_(ADDR|PORT)|(LOCAL_)?WORLD_SIZE|SLURM_.*)$/;
const librariesPattern = /^(LD_(LIBRARY_PATH|PRELOAD)|CUDA_HOME|CUDA_VERSION|NVIDIA_.*|.*_VERSION)$/;

function differs({ setting, usual, others }: Disagreement): ProbeFinding {
  const kind = kindOfDifference(setting);
  const [first] = others;
  const names = others.map(({ name }) => Number(name));
  return {
    kind: kind.id,
    text: `${rankList(names)}: ${setting} is ${shown(first?.value ?? null)}, on the other ranks ${shown(usual)}`,
    ...(first?.line === null || first === undefined ? {} : { line: first.line }),
    values: { setting, value: shown(first?.value ?? null), siblingsValue: shown(usual), ranks: rankList(names) },
  };
}

function kindOfDifference(setting: string): FindingKind {
  if (/^(TORCH_)?NCCL_/.test(setting)) return ncclDiffers;
  if (launchPattern.test(setting)) return launchDiffers;
  return librariesPattern.test(setting) ? librariesDiffer : otherDiffers;
}

const valueCharsMax = 60;

function shown(value: string | null): string {
  if (value === null) return 'not set';
  return value.length <= valueCharsMax ? value : `${value.slice(0, valueCharsMax)}…`;
}

/** One finding for each setting and value, with the ranks that have it. */
function harmful(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const found = ranks.flatMap(({ rank, settings }) =>
    Object.entries(settings).flatMap(([setting, { value, line }]) => {
      const rule = ruleFor(setting, value);
      return rule === undefined ? [] : [{ rank, setting, value, line, kind: rule.kind }];
    }),
  );
  return [...Map.groupBy(found, ({ setting, value }) => `${setting}=${value}`).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const list = rankList(group.map(({ rank }) => rank));
    return [
      {
        kind: first.kind.id,
        text: `${first.setting}=${shown(first.value)} on ${list}: ${first.kind.summary}`.slice(0, 280),
        line: first.line,
        values: { setting: first.setting, value: shown(first.value), ranks: list },
      },
    ];
  });
}

/** Of a job that spans nodes: more ranks than stand on this one. */
function localInterfaces(ranks: readonly Rank[]): readonly ProbeFinding[] {
  return ['NCCL_SOCKET_IFNAME', 'GLOO_SOCKET_IFNAME'].flatMap((setting) => {
    const wrong = ranks.filter(({ settings }) => {
      const value = settings[setting]?.value;
      return value !== undefined && ifnameIsLocal(value) && Number(settings['WORLD_SIZE']?.value ?? 0) > ranks.length;
    });
    const [first] = wrong;
    const one = first?.settings[setting];
    if (one === undefined) return [];
    const list = rankList(wrong.map(({ rank }) => rank));
    return [
      {
        kind: interfaceLocal.id,
        text: `${setting}=${shown(one.value)} on ${list} of a job on several nodes`,
        line: one.line,
        values: { setting, value: shown(one.value), ranks: list },
      },
    ];
  });
}

/**
 * Interfaces that no fabric of the inventory has. Names of InfiniBand interfaces are another fabric's; a filter that only
 * leaves some out selects the rest.
 */
function unknownInterfaces(ranks: readonly Rank[], interfaces: readonly string[]): readonly ProbeFinding[] {
  if (interfaces.length === 0) return [];
  return ['NCCL_SOCKET_IFNAME', 'GLOO_SOCKET_IFNAME'].flatMap((setting) => {
    const wrong = ranks.filter(({ settings }) => {
      const value = settings[setting]?.value ?? '';
      if (value === '' || /^=?ib/.test(value) || ifnameIsLocal(value)) return false;
      return interfaces.every((name) => !ifnameSelects(value, name));
    });
    const one = wrong[0]?.settings[setting];
    if (one === undefined) return [];
    const list = rankList(wrong.map(({ rank }) => rank));
    return [
      {
        kind: interfaceUnknown.id,
        text: `${setting}=${shown(one.value)} on ${list} selects none of ${interfaces.slice(0, 4).join(', ')}`,
        line: one.line,
        values: { setting, value: shown(one.value), ranks: list },
      },
    ];
  });
}

// Two 64-core processors with two threads each, the most that servers of this kind have:
// https://docs.nvidia.com/dgx/dgxa100-user-guide/introduction-to-dgxa100.html
const processorsMax = 256;

function threads(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const counts = ranks.map(({ settings }) => Number(settings['OMP_NUM_THREADS']?.value ?? 0));
  const sum = counts.reduce((total, count) => total + (Number.isInteger(count) ? count : 0), 0);
  const line = ranks[0]?.settings['OMP_NUM_THREADS']?.line;
  if (sum <= processorsMax) return [];
  return [
    {
      kind: threadsMany.id,
      text: `${ranks.length} ranks may start ${sum} OpenMP threads together`,
      ...(line === undefined ? {} : { line }),
      values: { threads: sum, ranks: ranks.length },
    },
  ];
}
