/** An address as it stands in a text. A range is several of one place. */
export interface AddressMention {
  /** Written in full, lower case. */
  readonly address: string;
  /** UTF-16 offsets in the text; of the whole range where it is one. */
  readonly from: number;
  readonly to: number;
  /** What is bound to it by a colon, as in `192.0.2.1:2222`; null where nothing is. */
  readonly port: number | null;
}

/** Addresses of one range; more are no list of nodes to look at. */
const rangeMax = 256;

const octets = String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.`;
const upTo = String.raw`(?:\s?(?:[-–—]|\.{2,3}|…)\s?|\s(?:to|through|up to|until|till|thru)\s)`;
// 198.51.100.4, 198.51.100.4-6, 198.51.100.[4-6], 198.51.100.{4..6}, 198.51.100.4 to 198.51.100.6, 192.0.2.7:2222; not 1.2.3.4.5
const ipv4 = new RegExp(
  String.raw`(?<![\w.])(?<net>${octets})(?:[[{](?<list>\d{1,3}(?:(?:[-–,]|\.\.)\s?\d{1,3})*)[\]}]|(?<first>\d{1,3})(?:${upTo}(?:${octets}|\.)?(?<last>\d{1,3})(?![\d.]*\.\d|\w|%| ?(?:min|sec|hours?|ms|gb|times)\b))?)(?![\w]|\.\d)(?::(?<port>\d{2,5})\b)?`,
  'gi',
);
// 2001:db8::5, [2001:db8::5]:2222
const ipv6 =
  /\[(?<boxed>[\da-f:]*:[\da-f]*:[\da-f:]*)\](?::(?<port>\d{2,5}))?|(?<![\w:.])(?<plain>[\da-f]{1,4}(?::[\da-f]{0,4}){2,7})(?![\w:])/gi;
// ".42 at the end", ".240-242", ".240 to .242"
const short = new RegExp(
  String.raw`(?<![\w.\]])\.(?<first>\d{1,3})(?:(?:[-–]\.?|${upTo}\.)(?<last>\d{1,3}))?(?![\w%]|\.\d)`,
  'g',
);

/** All addresses of a text in its order. `network` is that of the IPv4 address named last before it, for `.17`. */
export function addressesIn(text: string, network: string | null): readonly AddressMention[] {
  const full = [...text.matchAll(ipv4)].flatMap(fromIpv4);
  const wide = [...text.matchAll(ipv6)].flatMap(fromIpv6);
  const brief = [...text.matchAll(short)].flatMap((found) => {
    const before = full.findLast(({ from }) => from < found.index);
    const net = before === undefined ? network : networkOf(before.address);
    const isInside = full.some(({ from, to }) => from <= found.index && found.index < to);
    return net === null || isInside ? [] : fromShort(found, net);
  });
  // 203.0.113.0/24 is a network.
  return [...full.filter(({ to }) => !/^\/\d{1,2}\b/.test(text.slice(to))), ...wide, ...brief].toSorted(
    (a, b) => a.from - b.from,
  );
}

/** The first three numbers with their dots; null of an IPv6 address. */
export function networkOf(address: string): string | null {
  return /^(?:\d+\.){3}/.exec(address)?.[0] ?? null;
}

function fromIpv4(found: RegExpExecArray): readonly AddressMention[] {
  const { net = '', list, first, last, port } = found.groups ?? {};
  const parts = list === undefined ? [last === undefined ? (first ?? '') : `${first}-${last}`] : list.split(',');
  return parts.flatMap(numbersOf).map((number) => mention(found, `${net}${number}`, port));
}

function fromShort(found: RegExpExecArray, net: string): readonly AddressMention[] {
  const { first = '', last } = found.groups ?? {};
  return numbersOf(last === undefined ? first : `${first}-${last}`).map((number) =>
    mention(found, `${net}${number}`, undefined),
  );
}

function fromIpv6(found: RegExpExecArray): readonly AddressMention[] {
  const { boxed, plain, port } = found.groups ?? {};
  const address = boxed ?? plain ?? '';
  // A time of day is no address, nor is a MAC or a PCI bus id.
  const isOne = URL.canParse(`http://[${address}]/`) && (address.includes('::') || address.split(':').length === 8);
  return isOne ? [mention(found, address.toLowerCase(), port)] : [];
}

function mention(found: RegExpExecArray, address: string, port: string | undefined): AddressMention {
  const [from, to] = [found.index, found.index + found[0].length];
  return { address, from, to, port: port === undefined ? null : Number(port) };
}

/** `7`, or all of `4-6` and `4..6`. */
function numbersOf(part: string): readonly number[] {
  const [first = 0, last = first] = part.split(/[-–]|\.\./).map(Number);
  if (last > 255 || last < first || last - first >= rangeMax) return [first];
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
