import { actOn, bracketedForeign, isDirective, type ActOn, type ClauseContext } from './acts.ts';
import { portTalkIn } from './port-talk.ts';

/** One clause of a sentence, among the others. */
export interface ClauseAt {
  readonly sentence: string;
  readonly clauses: readonly string[];
  readonly at: number;
}

/** What a clause is read against. */
export interface ReadContext extends ClauseContext {
  /** The operator answers which node it is. */
  readonly isAnswer: boolean;
  /** He answers a question. */
  readonly isAnswering: boolean;
  /** What the sentence did last. */
  readonly inherited: ActOn | null;
}

/** Said of some of those that were listed: they are meant. */
const troubled =
  /^@[\d+]+(?:'s \w+)?,? (?:\w+ )?(?:reports?|fails?|failed|hangs?|loses?|lost|crash\w*|complains?|throws?|shows? (?:\w+ )?(?:errors?|the|it)|is (?:slow|stuck|broken|down|bad|the)|are (?:slow|stuck|broken|down|bad|the)|dies?|died|oom\w*|won't|can't|cannot|(?:doesn't|don't|does not|do not) (?!matter|count|belong|need|have (?:it|that|the (?:problem|issue|trouble))|show (?:it|that)|complain|suffer|interest|care)\w+|drops?|stalls?|freez\w+|reboots?|has (?:the|it)|have (?:the|it)|does|do)\b/i;
const troubledOn =
  /\b(?:fails?|failing|crash\w*|hangs?|dies?|breaks?|stuck|occurs?|happens?|errors?|trouble|problems?|jitter|drops?)(?: \w+){0,3} (?:on|at|in|with|for) $/i;
const bareClause = /^(?:and|then|or|nor|,|on|for|also|\s)*@[\d+]+[.!?]*$/i;

/** What a clause does with a token of it, by its own words and by those around it. Null: it speaks of ports alone. */
export function readingOf(
  { sentence, clauses, at }: ClauseAt,
  token: RegExpExecArray,
  isKnown: boolean,
  context: ReadContext,
): ActOn | null {
  const clause = clauses[at] ?? '';
  const own = ownReading({ sentence, clauses, at }, token, context);
  // "2207 except on .7, which has 22" leaves nobody out.
  const isOfPorts = own.act === 'exclude' && /\b(?:except|apart|other than|not)\b/i.test(clause);
  if (isOfPorts && portTalkIn(sentence, false).said.length > 0) return null;
  if (bareClause.test(clause) && context.inherited !== null && own.act !== 'exclude')
    return { ...context.inherited, place: null };
  if (own.act !== 'mention') return own;
  // "Look at that and its neighbour @1": the verb is that of the clause before.
  const isJoined =
    /^and (?:[\w']+ ){0,3}@[\d+]+[.!]*$/i.test(clause) &&
    (context.inherited?.act === 'select' || isDirective(clauses[at - 1] ?? ''));
  const isTrouble =
    isKnown &&
    (context.isFirst || context.isAnswering) &&
    (troubled.test(clause.slice(token.index)) || troubledOn.test(clause.slice(0, token.index)));
  return isJoined || isTrouble || context.isAnswer ? { ...own, act: 'select' } : own;
}

function ownReading({ sentence, clauses, at }: ClauseAt, token: RegExpExecArray, context: ClauseContext): ActOn {
  const clause = clauses[at] ?? '';
  if (bracketedForeign(sentence).includes(token[0])) return { act: 'foreign', isOnly: false, place: null };
  const read = actOn(clause, token.index, token[0].length, context);
  // "up, but slow"
  const isTakenBack =
    read.act === 'exclude' &&
    /^but (?!that|not|no)/i.test(clauses[at + 1] ?? '') &&
    !/\b(?:skip|leave|without|not|except)\b/i.test(clause);
  return isTakenBack ? { ...read, act: 'mention' } : read;
}
