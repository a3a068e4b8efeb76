import type { Assumption, RunProblem } from '../prediction.ts';

/** Collects what was assumed and what is wrong while a run is resolved, so that all of it is told at once. */
export interface Notes {
  readonly assumed: Assumption[];
  readonly problems: RunProblem[];
}

export const newNotes = (): Notes => ({ assumed: [], problems: [] });

/** Takes `value` for a field that nobody stated. */
export function assume<Value extends number | string | boolean>(
  notes: Notes,
  field: string,
  value: Value,
  rule: string,
): Value {
  notes.assumed.push({ field, value, rule });
  return value;
}

export function refuse(notes: Notes, field: string, reason: string): void {
  notes.problems.push({ field, reason });
}
