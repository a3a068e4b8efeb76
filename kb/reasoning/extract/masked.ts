import { literalsIn } from './literals.ts';
import { namesIn } from './names.ts';
import { pointersIn } from './pointers.ts';
import type { Masked, Reference, Span } from './reference.ts';
import type { Entity } from './roster.ts';

/** Replaces what speaks of nodes by tokens, and joins those that are listed together. */
export function masked(text: string, entities: readonly Entity[], network: string | null): Masked {
  const spans: Span[] = [...literalsIn(text, network)];
  for (const span of [...namesIn(text, entities), ...pointersIn(text)])
    if (!spans.some(({ from, to }) => span.from < to && from < span.to)) spans.push(span);
  const inOrder = spans.toSorted((a, b) => a.from - b.from);
  let [out, at] = ['', 0];
  inOrder.forEach((span, index) => {
    out += `${text.slice(at, span.from)}@${index}`;
    at = span.to;
  });
  return { text: grouped(out + text.slice(at), inOrder), references: inOrder };
}

const between =
  /(@[\d+]+)(\s*(?:,\s*(?:and|&|or|plus)?|and(?: also)?|&|\+|\/|->|→|or|nor|plus|as well as|;)\s*(?:on |for |at |also )?|\s+)(@[\d+]+)/g;

function grouped(text: string, references: readonly Reference[]): string {
  const isPointer = (token: string): boolean =>
    token
      .slice(1)
      .split('+')
      .some((index) => (references[Number(index)]?.pointer ?? null) !== null);
  let joined = text;
  for (let previous = ''; previous !== joined;) {
    previous = joined;
    // "all of them, .5 is done": a comma alone does not bind words that point to what was said before.
    joined = joined.replace(between, (whole, one: string, join: string, other: string) =>
      (isPointer(one) || isPointer(other)) && !/and|&|\+|plus|or/.test(join) ? whole : `${one}+${other.slice(1)}`,
    );
  }
  return joined;
}
