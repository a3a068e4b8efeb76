import { readHumanAction } from '../../workflows/domain/people.ts';
import type { IncidentDesk } from './incident-desk.ts';
import { tellIncident, tellingId } from './incident-tell.ts';
import type { Terminal } from './output.ts';

export interface DoneOptions {
  readonly what: string;
  readonly by: string;
  readonly json: boolean;
}

/** Tells an incident that somebody did something outside the program, so that it measures again. */
export async function tellHumanAction(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'tell'>,
  workflowId: string,
  { what, by, json }: DoneOptions,
  nowMs: number,
): Promise<void> {
  const payload = { by, actionId: tellingId('done', [by, what], nowMs), what };
  await tellIncident(terminal, desk, workflowId, {
    message: 'humanActionDone',
    payload,
    read: readHumanAction(payload, nowMs),
    said: `Recorded as done by ${by}: ${what}.`,
    next: 'If the incident waits for people, it measures again now; it closes when the fault is gone, and goes on waiting when it is not.',
    json,
  });
}
