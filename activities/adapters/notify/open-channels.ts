import type { NotifyChannel } from '../../notify.ts';
import type { Message } from '../../notify-message.ts';
import { pagerDutyRequest } from './pagerduty.ts';
import { post, postMsMax, type PostRequest } from './post.ts';
import { slackRequest } from './slack.ts';
import { wants, type NotifyTarget } from './target.ts';
import { webhookRequest } from './webhook.ts';

/** A channel for each target, in the file's order. */
export function openChannels(
  targets: readonly NotifyTarget[],
  clock: { readonly nowMs: () => number },
  timeoutMs = postMsMax,
): readonly NotifyChannel[] {
  return targets.map((target) => ({
    name: target.name,
    wants: (notification) => wants(target, notification),
    send: (message, signal) => post(requestFor(target, message, clock.nowMs()), signal, timeoutMs),
  }));
}

function requestFor(target: NotifyTarget, message: Message, nowMs: number): PostRequest {
  switch (target.kind) {
    case 'webhook':
      return webhookRequest(target, message, nowMs);
    case 'slack':
      return slackRequest(target, message);
    case 'pagerduty':
      return pagerDutyRequest(target, message);
  }
}
