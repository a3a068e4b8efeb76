import type { HeardClause } from './heard.ts';
import { anyOf, lookVerbs } from './lexicon.ts';
import { accepts, offersPlainly, offersToClose, offersWork, refuses } from './proposal.ts';
import type { Said } from './said.ts';

type Next = 'continue' | 'stop';

/** What one clause does to the work: ends it or has it go on, plainly or by the way. */
interface Turn {
  readonly next: Next;
  readonly isPlain: boolean;
}

const verbs = anyOf(
  lookVerbs.filter(
    (verb) => !/^(?:matters|counts|interest|will do|is enough|are enough|it is|remains|suffices|let)/.test(verb),
  ),
);
const polite = String.raw`(?:ok(?:ay)?|yes|yeah|yep|sure|right|fine|good|great|well|hm+|huh|ah|oh|no|nope|nah|please|pls|plz|kindly|then|so|and|now|but|first|also|just|only|instead|actually|maybe|perhaps|agreed|exactly|rather|better|wait|still|again|for now|let's|let us|lets|can you|could you|would you|will you|you (?:can|may|should|could|might|need to|have to|better)|we (?:need to|should|have to|can)|go and|go ahead and|try to|feel free to|simply|alright|all right|by all means|in that case|meanwhile|in the meantime|dear \w+|there|to|after that|next|while you are there|before that|afterwards)`;

/** Takes an end back. */
const takesBack = new RegExp(
  [
    String.raw`\b(?:not|isn't|wasn't|aren't|nothing is|hardly|far from|un)(?: yet| really| quite| so| at all)? ?(?:done|solved|fixed|settled|over|finished|resolved|closed|answered|bed|gone)\b`,
    String.raw`\b(?:spoke|spoken|rejoiced|cheered|celebrated) too (?:soon|early)\b|\btoo (?:soon|early) to\b`,
    String.raw`\b(?:re-?open\w*|resum(?:e|ing)|un-?close)\b(?! with)`,
    String.raw`\b(?:back|here) again\b|\bagain please\b|\bonce more\b|\bone more time\b`,
    String.raw`\b(?:changed my mind|second thoughts?|scratch that|take (?:that|it) back|forget what i said|i was wrong|on reflection)\b`,
    String.raw`\b(?:cancelled|called off|fell through)\b.*$`,
    String.raw`\b(?:same|error|it|problem|hang|crash|trouble|symptom)s? (?:\w+ )?(?:again|is back|has returned|returned|came back|persists?|reappear\w*|happened again|recurred)\b`,
    String.raw`\b(?:still|nevertheless) (?:\w+ )?(?:hangs?|hanging|fails?|failing|dies|broken|slow|there|the same|stuck|open|refused|crash\w*|down|happen\w*|timing out|no \w+|not \w+|throws?|bad|wrong|drops?|dropping|flapp?\w*|occurs?)\b`,
    String.raw`\b(?:didn't|did not|doesn't|does not|hasn't|has not|won't|wouldn't|couldn't) (?:help\w*|fix\w*|solve\w*|change\w*|work\w*|cure\w*|last|pick up|hold)\b`,
    String.raw`\b(?:keep|kept|stays?|leave it|leave this) (?:it |this )?(?:open|going)\b`,
  ].join('|'),
  'i',
);

