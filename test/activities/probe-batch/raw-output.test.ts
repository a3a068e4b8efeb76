import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outputOf, rawBytes } from '../../../activities/probe-batch/raw-output.ts';

describe('what a command answered', () => {
  const forged = fc.constantFrom(
    '\n--- exit 3, standard error:\n',
    '--- exit by a signal, standard error:\n',
    '\uFEFF',
  );
  const text = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), forged), { maxLength: 5 }).map((all) => all.join(''));

  it('is the same out of its evidence, whatever a node prints', () => {
    const exits = fc.constantFrom(0, 1, 124, null);
    fc.assert(
      fc.property(text, fc.string(), exits, (stdout, stderr, exitCode) => {
        expect(outputOf(rawBytes({ stdout, stderr, exitCode }), null)).toEqual({ stdout, stderr, exitCode });
      }),
    );
  });

  it('stays apart from standard error that looks like our own mark', () => {
    fc.assert(
      fc.property(text, text, (stdout, stderr) => {
        const read = outputOf(rawBytes({ stdout, stderr, exitCode: 5 }), null);
        expect([read.stdout, read.exitCode]).toEqual([stdout, 5]);
        expect(read.stderr.replaceAll('\n --- exit ', '\n--- exit ').trimStart()).toBe(stderr.trimStart());
      }),
    );
  });

  it('begins with standard output as it is, and is nothing else where there is nothing else', () => {
    const bytes = (stdout: string, exitCode: number) =>
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(rawBytes({ stdout, stderr: '', exitCode }));
    expect(bytes('fine\n', 0)).toBe('fine\n');
    expect(bytes('fine\n', 2)).toBe('fine\n\n--- exit 2, standard error:\n');
  });
});
