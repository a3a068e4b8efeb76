import { existsSync } from 'node:fs';
import path from 'node:path';
import { readStackFile } from '../../../infra/stack/stack-file.ts';
import { temporalDatabase } from '../../../infra/stack/temporal.ts';

/** An earlier start was complete, and what Temporal had written is not there any more. */
export function isDatabaseGone(stateDir: string): boolean {
  return readStackFile(stateDir) !== null && !existsSync(path.join(stateDir, temporalDatabase));
}

export function databaseGoneText(stateDir: string): string {
  return [
    `The database of Temporal, ${path.join(stateDir, temporalDatabase)}, is gone; a new one is made.`,
    '    Incidents that were open are not known any more: an alert that still fires starts a new one, and no approval',
    '    of an old one counts. Closed ones are in the archive: `wardround replay ID`. To bring them all back, stop, put',
    '    the file back from a copy, and start again.',
  ].join('\n');
}
