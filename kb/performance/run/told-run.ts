import type { TrainingRun } from '../../schemas/training-run.ts';

/** What the start of a log tells of a run. Everything in it is data from the log: validated, bounded, never executed. */
export interface ToldRun {
  readonly framework: 'megatron' | 'deepspeed' | 'torchtitan' | 'nemo' | 'llm-foundry';
  readonly fields: Partial<TrainingRun>;
  /** Names that were understood, as the log writes them. */
  readonly names: readonly string[];
}

export type Pairs = ReadonlyMap<string, string>;

/** A count as programs print it; anything else is nothing. */
export function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}

export function flagIn(text: string | undefined): boolean | undefined {
  const word = text?.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** A field that was told, and nothing where it was not. */
export function given<K extends keyof TrainingRun>(
  name: K,
  value: TrainingRun[K] | undefined,
): Partial<Record<K, TrainingRun[K]>> {
  // The computed key has exactly the type of K; TypeScript widens it to string.
  return value === undefined ? {} : ({ [name]: value } as Record<K, TrainingRun[K]>);
}
