import { handlers } from '../handlers/index.ts';
import { jobProbes } from '../performance/as-probe.ts';
import { categories } from '../taxonomy.ts';
import { consequences, readingConsequences } from './cascades.ts';
import { granularity } from './granularity.ts';
import { mildReadings } from './health.ts';
import { lookAlikes } from './look-alikes.ts';
import { statementPatterns } from './job-statements.ts';
import type { Knowledge } from './knowledge.ts';
import { pathKinds } from './path-kinds.ts';
import { prior } from './priors.ts';
import { countersSinceCleared, countersSinceLoad } from './standing-counters.ts';

/**
 * Everything that decides a diagnosis, as plain JSON: its hash stands beside every result, so that an old result can
 * be told from what today's knowledge would say.
 */
export function knowledgeSnapshot(knowledge: Knowledge): unknown {
  return {
    kinds: [...knowledge.kinds.values()]
      .map(({ id, role, weighs, summary, echoes = [], ...kind }) => ({
        id,
        role,
        weighs,
        summary,
        echoes,
        ofProgram: kind.ofProgram ?? false,
        ofNode: kind.ofNode ?? false,
        ofShared: kind.ofShared ?? false,
        ofSetting: kind.ofSetting ?? false,
      }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    probes: knowledge.probes.map(({ id, impact, via = 'node', costMs, outcomes }) => ({
      id,
      impact,
      via,
      costMs,
      outcomes: outcomes.map((kind) => kind.id),
    })),
    jobProbes,
    priors: [...categories, 'unlisted' as const].map((category) => [category, prior(category), granularity(category)]),
    consequences,
    readingConsequences,
    lookAlikes: lookAlikes.map((one) => ({ ...one, shared: String(one.shared) })),
    pathKinds: [...pathKinds],
    countersSinceLoad: [...countersSinceLoad],
    countersSinceCleared: [...countersSinceCleared],
    mildReadings: [...mildReadings],
    statementPatterns: statementPatterns.map(String),
    handlers: handlers.map((handler) => ({
      ...handler,
      matches: Object.fromEntries(Object.entries(handler.matches).map(([label, pattern]) => [label, String(pattern)])),
    })),
  };
}
