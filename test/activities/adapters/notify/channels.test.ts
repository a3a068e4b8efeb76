import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openChannels } from '../../../../activities/adapters/notify/open-channels.ts';
import { targetsSchema } from '../../../../activities/adapters/notify/target.ts';
import { signature } from '../../../../activities/adapters/notify/webhook.ts';
import type { Message } from '../../../../activities/notify-message.ts';
import type { Delivery } from '../../../../activities/notify.ts';
import { closedAddress } from '../../../support/http-server.ts';
import { aMessage, startReceiver, type Received } from './receiver.ts';

let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(() => {
  receiver.received.length = 0;
});
afterAll(() => receiver.stop());

const nowMs = 1_790_000_005_500;
const secret = 'a-shared-secret-of-ours';
const routingKey = 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00';

async function send(target: object, message = aMessage(), timeoutMs = 5_000): Promise<Delivery> {
  const targets = targetsSchema.parse([{ name: 'one', ...target }]);
  const [channel] = openChannels(targets, { nowMs: () => nowMs }, timeoutMs);
  if (channel === undefined) throw new Error('one target has one channel');
  return channel.send(message);
}

const webhook = (path: string, more: object = { secret }) => ({
  kind: 'webhook',
  url: `${receiver.url}${path}`,
  ...more,
});
const slack = (path: string) => ({ kind: 'slack', url: `${receiver.url}${path}` });
const pagerDuty = (path: string) => ({ kind: 'pagerduty', url: `${receiver.url}${path}`, routingKey });

function last(): Received {
  const request = receiver.received.at(-1);
  if (request === undefined) throw new Error('nothing arrived');
  return request;
}

