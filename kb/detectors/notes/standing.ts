/** Does the sentence say it, say that it is not so, or only suppose it? */
export type Standing = 'said' | 'denied' | 'supposed';

interface Words {
  readonly sentence: string;
  /** The words in question, as offsets. */
  readonly from: number;
  readonly to: number;
  /** Their own `not` belongs to the observation. */
  readonly saysNot: boolean;
}

export function standing({ sentence, from, to, saysNot }: Words): Standing {
  const before = clauseBefore(sentence.slice(Math.max(0, from - scopeCharsMax), from));
  const said = sentence.slice(from, to);
  const after = sentence.slice(to, to + scopeCharsMax);
  if (question.test(sentence) || supposing.test(before) || advising.test(before) || supposingInside.test(said))
    return 'supposed';
  if (leadingDenial.test(before) || ruledOut.test(after)) return 'denied';
  if (!saysNot && (isWell.test(after) || innerDenial.test(said.replace(noDenial, ' ')))) return 'denied';
  return 'said';
}

/**
 * A sentence without the words and clauses that deny or suppose, of the same length: what remains may be read as output
 * of a tool.
 */
export function withoutDenials(sentence: string): string {
  return sentence
    .replace(deniedList, blank)
    .split(clauseBreak)
    .map((clause) => (deniesFault.test(clause) || supposing.test(clause) ? blank(clause) : clause))
    .join('');
}

function blank(text: string): string {
  return ' '.repeat(text.length);
}

const scopeCharsMax = 120;

/** Commas are no break: "no Xid, ECC or NVLink errors" denies all three. */
function clauseBefore(text: string): string {
  return (
    text
      .split(/[;:]\s|\s(?:but|while|whereas|although|though|however|yet|except|because|since|when|after|so|then)\s/i)
      .at(-1) ?? text
  );
}

const clauseBreak = /((?:[,;]\s|\s(?:but|while|whereas|although|though|however|yet)\s))/i;

// "no output", "no longer", "no space left" tell a fault or a change, they don't deny what follows.
const notOnly =
  '(?!\\s+(?:output|progress|response|reply|answer|longer|more|space|such|route|matter|change|difference|idea|only|just|logs?\\b|until|enough))';
const listed =
  "(?:[\\s,/]+(?!(?:is|are|was|were|has|have|had|shows?|showed|reports?|reported|at|on|in|for|from|with|but|while|because|since|when|after|until|if|so|then|hangs?|works?|fails?|stuck|only)\\b)[\\w()'/+-]{1,30}){0,6}[\\s,/(\"']{0,4}$";

// "no Xid, ECC or |NVLink errors|", "ruled out a |full disk|", "did not see any |link down|"
const leadingDenial = new RegExp(
  `\\b(?:no|without|neither|nor|never|zero|not|nothing like|cannot see|(?:does|do|did|is|are|was|were|has|have|can|could)n['’]?t)${notOnly}${listed}|\\b(?:rul(?:ed?|ing) out|exclud(?:ed?|ing)|disproved?|no (?:sign|trace|evidence|hint)s? (?:of|for))\\b.{0,40}$`,
  'i',
);

const beside =
  '^[\\s:=()"\'–-]{0,4}(?:(?:was|were|is|are|has been|have been|can be|could be|counters?|counts?|errors?|values?|checked|looks?|seems?|all|both|and|also|on all (?:nodes|gpus|ranks|hosts)|everywhere)[\\s:=]+){0,4}';

// "|throttling| was ruled out", "a |full disk| isn't the cause"
const ruledOut = new RegExp(
  `${beside}(?:ruled out|excluded|disproved|not (?:the )?(?:cause|problem|issue|reason|culprit|it)\\b|(?:is|was|are|were)n['’]t (?:the )?(?:cause|problem|issue|reason|culprit|it)\\b)`,
  'i',
);

