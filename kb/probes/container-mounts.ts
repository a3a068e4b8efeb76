import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { unlikeSiblings } from './host-read.ts';
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

const shmSource = 'https://pytorch.org/docs/stable/multiprocessing.html#file-system-file-system';

const shmDefault: FindingKind = {
  id: 'container.mounts.shm-default',
  summary: 'a rank’s /dev/shm has the 64 MiB that a container gets when nobody asks for more',
  role: 'cause',
  weighs: { 'shm-too-small': 4.5 },
  source: 'https://docs.docker.com/reference/cli/docker/container/run/#options (--shm-size)',
};
const shmSmall: FindingKind = {
  id: 'container.mounts.shm-small',
  summary: 'a rank’s /dev/shm is smaller than what NVIDIA asks for',
  role: 'symptom',
  weighs: { 'shm-too-small': 2.2 },
  source: 'https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html#shared-memory',
};
const shmFull: FindingKind = {
  id: 'container.mounts.shm-full',
  summary: 'a rank’s /dev/shm is nearly full: too small, or left full by processes that are gone',
  role: 'cause',
  weighs: { 'shm-too-small': 3.5, 'disk-full': 0.7 },
  source: shmSource,
};
const sharedDiffers: FindingKind = {
  id: 'container.mounts.shared-differs',
  summary: 'ranks of one node do not see the same network file systems',
  role: 'cause',
  weighs: { 'shared-fs-problem': 3, 'launcher-rank-misconfig': 0.7 },
  source: 'https://docs.kernel.org/filesystems/sharedsubtree.html',
};
const readOnly: FindingKind = {
  id: 'container.mounts.shared-read-only',
  summary: 'a network file system is mounted read-only for a rank',
  role: 'context',
  weighs: { 'shared-fs-problem': 0.7, 'permission-misconfig': 0.7 },
  source: 'https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html',
};
const sound: FindingKind = {
  id: 'container.mounts.sound',
  summary: 'every rank has room in /dev/shm and sees the same network file systems',
  role: 'clean',
  weighs: { 'shm-too-small': -3 },
  source: shmSource,
};
const unlike = unlikeSiblings('container.mounts', 'the size of /dev/shm', { 'shm-too-small': 1 });
const kinds = [shmDefault, shmSmall, shmFull, sharedDiffers, readOnly, sound, unlike, ...trainerKinds];

interface Rank extends Trainer {
  readonly shm: { readonly totalKib: number; readonly usedKib: number; readonly line: number } | null;
  /** Mount points of network file systems, sorted. */
  readonly shared: readonly {
    readonly at: string;
    readonly type: string;
    readonly readOnly: boolean;
    readonly line: number;
  }[];
}
interface Reading {
  readonly trainers: number;
  readonly ranks: readonly Rank[];
  readonly unread: readonly UnreadTrainer[];
}

const shmDefaultKib = 64 * 1024;
// "--shm-size=1g" is what NVIDIA's page on NCCL in containers asks for.
const shmKibMin = 1024 * 1024;
// The next batch of a worker does not fit into what is left (our judgement).
const shmFullShare = 0.95;

/** File systems as the ranks see them. */
export const containerMounts: Probe<NoArgs, Reading> = {
  ...jobRead,
  id: 'container.mounts',
  summary: 'size and use of /dev/shm and the network file systems in the mount namespace of every rank',
  question: 'Is /dev/shm large enough where the ranks run, and do all of them see the shared file systems?',
  aspect: 'correctness',
  argv: jobCommand('mounts'),
  parse: (output) => readRanks(output, rankOf),
  outcomes: kinds,
  meaning(reading) {
    const { ranks } = reading;
    const sizes = ranks.flatMap(({ shm }) => shm?.totalKib ?? []);
    return orAllClean(reading, [...shmTrouble(ranks), ...sharedTrouble(ranks)], kinds, {
      kind: sound.id,
      text: `/dev/shm of ${ranks.length} ranks has ${Math.round(Math.min(...sizes) / 1024)} MiB or more`,
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ ranks }) =>
      ranks.flatMap(({ shm }) =>
        shm === null ? [] : [{ name: 'shm-size', value: shm.totalKib, unit: 'KiB', line: shm.line }],
      ),
    rules: [
      {
        name: 'shm-size',
        side: 'low',
        relative: 0.5,
        absolute: shmKibMin,
        source: 'our judgement: half of memory is the default of Linux, so nodes of one kind have like sizes',
      },
    ],
  },
};

