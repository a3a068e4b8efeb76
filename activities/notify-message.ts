import { redact } from '../kb/logs/redact.ts';
import { asOneLine, withoutLinks } from '../workflows/domain/hidden-characters.ts';
import { notificationLinesMax, type Notification, type NotificationKind } from '../workflows/domain/notification.ts';
import type { IncidentKey } from '../workflows/domain/phase-data.ts';

/** What every receiver is told; each channel puts it into the form that its server wants. */
export interface Message {
  /** `test` is sent by people who try their set-up, never by an incident. */
  readonly kind: NotificationKind | 'test';
  readonly urgency: Notification['urgency'];
  /** The same at every repeat, so that a receiver can drop what it has seen. Holds no full stop. */
  readonly id: string;
  readonly incident: IncidentKey;
  /** The run id under which receivers know the incident. */
  readonly thread: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly proposal: Notification['proposal'] | null;
  /** The page of the Temporal Web UI that shows the current details. */
  readonly link: string | null;
  /** The command line that does the next thing. */
  readonly command: string | null;
  readonly atMs: number;
}

export interface WebUi {
  /** `null` when none is configured: then there is no link. */
  readonly uiUrl: string | null;
  readonly namespace: string;
}

/** Long enough for a sentence, short enough for a telephone. */
const titleCharsMax = 200;
const lineCharsMax = 500;

export function messageOf(key: IncidentKey, notification: Notification, webUi: WebUi, atMs: number): Message {
  const { kind, urgency, sequence, title, lines, proposal, toldAs } = notification;
  return {
    kind,
    urgency,
    id: `${key.runId}/${sequence}`,
    incident: key,
    thread: toldAs ?? key.runId,
    title: cut(inertLine(title), titleCharsMax),
    lines: lines.slice(0, notificationLinesMax).map((line) => cut(inertLine(line), lineCharsMax)),
    proposal: proposal ?? null,
    link: incidentLink(key, webUi),
    command: commandFor(key, notification),
    atMs,
  };
}

/** A message that asks nobody for anything. */
export function testMessage(id: string, webUi: WebUi, atMs: number): Message {
  return {
    kind: 'test',
    urgency: 'normal',
    id: `test/${id}`,
    incident: { cluster: 'test', workflowId: 'test', runId: id },
    thread: id,
    title: 'Test message from Wardround: nothing has to be done',
    lines: ['Somebody is trying whether notifications arrive here.'],
    proposal: null,
    link: webUi.uiUrl,
    command: null,
    atMs,
  };
}

/**
 * The tab of a run that shows its current details: `routeForUserMetadata` in `src/lib/utilities/route-for.ts` of
 * temporalio/ui, the same in the bundled version 2.50.1.
 */
export function incidentLink(
  key: Pick<IncidentKey, 'workflowId' | 'runId'>,
  { uiUrl, namespace }: WebUi,
): string | null {
  if (uiUrl === null) return null;
  const path = ['namespaces', namespace, 'workflows', key.workflowId, key.runId, 'user-metadata'];
  return `${uiUrl.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`;
}

function commandFor({ workflowId }: IncidentKey, { kind, proposal }: Notification): string {
  switch (kind) {
    case 'proposal-waits':
    case 'proposal-reminder':
    case 'proposal-escalation':
      return proposal === undefined
        ? `npx wardround incident show ${workflowId}`
        : `npx wardround incident approve ${workflowId} --proposal ${proposal.number} --digest ${proposal.digest}`;
    case 'human-action-waits':
    case 'human-action-reminder':
      return `npx wardround incident done ${workflowId} "what you did"`;
    case 'settled':
      return `npx wardround incident show ${workflowId}`;
  }
}

/**
 * One line without secrets that no receiver reads as a link, a mention or a control sequence: alert summaries and
 * log texts are written by others. Characters that a markup language knows stay; each channel takes care of its own.
 */
export function inertLine(text: string): string {
  return (
    withoutLinks(asOneLine(redact(text)).replace(/\s+/g, ' ').trim())
      // A zero-width space: "@here", "@channel" or a name stay readable and call nobody.
      .replace(/@(?=\w)/g, '@\u200b')
  );
}

/** At most `charsMax` UTF-16 units, never half of a character. */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  return `${text.slice(0, charsMax - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
