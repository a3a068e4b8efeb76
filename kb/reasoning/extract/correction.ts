import type { Masked } from './reference.ts';
import type { Roster } from './roster.ts';
import { groupToken } from './said.ts';

/** One address was given in place of another. */
export interface Correction {
  readonly wrong: string;
  readonly right: string;
}

const cue =
  /\b(?:instead of|in place of|typo\w*|meant|mean|should (?:be|read|have been)|mistyped|mistake\w*|misread|sorry|correct(?:ion|ed)|wrong|mixed up|swapped|confus\w+|actually|make that|read that as|rather)\b|\bnot @[\d+]+[.,;:!)]?\s*$|^(?:no|not @[\d+]+)\b|,\s*not @/i;
const moved =
  /\b(?:is now|now (?:at|on|has|answers|under)|moved to|became|renumbered to|re-?addressed|has become|new address|changed to|got a new|has (?:got|been given|received)|(?:is|has|at) @[\d+]+ (?:now|since|these days|by now|nowadays))\b/i;

/** "it is .62 instead of .61": of two that stand in a sentence, the known is wrong and the new is right. */
export function correctionIn(
  mask: Masked,
  meant: (token: string) => readonly string[],
  roster: Roster,
): Correction | null {
  const { text } = mask;
  if (!cue.test(text) && !moved.test(text)) return null;
  // "tried with .3 in place of .2": a test, no mistake.
  if (/\b(?:tried|tested|ran|started|worked|swapped in|experiment\w*|compared)\b/i.test(text)) return null;
  const tokens = [...new Set(text.match(groupToken) ?? [])].flatMap((token) =>
    token
      .slice(1)
      .split('+')
      .map((index) => `@${index}`),
  );
  const groups = tokens.map(meant);
  const single = [...new Set(groups.filter((each) => each.length === 1).flat())];
  const known = single.filter((address) => roster.isNode(address) && roster.find(address)?.isOut === false);
  const fresh = single.filter((address) => roster.find(address) === undefined || !roster.isNode(address));
  const [alone] = roster.active();
  // "sorry, wrong window, it's .41": what was named so far is meant to be wrong.
  const isWhole =
    known.length === 0 &&
    roster.active().length === 1 &&
    /\b(?:sorry|wrong|mistyped|typo|meant|oops|correction|make that)\b/i.test(text) &&
    /\b(?:it's|it is|should be|meant|mean|make that|is|to be)\s@[\d+]+/i.test(text);
  if (isWhole && fresh.length === 1 && alone !== undefined && fresh[0] !== undefined)
    return { wrong: alone, right: fresh[0] };
  const [wrong] = known;
  const [right] = fresh;
  if (
    known.length !== 1 ||
    fresh.length !== 1 ||
    groups.some((each) => each.length > 1) ||
    wrong === undefined ||
    right === undefined
  )
    return null;
  // "not .231, that is my desktop" corrects nothing: the new one is the one denied.
  const index = mask.references.findIndex(({ addresses }) => addresses.includes(right));
  const before = text.slice(0, text.indexOf(`@${index}`));
  return /\b(?:not|instead of|rather than|in place of|unlike|except)\s(?:the |on )?$/i.test(before)
    ? null
    : { wrong, right };
}