const networkTypes =
  /^(nfs4?|lustre|gpfs|beegfs(_nodev)?|ceph|cifs|smb3|wekafs|9p|virtiofs|glusterfs|pvfs2|orangefs|panfs|afs|fuse\..+)$/;

function rankOf({ pid, rank, localRank, line, lines }: TrainerBlock): Rank {
  const last = lines.find(({ text }) => text.startsWith('shm '));
  const size = /^shm (\d{1,15}) (\d{1,15})$/.exec(last?.text ?? '');
  if (last === undefined || size === null) throw new ProbeParseError(`line ${last?.line ?? line}: no size of /dev/shm`);
  const mounts = lines.filter((one) => one !== last).map(({ text, line: at }) => mountOf(text, at));
  return {
    pid,
    rank,
    localRank,
    line,
    shm: { totalKib: Number(size[1]), usedKib: Number(size[2]), line: last.line },
    shared: mounts
      .filter(({ type }) => networkTypes.test(type))
      .toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))),
  };
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue` */
function mountOf(text: string, line: number) {
  const match = /^\d+ \d+ \d+:\d+ \S+ (\S+) (\S+)(?: \S+){0,8} - (\S+) /.exec(`${text} `);
  if (match === null) throw new ProbeParseError(`line ${line}: not a line of mountinfo`);
  const [, at = '', options = '', type = ''] = match;
  return { at, type, readOnly: options.split(',').includes('ro'), line };
}

function shmTrouble(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const judged = ranks.flatMap(({ rank, shm }) => {
    if (shm === null) return [];
    const kind = shmKind(shm.totalKib, shm.usedKib);
    return kind === null ? [] : [{ rank, shm, kind }];
  });
  return [...Map.groupBy(judged, ({ kind, shm }) => `${kind.id} ${shm.totalKib}`).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const list = rankList(group.map(({ rank }) => rank));
    const { totalKib, usedKib, line } = first.shm;
    return [
      {
        kind: first.kind.id,
        text: `/dev/shm of ${list} has ${Math.round(totalKib / 1024)} MiB, ${Math.round(usedKib / 1024)} MiB of them in use`,
        line,
        values: { ranks: list, totalKib, usedKib },
      },
    ];
  });
}

function shmKind(totalKib: number, usedKib: number): FindingKind | null {
  if (totalKib > 0 && usedKib >= totalKib * shmFullShare) return shmFull;
  if (totalKib <= shmDefaultKib) return shmDefault;
  return totalKib < shmKibMin ? shmSmall : null;
}

function sharedTrouble(ranks: readonly Rank[]): readonly ProbeFinding[] {
  const places = [...new Set(ranks.flatMap(({ shared }) => shared.map(({ at }) => at)))];
  return places.flatMap((place): readonly ProbeFinding[] => {
    const without = ranks.filter(({ shared }) => !shared.some(({ at }) => at === place));
    const closed = ranks.filter(({ shared }) => shared.some(({ at, readOnly: ro }) => at === place && ro));
    const shown = place.slice(0, 80);
    return [
      ...(without.length === 0
        ? []
        : [
            {
              kind: sharedDiffers.id,
              text: `${rankList(without.map(({ rank }) => rank))}: ${shown} is not mounted, for other ranks of the node it is`,
              line: without[0]?.line ?? 1,
              values: { mount: shown, ranks: rankList(without.map(({ rank }) => rank)) },
            },
          ]),
      ...(closed.length === 0
        ? []
        : [
            {
              kind: readOnly.id,
              text: `${shown} is read-only for ${rankList(closed.map(({ rank }) => rank))}`,
              line: closed[0]?.shared.find(({ at }) => at === place)?.line ?? 1,
              values: { mount: shown },
            },
          ]),
    ];
  });
}
