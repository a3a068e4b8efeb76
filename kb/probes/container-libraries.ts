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
import { usualSettings } from './rank-settings.ts';

const ncclSource = 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html';
const cudaSource = 'https://docs.nvidia.com/deploy/cuda-compatibility/';

const ncclDiffers: FindingKind = {
  id: 'container.libraries.nccl-differs',
  summary: 'ranks of one node have loaded different builds of NCCL or of the library that carries it',
  role: 'cause',
  weighs: { 'nccl-version-mismatch': 5 },
  source: ncclSource,
};
const cudaDiffers: FindingKind = {
  id: 'container.libraries.cuda-differs',
  summary: 'ranks of one node have loaded different CUDA libraries',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 3.5, 'nccl-version-mismatch': 1 },
  source: cudaSource,
};
const networkDiffers: FindingKind = {
  id: 'container.libraries.network-differs',
  summary: 'ranks of one node have loaded different network libraries, or one has loaded none',
  role: 'cause',
  weighs: { 'net-plugin-mismatch': 3.5, 'rdma-device-missing-in-container': 1 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-net-plugin',
};
const ncclTwice: FindingKind = {
  id: 'container.libraries.nccl-twice',
  summary: 'a rank has loaded two builds of NCCL at once',
  role: 'cause',
  weighs: { 'nccl-version-mismatch': 3.2 },
  source: ncclSource,
};
const replaced: FindingKind = {
  id: 'container.libraries.replaced',
  summary: 'a library was replaced or deleted while a rank has it loaded: an update under a running job',
  role: 'symptom',
  weighs: { 'driver-version-mismatch': 2, 'nccl-version-mismatch': 0.7 },
  source: 'https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html',
};
const driverLibraries: FindingKind = {
  id: 'container.libraries.driver-parts-differ',
  summary: 'libraries of two driver releases are loaded in one rank',
  role: 'cause',
  weighs: { 'driver-version-mismatch': 4.5 },
  source: cudaSource,
};
const agree: FindingKind = {
  id: 'container.libraries.agree',
  summary: 'the ranks have loaded the same builds of NCCL, CUDA and network libraries',
  role: 'clean',
  weighs: { 'nccl-version-mismatch': -1.8, 'net-plugin-mismatch': -0.7 },
  source: ncclSource,
};
const kinds = [ncclDiffers, cudaDiffers, networkDiffers, ncclTwice, replaced, driverLibraries, agree, ...trainerKinds];

interface Library {
  /** Without its version: `libnccl.so`. */
  readonly name: string;
  /** Null where the file's name has none, as in PyTorch's own packages. */
  readonly version: string | null;
  readonly path: string;
  readonly gone: boolean;
  readonly line: number;
}
interface Rank extends Trainer {
  readonly libraries: readonly Library[];
}
interface Reading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

/** Which builds of the libraries that carry training the ranks have loaded. */
export const containerLibraries: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'container.libraries',
  summary:
    'NCCL, CUDA and network libraries that every rank has loaded, with versions and places, compared across ranks',
  question: 'Have all ranks loaded the same builds of NCCL, CUDA and the network libraries?',
  aspect: 'correctness',
  argv: jobCommand('libraries'),
  parse: (output) => readRanks(output, rankOf),
  outcomes: kinds,
  meaning(reading) {
    const { ranks } = reading;
    const seen = [...differences(ranks), ...twice(ranks), ...driverParts(ranks), ...replacedOnes(ranks)];
    return orAllClean(reading, seen, kinds, {
      kind: agree.id,
      text: `${ranks.length} ranks have loaded ${ncclText(ranks[0])}`,
    });
  },
  siblings: {
    kind: networkDiffers,
    numbers: () => [],
    rules: [],
    words: ({ ranks }) => libraryWords(ranks),
  },
};

/** What most ranks of the node have loaded; a node without trainers has no say. */
function libraryWords(ranks: readonly Rank[]): readonly ProbeWord[] {
  const loaded = ranks.map((rank) => ({
    name: String(rank.rank),
    job: '',
    settings: Object.fromEntries(
      [...Map.groupBy(rank.libraries, ({ name }) => name)].map(([name, ones]) => [
        name,
        { value: ones.map(buildOf).toSorted().join(' and '), line: ones[0]?.line ?? rank.line },
      ]),
    ),
  }));
  return usualSettings(loaded).map((one) => ({ ...one, group: 'trainers', kind: kindOf(one.name) }));
}

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  const libraries = lines.map(({ text, line: at }): Library => {
    const match = /^(\/\S*\/(lib[\w+-]+?)(?:\.so)?((?:\.\d+)*|[.-][\w.+-]*)) (\/\S+|\(deleted\))$/.exec(text);
    const [, path = '', , , real = ''] = match ?? [];
    const base = (real.startsWith('/') ? real : path).split('/').at(-1) ?? '';
    const parts = /^(lib.+?\.so)(?:\.(\d[\w.]*))?$/.exec(base);
    if (match === null) throw new ProbeParseError(`line ${at}: not a library and its place`);
    return {
      name: parts?.[1] ?? base,
      version: parts?.[2] ?? null,
      path: real.startsWith('/') ? real : path,
      gone: !real.startsWith('/'),
      line: at,
    };
  });
  return { pid, rank, localRank, line, libraries };
}

