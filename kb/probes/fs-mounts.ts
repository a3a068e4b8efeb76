import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { ProbeParseError, type Probe, type ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { hostRead, unlikeSiblings } from './host-read.ts';
import { requiredLines } from './text-table.ts';

const source = 'https://man7.org/linux/man-pages/man5/proc_mounts.5.html';

const missing: FindingKind = {
  id: 'fs.mounts.missing',
  summary: 'a file system that jobs need is not mounted',
  role: 'cause',
  weighs: { 'shared-fs-problem': 4, 'permission-misconfig': 0.3 },
  source,
};
const readOnly: FindingKind = {
  id: 'fs.mounts.read-only',
  summary: 'a file system of the host is mounted read-only, as the kernel does after errors',
  role: 'cause',
  weighs: { 'host-hardware-fault': 1.8, 'shared-fs-problem': 1, 'permission-misconfig': 0.7, 'disk-full': 0.3 },
  source: 'https://man7.org/linux/man-pages/man5/ext4.5.html (errors=remount-ro)',
};
const soft: FindingKind = {
  id: 'fs.mounts.nfs-soft',
  summary: 'a network file system gives up after a while instead of waiting: writes may be lost',
  role: 'context',
  weighs: { 'shared-fs-problem': 0.4, 'checkpoint-corruption': 0.4 },
  source: 'https://man7.org/linux/man-pages/man5/nfs.5.html',
};
const complete: FindingKind = {
  id: 'fs.mounts.complete',
  summary: 'the file systems that jobs need are mounted and can be written to',
  role: 'clean',
  weighs: { 'shared-fs-problem': -0.6, 'host-hardware-fault': -0.1 },
  source,
};
const unlike = unlikeSiblings('fs.mounts', 'the number of mounted network file systems', { 'shared-fs-problem': 1 });
const kinds = [missing, readOnly, soft, complete, unlike];

const mountPattern = /^\/[A-Za-z0-9._/-]{0,254}$/;
const args = z.object({
  /** Mount points that jobs need, parted by commas. The command is the same for all. */
  needed: z
    .string()
    .max(16_384)
    .default('')
    .refine((text) => text === '' || text.split(',').every((one) => mountPattern.test(one)), 'mount points'),
});
type Args = z.infer<typeof args>;

interface Mount {
  readonly mount: string;
  readonly type: string;
  readonly readOnly: boolean;
  readonly soft: boolean;
  readonly line: number;
}
interface Reading {
  /** Of disks and networks; what the kernel makes up itself is left out. */
  readonly mounts: readonly Mount[];
}

const networkTypes = [
  'nfs',
  'nfs4',
  'lustre',
  'cifs',
  'smb3',
  'ceph',
  'beegfs',
  'gpfs',
  'wekafs',
  'fuse.glusterfs',
  '9p',
];
const diskTypes = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs'];
const mountsKeptMax = 500;

/** What is mounted. */
export const fsMounts: Probe<Args, Reading> = {
  ...hostRead,
  args,
  id: 'fs.mounts',
  summary: 'mounted file systems of disks and networks, against those that jobs need',
  question: 'Are the file systems that jobs need mounted, and can they be written to?',
  aspect: 'correctness',
  side: 'supply',
  costMs: 40,
  outputBytesMax: 1024 * 1024,
  devices: (_node, { mounts }) => [{ needed: mounts.join(',') }],
  argv: () => ['cat', '/proc/mounts'],
  parse: (output) => ({
    mounts: requiredLines(output, 'cat')
      .map(({ text, line }) => {
        const match = /^(\S+) (\/\S*) (\S+) ((?:ro|rw)(?:,\S*)?) \d+ \d+$/.exec(text);
        if (match === null) throw new ProbeParseError(`line ${line}: not a line of /proc/mounts`);
        const options = (match[4] ?? '').split(',');
        return {
          mount: unescaped(match[2] ?? ''),
          type: match[3] ?? '',
          readOnly: options[0] === 'ro',
          soft: options.includes('soft') || options.includes('softerr'),
          line,
        };
      })
      .filter(({ type }) => networkTypes.includes(type) || diskTypes.includes(type))
      .slice(0, mountsKeptMax),
  }),
  outcomes: kinds,
  meaning({ mounts }, _node, given) {
    const needed = (given?.needed ?? '').split(',').filter((one) => one !== '');
    const lost = needed.filter((one) => !mounts.some(({ mount }) => mount === one));
    const seen: ProbeFinding[] = [
      ...lost.map((one) => ({ kind: missing.id, text: `${one} is not mounted`, values: { mount: one } })),
      ...mounts
        .filter((one) => one.readOnly && (needed.includes(one.mount) || diskTypes.includes(one.type)) && !isImage(one))
        .map(({ mount, type, line }) => ({
          kind: readOnly.id,
          text: `${mount.slice(0, 100)} (${type}) is mounted read-only`,
          line,
          values: { mount: mount.slice(0, 100), type },
        })),
      ...mounts
        .filter((one) => one.soft && networkTypes.includes(one.type))
        .map(({ mount, type, line }) => ({
          kind: soft.id,
          text: `${mount.slice(0, 100)} (${type}) is mounted soft`,
          line,
          values: { mount: mount.slice(0, 100) },
        })),
    ];
    return orClean(seen, kinds, {
      kind: complete.id,
      text: `${mounts.length} file systems of disks and networks, with all of ${needed.length} that jobs need`,
    });
  },
  siblings: {
    kind: unlike,
    numbers: ({ mounts }) => [
      { name: 'network', value: mounts.filter(({ type }) => networkTypes.includes(type)).length, unit: 'mounts' },
    ],
    rules: [{ name: 'network', side: 'both', relative: 0, absolute: 0, source: unlike.source }],
  },
};

/** Images and boot media are read-only by nature. */
function isImage({ mount }: Mount): boolean {
  return /^\/(?:snap|boot\/efi|media|cdrom|run\/initramfs|var\/lib\/(?:docker|containerd|kubelet|enroot))(?:\/|$)/.test(
    mount,
  );
}

/** `/proc/mounts` writes blanks and the like as octal numbers. */
function unescaped(mount: string): string {
  return mount.replaceAll(/\\([0-7]{3})/g, (_text, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
