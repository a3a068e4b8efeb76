import { createHmac } from 'node:crypto';
import type { Message } from '../../notify-message.ts';
import type { PostRequest } from './post.ts';
import type { TargetOf } from './target.ts';

/**
 * Our own JSON, documented in docs/operations.md: a CloudEvents 1.0 event whose `data` has the version named in
 * `dataschema`. Signed as Standard Webhooks 1.0.0 says, so that receivers find a library that checks it.
 */
export function webhookRequest(target: TargetOf<'webhook'>, message: Message, nowMs: number): PostRequest {
  const body = JSON.stringify(webhookBody(message));
  const timestamp = String(Math.floor(nowMs / 1000));
  return {
    url: target.url,
    body,
    headers: {
      'idempotency-key': message.id,
      'webhook-id': message.id,
      'webhook-timestamp': timestamp,
      ...(target.secret === undefined
        ? {}
        : { 'webhook-signature': signature(target.secret, message.id, timestamp, body) }),
      ...(target.header === undefined ? {} : { [target.header.name]: target.header.value }),
    },
  };
}

function webhookBody(message: Message): unknown {
  const { kind, urgency, id, incident, title, lines, proposal, link, command, atMs } = message;
  return {
    specversion: '1.0',
    id,
    source: `urn:wardround:cluster:${encodeURIComponent(incident.cluster)}`,
    type: `wardround.incident.${kind}`,
    subject: incident.workflowId,
    time: new Date(atMs).toISOString(),
    datacontenttype: 'application/json',
    dataschema: 'urn:wardround:notification:1',
    data: {
      kind,
      urgency,
      incident,
      title,
      lines,
      proposal:
        proposal === null || proposal === undefined
          ? null
          : {
              number: proposal.number,
              digest: proposal.digest,
              expiresAt: new Date(proposal.expiresAtMs).toISOString(),
            },
      link,
      command,
    },
  };
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Symmetric signatures". */
export function signature(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
