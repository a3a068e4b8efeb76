import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { numberedLines } from './text-table.ts';

const noArgs = z.object({});

interface FileSystem {
  readonly line: number;
  readonly device: string;
  readonly mount: string;
  readonly total: number;
  readonly available: number;
}
interface Reading {
  readonly fileSystems: readonly FileSystem[];
}

/** `df -P` of blocks or inodes: the same table, another unit. */
export function dfProbe(spec: {
  readonly id: string;
  readonly summary: string;
  readonly question: string;
  readonly flag: '-k' | '-i';
  readonly what: 'blocks' | 'inodes';
  readonly full: FindingKind;
  readonly nearlyFull: FindingKind;
  readonly shm?: FindingKind;
  readonly normal: FindingKind;
  readonly unlike: FindingKind;
}): Probe<z.infer<typeof noArgs>, Reading> {
  const kinds = [spec.full, spec.nearlyFull, ...(spec.shm === undefined ? [] : [spec.shm]), spec.normal, spec.unlike];
  return {
    id: spec.id,
    platform: 'nvidia-linux',
    summary: spec.summary,
    question: spec.question,
    aspect: 'correctness',
    side: 'supply',
    privilege: 'user',
    impact: 'passive',
    costMs: 150,
    timeoutMs: 15_000,
    outputBytesMax: 65_536,
    args: noArgs,
    argv: () => ['df', '-P', spec.flag],
    parse: fileSystemsIn,
    outcomes: kinds,
    meaning({ fileSystems }) {
      const seen = fileSystems.filter(isWritten).flatMap((one) => judge(one, spec));
      // One that is nearly full is no fault yet, and nobody can say that there is room everywhere.
      if (seen.length > 0) return seen;
      return orClean(seen, kinds, {
        kind: spec.normal.id,
        text: `${spec.what} left on ${fileSystems.length} file systems`,
      });
    },
    siblings: {
      kind: spec.unlike,
      numbers: ({ fileSystems }) =>
        fileSystems.filter(isWritten).map(({ device, mount, available, total, line }) => ({
          name: 'left',
          value: Math.round((available * 1000) / total) / 10,
          unit: '%',
          // File systems in memory share one name.
          device: { kind: 'disk', name: device === 'tmpfs' ? mount : device },
          line,
        })),
      rules: [{ name: 'left', side: 'low', relative: 0.5, absolute: 20, source: spec.unlike.source }],
    },
  };
}

/** df exits with 1 when one file system could not be read, and still prints the others. */
function fileSystemsIn(output: Parameters<Probe['parse']>[0]): Reading {
  const [head, ...rows] = numberedLines(output);
  if (head === undefined || !/^Filesystem\s+(1024-blocks|Inodes)\s/.test(head.text))
    throw new ProbeParseError(`line 1: not the head of df -P (exit ${output.exitCode ?? 'unknown'})`);
  return {
    fileSystems: rows.map(({ text, line }) => {
      const match = /^(\S+)\s+(\d+|-)\s+(\d+|-)\s+(-?\d+|-)\s+(\d+%|-)\s+(\/.*)$/.exec(text);
      if (match === null) throw new ProbeParseError(`line ${line}: not a row of df -P`);
      return {
        line,
        device: match[1] ?? '',
        total: match[2] === '-' ? 0 : Number(match[2]),
        available: match[4] === '-' ? 0 : Number(match[4]),
        mount: match[6] ?? '',
      };
    }),
  };
}

/** Images and pseudo file systems are full, or have no inodes, by nature. */
function isWritten(one: FileSystem): boolean {
  return one.total > 0 && !/^(\/dev\/loop|squashfs|overlay$|devtmpfs$|efivarfs$|udev$|none$)/.test(one.device);
}

/** Below this share left, writers with large files (checkpoints) fail soon; Slurm health checks commonly warn at 5 %. */
export const nearlyFullShare = 0.05;

/**
 * With less than this left, writers of more than small files are refused already: XFS and ext4 keep a reserve back
 * (man 5 xfs: `resblks`; man 8 tune2fs: `-m`), and programs remove the part of a file that did not fit.
 */
export const fullShare = 0.001;

function judge(one: FileSystem, spec: Parameters<typeof dfProbe>[0]): readonly ProbeFinding[] {
  const shareLeft = one.available / one.total;
  const isShm = one.mount === '/dev/shm';
  if (isShm && spec.shm === undefined) return [];
  const kind =
    shareLeft < fullShare
      ? isShm && spec.shm !== undefined
        ? spec.shm
        : spec.full
      : // What memory holds is meant to be used.
        shareLeft < nearlyFullShare && !isShm
        ? spec.nearlyFull
        : null;
  if (kind === null) return [];
  return [
    {
      kind: kind.id,
      device: { kind: 'disk', name: one.device },
      text: `${one.mount}: ${one.available} of ${one.total} ${spec.what === 'blocks' ? 'KiB' : 'inodes'} left`,
      line: one.line,
      values: {
        mount: one.mount,
        [spec.what === 'blocks' ? 'availableKib' : 'availableInodes']: one.available,
        [spec.what === 'blocks' ? 'totalKib' : 'totalInodes']: one.total,
      },
    },
  ];
}
