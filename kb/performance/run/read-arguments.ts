import { trainingRunSchema, type TrainingRun } from '../../schemas/training-run.ts';
import { fromDotted } from './told-by-megatron.ts';
import { fromTitan } from './told-by-torchtitan.ts';
import { fromYaml } from './told-by-yaml.ts';
import type { ToldRun } from './told-run.ts';

// Megatron prints some 300 names before its first step; what stands further down is the training itself.
const linesMax = 20_000;
const lineCharsMax = 2_000;

/**
 * The run that a program describes when it starts: Megatron's block of arguments, DeepSpeed's configuration, what
 * torchtitan builds, and the YAML that NeMo and llm-foundry print. Of several starts the last counts. `null` where
 * nothing of it was found.
 */
export function readArguments(lines: Iterable<string>): ToldRun | null {
  const kept: string[] = [];
  for (const line of lines) {
    if (kept.length >= linesMax) break;
    kept.push(line.length > lineCharsMax ? line.slice(0, lineCharsMax) : line);
  }
  for (const read of [fromDotted, fromTitan, fromYaml]) {
    const told = read(kept);
    if (told === null) continue;
    const fields = valid(told.fields);
    if (Object.keys(fields).length > 0) return { ...told, fields };
  }
  return null;
}

/** Only values that a run may have; one bad field does not cost the others. */
function valid(fields: Partial<TrainingRun>): Partial<TrainingRun> {
  const checks = trainingRunSchema.partial();
  const kept = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && value !== null && checks.safeParse({ [name]: value }).success,
  );
  // Entries of `fields` itself, and only those that the schema takes.
  return Object.fromEntries(kept) as Partial<TrainingRun>;
}