describe('a generic webhook', () => {
  it('gets a CloudEvents body, signed as Standard Webhooks says, under an id that a repeat keeps', async () => {
    expect(await send(webhook('/ok/hook'))).toEqual({ kind: 'taken' });
    const { headers, body } = last();
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'run-1/1',
      'webhook-id': 'run-1/1',
      'webhook-timestamp': '1790000005',
    });
    const expected = createHmac('sha256', secret).update(`run-1/1.1790000005.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(JSON.parse(body)).toEqual({
      specversion: '1.0',
      id: 'run-1/1',
      source: 'urn:wardround:cluster:site-a',
      type: 'wardround.incident.proposal-waits',
      subject: 'incident/site-a/0011223344556677',
      time: '2026-09-21T14:13:20.000Z',
      datacontenttype: 'application/json',
      dataschema: 'urn:wardround:notification:1',
      data: {
        kind: 'proposal-waits',
        urgency: 'normal',
        incident: aMessage().incident,
        title: aMessage().title,
        lines: aMessage().lines,
        proposal: { number: 1, digest: 'd'.repeat(64), expiresAt: '2027-01-15T08:00:00.000Z' },
        link: aMessage().link,
        command: aMessage().command,
      },
    });
    await send(webhook('/ok/hook'));
    expect(last()).toEqual({ path: '/ok/hook', headers: { ...headers, connection: expect.any(String) }, body });
  });

  it('signs as the libraries that receivers use check it', () => {
    // The vector of Standard Webhooks' own libraries.
    const secret64 = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(signature(secret64, 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('can carry a header of the receiver instead, and is then not signed', async () => {
    await send(webhook('/ok', { header: { name: 'Authorization', value: 'Bearer abc' } }));
    expect(last().headers['authorization']).toBe('Bearer abc');
    expect(last().headers['webhook-signature']).toBeUndefined();
  });
});

interface SlackBody {
  readonly text: string;
  readonly mrkdwn: boolean;
  readonly blocks: readonly {
    readonly type: string;
    readonly text: { readonly type: string; readonly text: string };
  }[];
}

describe('a Slack-compatible webhook', () => {
  const body = () => JSON.parse(last().body) as SlackBody; // what our own adapter sends

  it('gets blocks with a link, and a text for what shows no blocks', async () => {
    expect(await send(slack('/ok/services/T0/B0/SECRET'))).toEqual({ kind: 'taken' });
    const { text, blocks } = body();
    expect(blocks.map((block) => `${block.type} ${block.text.type}`)).toEqual([
      'header plain_text',
      'section plain_text',
      'section mrkdwn',
      'section plain_text',
    ]);
    expect(blocks[0]?.text.text).toBe(aMessage().title);
    expect(blocks[1]?.text.text).toContain('Proposal 1, open until 2027-01-15T08:00:00.000Z');
    expect(blocks[2]?.text.text).toBe(`<${aMessage().link}|Open it in the Temporal Web UI>`);
    expect(text).toContain(aMessage().title);
    expect(text).toContain(aMessage().command);
  });

  it('shows what others wrote, and obeys none of it', async () => {
    const evil = '<!channel> <https://evil.example|click> *bold* `code` & more';
    await send(slack('/ok'), aMessage({ title: evil, lines: [evil] }));
    const { text, blocks, mrkdwn } = body();
    const escaped = '&lt;!channel&gt; &lt;https://evil.example|click&gt; *bold* `code` &amp; more';
    expect(blocks[0]?.text).toMatchObject({ type: 'plain_text', text: escaped, emoji: false });
    expect(mrkdwn).toBe(false);
    // Nothing of it stands in a block with markup, and in the text it can not leave its code block.
    expect(blocks.filter((block) => block.text.type === 'mrkdwn').map((block) => block.text.text)).toEqual([
      `<${aMessage().link}|Open it in the Temporal Web UI>`,
    ]);
    expect(text.split('```')).toHaveLength(3);
    expect(text.replaceAll(`\n${aMessage().link}`, '')).not.toMatch(/[<>]/);
  });

  it('keeps to the lengths that Slack takes, with no entity cut in half', async () => {
    const long = aMessage({ title: '<'.repeat(200), lines: Array.from({ length: 12 }, () => '&'.repeat(500)) });
    await send(slack('/ok'), long);
    const { text, blocks } = body();
    expect(blocks[0]?.text.text).toMatch(/^(&lt;){37}…$/);
    for (const [at, max] of [150, 3_000, 3_000, 3_000].entries())
      expect(blocks[at]?.text.text.length).toBeLessThanOrEqual(max);
    expect(blocks[1]?.text.text).toMatch(/^[^&]*(&amp;[^&]*)*…$/);
    expect(text.length).toBeLessThanOrEqual(4_500);
  });

  it('goes without a link when no Web UI is configured', async () => {
    await send(slack('/ok'), aMessage({ link: null }));
    expect(body().blocks.map((block) => block.text.type)).toEqual(['plain_text', 'plain_text', 'plain_text']);
  });

  it('tells the word with which Slack refuses, and no other answer', async () => {
    expect(await send(slack('/says-no_service'))).toMatchObject({
      reason: `${new URL(receiver.url).host}: HTTP 404 (no_service)`,
      temporary: false,
    });
    const chatty = await send(slack(`/says-${encodeURIComponent('no hook at /T0/B0/SECRET')}`));
    expect(chatty).toMatchObject({ reason: `${new URL(receiver.url).host}: HTTP 404` });
  });
});

