import { isCovered, type ClaimedCause } from './cluster-claims.ts';
import { mendedLately, rememberMended, type MendedCause } from './cluster-mended.ts';
import { adoptVanished, endRecovery, giveBack } from './cluster-owners.ts';
import { formatFencingToken, isSameToken, type FencingToken } from './lease.ts';

/** Who asks: a workflow execution. */
export interface Asker {
  readonly workflowId: string;
  readonly runId: string;
}

/** The rules of one cluster: who may open, who may repair what, and when nobody may. */
export type Question =
  | {
      readonly kind: 'open';
      readonly job: string | null;
      readonly nodes: readonly string[];
      readonly alertAtMs: number;
      /** Handler of the alert: of what kind the trouble looks. Older incidents do not say it. */
      readonly about?: string;
    }
  /** `causes`: what the verdict says of these nodes; without it the nodes alone are compared. */
  | { readonly kind: 'claim'; readonly nodes: readonly string[]; readonly causes?: readonly ClaimedCause[] }
  | { readonly kind: 'lease'; readonly nodes: readonly string[]; readonly holdMs: number; readonly fleetNodes: number }
  | { readonly kind: 'proceed'; readonly fencing: FencingToken }
  /** `mended`: what the repair was verified to have mended; absent where it was not, and in older repairs. */
  | { readonly kind: 'release'; readonly fencing: FencingToken; readonly mended?: readonly MendedCause[] }
  /** An incident hears that its repair ended without a report. */
  | { readonly kind: 'vanished'; readonly repair: string; readonly nodes: readonly string[] }
  /** A recovery ends; `left` are the nodes at which a person has to look. */
  | {
      readonly kind: 'recovered';
      readonly fencing: FencingToken;
      readonly left: readonly string[];
      readonly why: string;
    }
  | { readonly kind: 'close' };

/** The payload of signal `ask`. `requestId` is `workflowId/runId/n`: the same request again gets the same answer. */
export interface Ask {
  readonly requestId: string;
  readonly from: Asker;
  readonly question: Question;
}

export type Answer =
  /** `mended`: to an incident that opens, where something was mended lately. */
  | { readonly kind: 'go'; readonly mended?: readonly MendedCause[] }
  | { readonly kind: 'merge'; readonly into: string }
  | { readonly kind: 'granted'; readonly fencing: FencingToken; readonly untilMs: number }
  | { readonly kind: 'busy'; readonly reason: string }
  | { readonly kind: 'denied'; readonly reason: string };

/** What an answer that is no leave says to people. */
export function describeAnswer(answer: Answer | 'unanswered'): string {
  if (answer === 'unanswered') return 'the cluster entity did not answer';
  return 'reason' in answer ? answer.reason : answer.kind;
}

/** The payload of signal `clusterReply`. */
export interface Reply {
  readonly requestId: string;
  readonly answer: Answer;
}

export interface OpenIncident {
  readonly asker: Asker;
  readonly job: string | null;
  readonly nodes: readonly string[];
  readonly alertAtMs: number;
  readonly about?: string;
  /** Since its verdict: what it found. */
  readonly claimed?: readonly ClaimedCause[];
}

export interface Lease {
  readonly fencing: FencingToken;
  readonly asker: Asker;
  readonly nodes: readonly string[];
  readonly grantedAtMs: number;
  readonly untilMs: number;
  /** Of the lease of a recovery: the repair that vanished. */
  readonly recovers?: string;
}

/** Nodes that no repair gets before somebody has looked, or before the repair that outlived its lease is heard of. */
export interface Unsettled {
  readonly node: string;
  readonly fencing: FencingToken;
  readonly sinceMs: number;
  /** Who held the lease when it ran out, as long as that one may still be at work. */
  readonly asker?: Asker;
  readonly why?: string;
}

