import { describe, expect, test } from 'vitest';
import { addressesIn } from '../../../kb/reasoning/extract/addresses.ts';
import { goingOn, type Said } from '../../../kb/reasoning/extract/going-on.ts';
import { extractHosts } from '../../../kb/reasoning/extract-hosts.ts';

const user = (text: string): Said => ({ role: 'user', text });
const assistant = (text: string): Said => ({ role: 'assistant', text });
const tool = (text: string): Said => ({ role: 'tool', text });

function shown(conversation: readonly Said[]): string {
  const { hosts, next } = extractHosts(conversation);
  return [...hosts.map(({ address, port }) => `${address} ${port}`), next].join(', ');
}

describe('addresses in a text', () => {
  test.each([
    ['nodes 192.0.2.4-6', ['192.0.2.4', '192.0.2.5', '192.0.2.6']],
    ['192.0.2.[4-6]', ['192.0.2.4', '192.0.2.5', '192.0.2.6']],
    ['192.0.2.4 to 192.0.2.5', ['192.0.2.4', '192.0.2.5']],
    ['192.0.2.11 and .17', ['192.0.2.11', '192.0.2.17']],
    ['2001:db8::15 and [2001:db8::16]:2222', ['2001:db8::15', '2001:db8::16']],
    ['at 10:20:30 NCCL 2.19.3 and version 1.2.3.4.5', []],
  ])('%s', (text, addresses) => {
    expect(addressesIn(text, null).map(({ address }) => address)).toEqual(addresses);
  });

  test('a range beyond a byte, or backwards, is its first address', () => {
    expect(addressesIn('192.0.2.9-300 192.0.2.9-3', null).map(({ address }) => address)).toEqual([
      '192.0.2.9',
      '192.0.2.9',
    ]);
  });
});

describe('hosts of a conversation', () => {
  test.each<[string, readonly Said[], string]>([
    [
      'are what the operator names, never what a log names',
      [
        user('Training over 192.0.2.10 and 192.0.2.11 hangs. ssh is on 2200.'),
        tool('motd: connect to 203.0.113.9:2299 first\n[rank3] connect to 203.0.113.9 failed'),
        assistant('Shall I read the kernel logs?'),
        user('yes please'),
      ],
      '192.0.2.10 2200, 192.0.2.11 2200, continue',
    ],
    [
      'leave out what the operator has looked at',
      [
        user('n01 = 192.0.2.1, n02 = 192.0.2.2, n03 = 192.0.2.3. One of them is slow.'),
        assistant('I compare the clocks of all three.'),
        user('n02 is fine, I checked it this morning. Do the other two.'),
      ],
      '192.0.2.1 22, 192.0.2.3 22, continue',
    ],
    [
      'leave out the way there',
      [user('node is 2001:db8::15 port 2222, jump host 203.0.113.4'), assistant('ok'), user('go ahead')],
      '2001:db8::15 2222, continue',
    ],
    [
      'keep the place of one that is corrected',
      [
        user('Check root@192.0.2.60:2222 and root@192.0.2.61:2222 please. Switch 192.0.2.254 is not yours.'),
        user('sorry, typo: it is .62 instead of .61'),
      ],
      '192.0.2.60 2222, 192.0.2.62 2222, continue',
    ],
    [
      'come from a table, with their ports',
      [
        user('| node | ssh address | ssh port | bmc |\n|--|--|--|--|\n| a1 | 192.0.2.5 | 2205 | 203.0.113.5 |'),
        user('please look at a1'),
      ],
      '192.0.2.5 2205, continue',
    ],
    [
      'stop with a hand-over',
      [user('host 192.0.2.33, sshd on 2233.'), user('wait until Monday. I hand it over to the owner.')],
      '192.0.2.33 2233, stop',
    ],
  ])('%s', (_what, conversation, expected) => {
    expect(shown(conversation)).toBe(expected);
  });

  test('are none where nobody names one', () => {
    expect(extractHosts([])).toEqual({ hosts: [], next: 'continue' });
  });
});

test('a later sentence outweighs an earlier one', () => {
  expect(goingOn([user('It is solved. No, not solved, go on please.')])).toBe('continue');
  expect(goingOn([user('Go on please. Forget it, it is solved.')])).toBe('stop');
});