describe('PagerDuty', () => {
  const body = () => JSON.parse(last().body) as Record<string, unknown>;
  const trigger = async (changes: Partial<Message> = {}) => {
    await send(pagerDuty('/ok/v2/enqueue'), aMessage(changes));
    return body();
  };

  it('gets one alert an incident run: opened by what waits, resolved when it is settled', async () => {
    const opened = await trigger();
    expect(opened).toMatchObject({
      routing_key: routingKey,
      event_action: 'trigger',
      dedup_key: 'incident/site-a/0011223344556677/run-1',
      client_url: aMessage().link,
      links: [{ href: aMessage().link }],
      payload: {
        summary: aMessage().title,
        source: 'site-a',
        severity: 'warning',
        class: 'proposal-waits',
        timestamp: '2026-09-21T14:13:20.000Z',
        custom_details: { proposal: 1, command: aMessage().command },
      },
    });
    expect(await trigger({ kind: 'settled', id: 'run-1/2' })).toEqual({
      routing_key: routingKey,
      event_action: 'resolve',
      dedup_key: 'incident/site-a/0011223344556677/run-1',
    });
  });

  it('keeps one page where a run only looks again at what another one told of', async () => {
    const incident = { ...aMessage().incident, runId: 'run-2' };
    expect(await trigger({ incident, thread: 'run-1' })).toMatchObject({
      dedup_key: 'incident/site-a/0011223344556677/run-1',
    });
  });

  it('hears of urgency by severity, and of a test as information', async () => {
    expect(await trigger({ kind: 'proposal-escalation', urgency: 'high' })).toMatchObject({
      event_action: 'trigger',
      payload: { severity: 'critical' },
    });
    expect(await trigger({ kind: 'test' })).toMatchObject({ payload: { severity: 'info' } });
  });

  it('keeps to its lengths', async () => {
    const workflowId = `incident/${'x'.repeat(300)}/1`;
    const sent = await trigger({ title: 't'.repeat(3_000), incident: { ...aMessage().incident, workflowId } });
    expect(String(sent['dedup_key'])).toMatch(/^wardround\/[0-9a-f]{64}$/);
    expect(sent).toMatchObject({ payload: { summary: `${'t'.repeat(1_023)}…` } });
  });

  it('has its complaint repeated without the key, which it may echo', async () => {
    const refused = await send(pagerDuty('/event'));
    expect(refused).toMatchObject({ temporary: false });
    expect(JSON.stringify(refused)).toContain('HTTP 400 (Event object is invalid: ');
    expect(JSON.stringify(refused)).not.toContain(routingKey);
  });
});

describe('every kind of target', () => {
  const kinds = () => [webhook, slack, pagerDuty] as const;

  it.each([
    ['/status-500/SECRET', true, 'HTTP 500'],
    ['/status-503/SECRET', true, 'HTTP 503'],
    ['/status-408/SECRET', true, 'HTTP 408'],
    ['/status-400/SECRET', false, 'HTTP 400'],
    ['/status-401/SECRET', false, 'HTTP 401'],
    ['/status-410/SECRET', false, 'HTTP 410'],
    ['/away/SECRET', false, 'redirect'],
  ])('answered by %s is not taken, may help later: %s', async (path, temporary, said) => {
    for (const kind of kinds()) {
      const delivery = await send(kind(path));
      expect(delivery).toMatchObject({ kind: 'not-taken', temporary });
      expect(JSON.stringify(delivery)).toContain(said);
      for (const hidden of ['SECRET', secret, routingKey]) expect(JSON.stringify(delivery)).not.toContain(hidden);
    }
    expect(receiver.received.map((request) => request.path)).toEqual([path, path, path]);
  });

  it('is left alone as long as it asks for', async () => {
    expect(await send(slack('/wait-7'))).toMatchObject({ temporary: true, waitMs: 7_000 });
  });

  it.each(['/hang/SECRET', '/slow/SECRET'])('at %s is given up after its time', async (path) => {
    const { host } = new URL(receiver.url);
    expect(await send(slack(path), aMessage(), 100)).toEqual({
      kind: 'not-taken',
      temporary: true,
      reason: `${host}: no answer within 0.1 s`,
    });
  });

  it('that can not be reached says so by its host only', async () => {
    const address = await closedAddress();
    expect(await send({ kind: 'slack', url: `${address}/T0/B0/SECRET` })).toEqual({
      kind: 'not-taken',
      temporary: true,
      reason: `${new URL(address).host}: can not be reached (ECONNREFUSED)`,
    });
  });
});
