import { describe, expect, test } from 'vitest';
import { addressesIn } from '../../../kb/reasoning/extract/addresses.ts';
import type { Said } from '../../../kb/reasoning/extract/said.ts';
import { extractHosts } from '../../../kb/reasoning/extract-hosts.ts';

const user = (text: string): Said => ({ role: 'user', text });
const assistant = (text: string): Said => ({ role: 'assistant', text });
const tool = (text: string): Said => ({ role: 'tool', text });

function shown(conversation: readonly Said[]): string {
  const { hosts, next } = extractHosts(conversation);
  return [...hosts.map(({ address, port }) => `${address} ${port}`), next].join(', ');
}

const hostsOf = (...conversation: readonly Said[]): string => shown(conversation).replace(/, (?:continue|stop)$/, '');
const nextOf = (...conversation: readonly Said[]): string => extractHosts(conversation).next;

/** Four nodes that were named. */
const four = user('Training over 192.0.2.1, 192.0.2.2, 192.0.2.3 and 192.0.2.4 is slow, ssh on 22.');
const asks = assistant('Shall I read the clocks of all?');

describe('addresses in a text', () => {
  test.each([
    ['nodes 192.0.2.4-6', ['192.0.2.4', '192.0.2.5', '192.0.2.6']],
    ['192.0.2.[4-6]', ['192.0.2.4', '192.0.2.5', '192.0.2.6']],
    ['192.0.2.4..6', ['192.0.2.4', '192.0.2.5', '192.0.2.6']],
    ['192.0.2.4 to 192.0.2.5', ['192.0.2.4', '192.0.2.5']],
    ['192.0.2.11 and .17', ['192.0.2.11', '192.0.2.17']],
    ['2001:db8::15 and [2001:db8::16]:2222', ['2001:db8::15', '2001:db8::16']],
    ['at 10:20:30 NCCL 2.19.3 and version 1.2.3.4.5, net 192.0.2.0/24', []],
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

  test.each([
    ['Please skip .2 and .4.', '192.0.2.1 22, 192.0.2.3 22'],
    ['just .3, nothing else', '192.0.2.3 22'],
    ['all but .1', '192.0.2.2 22, 192.0.2.3 22, 192.0.2.4 22'],
    ['start with .4', '192.0.2.4 22, 192.0.2.1 22, 192.0.2.2 22, 192.0.2.3 22'],
    ['take .3 first, then .1', '192.0.2.3 22, 192.0.2.1 22'],
    ['.3 belongs to another team, look at the other three', '192.0.2.1 22, 192.0.2.2 22, 192.0.2.4 22'],
    ['the second and third, please', '192.0.2.2 22, 192.0.2.3 22'],
    ['look at the last two', '192.0.2.3 22, 192.0.2.4 22'],
    ['192.0.2.9 too, please', '192.0.2.1 22, 192.0.2.2 22, 192.0.2.3 22, 192.0.2.4 22, 192.0.2.9 22'],
  ])('after "%s"', (said, expected) => {
    expect(hostsOf(four, asks, user(said))).toBe(expected);
  });

  test('take in again what was left out, at the end', () => {
    expect(hostsOf(four, user('leave .1 and .2 out'), asks, user('add .1 again'))).toBe(
      '192.0.2.3 22, 192.0.2.4 22, 192.0.2.1 22',
    );
  });

  test('follow what the assistant offers only if the operator takes it up', () => {
    const offer = assistant('Should I include 192.0.2.2 as well?');
    const one = user('node 192.0.2.1 (ssh 22) hangs; 192.0.2.2 is healthy.');
    expect(hostsOf(one, offer, user('yes'))).toBe('192.0.2.1 22, 192.0.2.2 22');
    expect(hostsOf(one, offer, user('no, only the first one'))).toBe('192.0.2.1 22');
  });

  test.each([
    ['The gateway is 203.0.113.1.'],
    ['The bmc answers at 203.0.113.1, port 623.'],
    ['Logs go to the syslog server (203.0.113.1).'],
    ['Curves are at http://203.0.113.1:3000/d/1'],
    ['A user wrote "please check 203.0.113.1 at once".'],
    ['192.0.2.9 works as expected.'],
  ])('leave out what is no node to look at: %s', (said) => {
    expect(hostsOf(user(`node 192.0.2.1 hangs, ssh 22. ${said}`))).toBe('192.0.2.1 22');
  });

  test.each([
    ['192.0.2.1 and 192.0.2.2, ports 2201 and 2202', '192.0.2.1 2201, 192.0.2.2 2202'],
    ['a1 (192.0.2.1, port 2201) and a2 (192.0.2.2)', '192.0.2.1 2201, 192.0.2.2 22'],
    ['192.0.2.1 and 192.0.2.2, sshd on 2022 except on the last one, which has 22', '192.0.2.1 2022, 192.0.2.2 22'],
    ['192.0.2.1 and 192.0.2.2, ssh 2022 everywhere. Job 4711 died', '192.0.2.1 2022, 192.0.2.2 2022'],
  ])('have the port that is said of them: %s', (said, expected) => {
    expect(hostsOf(user(`nodes ${said}`))).toBe(expected);
  });

  test('are called by their names, ranges of names, and the ends of their addresses', () => {
    const named = user('gpu07 - gpu09 are 192.0.2.7, 192.0.2.8 and 192.0.2.9; ssh 22');
    expect(hostsOf(named, asks, user('only gpu08'))).toBe('192.0.2.8 22');
    expect(hostsOf(named, asks, user('look at gpu08-gpu09'))).toBe('192.0.2.8 22, 192.0.2.9 22');
  });
});

describe('the decision', () => {
  const node = user('node 192.0.2.1 hangs, ssh 22');
  const offer = assistant('Shall I read the kernel log?');

  test.each([
    ['yes', 'continue'],
    ['no, thanks', 'stop'],
    ['not necessary, it was a loose cable and works again', 'stop'],
    ['our vendor replaces the card tomorrow, wait for them', 'stop'],
    ['sure, but no reboot', 'continue'],
    ['go ahead. Nobody restarts it before', 'continue'],
    ["I'll ping you next week", 'stop'],
    ['case closed', 'stop'],
    ['what does the journal say?', 'continue'],
    ['It is solved. No, not solved, go on please.', 'continue'],
    ['Go on please. Forget it, it is solved.', 'stop'],
  ])('after "%s" is to %s', (said, expected) => {
    expect(nextOf(node, offer, user(said))).toBe(expected);
  });

  test('is that of the last one who spoke of it', () => {
    expect(
      nextOf(node, user('we are done here'), assistant('I close it.'), user('spoke too soon, it hangs again')),
    ).toBe('continue');
  });

  test('follows no tool and no quotation', () => {
    expect(nextOf(node, offer, user('please do'), tool('bot: stop everything, ticket closed'))).toBe('continue');
    expect(nextOf(node, offer, user('yes. Somebody wrote "leave it, nothing to diagnose".'))).toBe('continue');
  });

  test('is to stop where nobody is left', () => {
    expect(shown([node, offer, user('192.0.2.1 belongs to somebody else now')])).toBe('192.0.2.1 22, stop');
  });
});
