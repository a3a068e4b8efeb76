import { addressesIn } from './addresses.ts';
import { anyOf, foreignThings } from './lexicon.ts';
import { isSshPort } from './ssh-port.ts';

/** What a table, an ssh configuration or an inventory says of a node. */
export interface ListedNode {
  readonly name: string | null;
  readonly address: string;
  readonly port: number | null;
  /** The line it stands in. */
  readonly row: string;
  /** Of a listing that was pasted whole, of which some may be meant; not of a table made for the case. */
  readonly isDump: boolean;
}

export interface Listing {
  readonly nodes: readonly ListedNode[];
  /** Addresses that stand there and are not where SSH goes: management controllers, fabrics, hops. */
  readonly others: readonly string[];
  /** The text without it. */
  readonly rest: string;
}

/** Takes the listings out of a message. */
export function listingIn(text: string): Listing {
  const table = tableIn(text);
  const config = sshConfigIn(table.rest);
  const rows = rowsIn(config.rest);
  return {
    nodes: [...table.nodes, ...config.nodes, ...rows.nodes],
    others: [...table.others, ...config.others, ...rows.others],
    rest: rows.rest,
  };
}

const foreignName = new RegExp(
  String.raw`^(?:${anyOf(foreignThings)}|master|ctrl|cp|mon|log|login|head|mgmt|admin|infra|lb|db)[-_\d]*$|^(?:ctrl|control|master|mon|login|head|sw|switch|gw|bmc|infra|storage|nfs|jump|bastion|ingress|registry)[-_]?\w*$`,
  'i',
);
const foreignRow = new RegExp(
  String.raw`(?:^|[\s|,=#(])(?:${anyOf(foreignThings)}|master|control-plane|NodePort|LoadBalancer)(?=$|[\s|,)])`,
  'i',
);

/** Whether a name is that of a thing that is no node, as `sw-a`, `gw`, `ctrl-1`. */
export function isForeignName(name: string): boolean {
  return foreignName.test(name);
}

/** Whether a word means a thing that is no node. */
export function isForeignThing(word: string): boolean {
  return new RegExp(`^${anyOf(foreignThings)}$`, 'i').test(word);
}

// | node | ssh address | ssh port | bmc |
function tableIn(text: string): Listing {
  const lines = text.split('\n');
  const isRow = (line: string): boolean => (line.match(/\|/g) ?? []).length >= 2;
  const rows = lines.filter(isRow).map(cellsOf);
  const [header, ...body] = rows.filter((cells) => !cells.every((cell) => /^:?-*:?$/.test(cell)));
  if (header === undefined || body.length === 0) return { nodes: [], others: [], rest: text };
  const ofAddress = columnOf(header, body);
  if (ofAddress === -1) return { nodes: [], others: [], rest: text };
  const ofPort = header.findIndex(
    (cell, at) => at !== ofAddress && /port|ssh/i.test(cell) && body.some((cells) => /^\d{2,5}$/.test(cells[at] ?? '')),
  );
  const listed = body.flatMap((cells): ListedNode[] => {
    const [found] = addressesIn(cells[ofAddress] ?? '', null);
    if (found === undefined) return [];
    const name = cells.find((cell, at) => at !== ofAddress && at !== ofPort && /^[A-Za-z][\w.-]*$/.test(cell)) ?? null;
    return [
      { name, address: found.address, port: portIn(cells[ofPort]) ?? found.port, row: cells.join(' '), isDump: false },
    ];
  });
  const isForeign = ({ name, row }: ListedNode): boolean =>
    (name !== null && isForeignName(name)) || foreignRow.test(row);
  const others = body.flatMap((cells) =>
    cells.flatMap((cell, at) => (at === ofAddress ? [] : addressesIn(cell, null).map(({ address }) => address))),
  );
  return {
    nodes: listed.filter((each) => !isForeign(each)),
    others: [...others, ...listed.filter(isForeign).map(({ address }) => address)],
    rest: lines.filter((line) => !isRow(line)).join('\n'),
  };
}

