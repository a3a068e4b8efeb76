/** A sentence that ends the work, or has it go on; the weight is how plainly it says so. */
interface Cue {
  readonly pattern: RegExp;
  readonly weight: number;
}

/** By our judgement; the conversations that they were chosen on are named in docs/benchmark.md. */
const stops: readonly Cue[] = [
  { pattern: /\bno (?:more )?(?:need|looks?|further)\b|\bnot needed\b|\bneedn't\b|\bneed not\b/i, weight: 2 },
  {
    pattern:
      /\b(?:leave|let) (?:it|them|him|that|those|this|the \w+)(?: \w+)? (?:alone|be|as (?:it|they) (?:is|are))\b/i,
    weight: 2,
  },
  {
    pattern:
      /\b(?:we|i)(?:'re| are| am|'m) done\b|\b(?:that's|that is) (?:it|all)\b|\bcase closed\b|\bclose (?:it|this|the)\b/i,
    weight: 2,
  },
  {
    pattern: /\bconsider it\b|\banswered\b|\b(?:is|are|was) (?:solved|fixed|settled)\b|\bsolved\b|\bresolved\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\b(?:don't|do not|please no|never mind|nobody|nothing|no one)\b.*\b(?:any ?more|now|further|run|touch|log in|connect|look|read)\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\b(?:stop|stand down|hands off|call it off|cancel|abort|withdraw|drop it|forget it|skip (?:it|that|this))\b/i,
    weight: 1.5,
  },
  { pattern: /\b(?:tomorrow|next week|on monday|later|another day|for today|until then|not before)\b/i, weight: 1 },
  {
    pattern:
      /\b(?:hand(?:ed|ing)?|gave|give|goes|takes?|took) (?:it |this |that |the \w+ )?(?:over|back|to (?:the|our|my|his|her|another))\b|\bover to\b|\btakes? over\b/i,
    weight: 1.5,
  },
  {
    pattern: /\b(?:runs|works|learns|trains|passes|is back|are back|is up|is true)(?: again| now| fine| since)?\b/i,
    weight: 0.6,
  },
  { pattern: /\b(?:thanks|thank you|bye|perfect|cheers)\b/i, weight: 0.6 },
  {
    pattern:
      /\bresumed with\b|\b(?:i|we) (?:have )?(?:mounted|replaced|swapped|rebooted|reinstalled|removed|restarted|changed) (?:it|them|both|the)\b/i,
    weight: 0.7,
  },
];

const goesOn: readonly Cue[] = [
  {
    pattern:
      /^(?:\W*(?:ok|okay|yes|good|right|fair|fine|then|so|hm|well|please|pls|now|and|oh wait)\W+)*(?:look|read|check|take|go|do|run|list|record|compare|start|begin|try|show|get|fetch|see|watch|measure|dump|collect|count|find|test|query|continue|proceed)\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\b(?:can|could|would|will) you\b|\bplease (?:look|read|check|go|run|do|list|take|compare|find|see|show)\b|\bpls\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\bgo (?:on|ahead)\b|\bcontinue\b|\bcarry on\b|\bproceed\b|\bkeep going\b|\bgo for it\b|\bdo (?:that|it|so)\b|\bread (?:them|it|both)\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\b(?:not|isn't|wasn't|nothing is) (?:so )?(?:done|solved|fixed|settled|over)\b|\bspoke too soon\b|\bback again\b|\bagain please\b|\bnot bed\b/i,
    weight: 2.5,
  },
  {
    pattern:
      /\bi (?:do )?want to know\b|\bi(?:'d| would) (?:still )?like\b|\byou can (?:read|look|go|log|start|have)\b|\b(?:now|so) we can\b|\blet's go on\b/i,
    weight: 1.5,
  },
  { pattern: /\bno reboot\b|\bno restart\b|\bstill (?:hanging|hangs|there|open|down|the same)\b/i, weight: 1 },
  { pattern: /\b(?:take|first|then)\b.*\b(?:first|then|next|after)\b/i, weight: 0.7 },
  { pattern: /\?\s*$/, weight: 0.4 },
];

/** Assistants announce what they are about to do; an end they only suggest. */
const announces =
  /\b(?:i (?:connect|start|begin|fetch|read|look|go|will|'ll|continue|take)|i'll|starting|is (?:due|missing)|in a minute)\b/i;
const closes = /\b(?:i (?:close|end|stop|leave)|closed|nothing (?:is|was) (?:run|left)|glad)\b/i;

/** What is said last counts most: of two sentences the later one weighs half as much again. */
const laterFactor = 1.5;

export interface Said {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
}

/** Whether something is still to be done by what was said last. Where nothing is said of it, work that began goes on. */
export function goingOn(conversation: readonly Said[]): 'continue' | 'stop' {
  const lastUser = conversation.findLastIndex(({ role }) => role === 'user');
  const told = conversation[lastUser]?.text ?? '';
  const after = conversation.slice(lastUser + 1).filter(({ role }) => role === 'assistant');
  let balance = 0;
  let weight = 1;
  for (const sentence of sentencesOf(told)) {
    balance += weight * (sum(goesOn, sentence) - (says(goesOn[3], sentence) ? 0 : sum(stops, sentence)));
    weight *= laterFactor;
  }
  for (const { text } of after) {
    if (announces.test(text)) balance += weight;
    if (closes.test(text)) balance -= weight;
  }
  return balance < 0 ? 'stop' : 'continue';
}

/** Parts that end with a mark and a space, or with the line; dots inside of addresses and names end nothing. */
export function sentencesOf(text: string): readonly string[] {
  return text
    .split(/(?<=[.!?;])\s+|\n+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function sum(cues: readonly Cue[], sentence: string): number {
  return cues.reduce((total, cue) => total + (says(cue, sentence) ? cue.weight : 0), 0);
}

function says(cue: Cue | undefined, sentence: string): boolean {
  return cue?.pattern.test(sentence) ?? false;
}
