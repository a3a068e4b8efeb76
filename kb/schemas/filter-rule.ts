import { z } from 'zod';

/** A kind of routine line that need not be shown even once, learned from logs and checked before it is used. */
export interface FilterRule {
  /** `fr_` and a hash of the pattern: the same pattern is the same rule. */
  readonly id: string;
  /** RE2 syntax (no look-around, no back-references), matched against the whole line: linear time whatever the line. */
  readonly pattern: string;
  readonly status: 'active' | 'revoked';
  /** Who or what made it, and from what. */
  readonly addedBy: string;
  readonly addedAtMs: number;
  readonly example: string;
  /** How many lines it was learned from. */
  readonly lines: number;
  readonly revokedBy?: string;
  readonly revokedAtMs?: number;
  readonly reason?: string;
}

/** All rules of a site. Every change makes the next version; what was revoked stays, so that it can be asked about. */
export interface FilterRules {
  readonly version: number;
  readonly rules: readonly FilterRule[];
  /** Lines that told of faults in logs that rules were learned from: no rule may ever match one. */
  readonly keptFaults: readonly string[];
}

export const filterRulesMax = 500;
export const keptFaultsMax = 2_000;

const text = z.string().min(1).max(1_000);

const rule: z.ZodType<FilterRule> = z
  .strictObject({
    id: z.string().regex(/^fr_[0-9a-f]{12}$/),
    pattern: text,
    status: z.enum(['active', 'revoked']),
    addedBy: text,
    addedAtMs: z.int(),
    example: text,
    lines: z.int().min(0),
    revokedBy: text.exactOptional(),
    revokedAtMs: z.int().exactOptional(),
    reason: text.exactOptional(),
  })
  .readonly();

export const filterRulesSchema: z.ZodType<FilterRules> = z
  .strictObject({
    version: z.int().min(0),
    rules: z.array(rule).max(filterRulesMax).readonly(),
    keptFaults: z.array(z.string().max(1_000)).max(keptFaultsMax).readonly(),
  })
  .readonly();

export const noFilterRules: FilterRules = { version: 0, rules: [], keptFaults: [] };