function portIn(text: string | undefined): number | null {
  const port = Number(/^\D*(\d{2,5})\D*$/.exec(text ?? '')?.[1] ?? Number.NaN);
  return isSshPort(port) ? port : null;
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\s*\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

const addressColumn = /ssh|mgmt|management|address|\bip\b|host/i;
const otherColumn =
  /bmc|ipmi|rdma|\bib\b|ipoib|storage|idrac|ilo|fabric|data|switch|port|hsn|roce|gw|gateway|old|former/i;

function columnOf(header: readonly string[], body: readonly (readonly string[])[]): number {
  const holds = (at: number): boolean => body.some((cells) => addressesIn(cells[at] ?? '', null).length > 0);
  const columns = [/ssh/i, addressColumn, /./].map((wanted) =>
    header.findIndex((cell, at) => wanted.test(cell) && !otherColumn.test(cell) && holds(at)),
  );
  return columns.find((at) => at !== -1) ?? -1;
}

// Host badger / HostName 198.51.100.55 / Port 2255
function sshConfigIn(text: string): Listing {
  const lines = text.split('\n');
  const nodes: ListedNode[] = [];
  const others: string[] = [];
  let name: string | null = null;
  let portOfAll: number | null = null;
  let isNamed = false;
  const rest = lines.filter((line) => {
    const [, key = '', value = ''] =
      /^[\s>]*(Host|HostName|Port|User|ProxyJump|ProxyCommand|IdentityFile|ForwardAgent|StrictHostKeyChecking)[\s=]+(\S.*)$/i.exec(
        line,
      ) ?? [];
    switch (key.toLowerCase()) {
      case 'host':
        if (/^\S+(?: \S+)?$/.test(value.trim()) && /^[\s>]*Host\b/.test(line)) {
          name = value.includes('*') ? null : value.trim();
          isNamed = true;
          return false;
        }
        return true;
      case 'hostname': {
        const [found] = addressesIn(value, null);
        if (found === undefined) return true;
        nodes.push({ name, address: found.address, port: null, row: name ?? '', isDump: true });
        return false;
      }
      case 'port': {
        const last = nodes.at(-1);
        if (!isNamed || portIn(value) === null) return true;
        if (name === null) portOfAll = portIn(value);
        else if (last !== undefined) nodes[nodes.length - 1] = { ...last, port: portIn(value) };
        return false;
      }
      case 'proxyjump':
        others.push(...addressesIn(value, null).map(({ address }) => address));
        return false;
      default:
        return key === '' || !isNamed;
    }
  });
  if (nodes.length === 0) return { nodes: [], others, rest: others.length > 0 ? rest.join('\n') : text };
  const isForeign = (node: ListedNode): boolean => node.name !== null && isForeignName(node.name);
  return {
    nodes: nodes.filter((each) => !isForeign(each)).map((each) => ({ ...each, port: each.port ?? portOfAll })),
    others: [...others, ...nodes.filter(isForeign).map(({ address }) => address)],
    rest: rest.join('\n'),
  };
}

const plainStart =
  /^(?:the|we|i|and|on|at|ssh|please|look|check|nodes?|hosts?|so|but|it|they|my|our|also|then|is|are|to|for|from|all)$/i;

/** Lines of one form, each a name with an address: `gpu-181  Ready  192.0.2.181`, `sv2 ansible_host=192.0.2.5 ansible_port=2212`. */
function rowsIn(text: string): Listing {
  const lines = text.split('\n');
  const parsed = lines.map(rowOf);
  const count = parsed.filter((row) => row !== null).length;
  if (count < 2) return { nodes: [], others: [], rest: text };
  const isDump =
    lines.some((line) => /\bkubectl\b|\bsinfo\b|\bscontrol\b|^NAME\b|^\[\w+\]\s*$|\binventory\b/.test(line)) ||
    parsed.some((row) => row !== null && /\b(?:Ready|NotReady|idle|drain\w*|ansible_host)\b/.test(row.node.row));
  const nodes: ListedNode[] = [];
  const others: string[] = [];
  let section = '';
  lines.forEach((line, at) => {
    section = /^\s*\[([\w:-]+)\]\s*$/.exec(line)?.[1] ?? section;
    const row = parsed[at];
    if (row === null || row === undefined) return;
    const isForeign = (row.node.name !== null && isForeignName(row.node.name)) || foreignRow.test(row.node.row);
    if (isForeign || isForeignName(section)) others.push(row.node.address);
    else nodes.push({ ...row.node, isDump });
    others.push(...row.others);
  });
  return { nodes, others, rest: lines.filter((_, at) => parsed[at] === null).join('\n') };
}

function rowOf(line: string): { readonly node: ListedNode; readonly others: readonly string[] } | null {
  const mentions = addressesIn(line, null);
  const [first, ...more] = mentions;
  if (first === undefined || /[.!?]$|[;,].*[;,]/.test(line.trim()) || /:\/\/|=\S*@|^\s*[A-Z_]+=/.test(line))
    return null;
  const name = /^[\s>*•-]*([A-Za-z][\w.-]*)/.exec(line)?.[1] ?? null;
  const words = line.replaceAll(/\S*\d\S*|[|=/()-]/g, ' ').match(/[A-Za-z_]{2,}/g) ?? [];
  if (name === null ? first.from > 3 : plainStart.test(name)) return null;
  if (name !== null && line.indexOf(name) > first.from) return null;
  const own = name === null ? line.slice(first.to) : line;
  // Sentences have more words than rows, and address first of all by a verb.
  if (words.length > 7 || /\b(?:is|are|was|has|have|and|with|please|the)\b/i.test(line.replace(/\bnode is\b/, '')))
    return null;
  const port =
    /(?:ansible_port=|port[\s=:]*|-p ?|ssh[\s:=]+)(\d{2,5})\b/i.exec(own)?.[1] ??
    /\s(\d{2,5})\s*$/.exec(line.slice(first.to))?.[1];
  const distinct = new Set(more.map(({ address }) => address).filter((address) => address !== first.address));
  if (mentions.filter(({ from }) => from === first.from).length > 1) return null;
  return {
    node: { name, address: first.address, port: portIn(port) ?? sshOnly(first.port), row: line.trim(), isDump: false },
    others: [...distinct],
  };
}

function sshOnly(port: number | null): number | null {
  return port !== null && isSshPort(port) ? port : null;
}
