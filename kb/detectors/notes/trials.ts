import type { FindingKind } from '../../schemas/finding-kind.ts';
import { deniedKind, kindOf, type NoteDetector, type NotePattern, type NoteReading } from './note-patterns.ts';
import { partial, tried, troubled } from './tried.ts';

/** A change that somebody tried. What it speaks for if it helped stands in `weighs`; if not, that is less likely. */
export interface Trial extends Omit<NotePattern, 'pattern' | 'check' | 'saysNot'> {
  /** The change itself: "NCCL_P2P_DISABLE=1", "firewall off". Upper and lower case count as the same. */
  readonly change: RegExp;
  /** What is there when it fails ("fp16"), so that "fails only with fp16" says the same as "works without". */
  readonly suspect?: RegExp;
  /** The change was tried, in vain. */
  readonly fails: readonly [string, ...string[]];
}

/** Experiments: "works with …", "fails only with …", "… does not help". */
export function trialDetector(
  id: string,
  trials: readonly Trial[],
): NoteDetector & { readonly trials: readonly Trial[] } {
  const rows = trials.map((trial) => ({
    change: new RegExp(trial.change, 'i'),
    suspect: trial.suspect === undefined ? null : onlyWith(trial.suspect),
    kind: kindOf(trial),
    denied: deniedKind(trial),
  }));
  return {
    id,
    trials,
    kinds: rows.flatMap(({ kind, denied }) => (denied === null ? [kind] : [kind, denied])),
    read(sentence) {
      const readings: NoteReading[] = [];
      for (const { change, suspect, kind, denied } of rows) {
        const found = change.exec(sentence) ?? suspect?.exec(sentence);
        if (found === null || found === undefined) continue;
        const from = found.index;
        const to = from + found[0].length;
        if (notTried.test(sentence.slice(0, from))) continue;
        if (readings.some((other) => from < other.to && other.from < to)) continue;
        const told = toldBy(suspect?.test(sentence) === true ? 'helped' : outcome(sentence, from, to), kind, denied);
        if (told !== null) readings.push({ kind: told, from, to, groups: {} });
      }
      return readings;
    },
  };
}

type Outcome = 'helped' | 'in-vain' | 'unknown';

function toldBy(how: Outcome, kind: FindingKind, denied: FindingKind | null): FindingKind | null {
  return how === 'helped' ? kind : how === 'in-vain' ? denied : null;
}

/** Told in the part of the sentence that names the change, or else in the rest of it. */
function outcome(sentence: string, from: number, to: number): Outcome {
  const around = partAround(sentence, from, to);
  if (planned.test(around)) return 'unknown';
  for (const text of [around, sentence].map((part) => part.replace(ofOthers, ' ').replace(wordless, ' '))) {
    if (inVain.test(text)) return 'in-vain';
    const success = helped.exec(text);
    if (success !== null)
      return holds(sentence, success[0], sentence.slice(from, to)) && tried(sentence, from, to) ? 'helped' : 'unknown';
  }
  return 'unknown';
}

/** "No error" beside a hang is the want of a message, and "works on one GPU, hangs on two" no success. */
function holds(sentence: string, success: string, change: string): boolean {
  if (partial(sentence, sentence.lastIndexOf(success) + success.length, change)) return false;
  return !/^no (?!hang)\w+$/i.test(success) || !troubled(sentence);
}

function partAround(sentence: string, from: number, to: number): string {
  const before = sentence.slice(0, from).split(contrast).at(-1) ?? '';
  const after = sentence.slice(to).split(contrast)[0] ?? '';
  return `${before}${sentence.slice(from, to)}${after}`;
}

/** "other NCCL programs work on them": that tells nothing of a change. */
const ofOthers =
  /(?<!\b(?:with|on|in|to|using|of|for) )\b(?:(?:the |all |any )?others?|everything else|the rest)\b(?: (?!it\b|they\b|with\b|when\b|if\b|after\b|without\b|of\b)[\w.-]{1,30}){0,3} (?:work|worked|run|ran|train|trained|start|started|pass|passed|are (?:fine|ok|okay))\b/gi;

/** "no error is printed": nothing is said of it working. */
const wordless =
  /\b(?:no|without(?: an?| any)?) (?:error|exception|crash|warning|traceback|output)s?(?: messages?| logs?)?(?: (?:is|are|was|were|at all|whatsoever|nor|or|and) \w+| (?:printed|shown|logged|reported|raised|in the logs?|visible))|\bno (?:error|warning)s? messages?\b/gi;

/** "no retry": it was not tried. */
const notTried = /\b(?:no|never|not) $/i;

const contrast = /\b(?:but|however|whereas|while|although)\b|,\s(?=without\b|otherwise\b)/i;

const trouble =
  '(?:hang|hung|fail|crash|stuck|happen|slow|occur|time|freez|block|stall|nan|oom|error|die|abort|see|get|show|appear|there|the same)';

