import { fingerprint } from '../fingerprint.ts';
import type { Template } from '../templates.ts';
import { shapeWords } from '../shapes.ts';
import { flawOf, type Guard } from './check.ts';

export interface RuleProposal {
  readonly id: string;
  readonly pattern: string;
  /** The words that stay, and `*` for what varies and for hosts: what may be stored of where it was learned. */
  readonly template: string;
  /** As it was first seen, for people. */
  readonly example: string;
  readonly lines: number;
  /** Why it may not be used; `null` if it may. */
  readonly flaw: string | null;
}

/**
 * Rules for what repeats: one for each template of at least `linesMin` lines that no detector knows. What varies, and every
 * name of a host that is known, becomes a place holder: a rule never carries where it was learned.
 */
export function proposeRules(
  templates: readonly RepeatedTemplate[],
  options: {
    readonly isKnown: (line: string) => boolean;
    /** Names of hosts, in any case. */
    readonly hosts: ReadonlySet<string>;
    readonly guards: readonly Guard[];
    readonly linesMin: number;
  },
): readonly RuleProposal[] {
  const hosts = new Set(Array.from(options.hosts, (host) => host.toLowerCase()));
  return templates
    .filter(({ count, example }) => count >= options.linesMin && !options.isKnown(example))
    .slice(0, proposalsMax)
    .map(({ pattern, example, count }) => {
      const words = withoutHosts(pattern, hosts);
      const expression = words.map((word) => (word === '*' ? anyWord : escaped(word))).join('');
      return {
        id: ruleId(expression),
        pattern: expression,
        template: words.join(''),
        example,
        lines: count,
        flaw: flawOf(expression, options.guards),
      };
    });
}

export type RepeatedTemplate = Pick<Template, 'pattern' | 'example' | 'count'>;

/** The templates of many sources as one list, most frequent first: what repeats across ranks counts as a whole. */
export function templateSum(): {
  add(templates: readonly RepeatedTemplate[]): void;
  templates(): readonly RepeatedTemplate[];
} {
  const byPattern = new Map<string, { readonly pattern: string; readonly example: string; count: number }>();
  return {
    add(templates) {
      for (const { pattern, example, count } of templates) {
        const known = byPattern.get(pattern);
        if (known !== undefined) known.count += count;
        else if (byPattern.size < summedMax) byPattern.set(pattern, { pattern, example, count });
      }
    },
    templates: () => [...byPattern.values()].toSorted((a, b) => b.count - a.count),
  };
}

// As many as one source may have.
const summedMax = 20_000;
const proposalsMax = 200;

export function ruleId(pattern: string): string {
  return `fr_${fingerprint(pattern).slice(0, 12)}`;
}

/** A run of characters that does not part words. */
const anyWord = '[^ \\t=:,;|/()\\[\\]{}<>"\']+';

/** A host may stand there with its domain. */
function withoutHosts(template: string, hosts: ReadonlySet<string>): readonly string[] {
  const isHost = (word: string): boolean => {
    const name = word.toLowerCase();
    return hosts.has(name) || hosts.has(name.split('.', 1)[0] ?? name);
  };
  return shapeWords(template).map((word) => (isHost(word) ? '*' : word));
}

function escaped(word: string): string {
  return word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
