import { readFilterRules } from './rules-file.ts';
import { detectors } from '../../../kb/detectors/index.ts';
import { catalogueGuards } from '../../../kb/logs/filter-rules/catalogue-guards.ts';
import { usableRules, type UsableRules } from '../../../kb/logs/filter-rules/rule-set.ts';
import { paint, type Terminal } from '../output.ts';

export const ruleGuards = catalogueGuards(detectors);

/** The site's rules that may be used; what may not is named on stderr, and everything goes on without it. */
export function usableSiteRules(file: string, terminal: Terminal): UsableRules {
  const usable = usableRules(readFilterRules(file), ruleGuards);
  for (const { rule, flaw } of usable.refused)
    terminal.err(`${paint(terminal, 'yellow', 'Note:')} filter rule ${rule.id} is not used: ${flaw}`);
  return usable;
}
