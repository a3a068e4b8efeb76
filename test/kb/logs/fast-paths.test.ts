import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineTimes } from '../../../kb/logs/line-times.ts';
import { findStamp, syslogSecond } from '../../../kb/logs/stamps.ts';
import { readTime } from '../../../kb/logs/times.ts';

// Shortcuts for what is frequent must say what the long way says.
const referenceMs = Date.UTC(2026, 10, 22);
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec', 'Nux'];
const two = (value: number): string => String(value).padStart(2, '0');
const stamp = fc
  .tuple(fc.constantFrom(...months), fc.nat(33), fc.nat(25), fc.nat(61), fc.nat(62))
  .map(
    ([month, day, hour, minute, second]) =>
      `${month} ${String(day).padStart(2)} ${two(hour)}:${two(minute)}:${two(second)}`,
  );
const behind = fc.constantFrom(
  'node-07 kernel: x',
  'am',
  'pm-07 x',
  'utc x',
  'UTC x',
  '+0100 x',
  '10.0.0.1 x',
  'a',
  '',
);

it('a syslog time read by hand is what the pattern reads', () => {
  fc.assert(
    fc.property(stamp, (text) => {
      // A second blank is nothing that the short way takes.
      const short = findStamp(`${text} node-07 kernel: x`);
      const long = findStamp(`${text}  node-07 kernel: x`);
      expect(short?.parts).toEqual(long?.parts);
      expect(short?.end).toBe(long?.end);
    }),
    { numRuns: 2_000 },
  );
});

it('the first characters of a syslog line settle its moment', () => {
  fc.assert(
    fc.property(stamp, behind, behind, (text, one, other) => {
      const told = syslogSecond(`${text} ${one}`);
      if (told === null || !`${text} ${other}`.startsWith(told)) return;
      expect(readTime(`${text} ${other}`, { referenceMs })).toBe(readTime(`${text} ${one}`, { referenceMs }));
    }),
    { numRuns: 2_000 },
  );
});

it('lines in a row tell the time that each of them tells alone', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('03:12:59', '03:13:00'), behind), { minLength: 2 }), (lines) => {
      const times = lineTimes({ referenceMs });
      for (const [clock, rest] of lines) {
        const text = `Nov 21 ${clock} ${rest}`;
        const alone = lineTimes({ referenceMs }).at(0, text.length, text);
        expect(times.at(0, text.length, text)).toBe(alone);
      }
    }),
  );
});
