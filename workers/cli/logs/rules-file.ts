import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { PortError } from '../../../activities/ports.ts';
import { writePrivateFile } from '../../../infra/stack/private-file.ts';
import { filterRulesSchema, noFilterRules, type FilterRules } from '../../../kb/schemas/filter-rule.ts';

/** The rules of a site; none where the file is not there yet. */
export function readFilterRules(file: string): FilterRules {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return noFilterRules;
    throw new PortError('denied', `${file}: the filter rules cannot be read`, { cause });
  }
  try {
    return filterRulesSchema.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new PortError('malformed', `${file}: not a list of filter rules: ${why}`, { cause });
  }
}

/** Whole or not at all: somebody may read it, or the machine may stop, in the middle. */
export function writeFilterRules(file: string, rules: FilterRules): void {
  const checked = filterRulesSchema.safeParse(rules);
  if (!checked.success)
    throw new PortError('malformed', `${file}: these rules could not be read again: ${z.prettifyError(checked.error)}`);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writePrivateFile(file, `${JSON.stringify(rules, null, 2)}\n`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PortError('denied', `${file}: the filter rules cannot be written (${why})`, { cause });
  }
}
