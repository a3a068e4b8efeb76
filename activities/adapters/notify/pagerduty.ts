import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cut, inertLine, type Message } from '../../notify-message.ts';
import type { PostRequest } from './post.ts';
import type { TargetOf } from './target.ts';

// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
const summaryCharsMax = 1_024;
const dedupKeyCharsMax = 255;
const saidCharsMax = 160;

/**
 * Events API v2. One alert an incident run: what waits opens it, a reminder is logged in it, `settled` resolves it.
 * A resolve of what was never opened is dropped by PagerDuty.
 */
export function pagerDutyRequest(target: TargetOf<'pagerduty'>, message: Message): PostRequest {
  return {
    url: target.url,
    body: JSON.stringify(event(target, message)),
    explain: (answer) => explain(answer, target.routingKey),
  };
}

function event({ routingKey }: TargetOf<'pagerduty'>, message: Message): unknown {
  const { kind, incident, title, lines, proposal, link, command, atMs } = message;
  const which = { routing_key: routingKey, dedup_key: dedupKey(message) };
  if (kind === 'settled') return { ...which, event_action: 'resolve' };
  return {
    ...which,
    event_action: 'trigger',
    client: 'Wardround',
    ...(link === null ? {} : { client_url: link, links: [{ href: link, text: 'Open it in the Temporal Web UI' }] }),
    payload: {
      summary: cut(title, summaryCharsMax),
      source: incident.cluster,
      severity: severity(message),
      timestamp: new Date(atMs).toISOString(),
      group: incident.cluster,
      class: kind,
      custom_details: {
        incident: incident.workflowId,
        details: lines.join('\n'),
        ...(proposal === null || proposal === undefined
          ? {}
          : {
              proposal: proposal.number,
              digest: proposal.digest,
              open_until: new Date(proposal.expiresAtMs).toISOString(),
            }),
        ...(command === null ? {} : { command }),
      },
    },
  };
}

export function dedupKey({ incident, thread }: Pick<Message, 'incident' | 'thread'>): string {
  const key = `${incident.workflowId}/${thread}`;
  return key.length <= dedupKeyCharsMax ? key : `wardround/${createHash('sha256').update(key).digest('hex')}`;
}

function severity({ kind, urgency }: Message): 'info' | 'warning' | 'critical' {
  if (kind === 'test') return 'info';
  return urgency === 'high' ? 'critical' : 'warning';
}

const answerSchema = z.object({ message: z.string(), errors: z.array(z.string()).optional() });

/** `{"status":"invalid event","message":"Event object is invalid","errors":["…"]}` */
function explain(answer: string, routingKey: string): string | null {
  const parsed = answerSchema.safeParse(parseJson(answer));
  if (!parsed.success) return null;
  const said = [parsed.data.message, ...(parsed.data.errors ?? [])].join(': ').replaceAll(routingKey, '***');
  return cut(inertLine(said), saidCharsMax);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
