import type { EvidenceRef } from './evidence.ts';
import type { Cause, Device, RankedCause } from './finding.ts';
import type { Earlier } from './later-looks.ts';
import type { GatherPlan, IncidentKey, RoundInput } from './phase-data.ts';

/** A question to the model, after a round of the rules. */
export interface AskModelInput {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
  readonly round: 1 | 2 | 3;
  readonly findings: readonly EvidenceRef[];
  readonly recall: EvidenceRef | null;
  readonly performance: EvidenceRef | null;
  /** Where the bytes of cited lines are: `log-manifest`, and `probe-results` of each batch. */
  readonly logs: EvidenceRef | null;
  readonly probeResults: readonly EvidenceRef[];
  /** Of the run that looked at the same alert too early; absent where none did. */
  readonly earlier?: Earlier;
  /** What the rules think now, best first. */
  readonly hypotheses: readonly RankedCause[];
  readonly probesRun: RoundInput['probesRun'];
  readonly compares: boolean;
  /** Of the alert: severe ones are asked first where several wait. */
  readonly severity: string;
  readonly budget: ModelBudget;
  readonly spent: ModelSpent;
  /** What came of the programs that earlier answers wished for; absent where there are none. */
  readonly programs?: readonly ProgramRef[];
}

/** What one incident may spend on a model. */
export interface ModelBudget {
  /** Tokens of all questions and answers together. */
  readonly tokensMax: number;
  /** Wall seconds of all questions together, waiting included. */
  readonly secondsMax: number;
  /** In the currency of the worker's prices; null: cost does not count. */
  readonly costMax: number | null;
  /** Answers to one question, of which the majority counts. */
  readonly answers: number;
}

export interface ModelSpent {
  readonly tokens: number;
  readonly seconds: number;
  readonly cost: number;
}

/** Numbers, and words of ours; what the model wrote is in the evidence. */
export interface AskModelResult {
  /** JSON: the question, every answer, what was struck and what is left; null where nothing was asked. */
  readonly exchange: EvidenceRef | null;
  readonly model: string;
  readonly hypotheses: number;
  /** Of these, those with a grounded claim. */
  readonly standing: number;
  readonly struck: number;
  readonly probes: readonly string[];
  readonly leading: Cause | null;
  readonly agree: { readonly answers: number; readonly of: number } | null;
  readonly spent: ModelSpent;
  /** Why nothing of it can be used, if so. */
  readonly degraded: string | null;
  /** What it proposes, in numbers; absent in older histories, as is all below. */
  readonly said?: readonly SaidHypothesis[];
  /** Its critiques, and how many of them were struck. */
  readonly critiques?: { readonly of: number; readonly struck: number };
  /** What was not taken at all, in our words. */
  readonly refused?: readonly string[];
  /** The answer wishes for a program to be run; the program stands in the exchange. */
  readonly wishesProgram?: true;
}

export interface SaidHypothesis extends Cause {
  readonly probability: number;
  /** At least one of its claims is grounded. */
  readonly stands: boolean;
  readonly claims: number;
  readonly struck: number;
  /** Why claims of it were struck, each reason once. */
  readonly reasons: readonly string[];
}

/** A program that a model wrote, run over results of probes. */
export interface RunWishedProgramInput {
  readonly key: IncidentKey;
  /** The exchange whose opinion holds the program. */
  readonly exchange: EvidenceRef;
  /** `probe-results` of the batches so far. */
  readonly results: readonly EvidenceRef[];
}

export interface ProgramRef {
  /** The program, the hash of what it was given, and what it answered or why it was refused. */
  readonly analysis: EvidenceRef;
  /** JSON array of `Finding`: context that weighs nothing; null where there is none. */
  readonly findings: EvidenceRef | null;
}

export interface RunWishedProgramResult extends ProgramRef {
  readonly found: number;
  /** What it says was found, by kind and place; ids of ours and names of nodes that were asked. */
  readonly notable: readonly { readonly kind: string; readonly node?: string; readonly device?: Device }[];
  /** Why it has no result, in our words; null where it has one. */
  readonly refused: string | null;
}