/** A person's word about all remediation of the cluster. */
export interface Order {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface ClusterState {
  readonly cluster: string;
  /** Start of the entity's first run: the high part of every fencing token. */
  readonly epochMs: number;
  readonly counter: number;
  readonly open: readonly OpenIncident[];
  readonly leases: readonly Lease[];
  readonly attempts: readonly { readonly node: string; readonly day: number; readonly count: number }[];
  readonly unsettled: readonly Unsettled[];
  /** The latest repairs whose lease passed to a recovery: started again, they would go on where it took things back. */
  readonly recovered?: readonly string[];
  /** What repairs mended, the latest last. */
  readonly mended?: readonly MendedCause[];
  readonly stopped: Order | null;
  /** Who let remediation go on last. */
  readonly resumed: Order | null;
  /** The latest answers, by request id and run, oldest first. */
  readonly answered: readonly (Reply & { readonly runId: string })[];
}

/** With the bound on nodes of a question the state stays below half a payload's limit of 2 MiB. */
export const openIncidentsMax = 1_000;
export const answeredMax = 500;
/** Repairs of one node in one day; more is a loop (NVIDIA/NVSentinel issue 1543). */
export const attemptsPerNodeAndDayMax = 3;
/** Share of the fleet under repair at once; NVSentinel's circuit breaker cordons at most half, we repair a tenth. */
export const fleetShareMax = 0.1;
/** Alerts of one fault on one node start within this cluster time of each other. */
const overlapWindowMs = 30 * 60_000;
const dayMs = 24 * 60 * 60_000;

export function newCluster(cluster: string, epochMs: number): ClusterState {
  return {
    cluster,
    epochMs,
    counter: 0,
    open: [],
    leases: [],
    attempts: [],
    unsettled: [],
    stopped: null,
    resumed: null,
    answered: [],
  };
}

/** Answers one question. Asked again by the same run the recorded answer stands; a run after a reset is answered anew. */
export function answer(state: ClusterState, ask: Ask, nowMs: number): { state: ClusterState; reply: Reply } {
  const earlier = state.answered.find(
    ({ requestId, runId }) => requestId === ask.requestId && runId === ask.from.runId,
  );
  if (earlier !== undefined) return { state, reply: replyTo(ask, earlier.answer, state, nowMs) };
  const decided = decide(state, ask, nowMs);
  const kept = { requestId: ask.requestId, answer: decided.answer, runId: ask.from.runId };
  const answered = [...decided.state.answered, kept].slice(-answeredMax);
  return { state: { ...decided.state, answered }, reply: replyTo(ask, decided.answer, state, nowMs) };
}

/** What was mended is told beside the answer, and not kept with it: five hundred times fifty would outgrow a payload. */
function replyTo({ requestId, question }: Ask, decided: Answer, state: ClusterState, nowMs: number): Reply {
  const opens = question.kind === 'open' && decided.kind === 'go';
  return { requestId, answer: opens ? { kind: 'go', ...mendedLately(state, nowMs) } : decided };
}

/** Leases that ran out without being given back: the nodes become unsettled. */
export function expireLeases(state: ClusterState, nowMs: number): ClusterState {
  const expired = state.leases.filter((lease) => lease.untilMs <= nowMs);
  if (expired.length === 0) return state;
  return {
    ...state,
    leases: state.leases.filter((lease) => lease.untilMs > nowMs),
    unsettled: [
      ...state.unsettled,
      ...expired.flatMap(({ fencing, asker, nodes }) =>
        nodes.map((node) => ({
          node,
          fencing,
          sinceMs: nowMs,
          asker,
          why: 'its lease ran out and was not given back',
        })),
      ),
    ],
  };
}

export function nextExpiryMs(state: ClusterState): number | null {
  return state.leases.length === 0 ? null : Math.min(...state.leases.map((lease) => lease.untilMs));
}

export function stopRemediation(state: ClusterState, order: Order): ClusterState {
  return { ...state, stopped: order };
}

/** A person says that repairs may go on; that also settles nodes whose repair vanished. */
export function resumeRemediation(state: ClusterState, order: Order): ClusterState {
  return { ...state, stopped: null, resumed: order, unsettled: [] };
}

/** An incident that ended is no longer open, however it ended. */
export function forgetIncident(state: ClusterState, workflowId: string): ClusterState {
  return { ...state, open: state.open.filter(({ asker }) => asker.workflowId !== workflowId) };
}

type Decided = { state: ClusterState; answer: Answer };

function decide(state: ClusterState, ask: Ask, nowMs: number): Decided {
  const { question, from } = ask;
  switch (question.kind) {
    case 'open':
      return open(state, from, question);
    case 'claim':
      return claim(state, from, question);
    case 'lease':
      return lease(state, from, question, nowMs);
    case 'proceed':
      return { state, answer: proceed(state, question.fencing) };
    case 'release':
      return { state: giveBack(rememberMended(state, question), question.fencing), answer: { kind: 'go' } };
    case 'vanished':
      return { state: adoptVanished(state, question, nowMs), answer: { kind: 'go' } };
    case 'recovered':
      return { state: endRecovery(state, from, question, nowMs), answer: { kind: 'go' } };
    case 'close':
      return { state: forgetIncident(state, from.workflowId), answer: { kind: 'go' } };
  }
}

function open(state: ClusterState, from: Asker, question: Extract<Question, { kind: 'open' }>): Decided {
  const rest = state.open.filter((incident) => !sameAsker(incident.asker, from));
  const twin = rest.find(
    (incident) =>
      incident.job === question.job &&
      overlapInTime(incident, question) &&
      (intersects(incident.nodes, question.nodes) || isSameSlowness(incident, question)),
  );
  if (twin !== undefined) return { state, answer: { kind: 'merge', into: twin.asker.workflowId } };
  if (rest.length >= openIncidentsMax)
    return { state, answer: { kind: 'denied', reason: `more than ${openIncidentsMax} incidents are open` } };
  const { job, nodes, alertAtMs, about } = question;
  const incident = { asker: from, job, nodes, alertAtMs, ...(about === undefined ? {} : { about }) };
  return { state: { ...state, open: [...rest, incident] }, answer: { kind: 'go' } };
}

/**
 * A synchronous job has one speed: a word that it is slow which names no node is about the same trouble as any other. An
 * early warning and the site's own rule that follows it meet here. Two that name other nodes may be two faults; if they
 * find the same cause, the claim after the verdict makes them one.
 */
function isSameSlowness(a: OpenIncident, b: Extract<Question, { kind: 'open' }>): boolean {
  const isNamed = a.nodes.length > 0 && b.nodes.length > 0;
  return a.job !== null && a.about === slowHandler && b.about === slowHandler && !isNamed;
}

/** Id of the handler of alerts about speed (`kb/handlers/slow-training.ts`). */
const slowHandler = 'slow-training';

/**
 * After the verdict it is known what an incident is about. Who claims first goes on; who comes later with nothing that
 * the first has not found is the same fault. One that has no verdict yet takes nobody in: it may find something else,
 * and if it finds the same, it is the one that is merged.
 */
function claim(state: ClusterState, from: Asker, question: Extract<Question, { kind: 'claim' }>): Decided {
  const { nodes } = question;
  const mine = state.open.find((incident) => sameAsker(incident.asker, from));
  // An entity that was started anew does not know its incidents; the lease still keeps repairs apart.
  if (mine === undefined) return { state, answer: { kind: 'go' } };
  const claimed = question.causes ?? nodes.map((node) => ({ node, category: null, device: null }));
  const twin = state.open.find(
    (other) =>
      other !== mine && other.claimed !== undefined && overlapInTime(other, mine) && isCovered(claimed, other.claimed),
  );
  if (twin !== undefined) return { state, answer: { kind: 'merge', into: twin.asker.workflowId } };
  return {
    state: {
      ...state,
      open: state.open.map((incident) => (incident === mine ? { ...incident, nodes, claimed } : incident)),
    },
    answer: { kind: 'go' },
  };
}

function lease(
  state: ClusterState,
  from: Asker,
  question: Extract<Question, { kind: 'lease' }>,
  nowMs: number,
): Decided {
  if (state.stopped !== null) return { state, answer: stoppedBy(state.stopped) };
  if (state.recovered?.includes(from.workflowId) === true)
    return {
      state,
      answer: { kind: 'denied', reason: 'this repair vanished once and was taken back; propose it anew' },
    };
  // A repair that a reset started again still holds what it held: same nodes, same token, no second attempt.
  const own = state.leases.find(
    (held) => sameAsker(held.asker, from) && held.nodes.join() === question.nodes.toSorted().join(),
  );
  if (own !== undefined) return { state, answer: { kind: 'granted', fencing: own.fencing, untilMs: own.untilMs } };
  const refused = leaseRefusal(state, question, nowMs);
  if (refused !== null) return { state, answer: refused };
  const counter = state.counter + 1;
  const fencing = { epochMs: state.epochMs, counter };
  // Fixed order: two askers that want the same nodes see them in the same sequence.
  const nodes = question.nodes.toSorted();
  const granted: Lease = { fencing, asker: from, nodes, grantedAtMs: nowMs, untilMs: nowMs + question.holdMs };
  return {
    state: {
      ...state,
      counter,
      leases: [...state.leases, granted],
      attempts: countAttempts(state.attempts, nodes, Math.floor(nowMs / dayMs)),
    },
    answer: { kind: 'granted', fencing, untilMs: granted.untilMs },
  };
}

function leaseRefusal(
  state: ClusterState,
  question: Extract<Question, { kind: 'lease' }>,
  nowMs: number,
): Answer | null {
  const unsettled = state.unsettled.find((entry) => question.nodes.includes(entry.node));
  if (unsettled !== undefined)
    return {
      kind: 'denied',
      reason: `an earlier repair of ${unsettled.node} (lease ${formatFencingToken(unsettled.fencing)}) vanished${unsettled.why === undefined ? '' : ` (${unsettled.why})`}; look at the node, then \`wardround resume\``,
    };
  const day = Math.floor(nowMs / dayMs);
  const worn = question.nodes.find((node) => attemptsOf(state, node, day) >= attemptsPerNodeAndDayMax);
  if (worn !== undefined)
    return {
      kind: 'denied',
      reason: `${worn} was repaired ${attemptsPerNodeAndDayMax} times today; a person has to look`,
    };
  const held = state.leases.find((other) => intersects(other.nodes, question.nodes));
  if (held !== undefined)
    return {
      kind: 'busy',
      reason: `${held.nodes.join(', ')} is under ${held.recovers === undefined ? 'repair' : 'recovery'} by ${held.asker.workflowId}`,
    };
  const leased = new Set([...state.leases.flatMap((other) => other.nodes), ...question.nodes]);
  const leasedMax = Math.max(1, Math.floor(question.fleetNodes * fleetShareMax));
  if (leased.size > leasedMax)
    return { kind: 'busy', reason: `${leased.size} nodes would be under repair at once; the limit is ${leasedMax}` };
  return null;
}

/** Stop blocks new forward steps, also of a repair that holds its lease. */
export function proceed(state: Pick<ClusterState, 'stopped' | 'leases'>, fencing: FencingToken): Answer {
  if (state.stopped !== null) return stoppedBy(state.stopped);
  return state.leases.some((held) => isSameToken(held.fencing, fencing))
    ? { kind: 'go' }
    : { kind: 'denied', reason: `lease ${formatFencingToken(fencing)} is no longer held` };
}

function stoppedBy({ by, reason }: Order): Answer {
  return { kind: 'denied', reason: `remediation is stopped by ${by}: ${reason}` };
}

function attemptsOf(state: ClusterState, node: string, day: number): number {
  return state.attempts.find((entry) => entry.node === node && entry.day === day)?.count ?? 0;
}

function countAttempts(
  attempts: ClusterState['attempts'],
  nodes: readonly string[],
  day: number,
): ClusterState['attempts'] {
  const today = attempts.filter((entry) => entry.day === day);
  const counted = new Map(today.map((entry) => [entry.node, entry.count]));
  for (const node of nodes) counted.set(node, (counted.get(node) ?? 0) + 1);
  return [...counted].map(([node, count]) => ({ node, day, count }));
}

type AlertTime = Pick<OpenIncident, 'alertAtMs'>;

function overlapInTime(a: AlertTime, b: AlertTime): boolean {
  return Math.abs(a.alertAtMs - b.alertAtMs) <= overlapWindowMs;
}

function sameAsker(a: Asker, b: Asker): boolean {
  return a.workflowId === b.workflowId;
}

function intersects(a: readonly string[], b: readonly string[]): boolean {
  return a.some((item) => b.includes(item));
}