function kindOf(name: string): FindingKind {
  if (/^lib(nccl\.|nccl\.so|torch_cuda)/.test(name)) return ncclDiffers;
  return /^lib(cuda|cudart|cublas|nvidia-ml)/.test(name) ? cudaDiffers : networkDiffers;
}

/** What tells two builds apart: the version in the name, and the place of a file whose name has none in full. */
function buildOf({ version, path, gone }: Library): string {
  const build = version !== null && version.includes('.') ? version : path;
  return gone ? `${build}, replaced` : build;
}

function differences(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const names = [...new Set(ranks.flatMap(({ libraries }) => libraries.map(({ name }) => name)))].toSorted();
  return names.flatMap((name) => {
    const builds = ranks.map((rank) => {
      const ones = rank.libraries.filter((one) => one.name === name);
      return {
        rank,
        build: ones.map(buildOf).toSorted().join(' and ') || 'not loaded',
        line: ones[0]?.line ?? rank.line,
      };
    });
    const [usual, ...others] = [...Map.groupBy(builds, ({ build }) => build)].toSorted(
      ([, a], [, b]) => b.length - a.length,
    );
    return others.map(([build, group]) => {
      const list = rankList(group.map(({ rank }) => rank.rank));
      return {
        kind: kindOf(name).id,
        text: `${list}: ${name} is ${shown(build)}, on the other ranks ${shown(usual?.[0] ?? '')}`,
        line: group[0]?.line ?? 1,
        values: { library: name, build: shown(build), siblingsBuild: shown(usual?.[0] ?? ''), ranks: list },
      };
    });
  });
}

function twice(ranks: readonly Rank[]): readonly ProbeFinding[] {
  return ranks.flatMap(({ rank, libraries }) => {
    const [first, second] = libraries.filter(({ name }) => name === 'libnccl.so');
    if (first === undefined || second === undefined) return [];
    return [
      {
        kind: ncclTwice.id,
        text: `rank ${rank} has loaded NCCL as ${shown(buildOf(first))} and as ${shown(buildOf(second))}`,
        line: second.line,
        values: { rank, build: shown(buildOf(first)), otherBuild: shown(buildOf(second)) },
      },
    ];
  });
}

/** libcuda and libnvidia-ml come from one driver package; a place named `compat` holds another release on purpose. */
function driverParts(ranks: readonly Rank[]): readonly ProbeFinding[] {
  return ranks.flatMap(({ rank, libraries }) => {
    const cuda = libraries.find(({ name, path }) => name === 'libcuda.so' && !path.includes('/compat/'));
    const ml = libraries.find(({ name }) => name === 'libnvidia-ml.so');
    const full = (one: Library | undefined) => (one?.version?.includes('.') ? one.version : null);
    if (full(cuda) === null || full(ml) === null || full(cuda) === full(ml)) return [];
    return [
      {
        kind: driverLibraries.id,
        text: `rank ${rank} has loaded libcuda ${full(cuda)} and libnvidia-ml ${full(ml)}`,
        line: ml?.line ?? 1,
        values: { rank, cuda: full(cuda) ?? '', management: full(ml) ?? '' },
      },
    ];
  });
}

function replacedOnes(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const gone = ranks.flatMap(({ rank, libraries }) =>
    libraries.filter((one) => one.gone).map(({ name, line }) => ({ rank, name, line })),
  );
  return [...Map.groupBy(gone, ({ name }) => name)].map(([name, ones]) => {
    const list = rankList(ones.map(({ rank }) => rank));
    return {
      kind: replaced.id,
      text: `${name} was replaced while ${list} has it loaded`,
      line: ones[0]?.line ?? 1,
      values: { library: name, ranks: list },
    };
  });
}

const buildCharsMax = 80;

/** The end of a place tells more than its beginning. */
function shown(build: string): string {
  return build.length <= buildCharsMax ? build : `…${build.slice(-buildCharsMax)}`;
}

function ncclText(rank: Rank | undefined): string {
  const nccl = rank?.libraries.find(({ name }) => name === 'libnccl.so');
  return nccl === undefined ? 'no NCCL of its own' : `NCCL ${shown(buildOf(nccl))}`;
}