// "|ECC errors|: 0", "|NVLink errors| are zero", "|throttling|: not active"
const isWell = new RegExp(
  `${beside}(?:fine\\b|ok(?:ay)?\\b|normal\\b|healthy\\b|clean\\b|zero\\b|0\\b(?![.:]?\\d|\\s?%|x|\\s?(?:to|and)\\s\\d)|none\\b|no\\b(?=\\s*(?:$|[,.;)]))|not (?:seen|observed|found|present|involved|active|the case|possible)\\b|(?:is|was|are|were)n['’]t (?:seen|observed|found|present|involved|active|the case)\\b)`,
  'i',
);

const innerDenial = /\b(?:not|no|never|without|neither|none|nothing|zero|inactive)\b|\w{1,5}n['’]t\b/i;
const noDenial =
  /\bno (?:longer|more|output|progress|response|space|such|route|reply|answer)\b|\bnot only\b|\bnot just\b/gi;

// What follows is a guess, a plan or a question, so it tells nothing.
const supposing =
  /\b(?:maybe|perhaps|might|may (?:be|have)|could (?:it )?(?:be|have)|suspect(?:s|ed|ing)?|wonder(?:s|ed|ing)?|not sure|unsure|possibly|presumably|probably|assum(?:e|es|ed|ing)|guess(?:es|ed|ing)?|thought|asked|check(?:ed|ing)? (?:if|whether)|test(?:ed|ing)? (?:if|whether)|in case|whether|is it possible|plan(?:ned|s)? to|to rule out|nobody (?:checked|looked)|(?:have|has|had|was|were) not (?:yet )?(?:checked|looked|tested|verified)|not (?:yet )?checked)\b/i;
// Advice, and questions within a sentence. Tools give advice with the very error that they report, so only of people's own words.
const advising =
  /\b(?:is there (?:a|an|any|some)|are there any|to (?:avoid|prevent)|in order to|ensure|make sure|if you|you can|please)\b/i;
/** What is asked is not told. */
const question = /\?[\s"')]*$/;
const supposingInside = /\b(?:might|maybe|perhaps|possibly|whether|could be|may be|not (?:yet )?checked)\b/i;

// "no MTU mismatch", "no Xid, ECC or NVLink errors"; tools' own words ("No space left", "no such device") stay.
const deniedList =
  /\b(?:no|without|zero|neither|nor|never|not any|not a single)\b(?!\s+(?:space|such|route|longer|output|response|reply|progress|more|module|carrier|backend|kernel image|device|devices|gpus?|cuda|ib|valid|suitable|healthy|usable|heartbeat|registration|available|free|room|entry|address|host)\b)(?:[\s,/]+(?!(?:is|are|was|were|has|have|had|shows?|showed|reports?|at|on|in|for|from|with|but|while|because|since|when|after|until|if|so|then)\b)[\w()'+-]{1,30}){1,7}/gi;

// A clause that says that something is well, or not as a fault would have it.
const deniesFault =
  /\b(?:is|are|was|were|looks?|seems?|all|dmesg|logs?|still|stays?)\s+(?:all\s+)?(?:clean|fine|ok|okay|healthy|normal|zero|active|intact|unremarkable)\b|\b(?:ruled out|excluded|disproved)\b|(?:\bnot|n['’]t)\s+(?:\w+\s+){0,2}?(?:wrong|full|corrupt\w*|damaged|truncated|the (?:cause|bottleneck|problem|issue|reason|culprit)|a (?:problem|bottleneck)|slow|down|broken|throttl\w*|exhausted|blocked|affected|seen|observed|involved|nan|differ|different|low|limited|too (?:low|small|large)|see|find|show|report)\b|\b(?:errors?|counters?|counts?)\s*(?:(?:are|is|were|all|stay|:|=)\s*){1,3}(?:zero\b|0\b(?!\s*(?:to|%)))|\b0 (?:errors?|warnings?|failures?)\b/i;
