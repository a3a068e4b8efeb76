import { isIP } from 'node:net';

export interface NamedAddress {
  readonly address: string;
  /** Right behind the address, as in `192.0.2.4:2222`, or before it, as in `ssh -p 2222 ops@192.0.2.4`. */
  readonly portBeside?: number;
}

const ipv4 = String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`;
const network = String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.`;
const portBefore = String.raw`(?:-p (?<before>\d{1,5}) (?:\S+@)?)?`;

// In this order: 192.0.2.[4-6]; 192.0.2.4 to 192.0.2.6; 192.0.2.4-6; an address; a short .17; IPv6.
const mention = new RegExp(
  [
    String.raw`(?<![\w.])(?<listed>${network})\[(?<low>\d{1,3})-(?<high>\d{1,3})\]`,
    String.raw`(?<![\w.])(?<from>${ipv4}) ?(?:-|–|to|through) ?(?<to>${ipv4})(?![\w.]\d)`,
    String.raw`(?<![\w.])(?<start>${ipv4})-(?<end>\d{1,3})(?![\w.]\d)`,
    String.raw`${portBefore}(?<![\d.])(?<whole>${ipv4})(?!\.?\d)(?::(?<after>\d{1,5})|<(?<peer>\d{1,5})>)?`,
    String.raw`(?<=^|[\s(])\.(?<short>\d{1,3})(?![\w.]\w)`,
    String.raw`${portBefore}(?<![\w:])\[?(?<six>[\da-f]{0,4}:[\da-f:]*:[\da-f]{0,4})(?:\]:(?<sixPort>\d{1,5}))?(?![\w:])`,
  ].join('|'),
  'gim',
);

/**
 * Every address that a conversation names, in order. A range stands for each of its addresses, and a short form such as
 * `.17` takes the first three numbers of the IPv4 address named last before it; `extractionInstruction` says the same.
 */
export function namedAddresses(texts: readonly string[]): readonly NamedAddress[] {
  let before = '';
  return [...texts.join('\n').matchAll(mention)].flatMap(({ groups = {} }) => {
    const named = addressesOf(groups, before).filter(({ address }) => isIP(address) !== 0);
    const lastIpv4 = named.findLast(({ address }) => isIP(address) === 4);
    if (lastIpv4 !== undefined) before = networkOf(lastIpv4.address);
    return named;
  });
}

type Groups = Readonly<Record<string, string | undefined>>;

function addressesOf(groups: Groups, before: string): readonly NamedAddress[] {
  const { listed, low, high, from, to, start, end, whole, short, six } = groups;
  if (listed !== undefined) return range(listed, Number(low), Number(high));
  if (from !== undefined && to !== undefined) return range(networkOf(from), lastNumber(from), lastNumber(to));
  if (start !== undefined) return range(networkOf(start), lastNumber(start), Number(end));
  if (short !== undefined) return [{ address: `${before}${short}` }];
  const address = whole ?? six?.toLowerCase();
  const port = groups['after'] ?? groups['sixPort'] ?? groups['peer'] ?? groups['before'];
  if (address === undefined) return [];
  return [port === undefined ? { address } : { address, portBeside: Number(port) }];
}

function range(prefix: string, first: number, last: number): readonly NamedAddress[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({ address: `${prefix}${first + index}` }));
}

function networkOf(address: string): string {
  return address.slice(0, address.lastIndexOf('.') + 1);
}

function lastNumber(address: string): number {
  return Number(address.slice(address.lastIndexOf('.') + 1));
}
