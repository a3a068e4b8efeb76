import { z } from 'zod';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { measureProbe, type RanReport } from './measure-probe.ts';

const source = 'infra/gate/wardround-measure.sh (storage)';

const differs: FindingKind = {
  id: 'measure.storage.content-differs',
  summary: 'a file that was written and read back has other content',
  role: 'cause',
  weighs: { 'shared-fs-problem': 4, 'checkpoint-corruption': 2, 'host-hardware-fault': 1.5 },
  source,
};
const slow: FindingKind = {
  id: 'measure.storage.slow',
  summary: 'a file system reads or writes slower than one spinning disk or one gigabit of network',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 2.5, 'dataloader-stall': 1 },
  source,
};
const belowSiblings: FindingKind = {
  id: 'measure.storage.below-siblings',
  summary: 'a file system is much slower on this node than on the others',
  role: 'symptom',
  weighs: { 'shared-fs-problem': 1.5, 'host-hardware-fault': 1, 'dataloader-stall': 0.7 },
  source,
};
const normal: FindingKind = {
  id: 'measure.storage.normal',
  summary: 'what is written to the file system comes back the same, and at a usable speed',
  role: 'clean',
  weighs: { 'shared-fs-problem': -1.5, 'checkpoint-corruption': -0.7 },
  source,
};

// A gigabit of network carries 117 MiB/s at most, a single hard disk 100 to 250.
const floorMebibytesPerSecond = 100;

const mountPattern = /^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,8}$/;
const args = z.object({ mount: z.string().regex(mountPattern).default('/tmp') });

interface Figures {
  readonly mount: string;
  readonly writeMebibytesPerSecond: number;
  readonly readMebibytesPerSecond: number;
  readonly verified: boolean;
  /** Lines of the two speeds and of the verdict. */
  readonly lines: readonly [number, number, number];
}

/** Writes 1 GiB in a mount point, reads it back past the cache, compares it, and deletes it. */
export const measureStorage = measureProbe({
  id: 'measure.storage',
  verb: 'storage',
  summary:
    'speed of a file system, and whether what is written comes back; needs a node without jobs and 2 GiB of room',
  question: 'Does this file system give back what was written, at a usable speed?',
  aspect: 'correctness',
  costMs: 15_000,
  timeoutMs: 120_000,
  args,
  allow: ['sudo -n wardround-measure storage (/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}){1,8}'],
  words: ({ mount }) => ['storage', mount],
  devices: (_node, { mounts }) => mounts.map((mount) => ({ mount })),
  kinds: [differs, slow, belowSiblings, normal],
  read: figuresIn,
  judge(figures) {
    const { mount, verified, writeMebibytesPerSecond: write, readMebibytesPerSecond: read } = figures;
    const device = { kind: 'disk' as const, name: mount };
    const values = { writeMebibytesPerSecond: write, readMebibytesPerSecond: read };
    const different = verified
      ? []
      : [{ kind: differs.id, device, line: figures.lines[2], text: `${mount} gave back other content`, values }];
    const isSlow = Math.min(write, read) < floorMebibytesPerSecond;
    const line = write < read ? figures.lines[0] : figures.lines[1];
    return isSlow ? [...different, { kind: slow.id, device, line, text: told(figures), values }] : different;
  },
  clean: (figures) => ({
    kind: normal.id,
    device: { kind: 'disk', name: figures.mount },
    line: figures.lines[2],
    text: told(figures),
  }),
  siblings: {
    numbers: ({ mount, writeMebibytesPerSecond, readMebibytesPerSecond, lines: [writeLine, readLine] }) => {
      const device = { kind: 'disk' as const, name: mount };
      return [
        { name: 'write', value: writeMebibytesPerSecond, unit: 'MiB/s', device, line: writeLine },
        { name: 'read', value: readMebibytesPerSecond, unit: 'MiB/s', device, line: readLine },
      ];
    },
    // Clients of one shared file system take turns: only a node at half the speed of the others stands out.
    rules: [
      { name: 'write', side: 'low', relative: 0.5, absolute: 100, source },
      { name: 'read', side: 'low', relative: 0.5, absolute: 100, source },
    ],
    kind: belowSiblings,
  },
});

function figuresIn({ words, lines }: RanReport): Figures | null {
  const find = (pattern: RegExp) => {
    for (const { text, line } of lines) {
      const found = pattern.exec(text);
      if (found !== null) return { value: found[1] ?? '', line };
    }
    return null;
  };
  const write = find(/^write_mib_s (\d{1,7})$/);
  const read = find(/^read_mib_s (\d{1,7})$/);
  const verified = find(/^verified (yes|no)$/);
  if (write === null || read === null || verified === null) return null;
  return {
    mount: words[0] ?? '',
    writeMebibytesPerSecond: Number(write.value),
    readMebibytesPerSecond: Number(read.value),
    verified: verified.value === 'yes',
    lines: [write.line, read.line, verified.line],
  };
}

function told({ mount, writeMebibytesPerSecond, readMebibytesPerSecond }: Figures): string {
  return `${mount}: writes ${writeMebibytesPerSecond} MiB/s, reads ${readMebibytesPerSecond} MiB/s`;
}
