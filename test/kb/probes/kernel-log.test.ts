import { describe, expect, it } from 'vitest';
import { probeById } from '../../../kb/probes/index.ts';
import { kernelLog } from '../../../kb/probes/kernel-log.ts';
import type { LogDetector } from '../../../kb/schemas/detector.ts';
import type { FindingKind } from '../../../kb/schemas/finding-kind.ts';

const read = (stdout: string) => {
  const probe = probeById('kernel.log');
  if (probe === undefined) throw new Error('no probe kernel.log');
  return probe.meaning(probe.parse({ stdout, stderr: '', exitCode: 0 }));
};
const xid = (stamp: string, bus: string): string =>
  `${stamp},123456+00:00 NVRM: Xid (PCI:0000:${bus}:00): 79, pid=4242, name=python, GPU has fallen off the bus.\n`;

describe('a line that looks odd does not hide the others', () => {
  const fault = xid('2026-11-21T03:12:59', '2f');
  const kinds = (stdout: string) => read(stdout).map(({ kind, atMs }) => [kind, atMs]);
  const alone = [['nvidia.xid.79', Date.UTC(2026, 10, 21, 3, 12, 59, 123)]];

  it.each([
    ['a message of blanks', `2026-11-21T03:12:58,120345+00:00  \n${fault}`],
    ['a line that is not indented', `2026-11-21T03:12:58,120345+00:00 NVRM: loading\nNVRM: next line\n${fault}`],
    ['the end of a message that is gone', `NVRM: end of it\n${fault}`],
    ['one after the fault', `${fault}Flags: 0x1\n`],
  ])('%s', (_what, stdout) => {
    expect(kinds(stdout)).toEqual(alone);
  });

  it('a line without a time has that of the one before it', () => {
    const bare = fault.slice(fault.indexOf('NVRM'));
    expect(kinds(`2026-11-21T03:12:59,123456+00:00 NVRM: loading\n${bare}`)).toEqual(alone);
  });

  it('a zone without a colon is a zone', () => {
    expect(kinds(fault.replace('T03', 'T11').replace('+00:00', '+0800'))).toEqual(alone);
  });

  it('keeps its newest lines where there are too many', () => {
    expect(probeById('kernel.log')?.keeps).toBe('tail');
  });
});

describe('a line that is known to be harmless', () => {
  const kind = (id: string, role: FindingKind['role']): FindingKind => ({
    id,
    role,
    summary: '',
    weighs: {},
    source: 'x',
  });
  const detector = (id: string, role: FindingKind['role'], pattern: RegExp): LogDetector => ({
    id,
    kinds: [kind(id, role)],
    literals: [pattern.source],
    samples: [],
    match: ({ text }) => (pattern.test(text) ? { kind: id } : null),
  });
  const probe = kernelLog([
    detector('test.firmware.harmless', 'clean', /firmware/),
    detector('test.board.lost', 'cause', /board/),
  ]);
  const kindsOf = (...texts: readonly string[]) => {
    const stdout = texts.map((text) => `2026-11-21T03:12:58,120345+00:00 ${text}\n`).join('');
    return probe.meaning(probe.parse({ stdout, stderr: '', exitCode: 0 })).map((one) => one.kind);
  };

  it('is told where nothing is wrong, and clears no node where something is', () => {
    expect(kindsOf('firmware bug')).toEqual(['test.firmware.harmless', 'kernel.log.quiet']);
    expect(kindsOf('firmware bug', 'board is gone')).toEqual(['test.board.lost']);
  });
});

describe('lines that the kernel repeats', () => {
  const week = Date.UTC(2026, 10, 14, 3, 12, 59, 123);
  const today = Date.UTC(2026, 10, 21, 3, 12, 59, 123);

  it('carry their first and their last time, for each GPU', () => {
    const found = read(
      xid('2026-11-14T03:12:59', '2f') + xid('2026-11-20T03:12:59', 'c1') + xid('2026-11-21T03:12:59', '2f'),
    );
    expect(found).toMatchObject([
      { kind: 'nvidia.xid.79', count: 2, atMs: week, lastMs: today, line: 1 },
      { kind: 'nvidia.xid.79', count: 1 },
    ]);
    expect(found[1]).not.toHaveProperty('lastMs');
  });

  it('carry the latest time where the clock was set back in between', () => {
    const found = read(xid('2026-11-21T03:12:59', '2f') + xid('2026-11-14T03:12:59', '2f'));
    expect(found).toMatchObject([{ count: 2, lastMs: today }]);
  });
});
