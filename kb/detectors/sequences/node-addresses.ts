import type { FindingKind } from '../../schemas/finding-kind.ts';
import type { SequenceDetector } from '../../schemas/sequence-detector.ts';
import { placeOfLine, sequenceFinding, type LinePlace } from './sequence-finding.ts';

const otherNetwork: FindingKind = {
  id: 'ray.node.other-network',
  summary: "a node that cannot join takes part under an address of another private network than that of Ray's head",
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 3, 'rendezvous-resolution': 0.4 },
  source: 'https://docs.ray.io/en/latest/cluster/vms/user-guides/launching-clusters/on-premises.html',
};

/**
 * Ray chooses the address of a node by itself where none is given. One of another private block than the head's is of another
 * interface: a bridge, a second card, an overlay. Sites route between blocks too, so that it counts where a node did not join.
 */
export const nodeAddresses: SequenceDetector<Told> = {
  id: 'node-addresses',
  kinds: [otherNetwork],
  listens: ['ray.node.own-address', 'ray.head.address', 'ray.cluster.unreachable'],
  follow() {
    const own = new Set<string>();
    let failed: LinePlace | null = null;
    const heads = new Set<string>();
    return {
      note(line, { kind, values }) {
        if (kind === 'ray.cluster.unreachable') failed ??= placeOfLine(line);
        for (const value of Object.values(values ?? {})) {
          const block = blockOf(String(value));
          if (block === null) continue;
          if (kind === 'ray.head.address') heads.add(block);
          else if (kind === 'ray.node.own-address') own.add(block);
        }
      },
      summary: () =>
        own.size + heads.size === 0 && failed === null ? null : { own: [...own], heads: [...heads], failed },
    };
  },
  conclude(sources) {
    const heads = new Set(sources.flatMap(({ summary }) => summary.heads));
    if (heads.size === 0) return [];
    // Its own log tells both: another node's failure is not of this address.
    const outside = sources.flatMap(({ summary: { own, failed } }) =>
      failed !== null && own.some((block) => !heads.has(block)) ? [failed] : [],
    )[0];
    return outside === undefined ? [] : [sequenceFinding(otherNetwork.id, otherNetwork.role, outside)];
  },
};

interface Told {
  /** Private blocks. */
  readonly own: readonly string[];
  readonly heads: readonly string[];
  readonly failed: LinePlace | null;
}

/** The private block of an address (RFC 1918, RFC 6598, link-local); of Docker's default bridge its own. */
function blockOf(address: string): string | null {
  const [first = Number.NaN, second = Number.NaN] = address.split('.').map(Number);
  if (first === 10) return '10/8';
  if (first === 172 && second === 17) return '172.17/16';
  if (first === 172 && second >= 16 && second <= 31) return '172.16/12';
  if (first === 192 && second === 168) return '192.168/16';
  if (first === 100 && second >= 64 && second <= 127) return '100.64/10';
  if (first === 169 && second === 254) return '169.254/16';
  return null;
}
