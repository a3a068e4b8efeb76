import { describe, expect, it } from 'vitest';
import { cut, incidentLink, inertLine, messageOf } from '../../activities/notify-message.ts';
import type { Notification } from '../../workflows/domain/notification.ts';

const key = { cluster: 'site-a', workflowId: 'incident/site-a/0011223344556677', runId: 'run-1' };
const webUi = { uiUrl: 'https://temporal.example.com/', namespace: 'gpu ops' };
const notification: Notification = {
  kind: 'proposal-waits',
  sequence: 3,
  urgency: 'normal',
  title: 'Waits for a decision',
  lines: [],
  proposal: { number: 2, digest: 'd'.repeat(64), expiresAtMs: 1 },
};

describe('a message', () => {
  it('links to the tab of the run that shows the current details, with every part encoded', () => {
    expect(incidentLink(key, webUi)).toBe(
      'https://temporal.example.com/namespaces/gpu%20ops/workflows/incident%2Fsite-a%2F0011223344556677/run-1/user-metadata',
    );
    expect(incidentLink(key, { ...webUi, uiUrl: 'https://example.com/temporal' })).toMatch(
      /^https:\/\/example\.com\/temporal\/namespaces\//,
    );
    expect(incidentLink(key, { ...webUi, uiUrl: null })).toBeNull();
  });

  it('has an id that a repeat keeps, and the command that answers it', () => {
    expect(messageOf(key, notification, webUi, 5)).toMatchObject({
      id: 'run-1/3',
      command: `npx wardround incident approve ${key.workflowId} --proposal 2 --digest ${'d'.repeat(64)}`,
      atMs: 5,
    });
    const done = messageOf(key, { ...notification, kind: 'human-action-waits' }, webUi, 5);
    expect(done.command).toBe(`npx wardround incident done ${key.workflowId} "what you did"`);
    const settled = messageOf(key, { ...notification, kind: 'settled' }, webUi, 5);
    expect(settled.command).toBe(`npx wardround incident show ${key.workflowId}`);
  });

  it('is bounded and redacted, whatever the workflow was given', () => {
    const lines = Array.from({ length: 30 }, () => `password=hunter2-hunter2 ${'x'.repeat(2_000)}`);
    const message = messageOf(key, { ...notification, title: 't'.repeat(999), lines }, webUi, 5);
    expect(message.title).toHaveLength(200);
    expect(message.lines).toHaveLength(12);
    for (const line of message.lines) expect(line).toHaveLength(500);
    expect(JSON.stringify(message)).not.toContain('hunter2');
  });
});

describe('a line of others', () => {
  it.each([
    ['see https://evil.example/x', 'see https[:]//evil.example/x'],
    ['www.evil.example', 'www[.]evil.example'],
    ['mailto:me', 'mailto[:]me'],
    ['@here and @channel', '@\u200bhere and @\u200bchannel'],
    ['two\r\nlines\u0007 \u202eback', 'two lines back'],
    ['node-07: nvidia-smi -i 3 -lgc 210,210', 'node-07: nvidia-smi -i 3 -lgc 210,210'],
  ])('%j becomes %j', (text, inert) => {
    expect(inertLine(text)).toBe(inert);
  });

  it('is cut with an ellipsis, not within a character', () => {
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('ab😀cd', 4)).toBe('ab…');
    expect(cut('abcd', 4)).toBe('abcd');
  });
});
