import type { ClaimedCause } from './cluster-claims.ts';
import { mendedMax, type MendedCause } from './cluster-mended.ts';
import type { Answer, Ask, Question, Reply } from './cluster-rules.ts';
import type { FencingToken } from './lease.ts';

/** Nodes that one question may name; what an incident or a plan names beyond that is not compared. */
export const nodesPerQuestionMax = 50;
/** A lease that is asked for longer is refused: it would outlive every repair. */
const holdMsMax = 24 * 60 * 60_000;
// The server's limit on workflow ids.
const idCharsMax = 1_000;
const textCharsMax = 200;

/** Reads the payload of signal `ask`; `null` when it is no question. Anybody can send one, so it never throws. */
export function readAsk(value: unknown): Ask | null {
  const { requestId, from, question } = fieldsOf(value);
  const { workflowId, runId } = fieldsOf(from);
  if (!isId(requestId) || !isId(workflowId) || !isId(runId)) return null;
  // The entity answers by signal: only incidents, repairs and recoveries listen.
  if (!/^(incident|repair|recover)\//.test(workflowId)) return null;
  const read = readQuestion(fieldsOf(question));
  return read === null ? null : { requestId, from: { workflowId, runId }, question: read };
}

function readQuestion(fields: Fields): Question | null {
  switch (fields['kind']) {
    case 'open': {
      const { job, alertAtMs, about } = fields;
      const nodes = readNodes(fields['nodes']);
      if (nodes === null || !isCount(alertAtMs)) return null;
      return {
        kind: 'open',
        job: typeof job === 'string' ? job.slice(0, textCharsMax) : null,
        nodes,
        alertAtMs,
        ...(typeof about === 'string' ? { about: about.slice(0, textCharsMax) } : {}),
      };
    }
    case 'claim': {
      const nodes = readNodes(fields['nodes']);
      if (nodes === null) return null;
      const causes = readCauses(fields['causes']);
      return causes === null ? { kind: 'claim', nodes } : { kind: 'claim', nodes, causes };
    }
    case 'lease': {
      const { nodes, holdMs, fleetNodes } = fields;
      // A lease is for all of its nodes or for none: here nothing is cut off.
      if (!isNames(nodes) || nodes.length === 0 || nodes.length > nodesPerQuestionMax) return null;
      return isCount(holdMs) && holdMs <= holdMsMax && isCount(fleetNodes)
        ? { kind: 'lease', nodes, holdMs, fleetNodes }
        : null;
    }
    case 'proceed': {
      const fencing = readFencing(fields['fencing']);
      return fencing === null ? null : { kind: 'proceed', fencing };
    }
    case 'release': {
      const fencing = readFencing(fields['fencing']);
      return fencing === null ? null : { kind: 'release', fencing, ...readMended(fields['mended']) };
    }
    case 'vanished': {
      const { repair, nodes } = fields;
      if (!isId(repair) || !repair.startsWith('repair/') || !isNames(nodes)) return null;
      return nodes.length > 0 && nodes.length <= nodesPerQuestionMax ? { kind: 'vanished', repair, nodes } : null;
    }
    case 'recovered': {
      const { why } = fields;
      const fencing = readFencing(fields['fencing']);
      const left = readNodes(fields['left']);
      return fencing === null || left === null || typeof why !== 'string'
        ? null
        : { kind: 'recovered', fencing, left, why: why.slice(0, textCharsMax) };
    }
    case 'close':
      return { kind: 'close' };
    default:
      return null;
  }
}

/** Reads the payload of signal `clusterReply`; `null` when it is no answer. */
export function readReply(value: unknown): Reply | null {
  const { requestId, answer } = fieldsOf(value);
  if (!isId(requestId)) return null;
  const read = readAnswer(fieldsOf(answer));
  return read === null ? null : { requestId, answer: read };
}

function readAnswer({ kind, into, reason, fencing, untilMs, mended }: Fields): Answer | null {
  switch (kind) {
    case 'go':
      return { kind, ...readMended(mended) };
    case 'merge':
      return isId(into) ? { kind, into } : null;
    case 'granted': {
      const token = readFencing(fencing);
      return token !== null && isCount(untilMs) ? { kind, fencing: token, untilMs } : null;
    }
    case 'busy':
    case 'denied':
      return typeof reason === 'string' ? { kind, reason } : null;
    default:
      return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  // Each field is checked where it is read.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= idCharsMax;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name.length <= textCharsMax);
}

function readNodes(value: unknown): readonly string[] | null {
  return isNames(value) ? value.slice(0, nodesPerQuestionMax) : null;
}

/** `null` when none are told, or what is told is not about causes: then the nodes alone are compared. */
function readCauses(value: unknown): readonly ClaimedCause[] | null {
  if (!Array.isArray(value) || value.length > nodesPerQuestionMax) return null;
  const causes = value.map(readCause);
  return causes.some((cause) => cause === null) ? null : causes.flatMap((cause) => cause ?? []);
}

function readCause(value: unknown): ClaimedCause | null {
  const { node, category, device } = fieldsOf(value);
  if (!isNames([node]) || !isTextOrNull(category) || !isTextOrNull(device)) return null;
  return { node: String(node), category, device };
}

/** What is no mended cause is left out: then signs of it count as they did before. */
function readMended(value: unknown): { readonly mended?: readonly MendedCause[] } {
  if (!Array.isArray(value)) return {};
  const mended = value.slice(-mendedMax).flatMap((entry) => {
    const cause = readCause(entry);
    const { atMs } = fieldsOf(entry);
    return cause === null || !isCount(atMs) ? [] : [{ ...cause, atMs }];
  });
  return mended.length === 0 ? {} : { mended };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value.length <= textCharsMax);
}

function readFencing(value: unknown): FencingToken | null {
  const { epochMs, counter } = fieldsOf(value);
  return isCount(epochMs) && isCount(counter) ? { epochMs, counter } : null;
}
