import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bootAnchor } from '../../../kb/logs/boot-anchor.ts';
import { readTime } from '../../../kb/logs/times.ts';

const moment = Date.UTC(2026, 10, 21, 3, 12, 59);
const referenceMs = Date.UTC(2026, 11, 31);

it.each([
  ['syslog', ['Nov 21 03:12:59 node-07 kernel: [ 1843.308145] NVRM: x'], moment - 1_843_308],
  ['ISO', ['2026-11-21T03:12:59.500000+00:00 node-07 kernel: [ 1843.500000] NVRM: x'], moment - 1_843_000],
  [
    'the real-time clock',
    ['[    1.500000] rtc_cmos 00:04: setting system clock to 2026-11-21T03:12:59 UTC (1795230779)'],
    moment - 1_500,
  ],
  [
    'systemd',
    [
      'Nov 21 03:12:59 node-07 systemd[1]: Startup finished in 10.1s (firmware) + 4s (loader) + 3.5s (kernel) + 7.500s (initrd) + 1min 2ms (userspace) = 1min 25s.',
    ],
    moment - 71_002,
  ],
  [
    'one message in dmesg and in dmesg -T',
    [
      '[ 1843.000000] NVRM: GPU at PCI:0000:3b:00: GPU-0a1b has fallen off the bus',
      '[Sat Nov 21 03:12:59 2026] NVRM: GPU at PCI:0000:3b:00: GPU-0a1b has fallen off the bus',
    ],
    moment - 1_843_000,
  ],
])('finds the moment of boot by %s', (_name, lines, bootMs) => {
  const anchor = bootAnchor();
  for (const line of lines) anchor.note(line, { referenceMs });
  expect(anchor.bootMs()).toBe(bootMs);
});

it('places lines that only count seconds', () => {
  const anchor = bootAnchor();
  anchor.note('Nov 21 03:12:59 node-07 kernel: [ 1843.000000] a', { referenceMs });
  const bootMs = anchor.bootMs();
  expect(bootMs).not.toBeNull();
  expect(readTime('[ 1844.500000] NVRM: x', bootMs === null ? {} : { bootMs })).toBe(moment + 1_500);
});

it('knows nothing from lines that tell only one of the two', () => {
  const anchor = bootAnchor();
  anchor.note('[ 1843.308145] NVRM: x');
  anchor.note('Nov 21 03:12:59 node-07 sshd[42]: x', { referenceMs });
  anchor.note('Nov 21 03:12:59 node-07 systemd[42]: Startup finished in 72ms.', { referenceMs });
  // Without a year the time can't be placed.
  anchor.note('Nov 21 03:12:59 node-07 kernel: [ 1843.308145] NVRM: x');
  expect(anchor.bootMs()).toBeNull();
});

it('is not confirmed by an anchor that somebody already took', () => {
  const anchor = bootAnchor();
  anchor.note('[ 1843.308145] NVRM: x', { bootMs: moment });
  expect(anchor.bootMs()).toBeNull();
});

it('does not follow one wrong clock, follows a suspend, and begins anew after a restart', () => {
  const anchor = bootAnchor();
  const line = (atMs: number, seconds: number) =>
    `${new Date(atMs).toISOString()} node-07 kernel: [${seconds.toFixed(6).padStart(12)}] x`;
  for (let second = 100; second < 120; second += 1) anchor.note(line(moment + second * 1_000, second));
  anchor.note(line(moment + 9_000_000, 121));
  expect(anchor.bootMs()).toBe(moment);
  const sleptMs = 3_600_000;
  for (let second = 130; second < 230; second += 1) anchor.note(line(moment + sleptMs + second * 1_000, second));
  expect(anchor.bootMs()).toBe(moment + sleptMs);
  anchor.note(line(moment + 86_400_000, 0));
  expect(anchor.bootMs()).toBe(moment + 86_400_000);
});

it('does not pair a message that repeats', () => {
  const anchor = bootAnchor();
  anchor.note('[ 1843.000000] nvidia-modeset: Loading NVIDIA Kernel Mode Setting');
  anchor.note('[ 2843.000000] nvidia-modeset: Loading NVIDIA Kernel Mode Setting');
  anchor.note('[Sat Nov 21 03:12:59 2026] nvidia-modeset: Loading NVIDIA Kernel Mode Setting');
  expect(anchor.bootMs()).toBeNull();
});

it('never throws, and tells a number or nothing', () => {
  const piece = fc.constantFrom(
    'Nov 21 03:12:59 ',
    'node-07 ',
    'kernel: ',
    '[ 1843.308145] ',
    'Startup finished in ',
    '3s (kernel)',
    ' + ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
      const anchor = bootAnchor();
      anchor.note(pieces.join(''), { referenceMs });
      const bootMs = anchor.bootMs();
      expect(bootMs === null || Number.isFinite(bootMs)).toBe(true);
    }),
  );
});
