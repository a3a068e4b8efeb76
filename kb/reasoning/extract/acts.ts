import {
  alsoWords,
  anyOf,
  away,
  firstWords,
  foreignThings,
  innocent,
  lastWords,
  leaveVerbs,
  lookVerbs,
  nodeThings,
  onlyWords,
} from './lexicon.ts';

/**
 * What a clause does with the nodes it names: takes them up, takes them in (again), takes them off, says that they are
 * no nodes or of former times, or merely speaks of them.
 */
export type Act = 'select' | 'include' | 'exclude' | 'foreign' | 'past' | 'mention';

export interface ActOn {
  readonly act: Act;
  /** The choice leaves all others behind. */
  readonly isOnly: boolean;
  /** The others come after, or before. */
  readonly place: 'first' | 'last' | null;
}

export interface ClauseContext {
  /** The operator answers what the assistant asked or proposed. */
  readonly isReply: boolean;
  /** Troubles are described there, so "down" and "off" are no reason to leave a node out. */
  readonly isFirst: boolean;
}

const any = (...groups: readonly (readonly string[])[]): string => String.raw`(?<![\w-])${anyOf(...groups)}(?![\w-])`;
const filler = String.raw`(?:ok(?:ay)?|yes|yeah|yep|yup|sure|right|fine|good|great|well|hm+|ah|oh|no|nope|nah|please|pls|plz|kindly|then|so|and|now|but|first|also|just|only|instead|actually|maybe|perhaps|thanks|thank you|agreed|correct|exactly|rather|better|wait|still|for now|at first|let's|let us|lets|can you|could you|would you|will you|you (?:can|may|should|could|might|need to|have to|better)|i (?:want|need|would like|'d like|'d rather)(?: you)?(?: to)?|i'd (?:like|rather|prefer)(?: you)?(?: to)?|we (?:need|want|should|have)(?: you)?(?: to)?|want you to|go and|have a|take a|to|try to|it would be nice to|feel free to|simply|alright|all right|by all means|that|means|in that case|for that|of course)`;
const directive = new RegExp(String.raw`^(?:${filler}[\s,:!.]*)*(?:${anyOf(lookVerbs)})(?![\w-])`, 'i');
const desire = new RegExp(
  String.raw`\b(?:please|pls|look (?:at|into|on|only|just|over)|check|have a look|interest\w*|matters?|will do|(?:is|are) (?:enough|left|meant)|suffices?|it is|i mean|i meant|what (?:remains|is left)|(?:problem|trouble|issue|fault|error|symptom)s? (?:is|are|lies?|sits?|occurs?|shows?(?: up)?|appears?|lives?|happens?) (?:with|on|in|at)|(?:it|this)(?:'s| is) about|concerns|happens (?:on|to)|affects|is the one|are the ones|the problem (?:child|is)|concentrate|focus|stick (?:to|with)|stay with|narrow|go for|you (?:can|may|should)|(?:i|we)(?:'d| would) (?:like|want|take)|(?:i|we) (?:want|need|care))\b`,
  'i',
);
const only = new RegExp(any(onlyWords), 'i');
const also = new RegExp(any(alsoWords), 'i');
const first = new RegExp(any(firstWords), 'i');
const last = new RegExp(any(lastWords), 'i');
const fragment = new RegExp(
  String.raw`^(?:${filler}|@[\d+]+|on|from|of|for|with|at|as|it's|that's|that would be|would be|is|of|it|it's|the|in|order|that order|this order|alone|too|as well|next|last|afterwards|again|both|each|together|user|root|ssh|[\s,:!.?"'-])+$`,
  'i',
);

const foreignNoun = any(foreignThings);
const linking = String.raw`(?:\s+(?:of|for|on|in)\s+@[\d+]+)?(?:\s+(?:is|are|was|were|being|would|will|be|at|on|in|with|under|named|called|lives?|sits?|runs?|answers?|listens?|stays?|remains?|its|it's|the|our|my|an?|address|ip|host|box|server|machine|rack|\w*-\w+|[a-z]+\d+\w*|also|still|has|uses|here|there|hangs|goes|points|reachable|available|found|served|exported|provided|hosted|comes|mounted|from|by|to)){0,4}`;
const foreignBefore = new RegExp(String.raw`${foreignNoun}${linking}\s*[:=(]?\s*$`, 'i');
const foreignAfter = new RegExp(
  String.raw`^(?:'s|,?\s+(?:is|are|was|were|being|runs|hosts|serves|acts as|does)|\s*=|\s*:)?\s*(?:(?:only|just|merely|the|an?|my|our|your|their|his|her|as)\s+)*(?:[\w-]+\s+){0,2}${foreignNoun}`,
  'i',
);
const reached =
  /\b(?:ssh|log in|logs? in|login|logins|reach|reached|reachable|hop|hops|jump|jumps|tunnel|connect|proxy|proxied|(?:get|come|go|getting|coming|going) in(?:to)?|get to|get there|access)\b[^@]*\b(?:via|through|over|across|by way of)\s+(?:[\w-]+\s+){0,3}$/i;