const ends = new RegExp(
  [
    String.raw`\byou (?:can|may|could|might) (?:now )?(?:go (?:home|to bed|to sleep|back)|rest|relax|stop|leave|stand down|log (?:off|out)|close|forget|drop|take a break|have the)\b`,
    // It is closed.
    String.raw`\bclos(?:e|ed|ing)\b(?!\s+(?:look|to|by|eye|second))|\b(?:archiv|shelv)\w+\b|\bwrap(?:ped|ping)? (?:\w+ )?up\b|\bcall it (?:a day|done|quits|off|solved|a night)\b|\bcall off\b`,
    String.raw`\b(?:we|i|you)(?:'re| are| am|'m) (?:all )?(?:done|good|finished|through|set|sorted|covered|off the hook)\b|\b(?:all|done|good) (?:done|here|from here|from my side)\b|\bconsider (?:it|this|that|the \w+) \w+`,
    String.raw`\b(?:that's|that is|that'll be|that will be|this is|this'll be|this will be) (?:it|all|enough|everything|that)\b|^(?:that's |that is )?enough\b(?! to)|\b(?:is|are) (?:closed|finished|over|settled|answered)\b|\bcase closed\b|\bend of (?:story|the story)\b|\bfinished with\b`,
    String.raw`\bno (?:more|further|other|additional)? ?(?:need|looks?|looking|action|steps?|questions?|checks?|help|digging|follow-?ups?|investigation|work|readings?|reason|point|sense|use|use in|measurements?|probing|probes?)\b(?! reboot)|\bnot (?:necessary|needed|required|worth|worthwhile)\b|\bno (?:measuring|looking|digging|reading|checking|testing|probing|comparing|monitoring|watching|tracing)\b|\bunnecessary\b|\bneedn't\b|\bneed not\b|\bpointless\b|\bmoot\b|\bno longer (?:needed|necessary|required|relevant|interesting)\b`,
    String.raw`\bdon't (?:bother|worry)\b|\bno,? thanks?\b|\bno thank you\b|\bnever ?mind\b|\b(?:don't|do not|won't|wouldn't) (?:need|want|require)\b(?!.*\bto (?:wait|stop|guess|lose))|\bdon't see (?:a|any|the|what|why)\b|\b(?:i've|i have|we've|we have|you've) (?:got|seen|learned|learnt|found|heard) (?:what|all|everything|enough)\b`,
    String.raw`\b(?:forget|drop|skip|cancel|abort|scrap|scratch|shelve|park|stop|halt|cease|leave|abandon) (?:it|this|that|everything|the (?:rest|search|case|matter|idea|whole thing|diagnosis|investigation|work|incident|ticket|analysis|hunt|check|plan))\b(?! (?:open|to me|out))|^(?:${polite}[\s,:!.]*)*(?:stop|cancel|abort|halt|withdrawn|enough)\b(?!\s+(?:the (?:job|service|container|daemon)|it from))|\b(?:let's|let us|we|i'd say we|would) stop\b|\bstop (?:here|now|there|for|at)\b|\bstand down\b|\bhands off\b(?!.*@)|\bsign(?:ing)? off\b|\blog off\b|\bstay (?:off|away|out)\b(?!.*@)`,
    String.raw`\b(?:leave|let) (?:it|them|everything|things|that|this|those|the (?:case|box|node|machine|matter|rest))(?: \w+)? (?:alone|be|rest|as (?:it|they) (?:is|are)|there|at that|untouched|sleep|to (?:me|us|them|him|her))\b|\bleave it\b(?! (?:on|in|out|open|running))|\blet it be\b|\bkeep (?:your )?hands? off\b`,
    String.raw`\b(?:i|we) (?:hereby )?withdraw\b(?!.*\b(?:bug|report)\b)|\bput (?:it|this|that|everything) (?:off|on hold|on ice|aside|to rest)\b|\bon (?:hold|ice)\b|\bhold (?:off|fire|your fire|your horses|it)\b|\b(?:postpone|defer|suspend|adjourn)\w*\b|\bpaus(?:e|ed)\b(?! frames| storm)`,
    String.raw`\b(?:until|till|before) then\b|^then nothing\b|\b(?:nobody|no one|nothing)\b(?! knows?)(?! (?:deletes?|reboots?|restarts?|resets?|removes?|kills?|wrong|changes|is changed))[^,]*\b(?:any ?more|until|now|further|runs?|touch\w*|logs? in|connects?|looks?|reads?|happens?|left|to (?:do|find|run|look|see|read|diagnose|investigate|chase)|needed|more|else|gets? (?:run|touched))\b|\bdo nothing\b|\bi'd rather (?:not|wait|you (?:didn't|did not|waited))\b|\brather (?:have|see) you wait\b|\bwithout (?:you|me|us)\b`,
    String.raw`\b(?:don't|do not|please no|never|not to|stop) (?:you )?(?:look|touch|run|read|log|connect|dig|go|do|poke|continue|proceed|start|investigat|chas|spend|waste|measur|collect)\w*\b(?!.*\bwhile\b)`,
  ].join('|'),
  'i',
);
/** Put off, or with others from now on. */
const putsOff = new RegExp(
  [
    String.raw`\b(?:let's|let us|we|we'll|i'll|i will|i'd|you can|can|pick|picked|continue|go on|carry on|resume|come back|talk|do|try|look|wait|meet|another|see)\b.*\b(?:tomorrow|tonight|next (?:week|month|time|shift|maintenance|window|quarter)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tues|wednes|thurs|fri|satur|sun)day|later(?: on)?|another (?:day|time)|after (?:the )?(?:weekend|holidays?|maintenance|lunch|easter|christmas|vacation))\b`,
    String.raw`\bfor (?:today|tonight|this week|the day|the night|the time being)\b|\b(?:next|coming) (?:maintenance )?window\b|\bnot (?:today|before|until|tonight|this week)\b|\buntil (?:then|they|he|she|it|that|the (?:vendor|part|card|cable|job|window|maintenance)|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|next|i|we|further)\b`,
    String.raw`\b(?:wait|waits|waiting|awaiting|pending) (?:for|until|till|on)?\b(?!.*\b(?:no|not) longer\b)|\bi(?:'ll| will) (?:ping|call|ring|shout|write|report|reopen|re-open|get back|come back|let you know|tell you|be back|open|file|take it|do (?:it|that|the rest)|handle|deal|look (?:at it )?myself|check (?:it )?myself)\b|\bonce (?:it|they|the|he|she|that)\b.*\b(?:arriv|back|in|here|done|deliver|finish)\w*`,
    String.raw`\b(?:hand|handed|handing|hands|pass|passed|passing|gave|give|giving|turn|turned|pushed|moved|escalat\w+|transferr?\w*|assign\w*|goes|went|going|move|belongs) (?:it|this|that|them|both|the \w+|everything|@\S+|straight|over|back|on|now)? ?(?:it |over |on |back |straight )?(?:to|over)\b|\b(?:take|takes|took|taking|taken) (?:it|this|that|things|the \w+|@\S+)? ?(?:over|from here|off our hands|from there)\b|\bover to (?:the|our|you|my|them|him|her)\b`,
    String.raw`\b(?:vendor|supplier|manufacturer|integrator|rma|warranty|support contract|field engineer|technician|datacenter staff|facilities|remote hands)\b.*\b(?:open|opened|sent|send|sends|comes?|coming|takes?|replac\w+|swap\w*|will|is|has|accepted|exchange\w*|on (?:it|the way))\b|\b(?:rma'?d|return(?:ed|s)? (?:the|it|this)|sent (?:in|back))\b`,
    String.raw`\b(?:gets?|will be|is being|are being|is to be|being|to be) (?:replaced|reseated|seated|swapped|exchanged|repaired|reinstalled|reimaged|rebuilt|decommissioned|scrapped|returned|drained|taken|fixed|sorted|rolled out)\b|\bis on order\b|\b(?:a|is|their|his|her|its) job (?:for|of)\b|\bnot our (?:problem|business|job|concern)\b|\b(?:nothing|not something) (?:for us|we can|of ours)\b|\bin (?:good|their|his|her|other|the vendor's) hands\b`,
    String.raw`\b(?:my|our|the|a) (?:colleagues?|admins?|team|group|people|platform \w+|network \w+|storage \w+|data team|owner|vendor|users?|sysadmins?|guys)\b.*\b(?:takes?|handles?|does|deals?|will|looks? after|is (?:re\w+ing|fixing|on it|working|taking|putting)|are (?:re\w+ing|fixing|on it)|owns?|has it|(?:'s|is) rerunning)\b`,
  ].join('|'),
  'i',
);
/** It works again, or its cause is known: an end by the way. */
const settled =
  /\b(?:fixed|solved|resolved|settled|sorted|cured|repaired|healed|disappeared|vanished|works?|working|runs|running|trains|training|learns|passes|passed|resumed|recovered|restored|healthy|in sync|gone|went away|back to normal|normal again|as (?:fast|it should|before|expected|usual)|is back|are back|back up|came (?:up|back)|coming in again|is up|up again|at the old|ok again|fine (?:now|again|since)|good (?:now|again)|is true|no errors?|without (?:errors?|trouble|problems?)|explains? (?:it|that|everything)|there (?:we|you) have it|known (?:thing|issue|bug|problem)|knows? why|did (?:it|the trick)|settles (?:it|that|this|the)|that does it|takes care of|i(?:'ll| will) (?!be |tell|paste|send|give|wait|watch|start|run|rerun|press|let|need|want)\w+|my (?:own )?(?:fault|bug|mistake|bad)|false alarm|the noise|happy|satisfied|pleased|thanks|thank you|thx|merci|danke|kudos|cheers|bye|perfect|brilliant|wonderful|case in point|that was it|was the (?:cause|reason|culprit)|turned out|culprit|mystery solved)\b/i;
const ownWork =
  /^(?!need|want|agreed|indeed|noted|confirmed|understood|interested|speed)\w{3,}ed[.!]*$|^(?:(?:and|ok|so|already|just|now) )*(?:moved|done|fixed|replaced|swapped|reseated|restarted|rebooted|set|changed|removed|disabled|enabled|updated|upgraded|reinstalled|raised|deleted|killed|cleaned|corrected|reverted|did (?:it|that)|added|unplugged|replugged)\b|\b(?:i|we|somebody|someone|he|she|they|colleague|admin|\w+)(?:'ve| have|'s| has)?(?: just| already| now| simply)? (?:mounted|replaced|swapped|rebooted|reinstalled|removed|restarted|changed|set|deleted|killed|upgraded|downgraded|unmasked|truncated|raised?|increased|disabled|enabled|switched|reverted|rolled back|pinned|patched|reseated|rewired|recabled|plugged|cleaned|added an?|put it right|corrected)\b/i;

const thanksOnly =
  /^\W*(?:(?:many|great|ok|okay|good|perfect|super|cool)\W+)*(?:thx|thanks|thank you|cheers|ta|great|perfect|good|merci)(?: (?:a lot|so much|very much|again|in advance))?\W*$/i;

const goes = new RegExp(
  [
    String.raw`^(?:${polite}[\s,:!.]*)*(?:${verbs}|find|tell|explain|figure|repeat|verify|confirm|determine|establish|locate|search|help|give|start|begin|bring|add|include|print|dig|return to|sort out|work out|capture|note which|wait and|monitor|keep (?:reading|looking|watching|measuring|sampling|an eye|collecting|counting)|get me|let me (?:know|see))(?![\w-])(?! (?:to bed|home|away|it back|care|note|off|the (?:day|rest) off|it (?:easy|back|over)|over (?:it|from)))`,
    String.raw`\b(?:can|could|would|will) you\b|\bplease\b(?! (?:close|file|archive|note|stop|leave|wait|hold|don't|do not|no\b|cancel|forget|skip|mark|log it|record (?:it|that)|end|drop|call))|\bpls\b`,
    String.raw`\bgo (?:on|ahead|for)\b|\bcontinue\b|\bcarry on\b|\bproceed\b|\bkeep going\b|\bdo (?:that|it|so|them|both|@\S+)\b|\bread (?:them|it|both|on)\b|\bgreen light\b|\bgo then\b|\byou(?:'re| are) (?:cleared|free|welcome) to\b`,
    String.raw`\b(?:i|we)(?: do| still| really| just)* (?:want|need|would like|wish|have|'d like|insist|care) (?:you )?to (?!go\b|leave|close|wait|stop|run\b)|\bi'd (?:still )?like\b|\bwould (?:still )?like\b|\bi(?: do| still)? (?:want|need) (?:eyes|you|both|all|the|@)|\bcurious\b|\bworth (?:a look|knowing|checking)\b|\bwants? (?:to know|more|the|an? (?:answer|explanation|report))\b|\bbe (?:good|nice|great|interesting) to (?:know|see|have)\b|\b(?:only|so) @\S+ is\b`,
    String.raw`\byou (?:can|may|could|might|should|are allowed to) (?:now )?(?:read|look|go|log|start|have|begin|connect|continue|proceed|run|use|check|take|get)\b|\b(?:now|so) (?:we|you) can\b|\blet's (?:go|do|see|find|look|get|try|check|start|hear|take|keep|continue|have)\b|\b(?:find|figure|work) out\b|\bshow me\b|\bgood plan\b`,
  ].join('|'),
  'i',
);
const paperwork =
  /^(?:\w+[\s,]+){0,3}(?:please |kindly |pls )?(?:file|close|archive|note|document|write (?:it|this|that) (?:up|down)|mark|inform|log (?:it|this|that) (?:as|with)|record (?:it|this|that) (?:as|with|in))\b/i;
/** Asks for what is not to be done beside the work: the work itself goes on. */
const caution =
  /\b(?:no|don't|do not|never|not|nobody|without|before) (?:a |any |please |you )?(?:reboot\w*|restart\w*|reset\w*|remov\w+|delet\w+|kill\w*|reimag\w+|repeat\w*|chang\w+|writ\w+|reseat\w*|drain\w*|unload\w*|power\w*|stop (?:the|it|that) (?:job|service)|install\w*|upgrad\w+|be fooled|trust|confuse|forget|mix)\b/i;

/** Things beside the nodes: what becomes of them decides nothing. */
const other = /\b(?:switch\w*|gateway|bastion|monitoring|filer|console|router|jump host|bmcs?|proxy|dashboard)\b/i;

/** Whether something is still to be done by what was said last. Where nothing is said of it, work that began goes on. */
export function goingOn(conversation: readonly Said[], heard: readonly HeardClause[]): Next {
  let next: Next = 'continue';
  let isPlain = false;
  conversation.forEach((said, message) => {
    if (said.role !== 'user') return;
    const turn = turnOf(
      said.text,
      conversation[message - 1],
      heard.filter((each) => each.message === message),
      message === 0,
    );
    if (turn === null) return;
    next = turn.next;
    isPlain = turn.isPlain;
  });
  const lastUser = conversation.findLastIndex(({ role }) => role === 'user');
  const after = conversation.slice(lastUser + 1).filter(({ role }) => role === 'assistant');
  if (!isPlain) for (const { text } of after) next = announced(text) ?? next;
  return next;
}

/** What a message of the operator does: its last plain clause decides, else what is said by the way. */
function turnOf(
  text: string,
  before: Said | undefined,
  clauses: readonly HeardClause[],
  isOpening: boolean,
): Turn | null {
  // Thanks for what is under way end nothing.
  if (thanksOnly.test(text) && before?.role === 'assistant' && announced(before.text) === 'continue') return null;
  let plain: Next | null = answerTo(text, before);
  let balance = 0;
  let weight = 1;
  for (const [at, clause] of clauses.entries()) {
    const turn = turnOfClause(clause, clauses[at - 1], isOpening);
    if (turn?.isPlain === true) plain = turn.next;
    else if (turn !== null) balance += turn.next === 'stop' ? -weight : weight;
    weight *= 1.2;
  }
  if (plain !== null) return { next: plain, isPlain: true };
  if (balance === 0) return null;
  return { next: balance < 0 ? 'stop' : 'continue', isPlain: false };
}

/** A bare "yes" or "no" to what the assistant offered. */
function answerTo(text: string, before: Said | undefined): Next | null {
  if (before?.role !== 'assistant') return null;
  if (refuses(text, before)) return offersToClose(before) ? 'continue' : offersPlainly(before) ? 'stop' : null;
  if (!accepts(text, before)) return null;
  return offersToClose(before) ? 'stop' : offersWork(before) ? 'continue' : null;
}

function turnOfClause(
  { text, act, isOfAll, isOfSome }: HeardClause,
  before: HeardClause | undefined,
  isOpening: boolean,
): Turn | null {
  if (isOfAll) return { next: 'stop', isPlain: true };
  const isCondition =
    /^(?:and |but |so )?(?:so that|so (?:i|we) can|in order|to be able|before|if|should (?:it|they|that)|in case|when(?:ever)?|once|unless)\b/i.test(
      text,
    );
  if (
    !isCondition &&
    takesBack.test(text) &&
    !/\b(?:i|we)(?:'ll| will|'d| would| can| could| may| might) (?:always |then )?re-?open/i.test(text)
  )
    return { next: 'continue', isPlain: !isOpening };
  // Some nodes are left out, or stand with others: the work on the rest goes on.
  if (act === 'exclude' || act === 'foreign') return null;
  if (isCondition && /\bclos(?:e|ed|ing)\b/i.test(text)) return null;
  if (paperwork.test(text)) return { next: 'stop', isPlain: true };
  if (caution.test(text)) return { next: 'continue', isPlain: false };
  const goesOnAbout =
    before !== undefined &&
    /\b(?:there|it|that|them)(?: again| any ?more)?[.!]*$/i.test(text) &&
    (before.act === 'exclude' || before.act === 'foreign' || other.test(before.text));
  const isOfOne = /\b(?:that|this) one(?:'s| is| was)\b/i.test(text);
  const isAboutOther = isOfOne || other.test(text) || goesOnAbout || (isOfSome && act === 'mention');
  if (ends.test(text) && !isAboutOther) return { next: 'stop', isPlain: true };
  if (putsOff.test(text) && !isAboutOther && !isOpening) return { next: 'stop', isPlain: true };
  if (act === 'select' || act === 'include') return { next: 'continue', isPlain: true };
  if (goes.test(text)) return { next: 'continue', isPlain: true };
  if (isOpening) return null;
  if (/\?\s*$/.test(text)) return { next: 'continue', isPlain: false };
  if (settled.test(text) || ownWork.test(text))
    return /\b(?:not|never|n't|hardly|but)\b|n't\b/i.test(text) ? null : { next: 'stop', isPlain: false };
  return null;
}

/** Assistants announce what they are about to do; an end they only note. */
function announced(text: string): Next | null {
  if (
    /\b(?:i (?:close|end|stop|leave)|closed|closing|nothing (?:is|was|will be) (?:run|left)|glad|standing down|i stop)\b/i.test(
      text,
    )
  )
    return 'stop';
  if (
    /\b(?:i (?:connect|start|begin|fetch|read|look|go|will|continue|take|count|add|list|compare|set|watch|monitor|keep|run|repeat|measure|check|prepare|schedule|record|collect|note)|i'll|starting|reading|looking|next|now|is (?:due|missing)|in a minute)\b/i.test(
      text,
    )
  )
    return 'continue';
  return null;
}
