import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteCommand } from '../../../../activities/adapters/ssh/quote.ts';
import { PortError } from '../../../../activities/ports.ts';

/** `/bin/sh` is the login shell of most probe users; dash is the strictest of the shells that it may be. */
const shells = ['/bin/sh', '/bin/dash'].filter((shell) => existsSync(shell));

/** What a real shell makes of the line: one word a record, ended by NUL. */
function wordsOfShell(commandLine: string, program = '/bin/sh'): readonly string[] {
  const env = { PATH: '/usr/bin:/bin', HOME: '/root', x: 'expanded' };
  const shell = spawnSync(program, ['-c', commandLine], { encoding: 'utf8', env });
  expect(shell.stderr).toBe('');
  expect(shell.status).toBe(0);
  return shell.stdout.split('\0').slice(0, -1);
}

/** What somebody would put into the name of a node, a file or a job to be run by us. */
const hostile = [
  '$(touch /tmp/owned)',
  '`touch /tmp/owned`',
  '; reboot',
  '&& reboot',
  '|| reboot',
  '| sh',
  '& reboot &',
  '> /etc/passwd',
  '2>&1',
  '< /etc/shadow',
  '<<EOF',
  "'; reboot; '",
  "''",
  "'\\''; reboot; '",
  '"$(reboot)"',
  '\\',
  '\\$(reboot)',
  '$x',
  '${x}',
  '${x:-$(reboot)}',
  '$((1+1))',
  '$',
  '~',
  '~root',
  '*',
  '/*',
  '[a-z]*',
  '?',
  '{a,b}',
  '!!',
  '!-1',
  '#comment',
  'a #b',
  '-rf',
  '--',
  '--help',
  'a=b',
  'PATH=/tmp',
  '',
  ' ',
  '\t',
  'a  b',
  '\u202Ereboot',
  '\u00a0',
  '\u{1f525}',
  '\x1b[31m',
  '\x7f',
  'ä'.repeat(2_000),
];

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

  it.each(shells)('gives every hostile word to the command as it is: %s', (shell) => {
    expect(wordsOfShell(quoteCommand(['printf', String.raw`%s\0`, ...hostile]), shell)).toEqual(hostile);
    for (const word of hostile)
      expect(wordsOfShell(quoteCommand(['printf', String.raw`%s\0`, 'a', word, 'z']), shell)).toEqual(['a', word, 'z']);
  });

  it('survives a second shell, as behind a login shell that hands the line on', () => {
    const inner = quoteCommand(['printf', String.raw`%s\0`, ...hostile]);
    for (const shell of shells) expect(wordsOfShell(quoteCommand(['/bin/sh', '-c', inner]), shell)).toEqual(hostile);
  });

  it('makes a hostile first word the name of a command that is not there, and nothing else', () => {
    const touched = join(tmpdir(), `wardround-quote-${process.pid}`);
    for (const shell of shells)
      for (const word of [`touch ${touched}`, `$(touch ${touched})`, `x=1; touch ${touched}`, `a|touch ${touched}`]) {
        const ran = spawnSync(shell, ['-c', quoteCommand([word])], { encoding: 'utf8' });
        expect(ran.status).toBe(127);
        expect(existsSync(touched)).toBe(false);
      }
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