const ownedAfter =
  /^(?:'s|\s+(?:is|are|belongs?|was))\s*(?:to )?(?:not ours|not mine|not yours|some(?:body|one) else|another (?:team|group|user|customer|tenant)|(?:the|an?|our|my) (?:network|storage|security|facilit\w+|platform|other|colleague|customer|tenant|neighbou?r)\w*)/i;
const pastBefore =
  /\b(?:was|were|used to be|had been|formerly|previously|former|old|once|earlier|last (?:week|month|time|year)|in the past|before (?:that|the move|it was)|until \w+|moved (?:away )?from|renumbered from|came from|history|back then)\s*(?:(?:it|the|address|node|host|on|at|with|was|called|name|one|its|ip|by|had)\s+){0,3}[:=]?\s*$/i;
const longAgo =
  /\b(?:in (?:spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|december|\d{4})|last (?:week|month|time|year|spring|summer|autumn|winter|quarter)|(?:days|weeks|months|years) ago|back in|back then|at the time|long ago)\b/i;
/** "Server is @": of what the nodes use. */
const otherEnd =
  /(?:^|[:,]\s*)(?:the |its |their |our )?(?:server|remote|endpoint|far end|counterpart) (?:is|=|:)\s*$/i;
const pastAfter =
  /^\s*(?:was|were|is|are)\s+(?:the|its|their|an?|our)?\s*(?:old|former|previous|earlier|original|last|stale|obsolete|outdated)\b|^\s*(?:until|before) (?:last|the|this|yesterday)|^\s+(?:in|from) (?:older|old|previous|earlier|former)/i;
const compared =
  /\b(?:for comparison|in comparison|unlike|in contrast|elsewhere|otherwise identical|same (?:image|hardware|model|setup|config|build)|control group|does not (?:show|have)|doesn't (?:show|have)|without (?:any )?(?:trouble|problem|issue|complaint|error)s?)\b/i;

/** What somebody else did there is his story. */
const othersDo =
  /\b(?:colleagues?|someone|somebody|another (?:team|group|user)|other (?:team|group|user)s?|customers?|interns?)(?:'s)? \w{3,}/i;
/** It does what it should, so it is there to compare with. */
const asItShould =
  /\b(?:as (?:it|they) (?:should|does|do|did|always)|as (?:expected|ever|always|usual|normal|advertised|designed|intended)|(?:what|like) (?:it|they) should|at (?:line rate|full (?:speed|rate|bandwidth))|within (?:limits|spec)|on time|without (?:a )?(?:hitch|fuss)|in (?:good|perfect) (?:shape|order|health)|the way (?:it|they) should)\b/i;

const noAccess =
  /\b(?:no (?:key|access|account|login|password|credentials?)|can(?:'t|not) (?:log in|reach|give|get in))\b/i;
const leave = new RegExp(String.raw`(?<![\w-])(${anyOf(leaveVerbs)})(?![\w-])([^@]*(?:@[\d+]+[^@]*)?)$`, 'i');
const lookForbidden = new RegExp(
  String.raw`^\s*(?:ever |even |you |need to |have to |want to |want you to |bother (?:with |to )?|waste time (?:on|with) )*(?:please )?(?:${anyOf(lookVerbs)}|touch|include|involve|bother|care|add|restart|reboot|access|enter|\s*$)`,
  'i',
);
const be = String.raw`(?:'s|'re|\s+(?:is|are|was|were|looks?|seems?|appears?|runs?|works?|behaves?|stays?|remains?|comes? (?:out|up|back)|came (?:out|up|back)|turned out|has been|have been|had been|reads?|being|checks? out|is all|goes|keeps?))`;
const innocentAfter = new RegExp(
  String.raw`^${be}\s+(?:(?!not\b|never\b|no\b|hardly\b)[\w-]+\s+){0,2}?(?:${anyOf(innocent)})(?![\w-])`,
  'i',
);
const awayAfter = new RegExp(
  String.raw`^${be}\s+(?:(?!not\b|never\b|no\b)[\w-]+\s+){0,2}?(?:${anyOf(away)})(?![\w-])(?! (?:of (?:memory|disk|space|sync|date)|the bus|again))`,
  'i',
);
const restAfter =
  /^\s*(?:can|may|could|should|must|shall|will|has to|have to|needn't|need not|need|needs|is to|are to|doesn't|does not|don't|do not|isn't|is not|aren't|are not|wasn't|won't|hasn't|has|have|had|stays?|remains?|keeps?|goes)\s+(?:to\s+)?(?:be\s+)?(?:reinstalled|reimaged|scrapped|returned|retired|decommissioned|rebuilt|moved|sold|shipped|left|ignored?|skipped|dropped|excluded|spared|go back|back|stay|out\b|off\b|away|wait|rest|sleep|alone|untouched|nothing to do|no part|nothing|never|not (?:need|required|to be|matter|belong|count|show|part)|been (?:given|handed|returned|moved|removed|retired|released|cleared|checked|tested|swapped|taken|ruled|decommissioned|lent|out of|sent)|need(?:ed)?\b|matter|belong|count|show|have (?:it|that|the|this|any)|suffer|complain|interest|exist|any of)/i;
const passedAfter =
  /^\s*(?:both |all |each )?(?:passe[sd]|pass|survived?|ran through|run through|(?:only|merely|just) followed|(?:only|merely|just) (?:serves?|hosts?|holds?)|never (?:fail|show|had|has|did|hang)\w*|serves? fine|works?(?: fine| well|$)|runs? (?:fine|well|clean|through|the same)|has a clean|have a clean|have no|has no|imports|behaves?|finishe[sd])(?![\w-])/i;
const fineBefore = new RegExp(
  String.raw`(?:^|[:;,]\s*)(?:and )?(?:${anyOf(innocent)}|not affected|out of (?:the )?question|out|excluded) (?:(?:nodes?|ones?|machines?|hosts?) )?(?:is|are)\s*:?\s*$|\b(?:excluded?|without|skip|except|minus|ignore|drained|down|offline)\s*[:=]\s*\[?$`,
  'i',
);
const remarkAfter = new RegExp(
  String.raw`^\s*(?:[:=–-]\s*|\s)(?:don't care|skip(?: it)?|ignore(?: it)?|never mind|irrelevant|leave it|forget it|nothing|all good|all fine|up|idle|not (?:needed|required|necessary|wanted|relevant|affected)|${anyOf(innocent)})\s*[.!,]?$`,
  'i',
);
const hasNone = /^\s*(?:have|has|had|shows?|showed|reports?|reported) (?:none|zero|nothing|not (?:a single|one))\b/i;
const leftOut =
  /\b(?:leav\w*|keep\w*|tak\w*|cross\w*|strik\w*|rul\w*|count\w*|let)\s+(?:the\s+|my\s+|our\s+)?@[\d+]+\s+(?:nodes?\s+)?(?:out|off|alone|aside|be|away|as it is|as they are|where it is|in peace|untouched|for another)\b/i;

/** Reads one clause about the token at `at`, which is `length` long. */
export function actOn(clause: string, at: number, length: number, { isReply, isFirst }: ClauseContext): ActOn {
  const [before, after] = [clause.slice(0, at), clause.slice(at + length)];
  const place = last.test(clause) && !first.test(clause) ? 'last' : first.test(clause) ? 'first' : null;
  const made = (act: Act): ActOn => ({ act, isOnly: only.test(clause), place });
  if (foreignBefore.test(before) || foreignAfter.test(after) || reached.test(before) || ownedAfter.test(after))
    return made('foreign');
  if (isLeft(clause, before, after, { isReply, isFirst })) return made('exclude');
  if (
    otherEnd.test(before) ||
    (longAgo.test(clause) &&
      /\b(?:was|were|had|did|saw|\w{3,}ed)\b/i.test(clause) &&
      !/\b(?:now|today|since|again)\b/i.test(clause)) ||
    pastBefore.test(before) ||
    pastAfter.test(after)
  )
    return made('past');
  if (noAccess.test(clause) && !isFirst) return made('exclude');
  const isContrast =
    /^\s*(?:only|alone|exclusively|and (?:nothing|nobody|no other)\b.*)\W*$/i.test(after) ||
    (/(?<!not )\bonly (?:on |in |at |for |with |the )?$/i.test(before) &&
      !/\d{2,5}\s*[.]?$/.test(clause.replaceAll(/@[\d+]+/g, '')));
  if (isContrast) return { act: 'select', isOnly: true, place: null };
  const isTold = directive.test(clause) || desire.test(clause) || (isReply && fragment.test(clause));
  if (isReply && /^(?:and|plus|also)\b/i.test(clause) && fragment.test(clause)) return made('include');
  if (isReply && place === null && /\b(?:would be|those are|these are|namely)\s+$/i.test(before))
    return made('include');
  if (also.test(clause) && (isTold || /\b(?:too|as well|add|include|back in|though)\b/i.test(clause)))
    return made('include');
  if (isTold || (place !== null && !othersDo.test(before)) || (only.test(before.slice(-14)) && isReply))
    return made('select');
  return made((isFirst && compared.test(clause)) || othersDo.test(before) ? 'past' : 'mention');
}

function isLeft(clause: string, before: string, after: string, { isReply, isFirst }: ClauseContext): boolean {
  if (leftOut.test(clause)) return true;
  if (
    fineBefore.test(before) ||
    (remarkAfter.test(after) && !(isReply && /^\s*(?:ok|okay|fine|good|alright|all right)\W*$/i.test(after)))
  )
    return true;
  if (
    asItShould.test(after) ||
    hasNone.test(after) ||
    restAfter.test(after) ||
    passedAfter.test(after) ||
    innocentAfter.test(after)
  )
    return true;
  if (!isFirst && awayAfter.test(after)) return true;
  const found = leave.exec(before);
  if (found === null)
    return /^\s*(?:(?:is|are|was|did|do|does|has|have|had) )?(?:not|excluded|excepted|aside|apart|out|never|doesn't|don't|didn't|hasn't|isn't|aren't|neither)\s*[.!]?$/i.test(
      after,
    );
  const [, verb = '', rest = ''] = found;
  const isOwn = /\b(?:i|we|they|it|he|she|who|that|which|jobs?|users?|\w+[^s\W]s)\s*$/i.test(
    before.slice(0, found.index),
  );
  if (isOwn && /n't|not|never|cannot/i.test(verb) && !/^\s*(?:need|want|care|have to|bother|require)/i.test(rest))
    return false;
  if (
    /@/.test(rest) &&
    !/^(?:except|without|apart|aside|other|minus|save|all but|everything but|excluding|skip|ignore|drop|forget)/i.test(
      verb,
    )
  )
    return false;
  if (/^take$/i.test(verb)) return /^\s*(?:off|out|away)\b/i.test(after);
  if (/^leave$/i.test(verb)) return !/\b(?:for|to|till|until) (?:the )?(?:last|later|end)\b/i.test(after);
  if (/^(?:not|neither|nor|no longer|no more|never mind)$/i.test(verb))
    return /^\s*(?:(?:the|on|in|at|for|to|into|with|our|my|about|from|of|nodes?|hosts?|even|necessarily|touch|look|read|check|include|its|that|this)\s+)*$/i.test(
      rest,
    );
  if (/^(?:don't|do not|never|please no|no one|nobody|not to|needn't|need not|must|can|should|won|would)/i.test(verb))
    return lookForbidden.test(rest);
  if (/^nothing$/i.test(verb.split(' ')[0] ?? '')) return true;
  return true;
}

const inBrackets = new RegExp(String.raw`${any(foreignThings)}(?: [\w-]+)?\s*\(([^)]*)\)`, 'gi');
const beforeBrackets = new RegExp(
  String.raw`(@[\d+]+)\s*\((?:the |our |my |an? |its )?(?:[\w-]+ )?${any(foreignThings)}`,
  'gi',
);

/** "the filer (@0)", "@1 (our gateway)": tokens that brackets bind to a thing that is no node. */
export function bracketedForeign(sentence: string): readonly string[] {
  const inside = [...sentence.matchAll(inBrackets)].flatMap((found) => found[1]?.match(/@[\d+]+/g) ?? []);
  return [...inside, ...[...sentence.matchAll(beforeBrackets)].flatMap((found) => found[1] ?? [])];
}

/** Addresses of interfaces that carry data; SSH has its own. */
export const interfaceName =
  /(?<![\w-])(?:eth|eno|ens|enp|ib|bond|br-?|docker|veth|mlx5_?|hsn|vlan|virbr|wlan|rdma|roce|ipoib|data (?:plane|lan|net\w*))\d*\w*(?![\w-])/i;

/** Nouns of nodes, the word SSH or a wish in a clause make an address that of a node. */
export const nodeEvidence = new RegExp(String.raw`(?<![\w-])(?:${anyOf(nodeThings)}|sshd?)(?![\w-])`, 'i');

/** Whether a clause asks for something to be done. */
export function isDirective(clause: string): boolean {
  return directive.test(clause);
}
