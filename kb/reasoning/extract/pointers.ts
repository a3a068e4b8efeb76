import type { Span } from './reference.ts';

/** Where a sentence points to what was named before: "both", "the other two", "the second node". */
export function pointersIn(text: string): readonly Span[] {
  return [...text.matchAll(pointers)].map((found) => ({
    addresses: [],
    pointer: found[0].trim().toLowerCase(),
    names: [],
    port: null,
    usage: 'plain',
    from: found.index,
    to: found.index + found[0].trimEnd().length,
  }));
}

const count = '(?:two|three|four|five|six|seven|eight|[2-8])';
const things = String.raw`(?:nodes?|machines?|hosts?|box(?:es)?|servers?|ones?|of (?:them|these|those)|systems?|workers?)`;
const otherThing = String.raw`(?!\s(?:of the )?(?:gpus?|cards?|ports?|minutes?|hours?|days?|weeks?|times?|runs?|jobs?|links?|disks?|sides?|tests?|readings?|rails?|adapters?|ranks?|containers?|processes|steps?|logs?|counters?|racks?|sites?|lines?|attempts?|values?|numbers?|messages?|directions?|ends?|looks?|step|thing|point|iteration|epoch|hour|day|minute|failure|loss|boot|error|reading|frame|week|month|time|run|job)\b)`;
const pointers = new RegExp(
  String.raw`(?<![\w@-])(?:` +
    [
      String.raw`both(?: of (?:them|these|those)| ${things})?`,
      String.raw`(?:the |those |these )?(?:other|remaining|rest of the) ${count}(?: ${things})?${otherThing}`,
      String.raw`(?:the )?others(?! of)`,
      String.raw`the (?:other|remaining) (?:${things})`,
      String.raw`the other(?=\s*(?:[,.;:!?]|$))`,
      String.raw`the (?:rest|remainder|remaining)(?: of (?:them|the ${things}))?(?! of|'s)`,
      String.raw`the (?:first|last) ${count}(?: ${things})?${otherThing}`,
      String.raw`the (?:first|second|third|fourth|fifth|last|latter|former)(?: (?:one|node|machine|host|box|server|system|worker|of (?:them|these|those|the ${count})))(?!\w)`,
      String.raw`the (?:first|second|third|fourth)(?:,| and| or|, and) (?:the )?(?:second|third|fourth|fifth|last)(?: ones?)?(?=\s*(?:[,.;:!?]|$|is\b|are\b|please\b|only\b))`,
      String.raw`(?<=^|[.:;] )first (?:one|node|machine|host|box)(?=\s)`,
      String.raw`the last(?=\s*(?:[,.;:!?]|$|and\b))`,
      String.raw`the first(?=\s*(?:[,.;:!?]|$|and\b))`,
      String.raw`the (?:second|third|fourth|latter|former)(?=\s*(?:[,.;:!?]|$|is\b|one\b))`,
      String.raw`(?:all|each|every one|any) (?:of (?:them|these|those)|of the ${count}|the ${things}|the ${count}|${count}|nodes|machines|hosts|boxes|servers)(?: ${things})?${otherThing}`,
      String.raw`(?:the|those|these) ${count}(?: (?!with\b|in\b|on\b|of\b|that\b|which\b|please\b|and\b|or\b|then\b|are\b|is\b|from\b|have\b|has\b|for\b|at\b|to\b)\w+ ones?)?(?: ${things})?${otherThing}`,
      String.raw`(?<=\b(?:only|just|stay|alone) )there`,
      String.raw`the \w+ ones?(?= |[,.;:!?]|$)`,
      String.raw`either(?: of (?:them|these|those)| one| node| host| box)?(?=\s*(?:[,.;:!?]|$))`,
      String.raw`(?:that|this) (?:one|node|box|machine|host|server|system)`,
    ].join('|') +
    String.raw`)(?![\w])`,
  'gi',
);
