import { expect, it } from 'vitest';
import { allowList, patternsOf } from '../../../infra/gate/allow-list.ts';
import { withAllowList } from '../../../infra/gate/generate-allow-list.ts';
import { probeById } from '../../../kb/probes/index.ts';
import type { Probe } from '../../../kb/schemas/probe.ts';

function known(id: string): Probe {
  const probe = probeById(id);
  if (probe === undefined) throw new Error(`there is no probe ${id}`);
  return probe;
}
const allowing = (pattern: string): Probe => ({ ...known('disk.space'), allow: [pattern] });

it('takes the literal command of a probe that declares nothing, with any node’s name', () => {
  expect(patternsOf(known('disk.space'))).toEqual(['df -P -k']);
  expect(patternsOf(known('scheduler.node'))).toEqual(['scontrol show node [a-z0-9][a-z0-9.-]{0,62}']);
});

it('writes long repetitions as a star, for grep’s sake, and each pattern once', () => {
  expect(allowList([allowing('ping [A-Za-z0-9][a-z]{0,252}'), allowing('ping [A-Za-z0-9][a-z]{0,252}')])).toEqual([
    'ping [A-Za-z0-9][a-z]*',
  ]);
});

it.each([
  ['any character', 'cat /proc/.*'],
  ['alternatives that would not hold the whole line', 'cat /etc/hosts|sh'],
  ['a quote', "cat '/etc/hosts'"],
  ['a dollar', 'cat $HOME'],
  ['a backquote', 'cat `id`'],
  ['a class without', 'cat [^/]+'],
  ['a class with a blank', 'cat [a-z /]+'],
  ['a class of JavaScript’s own', String.raw`cat \d+`],
  ['a group of JavaScript’s own', 'cat (?:a)'],
  ['two blanks', 'cat  /etc/hosts'],
  ['an open bracket', 'cat [a-z'],
  ['a line break', 'cat /etc/hosts\nsh'],
])('refuses a declared pattern with %s', (_what, pattern) => {
  expect(() => patternsOf(allowing(pattern))).toThrow('disk.space allows');
});

it('writes between the marker lines and nowhere else', () => {
  const script = 'before "\n# allow-list begin\n\'old\'\n# allow-list end\n" after\n';
  expect(withAllowList(script, ['a', 'b'])).toBe(
    "before \"\n# allow-list begin\n'a'\n'b'\n# allow-list end\n\" after\n",
  );
  expect(() => withAllowList('no markers\n', [])).toThrow('# allow-list begin');
});
