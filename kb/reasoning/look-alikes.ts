import type { Category } from '../taxonomy.ts';
import type { Hypothesis } from './hypotheses.ts';
import { isPlaced } from './places.ts';

/** Two causes that some evidence shows alike: as long as nothing else speaks, neither is proven. */
export interface LookAlike {
  readonly cause: Category;
  readonly other: Category;
  /** Kinds that both show; where all findings of role `cause` are of these, they do not tell which it is. */
  readonly shared: RegExp;
  /** One of these has to be among them; any where absent. */
  readonly needs?: RegExp;
  /** `everywhere`: only where no node stands out. */
  readonly where: 'everywhere' | 'anywhere';
  /** Probes whose answer would decide: asked where the look-alike is all that keeps a cause from being named. */
  readonly decidedBy?: readonly string[];
  /** For people: why, and what would decide. */
  readonly why: string;
  readonly source: string;
}

export const lookAlikes: readonly LookAlike[] = [
  {
    cause: 'shared-fs-problem',
    other: 'facility-fault',
    // What ranks do meanwhile is to wait for their data. What Lustre's servers say of themselves is of them alone.
    shared:
      /^(?!fs\.lustre\.service-slow$)(?:lustre|nfs|gpfs|beegfs|ceph|fs)\.|^host\.d-state\.shared-storage$|^place\.storage-shared$|^job\.stack\.all-in-input$|^job\.profile\.(?:input|storage)-/,
    // A connection that is never lost answers, and answers late.
    needs: /^(?:lustre|nfs|gpfs|beegfs|ceph|fs)\./,
    where: 'everywhere',
    decidedBy: ['fs.lustre-timeouts'],
    why: 'clients lose their servers in the same way whether the servers or the network to them is at fault; the time that servers themselves say they need, their own logs and their switch would decide',
    source:
      'https://doc.lustre.org/lustre_manual.xhtml (28.3: "was lost", "timed out" name the peer and not the reason)',
  },
  {
    cause: 'rdma-link-fault',
    other: 'facility-fault',
    shared: /^(?:lustre|fs\.lustre)\./,
    where: 'everywhere',
    why: 'a way to the Lustre servers that is slow on many nodes may be their links or what the site has between them and the servers; the switches on that way would decide',
    source: 'our judgement: links of many nodes hardly fail together',
  },
  {
    cause: 'rdma-link-fault',
    other: 'host-hardware-fault',
    // What goes over the link is slow either way.
    shared:
      /^(?:(?:fs\.)?lustre\..*|metric\.ib\.errors\.rose|ib\.counter\.(?:errors|growing)|ib\.counter\.unlike-siblings|ib\.fabric\.own-port-errors-growing)$/,
    where: 'anywhere',
    decidedBy: ['ib.optics'],
    why: 'damaged symbols that the adapter counts may come from the cable and its optics or from the slot that the adapter sits in, and nothing was seen to lose light; another cable, or the adapter in another slot, would decide',
    source:
      'https://docs.nvidia.com/networking/display/ufmenterpriseumv6150/appendix+-+supported+port+counters+and+events (symbol errors: minor link errors on one or more physical lanes)',
  },
];

/** The look-alike of a cause that nothing but shared evidence speaks for; null where something tells them apart. */
export function lookAlikeOf(hypothesis: Hypothesis): LookAlike | null {
  const telling = hypothesis.for.filter(({ observation }) => observation.role === 'cause');
  return (
    lookAlikes.find(
      ({ cause, shared, needs, where }) =>
        cause === hypothesis.category &&
        (where === 'anywhere' || !isPlaced(hypothesis.place)) &&
        telling.every(({ observation }) => shared.test(observation.kind.id)) &&
        (needs === undefined || telling.some(({ observation }) => needs.test(observation.kind.id))),
    ) ?? null
  );
}
