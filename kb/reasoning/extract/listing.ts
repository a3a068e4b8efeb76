import { addressesIn } from './addresses.ts';

/** What a table, an ssh configuration or a file of settings says of a node. */
export interface ListedNode {
  readonly name: string | null;
  readonly address: string;
  readonly port: number | null;
}

export interface Listing {
  readonly nodes: readonly ListedNode[];
  /** Addresses that stand there and are not where SSH goes: management controllers, fabrics, hops. */
  readonly others: readonly string[];
  /** The text without it. */
  readonly rest: string;
}

const nothing = { nodes: [], others: [] };

/** Takes the listings out of a message. */
export function listingIn(text: string): Listing {
  const table = tableIn(text);
  const config = sshConfigIn(table.rest);
  return {
    nodes: [...table.nodes, ...config.nodes],
    others: [...table.others, ...config.others],
    rest: config.rest,
  };
}

// | node | ssh address | ssh port | bmc |
function tableIn(text: string): Listing {
  const lines = text.split('\n');
  const isRow = (line: string): boolean => (line.match(/\|/g) ?? []).length >= 2;
  const rows = lines.filter(isRow).map(cellsOf);
  const [header, ...body] = rows.filter((cells) => !cells.every((cell) => /^:?-*:?$/.test(cell)));
  if (header === undefined || body.length === 0) return { ...nothing, rest: text };
  const ofAddress = columnOf(header, body, addressColumn);
  if (ofAddress === -1) return { ...nothing, rest: text };
  const ofPort = header.findIndex((cell, at) => at !== ofAddress && /port/i.test(cell));
  const nodes = body.flatMap((cells): ListedNode[] => {
    const [found] = addressesIn(cells[ofAddress] ?? '', null);
    const port = Number(/^\d{2,5}$/.exec(cells[ofPort] ?? '')?.[0] ?? Number.NaN);
    return found === undefined
      ? []
      : [
          {
            name: ofAddress === 0 ? null : (cells[0] ?? null),
            address: found.address,
            port: Number.isNaN(port) ? found.port : port,
          },
        ];
  });
  const others = body.flatMap((cells) =>
    cells.flatMap((cell, at) => (at === ofAddress ? [] : addressesIn(cell, null).map(({ address }) => address))),
  );
  return { nodes, others, rest: lines.filter((line) => !isRow(line)).join('\n') };
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\s*\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

const addressColumn = /ssh|mgmt|management|address|\bip\b|host/i;
const otherColumn = /bmc|ipmi|rdma|\bib\b|ipoib|storage|idrac|ilo|fabric|data|switch|port/i;

function columnOf(header: readonly string[], body: readonly (readonly string[])[], wanted: RegExp): number {
  const holds = (at: number): boolean => body.some((cells) => addressesIn(cells[at] ?? '', null).length > 0);
  const named = header.findIndex((cell, at) => wanted.test(cell) && !otherColumn.test(cell) && holds(at));
  return named === -1 ? header.findIndex((cell, at) => !otherColumn.test(cell) && holds(at)) : named;
}

// Host badger / HostName 198.51.100.55 / Port 2255
function sshConfigIn(text: string): Listing {
  const lines = text.split('\n');
  const nodes: ListedNode[] = [];
  const others: string[] = [];
  let name: string | null = null;
  let isConfig = false;
  const rest = lines.filter((line) => {
    const [, key = '', value = ''] = /^\s*(Host|HostName|Port|User|ProxyJump|IdentityFile)\s+(\S.*)$/i.exec(line) ?? [];
    switch (key.toLowerCase()) {
      case 'host':
        name = value.includes('*') ? null : value.trim();
        return false;
      case 'hostname': {
        isConfig = true;
        const [found] = addressesIn(value, null);
        if (found !== undefined) nodes.push({ name, address: found.address, port: null });
        return false;
      }
      case 'port': {
        const last = nodes.at(-1);
        if (last !== undefined && name !== null) nodes[nodes.length - 1] = { ...last, port: Number(value) };
        return false;
      }
      case 'proxyjump':
        others.push(...addressesIn(value, null).map(({ address }) => address));
        return false;
      default:
        return key === '';
    }
  });
  return isConfig ? { nodes, others, rest: rest.join('\n') } : { ...nothing, rest: text };
}
