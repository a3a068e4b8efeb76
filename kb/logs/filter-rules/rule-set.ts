import { filterRulesMax, keptFaultsMax, type FilterRule, type FilterRules } from '../../schemas/filter-rule.ts';
import { compileRule, flawOf, type Guard } from './check.ts';
import { ruleId } from './propose.ts';

/** The rules that may be used now, ready to run, and those that may not, with the reason. */
export interface UsableRules {
  readonly matches: (line: string) => boolean;
  readonly used: readonly FilterRule[];
  readonly refused: readonly { readonly rule: FilterRule; readonly flaw: string }[];
}

/** Checks every rule again: detectors may have learned of faults since it was added. */
export function usableRules(rules: FilterRules, catalogue: readonly Guard[]): UsableRules {
  const guards = guardsOf(rules, catalogue);
  const used: FilterRule[] = [];
  const refused: { rule: FilterRule; flaw: string }[] = [];
  for (const rule of rules.rules) {
    if (rule.status === 'revoked') continue;
    const flaw = flawOf(rule.pattern, guards);
    if (flaw === null) used.push(rule);
    else refused.push({ rule, flaw });
  }
  return { matches: anyOf(used.map(({ pattern }) => pattern)), used, refused };
}

/** For patterns that have been checked already, such as by the process that started this thread. */
export function anyOf(patterns: readonly string[]): (line: string) => boolean {
  const compiled = patterns.map(compileRule).filter((one) => typeof one !== 'string');
  return (line) => compiled.some((one) => one.matches(line));
}

export function guardsOf({ keptFaults }: FilterRules, catalogue: readonly Guard[]): readonly Guard[] {
  return [...catalogue, ...keptFaults.map((line) => ({ line, from: 'a kept fault line' }))];
}

export type RuleChange = { readonly rules: FilterRules } | { readonly flaw: string };

export function addRule(
  rules: FilterRules,
  added: Pick<FilterRule, 'pattern' | 'addedBy' | 'addedAtMs' | 'example' | 'lines'>,
  catalogue: readonly Guard[],
): RuleChange {
  const id = ruleId(added.pattern);
  const known = rules.rules.find((rule) => rule.id === id);
  if (known?.status === 'active') return { flaw: `it is there already as ${id}` };
  if (known === undefined && rules.rules.length >= filterRulesMax)
    return { flaw: `there are ${filterRulesMax} rules; revoked ones can be removed from the file` };
  const flaw = flawOf(added.pattern, guardsOf(rules, catalogue));
  if (flaw !== null) return { flaw };
  const others = rules.rules.filter((rule) => rule.id !== id);
  return { rules: { ...rules, version: rules.version + 1, rules: [...others, { id, status: 'active', ...added }] } };
}

export function revokeRule(
  rules: FilterRules,
  id: string,
  revoked: { readonly by: string; readonly atMs: number; readonly reason: string },
): RuleChange {
  const rule = rules.rules.find((one) => one.id === id);
  if (rule === undefined) return { flaw: `there is no rule ${id}` };
  if (rule.status === 'revoked') return { flaw: `${id} was revoked already by ${rule.revokedBy ?? 'somebody'}` };
  const gone: FilterRule = {
    ...rule,
    status: 'revoked',
    revokedBy: revoked.by,
    revokedAtMs: revoked.atMs,
    reason: revoked.reason,
  };
  return {
    rules: { ...rules, version: rules.version + 1, rules: rules.rules.map((one) => (one.id === id ? gone : one)) },
  };
}

/** Remembers lines that told of faults, the newest first: later rules are held against them too. */
export function rememberFaults(rules: FilterRules, lines: readonly string[]): FilterRules {
  const fresh = [...new Set(lines)].filter((line) => line !== '' && !rules.keptFaults.includes(line));
  if (fresh.length === 0) return rules;
  return { ...rules, version: rules.version + 1, keptFaults: [...fresh, ...rules.keptFaults].slice(0, keptFaultsMax) };
}
