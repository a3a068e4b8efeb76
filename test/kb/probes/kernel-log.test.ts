import { describe, expect, it } from 'vitest';
import { probeById } from '../../../kb/probes/index.ts';

const read = (stdout: string) => {
  const probe = probeById('kernel.log');
  if (probe === undefined) throw new Error('no probe kernel.log');
  return probe.meaning(probe.parse({ stdout, stderr: '', exitCode: 0 }));
};
const xid = (stamp: string, bus: string): string =>
  `${stamp},123456+00:00 NVRM: Xid (PCI:0000:${bus}:00): 79, pid=4242, name=python, GPU has fallen off the bus.\n`;

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
