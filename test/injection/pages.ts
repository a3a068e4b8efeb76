import { expect } from 'vitest';
import { messageOf, type Message } from '../../activities/notify-message.ts';
import { pagerDutyRequest } from '../../activities/adapters/notify/pagerduty.ts';
import { slackRequest } from '../../activities/adapters/notify/slack.ts';
import { webhookRequest } from '../../activities/adapters/notify/webhook.ts';
import { chartDocuments } from '../../activities/audit/chart-document.ts';
import { graphMermaid } from '../../kb/reasoning/dot/as-mermaid.ts';
import { graphText } from '../../kb/reasoning/dot/as-text.ts';
import type { Graph } from '../../kb/reasoning/graph.ts';
import { renderDetails } from '../../workflows/domain/current-details.ts';
import type { IncidentView } from '../../workflows/domain/incident-view.ts';
import { renderChart } from '../../workers/cli/chart.ts';
import { jsonLine, renderJson } from '../../workers/cli/output.ts';
import { expectInertHtml, expectInertJson, expectInertMarkdown, expectInertMermaid, expectInertText } from './inert.ts';
import { key } from './ward.ts';

/** Everything that people see of an incident, in the forms in which they see it; each has to be inert. */
export function expectInertPages(view: IncidentView, graph: Graph | null): void {
  expectInertMarkdown(renderDetails(view));
  expectInertText(renderChart({ colour: false }, view));
  expectInertJson(renderJson(view));
  expectInertJson(jsonLine(view));
  const { markdown, html } = chartDocuments(view, graph);
  expectInertMarkdown(markdown);
  expectInertHtml(html);
  if (graph === null) return;
  expectInertMermaid(graphMermaid(graph));
  expectInertText(graphText(graph));
}

/** What receivers get where these words stand in a title and in a line. */
export function expectInertNotification(words: string): void {
  const notification = {
    kind: 'human-action-waits',
    urgency: 'normal',
    sequence: 1,
    title: `Something has to be done by people: ${words}`,
    lines: [words, `Alert: ${words}`],
  } as const;
  const message = messageOf(key, notification, { uiUrl: 'http://127.0.0.1:8233', namespace: 'default' }, 0);
  for (const line of [message.title, ...message.lines]) {
    expectInertText(line.replaceAll('@\u200b', '@'));
    expect(line).not.toMatch(/:\/\/|\bwww\.|\bmailto:|@\w|\n/i);
  }
  for (const body of bodies(message)) expect(() => JSON.parse(body) as unknown).not.toThrow();
  const [slack = ''] = bodies(message);
  // In Slack's own marks `<…>` is a link, a mention or a command; ours is the one to the Web UI.
  expect([...slack.matchAll(/<[^>]*>/g)].map(([mark]) => mark)).toEqual([
    expect.stringMatching(/^<http:\/\/127\.0\.0\.1:8233\/[^|<>]*\|Open it in the Temporal Web UI>$/),
  ]);
}

function bodies(message: Message): readonly string[] {
  const url = 'https://hooks.example/x';
  return [
    slackRequest({ kind: 'slack', name: 'chat', url }, message).body,
    pagerDutyRequest({ kind: 'pagerduty', name: 'duty', url, routingKey: '0'.repeat(32) }, message).body,
    webhookRequest({ kind: 'webhook', name: 'hook', url }, message, 0).body,
  ];
}
