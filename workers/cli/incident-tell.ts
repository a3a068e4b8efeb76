import { createHash } from 'node:crypto';
import type { Read } from '../../workflows/domain/people.ts';
import { shortIncidentId } from '../incident-start.ts';
import type { IncidentDesk, PeopleMessage } from './incident-desk.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, type Terminal } from './output.ts';

/** One message of a person to an incident, checked by the reader that the workflow itself uses. */
export interface Telling {
  readonly message: PeopleMessage;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly read: Read<unknown>;
  /** What has been recorded, in a sentence. */
  readonly said: string;
  /** What happens now. */
  readonly next: string;
  readonly json: boolean;
}

export async function tellIncident(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'tell'>,
  workflowId: string,
  { message, payload, read, said, next, json }: Telling,
): Promise<void> {
  if (!read.ok) throw new CommandFailure(plain(read.reason), 'nothing was sent', { exitCode: exitCodes.usage });
  await desk.tell(workflowId, message, payload);
  if (json) {
    terminal.out(renderJson({ workflowId, message, payload }));
    return;
  }
  terminal.out(paint(terminal, 'green', plain(said)));
  terminal.out(`${next}\nSee it with \`wardround incident show ${shortIncidentId(workflowId)}\`.`);
}

/** The same words are one message within so long; said again later, they are another. */
const repeatMs = 10 * 60_000;

/** The id follows from what is said and about when: a command that is run again at once counts once. */
export function tellingId(kind: string, parts: readonly unknown[], nowMs: number): string {
  const said = JSON.stringify([...parts, Math.floor(nowMs / repeatMs)]);
  return `${kind}-${createHash('sha256').update(said).digest('hex').slice(0, 12)}`;
}
