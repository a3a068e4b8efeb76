import { sentencesOf, type Said } from './said.ts';

/** A sentence by which the assistant offers to look somewhere, and how it would change the list. */
export interface Proposal {
  readonly sentence: string;
  readonly kind: 'only' | 'also' | 'first' | 'none';
}

const offer =
  /\b(?:shall|should|could|can|may|might|do) i\b|\bi(?:'d| would| could| can| suggest| propose| recommend|'ll| will| want to| take it| assume| need| should| may)\b|\bdo you (?:want|need|agree)\b|\bwould you (?:like|rather|want)\b|\bnext (?:step|would|is|i)\b|\b(?:would|will|could|might) (?:tell|show|help|say|prove|settle|explain|confirm|be next|be enough|be the next)\b|\blet me\b|\bone could\b|\bremains? to\b|\b(?:is|are) (?:missing|left|due)\b|\bthe ones?\b|\bthe suspects?\b|\?\s*$/i;
/** "So the second and third." */
const concludes = /^(?:so|then)\b[^,;:]{0,50}[.?]$/i;
const closing =
  /\b(?:close|stop here|stop now|end (?:it|here|this)|leave it|archive|finish here|call it|be done|are we done|is that all|nothing (?:more|left|else|is left)|that (?:all|it)\?)\b/i;
/** Wants to know something, and offers nothing. */
const asksOnly =
  /^(?:and |but |so |then )?(?:is|are|was|were|does|did|has|have|had|do (?!you (?:want|need|agree)|i\b)|which|what|who|whom|whose|where|when|how|why|in (?:which|what)|on (?:which|what)|since when|to (?:which|what|whom))\b.*\?\s*$/i;
const yes =
  /^\W*(?:(?:ok|okay|oh|ah|well|hm+|mhm|aha|so|and)\W+)*(?:yes|yeah|yep|yup|ya|ok|okay|sure|agreed|fine|right|correct|exactly|indeed|absolutely|certainly|of course|definitely|please|pls|go|do|be my guest|by all means|why not|alright|all right|good (?:idea|plan|thinking|call|point)|good(?! (?:catch|find|question|morning|evening|day|job|news|eye|one))|great|makes sense|sounds? (?:good|right|fair|sensible|like)|fair(?: enough)?|mhm|k|let's|it does|it is|they do|he does|she does|i do|you may|you can|that one|thumbs up|deal|works for me|no objection|nothing against|with pleasure|gladly|happy with)\b/i;
const no =
  /^\W*(?:(?:oh|ah|well|hm+|thanks|thank you|sorry|actually|but|ok|um|eh|honestly|hey)\W+)*(?:no(?! (?:reboot|restart|reset|change|write|writ|delet|remov|power|kill|idea|clue|other|objection|problem)\w*)|nope|nah|nay|not (?:necessary|needed|required|now|today|yet|really|worth)|no need|don't|do not|please don't|rather not|i'd rather not|negative|never mind|nevermind|leave it|forget it|unnecessary|not any ?more|why bother|thanks but|there'?s no need)\b/i;

/** What the assistant offers; its last words count. */
export function proposalIn(said: Said | undefined): readonly Proposal[] {
  if (said?.role !== 'assistant') return [];
  const sentences = sentencesOf(said.text);
  const offers = sentences.filter((sentence) => offer.test(sentence) || concludes.test(sentence));
  // Where nothing is offered in so many words, the last words are meant: "Then the link width on .5."
  return (offers.length > 0 ? offers : sentences.slice(-1)).map((sentence) => ({ sentence, kind: kindOf(sentence) }));
}

function kindOf(sentence: string): Proposal['kind'] {
  if (concludes.test(sentence) && !/\b(?:i|compar\w+|also)\b/i.test(sentence)) return 'only';
  if (/\bor\b/i.test(sentence) && /\?\s*$/.test(sentence) && !/\bor not\b/i.test(sentence)) return 'none';
  if (/\b(?:too|also|as well|include|add|take (?:it|that|them|\S+) in|bring in|in addition)\b/i.test(sentence))
    return 'also';
  if (
    /\b(?:only|just|alone|those|these|meant|you mean|stay with|keep to|confine|restrict|limit|narrow|concentrate|focus|take it that|(?:is|are) the (?:ones?|suspects?))\b/i.test(
      sentence,
    )
  )
    return 'only';
  return /^is .*\b(?:also|too)\b|\b(?:also|next)\b/i.test(sentence)
    ? 'also'
    : /(?<!\bthe )\bfirst\b(?! node)|\b(?:begin|start)\b/i.test(sentence)
      ? 'first'
      : 'none';
}

/** Whether the operator takes up what the assistant just offered or asked. */
export function accepts(text: string, before: Said | undefined): before is Said {
  return before?.role === 'assistant' && yes.test(text) && !no.test(text);
}

export function refuses(text: string, before: Said | undefined): before is Said {
  return before?.role === 'assistant' && no.test(text);
}

/** Whether the assistant offers to end the work. */
export function offersToClose(said: Said): boolean {
  const last = sentencesOf(said.text).findLast((sentence) => offer.test(sentence));
  return last !== undefined && closing.test(last);
}

/** Whether it offers it in so many words, so that a "no" declines it. */
export function offersPlainly(said: Said): boolean {
  return sentencesOf(said.text).some(
    (sentence) => offer.test(sentence.replace(/\?\s*$/, '.')) && !closing.test(sentence) && !asksOnly.test(sentence),
  );
}

/** Whether it offers something to do, which a "yes" sets going. */
export function offersWork(said: Said): boolean {
  return sentencesOf(said.text).some(
    (sentence) => offer.test(sentence) && !closing.test(sentence) && !asksOnly.test(sentence),
  );
}

export function isQuestion(said: Said | undefined): said is Said {
  return said?.role === 'assistant' && /\?\s*$/.test(said.text);
}

/** Whether it asks which node it is. */
export function asksWhich(said: Said | undefined): boolean {
  return isQuestion(said) && /\b(?:which|what (?:node|host|machine|box|one)|where)\b[^.]*\?\s*$/i.test(said.text);
}
