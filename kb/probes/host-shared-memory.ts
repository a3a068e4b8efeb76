import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings, type NoArgs } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://github.com/llm-d/llm-d/issues/352';

const leftover: FindingKind = {
  id: 'host.shm.leftover',
  summary: 'shared memory of jobs that ended is still there',
  role: 'cause',
  // Hosts have some for months without harm, which is why it says little by itself.
  weighs: { 'shm-too-small': 1.6, 'foreign-gpu-process': 0.5 },
  source,
};
const severalOwners: FindingKind = {
  id: 'host.shm.several-owners',
  summary: 'jobs of several users have shared memory on the node',
  role: 'context',
  weighs: { 'foreign-gpu-process': 0.5, 'permission-misconfig': 0.2 },
  source: 'https://github.com/NVIDIA/nccl/issues/328',
};
const tidy: FindingKind = {
  id: 'host.shm.tidy',
  summary: 'no shared memory of jobs that ended',
  role: 'clean',
  weighs: { 'shm-too-small': -0.4, 'foreign-gpu-process': -0.1 },
  source,
};
const unlike = unlikeSiblings('host.shm', 'the amount of shared memory', { 'shm-too-small': 0.8, 'host-oom': 0.3 });
const kinds = [leftover, severalOwners, tidy, unlike];

interface Segments {
  /** What made them: `nccl`, `torch`, `semaphores`, `mpi`, `other`. */
  readonly maker: string;
  readonly uid: number;
  readonly files: number;
  readonly bytes: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly line: number;
}
interface Reading {
  /** One entry a maker and owner. */
  readonly segments: readonly Segments[];
}

const makers: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['nccl', /^nccl-/],
  ['torch', /^torch_\d+_/],
  ['semaphores', /^sem\./],
  ['mpi', /^(?:vader_segment|sm_segment|psm|ucx_|mpi|osc_rdma)/i],
];

// A job of eight ranks keeps some hundred segments (NCCL removes names once all ranks have them); a crash loop in the
// thread that is the source left several hundred an hour.
const leftoverFilesMin = 1_000;
// Segments of one job are made when it starts. A day between the oldest and the newest of one owner is two jobs.
const leftoverMs = 24 * 60 * 60 * 1000;
const segmentsKeptMax = 200;

/** What lies in /dev/shm. */
export const hostSharedMemory: Probe<NoArgs, Reading> = {
  ...hostRead,
  id: 'host.shared-memory',
  summary: 'files in /dev/shm by what made them, owner and age',
  question: 'Is shared memory of jobs that ended left on the node?',
  aspect: 'correctness',
  costMs: 60,
  outputBytesMax: 1024 * 1024,
  argv: () => ['ls', '-lnA', '--time-style=full-iso', '/dev/shm'],
  parse(output) {
    const [head, ...rows] = requiredLines(output, 'ls');
    if (!/^total \d+$/.test(head?.text ?? '')) throw new ProbeParseError('line 1: not the head of ls -l');
    return { segments: grouped(rows.map(({ text, line }) => fileOf(text, line))).slice(0, segmentsKeptMax) };
  },
  outcomes: kinds,
  meaning({ segments }) {
    const jobs = segments.filter(({ maker }) => maker !== 'other');
    const left = jobs.filter(
      ({ files, oldestMs, newestMs }) => files >= leftoverFilesMin || newestMs - oldestMs >= leftoverMs,
    );
    const owners = new Set(jobs.map(({ uid }) => uid));
    return orClean(
      [
        ...left.map((one) => ({ kind: leftover.id, text: describe(one), line: one.line, values: valuesOf(one) })),
        ...(owners.size < 2
          ? []
          : [
              {
                kind: severalOwners.id,
                text: `shared memory of ${owners.size} users`,
                values: { owners: owners.size },
              },
            ]),
      ],
      kinds,
      { kind: tidy.id, text: `${total(segments, 'files')} files, ${gib(total(segments, 'bytes'))} GiB in /dev/shm` },
    );
  },
  siblings: {
    kind: unlike,
    numbers: ({ segments }) => [
      { name: 'held', value: gib(total(segments, 'bytes')), unit: 'GiB' },
      { name: 'files', value: total(segments, 'files'), unit: 'files' },
    ],
    rules: [
      { name: 'held', side: 'high', relative: 1, absolute: 16, source: unlike.source },
      { name: 'files', side: 'high', relative: 1, absolute: leftoverFilesMin, source: unlike.source },
    ],
  },
};

type File = Omit<Segments, 'files' | 'oldestMs' | 'newestMs'> & { readonly atMs: number };

function fileOf(text: string, line: number): File {
  const match =
    /^[-dlspbc][rwxsStT-]{9}[.+@]?\s+\d+\s+(\d+)\s+\d+\s+(\d+)\s+(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{3})\d*)? ([+-]\d\d)(\d\d) (.+)$/.exec(
      text,
    );
  const atMs = Date.parse(`${match?.[3]}T${match?.[4]}.${match?.[5] ?? '000'}${match?.[6]}:${match?.[7]}`);
  if (match === null || Number.isNaN(atMs)) throw new ProbeParseError(`line ${line}: not a row of ls -ln`);
  const name = match[8] ?? '';
  const maker = makers.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
  return { maker, uid: Number(match[1]), bytes: Number(match[2]), atMs, line };
}

function grouped(files: readonly File[]): readonly Segments[] {
  return [...Map.groupBy(files, ({ maker, uid }) => `${maker} ${uid}`).values()].flatMap((ones) => {
    const oldest = ones.toSorted((a, b) => a.atMs - b.atMs)[0];
    if (oldest === undefined) return [];
    const { maker, uid, line } = oldest;
    return [
      {
        maker,
        uid,
        line,
        files: ones.length,
        bytes: ones.reduce((sum, { bytes }) => sum + bytes, 0),
        oldestMs: oldest.atMs,
        newestMs: ones.reduce((latest, { atMs }) => Math.max(latest, atMs), oldest.atMs),
      },
    ];
  });
}

function describe({ maker, uid, files, bytes, oldestMs }: Segments): string {
  const since = new Date(oldestMs).toISOString().slice(0, 16);
  return `${files} ${maker} files of user ${uid} hold ${gib(bytes)} GiB, the oldest since ${since}`;
}

function valuesOf({ maker, uid, files, bytes }: Segments): Record<string, number | string> {
  return { maker, uid, files, bytes };
}

function total(segments: readonly Segments[], field: 'files' | 'bytes'): number {
  return segments.reduce((sum, one) => sum + one[field], 0);
}

function gib(bytes: number): number {
  return Number((bytes / 1024 ** 3).toFixed(2));
}
