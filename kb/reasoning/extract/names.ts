import { networkOf } from './addresses.ts';
import type { Span } from './reference.ts';
import type { Entity } from './roster.ts';

/** Where a sentence calls nodes by names that are known, by ranges of them, or by the last number of the address. */
export function namesIn(text: string, entities: readonly Entity[]): readonly Span[] {
  return [...nameRangesIn(text, entities), ...singleNamesIn(text, entities)];
}

// "pair two: @0+1", "at site north: @2"
const labelled =
  /(?:^|[\s,;(])((?:pair|site|rack|group|set|cluster|zone|row|pod|island|hall|room|side|team|customer|tenant|lab|region|block|chassis) (\w+))(?:\s*[:=(]|\s+(?:is|are|has|with|at))\s*(@[\d+]+)/gi;

// "its neighbour @1", "the server is @2"
const roles =
  /\b(neighbou?r|twin|sibling|replica|partner|buddy|spare|master|head|client|server|reference|witness|sender|receiver|source|target|primary|secondary|standby)\s*(?:is|=|:|\(|at|,)?\s*(@[\d+]+)/gi;

/** Labels that are said of groups, as "pair two". */
export function labelsIn(masked: string): readonly { readonly names: readonly string[]; readonly token: string }[] {
  const ofRoles = [...masked.matchAll(roles)].map(([, role = '', token = '']) => ({ names: [role], token }));
  const ofGroups = [...masked.matchAll(labelled)].map(([, label = '', word = '', token = '']) => ({
    names: /^(?:one|two|three|\w|\d+)$/i.test(word) ? [label] : [label, word],
    token,
  }));
  return [...ofRoles, ...ofGroups];
}

/** "n1-n3", "gpu07 to 09" of names that are known. */
function nameRangesIn(text: string, entities: readonly Entity[]): readonly Span[] {
  const at = (name: string): number =>
    entities.findIndex(({ names }) => names.some((each) => each.toLowerCase() === name.toLowerCase()));
  return [
    ...text.matchAll(/(?<![\w.-])([A-Za-z][\w-]*?)(\d+)\s?(?:-|–|\.{2,3}|to|through)\s?(?:\1)?(\d+)(?![\w.-])/gi),
  ].flatMap((found) => {
    const [whole, stem = '', low = '', high = ''] = found;
    const [first, last] = [at(`${stem}${low}`), at(`${stem}${high}`)];
    if (first < 0 || last <= first) return [];
    const addresses = entities.slice(first, last + 1).map(({ address }) => address);
    return [
      {
        addresses,
        pointer: null,
        names: [],
        port: null,
        usage: 'plain',
        from: found.index,
        to: found.index + whole.length,
      },
    ];
  });
}

function singleNamesIn(text: string, entities: readonly Entity[]): readonly Span[] {
  const forms = entities.flatMap((entity) => formsOf(entity).map((form) => ({ form, address: entity.address })));
  const spans = forms.flatMap(({ form, address }) =>
    [...text.matchAll(patternOf(form))].map((found): Span => ({
      addresses: [address],
      pointer: null,
      names: [],
      port: null,
      usage: 'plain',
      from: found.index,
      to: found.index + found[0].length,
    })),
  );
  // Of those at one place the longer is meant. A label means all that bear it, a number of several nodes none.
  const merged = spans.flatMap((one, at) => {
    const same = spans.filter(({ from, to }) => from === one.from && to === one.to);
    if (spans.findIndex(({ from, to }) => from === one.from && to === one.to) !== at) return [];
    const isLabel = /^[A-Za-z]/.test(text.slice(one.from, one.to));
    return same.length > 1 && !isLabel
      ? []
      : [{ ...one, addresses: [...new Set(same.flatMap(({ addresses }) => addresses))] }];
  });
  return merged
    .toSorted((x, y) => y.to - y.from - (x.to - x.from))
    .reduce<readonly Span[]>(
      (kept, one) => (kept.some(({ from, to }) => one.from < to && from < one.to) ? kept : [...kept, one]),
      [],
    );
}

/** How a node may be called: its names and their ends, the last number of its address. */
function formsOf({ address, names }: Entity): readonly string[] {
  const ends = names.flatMap((name) => {
    const end = name.split(/[-_]/).at(-1) ?? '';
    return end !== name && /\d/.test(end) && end.length > 1 ? [end] : [];
  });
  const octet =
    networkOf(address) === null ? `::${address.split('::').at(-1) ?? ''}` : (address.split('.').at(-1) ?? '');
  const isBare = networkOf(address) === null ? address.includes('::') : octet.length > 1 && octet !== '22';
  const labels = names.flatMap((name) => (name.includes('.') ? [name.split('.')[0] ?? name] : []));
  return [...names, ...labels, ...ends, ...(isBare ? [octet] : [])];
}

function patternOf(form: string): RegExp {
  const plain = form.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  if (/^\d+$/.test(form))
    return new RegExp(
      String.raw`(?:(?<![\w.:=<#/-]|port |ports |${form.length > 2 ? '' : 'on |'}rank |job |gpu |step |xid |error |code |${form.length > 2 ? '' : 'for |after |every |at |'}after )${plain}(?![\w:%>/-]|\.\d| ?(?:%|[gmkt]i?b|ms|us|sec|s|min|h|c|w|v|x|gbit|hours?|days?|minutes?|seconds?|times|nodes?|ranks?|gpus?|cards?|jobs?|steps?|errors?|runs?|ports?|of)\b)|(?<=\b(?:on|at|for) )${plain}(?=(?:,| and| &| or) \d{1,3}(?![\w.:%]| ?(?:%|gb|ms|min|h|c|w)\b)))`,
      'gi',
    );
  if (form.length === 1)
    return new RegExp(
      String.raw`(?<![\w.'/-])${plain}(?=\s*(?:[:,;.)]|$)| (?:then|and|before|first|only|is|has|alone|or|too|as well)\b)`,
      'g',
    );
  return new RegExp(String.raw`(?<![\w.-])${plain}(?![\w-]|\.\w)`, 'gi');
}
