import { existsSync } from 'node:fs';
import path from 'node:path';
import { portsFile } from '../../../infra/stack/ports.ts';
import { temporalDatabase } from '../../../infra/stack/temporal.ts';

/**
 * Temporal has run on this folder before, and what it had written is not there any more. Asked just before Temporal
 * is started: it makes a new database without a word. The ports are kept as soon as the servers have answered once.
 */
export function isDatabaseGone(stateDir: string): boolean {
  return existsSync(path.join(stateDir, portsFile)) && !existsSync(path.join(stateDir, temporalDatabase));
}

export function databaseGoneText(stateDir: string): string {
  return [
    `The database of Temporal, ${path.join(stateDir, temporalDatabase)}, is gone; a new one is made.`,
    '    Incidents that were open are not known any more: an alert that still fires starts a new one, and no approval',
    '    of an old one counts. Leases, attempts and maintenance windows are forgotten too, and so is a stop: if repairs',
    '    were stopped, run `wardround stop` again. What a repair had begun is in the journals of the nodes. Closed',
    '    incidents are in the archive: `wardround replay ID`. To bring them all back, stop, put the file back from a',
    '    copy, and start again.',
  ].join('\n');
}
