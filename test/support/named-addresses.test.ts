import { describe, expect, test } from 'vitest';
import { namedAddresses } from './named-addresses.ts';

describe('the addresses that a text names', () => {
  test.each([
    ['a range of last numbers', '192.0.2.9-11, all', ['192.0.2.9', '192.0.2.10', '192.0.2.11']],
    ['a range in brackets', '192.0.2.[9-10]', ['192.0.2.9', '192.0.2.10']],
    ['a range of addresses', '192.0.2.9 to 192.0.2.11', ['192.0.2.9', '192.0.2.10', '192.0.2.11']],
    [
      'a short form, of the network named last',
      '203.0.113.9 or 192.0.2.71, sorry .17',
      ['203.0.113.9', '192.0.2.71', '192.0.2.17'],
    ],
    ['IPv6 of any case', 'at 2001:DB8::A.', ['2001:db8::a']],
    [
      'nothing in versions, times, PCI and C++ names',
      'driver 535.183.01 at 12:04:05, 0000:0b:00.0, c10d::init, 1.18.0',
      [],
    ],
  ])('hold %s', (_, text, addresses) => {
    expect(namedAddresses([text]).map(({ address }) => address)).toEqual(addresses);
  });

  test('have the port beside them', () => {
    const text = '192.0.2.1:2222 192.0.2.2<47310> ssh -p 2200 ops@192.0.2.3 [2001:db8::4]:22 192.0.2.5';
    expect(namedAddresses([text]).map(({ portBeside }) => portBeside)).toEqual([2222, 47_310, 2200, 22, undefined]);
  });
});