const inVain = new RegExp(
  [
    "\\b(?:does|did|do|has|have|could|can)(?:n['’]t| not) (?:help|change|fix|solve|cure|matter|improve|make (?:any |a )?difference|work|run|start|go away|disappear|get rid)",
    '\\b(?:no|without|not any) (?:difference|change|effect|improvement|help|luck|success|avail)\\b',
    '\\bsame (?:with|without|result|error|behaviou?r|problem|hang|thing|failure|issue|speed|symptom)',
    '\\b(?:is|stays?|remains?|was|are) (?:exactly )?the same\\b',
    `\\balso (?:with|without|after|when|${trouble})`,
    '\\beven (?:with|when|after|without|if)\\b',
    `\\bstill\\b.{0,20}?\\b${trouble}`,
    '\\b(?:regardless|either way|no matter|in vain|unsuccessful\\w*|persists?|remains\\b|useless|not the (?:cause|reason|fix))',
    '\\b(?:hangs?|fails?|crashes|out of memory|ooms?|runs out) (?:too|as well|anyway|all the same|with and without)\\b',
    '\\b(?:cannot|never) (?:help|fix)',
    '\\b(?:equally|just as|as) (?:slow|bad|often)\\b',
    '\\bchanges? nothing\\b|\\bnothing changes\\b|\\bmakes? no\\b',
  ].join('|'),
  'i',
);

const helped = new RegExp(
  [
    '\\b(?:works?|worked|working)\\b',
    '\\b(?:runs?|ran|running|trains|starts?|loads?) (?:\\w+ )?(?:fine|ok|okay|through|again|well|normally|properly|correctly|without|smoothly|at full)',
    '\\bit (?:runs?|ran|trains|starts|started|passes|passed|finishes|finished)\\b|\\b(?:the )?(?:job|training|run|test|program|call|files?)s? (?:could |can )?(?:then )?(?:runs?|ran|starts|started|passes|passed|finish\\w*|completes?|be made|go(?:es)? through)\\b(?! (?:as|in|on|under|inside|at|with|over)\\b)',
    '\\b(?:completes?|completed|finish(?:es|ed)|ends|ended|passes|passed|returns) (?:without (?:an?y? )?(?:errors?|problems?|issues?|trouble)|successfully|cleanly|normally)\\b',
    '\\b(?:fixe[sd]|fixing|solve[sd]|resolve[sd](?! (?:to|\\S+ to|the host|names?)\\b)|cure[sd]|help(?:s|ed)|healed|mends|mended|eliminates|avoid(?:s|ed)|prevent(?:s|ed))\\b',
    '\\b(?:is|are|was|were|has|have|been|all|it) (?:then |now |all |again )?(?:gone|fine|ok|okay|normal|back|healthy|stable|solved|over|away|fast|finite)\\b',
    '\\b(?:goes|went|gone) away\\b|\\bdisappear(?:s|ed)?\\b|\\bvanish(?:es|ed)\\b',
    '\\bno (?:more |longer |further )(?:\\w+ ){0,2}(?:hangs?|errors?|crash\\w*|problems?|issues?|time-?outs?|failures?|nans?|stalls?|oom)',
    "\\b(?:does|did|do|will|won)(?:n['’]t| not|['’]t) (?:hang|crash|fail|happen|occur|appear|stall|freeze|time out|diverge|come back|show up)",
    '\\bno (?:hangs?|errors?|crash\\w*|problems?|issues?|time-?outs?|stalls?|nans?|oom|freez\\w+|such)\\b',
    '\\bstop(?:s|ped) (?:hanging|crashing|failing|flapping|the)\\b|\\bno longer (?:hangs?|fails?|crash\\w*|stuck|times|slow|seen|happens?|occurs?)\\b',
    '\\b(?:made|makes|got|gets) it (?:work|run|going)|\\bback to normal\\b|\\brecover(?:s|ed)?\\b|\\bfull speed\\b|\\b(?:much |twice as )?faster\\b|\\bsucceed(?:s|ed)?\\b|\\bsuccess(?:ful(?:ly)?)?\\b|\\bstays? finite\\b|\\bdoubles?\\b|\\blet it finish\\b|\\bcame back\\b|\\bis the fix\\b|\\bwas the (?:fix|solution|cure|cause|culprit|reason)\\b|\\bworkaround\\b',
  ].join('|'),
  'i',
);

const planned =
  /\?[\s"')]*$|\b(?:does any(?:one|body)|did you|have you|please|will try|going to try|plan(?:ned)? to|not (?:yet )?tried|could try|should (?:we |i )?try|want to try|suggest(?:s|ed)?|recommended|advised|haven['’]t tried|to be tried|will be (?:replaced|updated|upgraded))\b/i;

/** "fails only with X", "hangs when X is on", "only happens if X" */
function onlyWith(suspect: RegExp): RegExp {
  return new RegExp(
    `\\bonly (?:happens |fails |hangs |crash\\w* |occurs |seen |slow |diverges |nan )*(?:with|when|if|under|in|using|on|for) .{0,25}?(?:${suspect.source})|\\b(?:hangs?|fails?|crash\\w*|diverges?|breaks|slow|nan|errors?) only (?:with|when|if|under|in|using|on|for) .{0,25}?(?:${suspect.source})`,
    'i',
  );
}
