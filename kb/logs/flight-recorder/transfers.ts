import type { Divergence, Moments, Sureness } from './divergence.ts';
import { groupName, type GroupView, type MemberView, type Transfer } from './group-views.ts';
import { elements } from './op-rules.ts';

/**
 * Pairs sends with receives, rank by rank, in the order of the program. Sequence numbers of transfers count for each
 * rank alone, so only order pairs them: from the start where neither ring has run over, else among those that are not
 * complete, since both ends of a transfer complete together.
 */
export function compareTransfers(group: GroupView, moments: Moments): readonly Divergence[] {
  const found: Divergence[] = [];
  for (const { sender, receiver, sends, receives } of pairs(group)) {
    const isWhole = sender.dump.isWhole && receiver.dump.isWhole;
    const [sent, received] = isWhole ? [sends, receives] : [sends.filter(isPending), receives.filter(isPending)];
    const sure: Sureness = isWhole ? 'sure' : 'likely';
    const misfit = firstMisfit(sent, received);
    if (misfit !== null) found.push(sizesDiffer(group, misfit, sure, moments));
    const rest = [...sent.slice(received.length), ...received.slice(sent.length)].find(isPending);
    if (rest !== undefined && misfit === null) found.push(unmatched(group, rest, sure, moments));
  }
  return found;
}

interface Pair {
  readonly sender: MemberView;
  readonly receiver: MemberView;
  readonly sends: readonly Transfer[];
  readonly receives: readonly Transfer[];
}

/** Pairs of which both ranks have left a dump. */
function pairs(group: GroupView): readonly Pair[] {
  const sends = new Map<string, Transfer[]>();
  const receives = new Map<string, Transfer[]>();
  for (const { transfers } of group.members.values())
    for (const transfer of transfers) {
      const into = transfer.entry.op === 'send' ? sends : receives;
      const key = `${transfer.entry.from}>${transfer.entry.to}`;
      const known = into.get(key);
      if (known === undefined) into.set(key, [transfer]);
      else known.push(transfer);
    }
  return [...new Set([...sends.keys(), ...receives.keys()])].flatMap((key): Pair[] => {
    const [from = '', to = ''] = key.split('>');
    const sender = group.members.get(group.ranks[Number(from)] ?? -1);
    const receiver = group.members.get(group.ranks[Number(to)] ?? -1);
    if (sender === undefined || receiver === undefined || group.isGuessed) return [];
    const own = (list: readonly Transfer[] | undefined, rank: number) =>
      (list ?? []).filter((one) => one.rank === rank);
    return [
      { sender, receiver, sends: own(sends.get(key), sender.rank), receives: own(receives.get(key), receiver.rank) },
    ];
  });
}

function isPending({ state }: Transfer): boolean {
  return state !== 'completed';
}

/** torch writes the tensor of a transfer on both sides of its entry. */
function firstMisfit(sent: readonly Transfer[], received: readonly Transfer[]): readonly [Transfer, Transfer] | null {
  for (const [at, send] of sent.entries()) {
    const receive = received[at];
    if (receive === undefined) return null;
    const given = elements(send.entry.shape.inputs);
    const taken = elements(
      receive.entry.shape.outputs.length > 0 ? receive.entry.shape.outputs : receive.entry.shape.inputs,
    );
    const differs = given !== taken || send.entry.shape.inputTypes.join() !== receive.entry.shape.inputTypes.join();
    if (differs && given > 0 && taken > 0) return [send, receive];
  }
  return null;
}

function sizesDiffer(
  group: GroupView,
  [send, receive]: readonly [Transfer, Transfer],
  sure: Sureness,
  moments: Moments,
): Divergence {
  const what = `rank ${send.rank} sends ${sizeText(send)} and rank ${receive.rank} expects ${sizeText(receive)}`;
  return transferDivergence(group, 'p2p-sizes-differ', send, {
    ranks: [send.rank, receive.rank],
    waiting: [],
    sure,
    what,
    moments,
  });
}

function unmatched(group: GroupView, transfer: Transfer, sure: Sureness, moments: Moments): Divergence {
  const { entry, rank } = transfer;
  const peer = peerOf(group, transfer);
  const what =
    entry.op === 'send'
      ? `rank ${rank} sends to rank ${peer}, which has not called the receive`
      : `rank ${rank} waits to receive from rank ${peer}, which has not called the send`;
  return transferDivergence(group, 'p2p-unmatched', transfer, { ranks: [peer], waiting: [rank], sure, what, moments });
}

function transferDivergence(
  group: GroupView,
  kind: 'p2p-unmatched' | 'p2p-sizes-differ',
  { entry, last, rank }: Transfer,
  {
    ranks,
    waiting,
    sure,
    what,
    moments,
  }: Pick<Divergence, 'ranks' | 'waiting' | 'sure'> & { readonly what: string; readonly moments: Moments },
): Divergence {
  const member = group.members.get(rank);
  if (member === undefined) throw new Error(`rank ${rank} has a transfer in ${group.key} and is no member`);
  return {
    kind,
    group: { key: group.key, name: group.name, desc: group.desc },
    seq: entry.p2pSeq,
    op: entry.op,
    ranks,
    waiting,
    unknown: [],
    sure: last.retired && kind === 'p2p-unmatched' ? 'sure' : sure,
    reason: `Group ${groupName(group)}, transfer ${entry.p2pSeq} of rank ${rank}: ${what}.`,
    sinceMs: entry.createdMs === null ? null : entry.createdMs - (moments.aheadMs.get(rank) ?? 0),
    sizes:
      `${entry.shape.inputs.map((dims) => `[${dims.join('×')}]`).join(' ')} ${entry.shape.inputTypes.join('/')}`.trim(),
    frame: entry.frame,
    cites: { dump: member.dump, entry },
  };
}

/** Global rank of the other end. */
export function peerOf(group: GroupView, { entry }: Transfer): number {
  return group.ranks[(entry.op === 'send' ? entry.to : entry.from) ?? -1] ?? -1;
}

function sizeText({ entry }: Transfer): string {
  return `${elements(entry.shape.inputs)} elements ${entry.shape.inputTypes.join('/')}`.trim();
}
