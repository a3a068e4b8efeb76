import { describe, expect, it } from 'vitest';
import { targetsSchema, wants } from '../../../../activities/adapters/notify/target.ts';

const webhook = { name: 'hook', kind: 'webhook', url: 'https://hooks.example.com/x', secret: '0123456789abcdef' };
const slack = { name: 'chat', kind: 'slack', url: 'https://hooks.slack.example/services/T/B/x' };
const pager = { name: 'pager', kind: 'pagerduty', routingKey: 'x'.repeat(32) };

function problemsOf(...targets: readonly object[]): readonly string[] {
  const parsed = targetsSchema.safeParse(targets);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `/${issue.path.join('/')}: ${issue.message}`);
}

describe('the targets file', () => {
  it('takes one of each kind; PagerDuty has its own address', () => {
    const [, , third] = targetsSchema.parse([webhook, slack, pager]);
    expect(third?.url).toBe('https://events.pagerduty.com/v2/enqueue');
  });

  it.each([
    ['an unknown key', { ...slack, minUrgencey: 'high' }, '/0: Unrecognized key: "minUrgencey"'],
    ['an unknown kind', { ...slack, kind: 'teams' }, '/0/kind: expected "webhook", "slack" or "pagerduty"'],
    ['no address', { ...slack, url: 'hooks.slack.example/x' }, '/0/url: expected an http or https URL'],
    ['a file', { ...slack, url: 'file:///etc/passwd' }, '/0/url: expected an http or https URL'],
    ['a secret in the clear', { ...slack, url: 'http://hooks.example/x' }, '/0/url: expected an https URL'],
    [
      'a header in the clear',
      { ...webhook, url: 'http://h.example/', header: { name: 'X-Token', value: 'v' } },
      '/0/url: ',
    ],
    ['a password in the address', { ...webhook, url: 'https://me:pw@h.example/' }, '/0/url: expected no user name'],
    ['no way to know us', { ...webhook, secret: undefined }, '/0/secret: a webhook needs "secret" or "header"'],
    ['a short secret', { ...webhook, secret: 'short' }, '/0/secret: expected at least 16'],
    ['a header of ours', { ...webhook, header: { name: 'Webhook-Id', value: 'v' } }, '/0/header/name: '],
    ['a header with a line break', { ...webhook, header: { name: 'X-A', value: 'v\r\nX-B: c' } }, '/0/header/value: '],
    ['a short routing key', { ...pager, routingKey: 'abc' }, '/0/routingKey: expected the 32 characters'],
    ['two ways to filter', { ...slack, kinds: ['settled'], escalationOnly: true }, '/0/escalationOnly: '],
    ['no kinds', { ...slack, kinds: [] }, '/0/kinds: nobody would be told'],
    ['an unknown notification', { ...slack, kinds: ['lunch'] }, '/0/kinds/0: '],
  ])('refuses %s', (_, target, problem) => {
    expect(problemsOf(target)).toEqual([expect.stringContaining(problem)]);
  });

  it('refuses a name twice, and more targets than anybody reads', () => {
    expect(problemsOf(slack, { ...webhook, name: 'chat' })).toEqual(['/1/name: another target has this name']);
    expect(problemsOf(...Array.from({ length: 21 }, (_, at) => ({ ...slack, name: `chat ${at}` })))).toEqual([
      '/: expected at most 20 targets',
    ]);
  });

  it('never repeats a secret in what it says', () => {
    const said = problemsOf(
      { ...webhook, url: 'SECRETurl', secret: 'SECRET' },
      { ...slack, url: 'http://hooks.example/SECRET', more: 'SECRET' },
      { ...pager, routingKey: 'SECRET' },
    );
    expect(said.length).toBeGreaterThanOrEqual(4);
    expect(said.join('\n')).not.toContain('SECRET');
  });
});

describe('filters', () => {
  const [chat] = targetsSchema.parse([slack]);
  const [urgent, escalated, chosen, paged] = targetsSchema.parse([
    { ...slack, name: 'urgent', minUrgency: 'high' },
    { ...slack, name: 'escalated', escalationOnly: true },
    { ...slack, name: 'chosen', kinds: ['human-action-waits', 'settled'] },
    { ...pager, escalationOnly: true, minUrgency: 'high' },
  ]);

  it.each([
    ['proposal-waits', 'normal', ['chat']],
    ['proposal-waits', 'high', ['chat', 'urgent']],
    ['proposal-escalation', 'high', ['chat', 'urgent', 'escalated', 'pager']],
    ['human-action-waits', 'normal', ['chat', 'chosen']],
    // What PagerDuty has open is always taken back.
    ['settled', 'normal', ['chat', 'chosen', 'pager']],
  ] as const)('%s with urgency %s goes to %s', (kind, urgency, names) => {
    const targets = [chat, urgent, escalated, chosen, paged].flatMap((target) => target ?? []);
    expect(targets.filter((target) => wants(target, { kind, urgency })).map((target) => target.name)).toEqual(names);
  });
});
