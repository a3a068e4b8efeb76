import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteCommand } from '../../../../activities/adapters/ssh/quote.ts';
import { PortError } from '../../../../activities/ports.ts';

/** What a real shell makes of the line: one word a record, ended by NUL. */
function wordsOfShell(commandLine: string): readonly string[] {
  const shell = spawnSync('/bin/sh', ['-c', commandLine], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
  expect(shell.stderr).toBe('');
  expect(shell.status).toBe(0);
  return shell.stdout.split('\0').slice(0, -1);
}

describe('the quoting function', () => {
  it('brings every word through a real shell unchanged', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/[\0\n\r]/.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        expect(wordsOfShell(quoteCommand(['printf', String.raw`%s\0`, ...words]))).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  it('brings words made of nothing but shell syntax through unchanged', () => {
    const special = fc.string({ unit: fc.constantFrom(...'\'"\\$`;&|<>(){}[]*?!~# \t=-'.split('')), maxLength: 20 });
    fc.assert(
      fc.property(fc.array(special, { minLength: 1, maxLength: 8 }), (words) => {
        expect(wordsOfShell(quoteCommand(['printf', String.raw`%s\0`, ...words]))).toEqual(words);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves harmless words bare, as forced commands compare them', () => {
    expect(quoteCommand(['nvidia-smi', '--query-gpu=index,pci.bus_id', '--format=csv,noheader,nounits'])).toBe(
      'nvidia-smi --query-gpu=index,pci.bus_id --format=csv,noheader,nounits',
    );
  });

  it('does not let the first word become an assignment', () => {
    expect(quoteCommand(['PATH=/tmp', 'lsmod'])).toBe("'PATH=/tmp' lsmod");
  });

  it.each([['a\nb'], ['a\rb'], ['a\0b']])('refuses NUL and line breaks: %j', (word) => {
    expect(() => quoteCommand(['printf', word])).toThrow(PortError);
  });

  it('refuses an empty command and one without end', () => {
    expect(() => quoteCommand([])).toThrow('empty command');
    expect(() => quoteCommand(Array.from({ length: 101 }, () => 'x'))).toThrow('at most 100');
  });
});
