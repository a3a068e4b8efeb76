import { readNote } from '../../workflows/domain/people.ts';
import type { IncidentDesk } from './incident-desk.ts';
import { tellIncident } from './incident-tell.ts';
import type { Terminal } from './output.ts';

export interface NoteOptions {
  readonly text: string;
  readonly by: string;
  readonly json: boolean;
}

/** Adds a note to the chart of an open incident. */
export async function addNote(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'tell'>,
  workflowId: string,
  { text, by, json }: NoteOptions,
  nowMs: number,
): Promise<void> {
  const payload = { by, text };
  await tellIncident(terminal, desk, workflowId, {
    message: 'addNote',
    payload,
    read: readNote(payload, nowMs),
    said: `Noted as ${by}.`,
    next: 'It stands in the chart and changes nothing else.',
    json,
  });
}
