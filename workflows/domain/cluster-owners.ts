import type { Ask, Asker, ClusterState, Lease, Question } from './cluster-rules.ts';
import { formatFencingToken, isSameToken, type FencingToken } from './lease.ts';
import { recoverWorkflowId } from './ids.ts';

/** Nodes that somebody holds, or held until the lease ran out. */
export type Held = Pick<Lease, 'fencing' | 'asker' | 'nodes'>;

/** How often the owners of leases are asked whether they still run, wall time; the lease itself lasts hours. */
export const ownerCheckMs = 5 * 60_000;
/** A recovery that takes longer leaves its nodes to a person. */
export const recoveryHoldMs = 2 * 60 * 60_000;
/** Recovered repairs that are remembered: far more than vanish while an incident is kept. */
export const recoveredMax = 200;

/** Everybody who holds nodes, those whose lease ran out while they went on included. */
export function ownersOf(state: ClusterState): readonly Held[] {
  const outlived = new Map<string, Held>();
  for (const { node, fencing, asker } of state.unsettled) {
    if (asker === undefined) continue;
    const token = formatFencingToken(fencing);
    const nodes = [...(outlived.get(token)?.nodes ?? []), node];
    outlived.set(token, { fencing, asker, nodes });
  }
  return [...state.leases, ...outlived.values()];
}

/** Who has to be gone before this question for a lease can be granted. */
export function ownersInTheWay(state: ClusterState, { question, from }: Ask): readonly Held[] {
  if (question.kind !== 'lease') return [];
  return ownersOf(state).filter(
    (held) => held.asker.workflowId !== from.workflowId && held.nodes.some((node) => question.nodes.includes(node)),
  );
}

export function isHeld(state: ClusterState, fencing: FencingToken): boolean {
  return ownersOf(state).some((held) => isSameToken(held.fencing, fencing));
}

export function isRecovery({ asker }: Held): boolean {
  return asker.workflowId.startsWith('recover/');
}

/**
 * The lease of a vanished owner passes to its recovery under a new token: as soon as that one has acted on a node, the
 * gate there refuses the owner, should it come back.
 */
export function handToRecovery(state: ClusterState, gone: Held, nowMs: number): { state: ClusterState; lease: Lease } {
  const counter = state.counter + 1;
  const asker: Asker = { workflowId: recoverWorkflowId(state.cluster, gone.fencing), runId: '' };
  const lease: Lease = {
    fencing: { epochMs: state.epochMs, counter },
    asker,
    nodes: gone.nodes,
    grantedAtMs: nowMs,
    untilMs: nowMs + recoveryHoldMs,
    recovers: gone.asker.workflowId,
  };
  const rest = giveBack(state, gone.fencing);
  const recovered = [...(rest.recovered ?? []), gone.asker.workflowId].slice(-recoveredMax);
  return { state: { ...rest, counter, recovered, leases: [...rest.leases, lease] }, lease };
}

/** Nobody but a person can go on here. */
export function leaveToPeople(state: ClusterState, held: Held, why: string, nowMs: number): ClusterState {
  const { fencing, nodes } = held;
  const rest = giveBack(state, fencing);
  return {
    ...rest,
    unsettled: [...rest.unsettled, ...nodes.map((node) => ({ node, fencing, sinceMs: nowMs, why }))],
  };
}

/** Ends a lease. One that had run out meanwhile had not vanished after all: its nodes are settled. */
export function giveBack(state: ClusterState, fencing: FencingToken): ClusterState {
  return {
    ...state,
    leases: state.leases.filter((held) => !isSameToken(held.fencing, fencing)),
    unsettled: state.unsettled.filter((entry) => !isSameToken(entry.fencing, fencing)),
  };
}

/**
 * A repair that vanished while this entity was not there has a lease that nobody remembers: it gets one that says so,
 * for its recovery to take over. Nodes that somebody else holds by now are a person's to look at.
 */
export function adoptVanished(
  state: ClusterState,
  { repair, nodes }: Extract<Question, { kind: 'vanished' }>,
  nowMs: number,
): ClusterState {
  const known = [...state.leases, ...state.unsettled].some(({ asker }) => asker?.workflowId === repair);
  if (known || state.recovered?.includes(repair) === true) return state;
  const counter = state.counter + 1;
  const lost = {
    fencing: { epochMs: state.epochMs, counter },
    asker: { workflowId: repair, runId: '' },
    nodes: nodes.toSorted(),
    grantedAtMs: nowMs,
    untilMs: nowMs,
  };
  const taken = state.leases.some((other) => other.nodes.some((node) => nodes.includes(node)));
  if (!taken) return { ...state, counter, leases: [...state.leases, lost] };
  const why = 'it vanished while the cluster entity was away, and another repair holds its nodes';
  return {
    ...state,
    counter,
    unsettled: [
      ...state.unsettled,
      ...lost.nodes.map((node) => ({ node, fencing: lost.fencing, sinceMs: nowMs, why })),
    ],
  };
}

/** Only the recovery that holds the lease ends it; nodes of a lease that ran out meanwhile are settled late. */
export function endRecovery(
  state: ClusterState,
  from: Asker,
  { fencing, left, why }: Extract<Question, { kind: 'recovered' }>,
  nowMs: number,
): ClusterState {
  const held = [...state.leases, ...state.unsettled].filter(
    (entry) =>
      isSameToken(entry.fencing, fencing) && entry.asker !== undefined && entry.asker.workflowId === from.workflowId,
  );
  if (held.length === 0) return state;
  const nodes = held.flatMap((entry) => ('nodes' in entry ? entry.nodes : [entry.node]));
  const rest = giveBack(state, fencing);
  const remaining = left.filter((node) => nodes.includes(node));
  return {
    ...rest,
    unsettled: [...rest.unsettled, ...remaining.map((node) => ({ node, fencing, sinceMs: nowMs, why }))],
  };
}
