import { beforeAll, describe, expect, it } from 'vitest';
import { redact } from '../../kb/logs/redact.ts';
import { alertGroupSchema } from '../../kb/schemas/alert-group.ts';
import { readObservation, type AlertObservation } from '../../workflows/domain/alert.ts';
import { newCluster } from '../../workflows/domain/cluster-rules.ts';
import { renderClusterDetails } from '../../workflows/domain/cluster-details.ts';
import { detailsCharsMax, renderDetails } from '../../workflows/domain/current-details.ts';
import { sightingsOf } from '../../workers/api/sightings.ts';
import { alertTexts } from './corpus/names.ts';
import { expectInertMarkdown, outlineOf } from './inert.ts';
import { expectInertNotification, expectInertPages } from './pages.ts';
import { tally } from './tally.ts';
import { alertOf, decided, lostGpu, startMs, walk, type Walked } from './ward.ts';

const counted = tally('alert');
const logs = lostGpu('xxxxx');
let plain: Walked;
beforeAll(async () => {
  plain = await walk({ logs });
});

/** A body of Alertmanager with the text in every label and annotation that others fill, through the API's own reading. */
function delivered(text: string): AlertObservation {
  const { labels, startsAtMs } = alertOf().alerts[0];
  const own = { ...labels, severity: text, instance: text, pod: text, [text]: text, node: text, Hostname: text };
  const group = alertGroupSchema.parse({
    version: '4',
    groupKey: `{}:{alertname="${text}"}`,
    status: 'firing',
    receiver: text,
    groupLabels: { ...labels, [text]: text },
    commonLabels: { reason: text },
    commonAnnotations: { runbook_url: text },
    externalURL: text,
    alerts: [
      {
        status: 'firing',
        labels: own,
        annotations: { summary: text, description: text, [text]: text },
        startsAt: new Date(startsAtMs).toISOString(),
        generatorURL: text,
        fingerprint: 'f0',
      },
    ],
  });
  const { sightings, misplaced } = sightingsOf(group, { clusters: ['site-a'], receivedAtMs: startMs + 90_000, redact });
  expect(misplaced).toEqual([]);
  const read = readObservation(sightings[0]?.observation);
  if (read === null || sightings[0] === undefined) throw new Error('the API took it, and the workflow did not');
  expect([sightings[0].cluster, /^[0-9a-f]+$/.test(sightings[0].groupHash)]).toEqual(['site-a', true]);
  return read;
}

describe.each(alertTexts.map((one) => [one.id, one] as const))('%s', (id, { text }) => {
  counted.add(id);

  it('decides nothing, and is inert wherever it is shown', async () => {
    const walked = await walk({ logs, alert: delivered(text) });
    expect(decided(walked)).toEqual(decided(plain));
    expectInertPages(walked.view, walked.graph);
  });

  it('adds no section to the details and takes none away, whichever label it stands in', () => {
    const named = delivered('x'.repeat(8));
    const named1 = named.alerts[0];
    if (named1 === undefined) throw new Error('one alert');
    const outline = (words: string) => {
      const alert = {
        ...named,
        alerts: [{ ...named1, labels: { ...named1.labels, alertname: words }, summary: words }],
      };
      const view = {
        ...plain.view,
        alert,
        recurrenceOf: words,
        merged: [{ workflowId: words, runId: 'r', atMs: 0 }],
        degraded: [words],
        handOver: { kind: 'handed-over', reason: 'no-remedy', detail: words } as const,
      };
      expectInertPages(view, null);
      return outlineOf(renderDetails(view));
    };
    expect(outline(text.slice(0, 300))).toEqual(outline('xxxxx'));
  });

  it('never hides what is to be decided', () => {
    const details = renderDetails({ ...plain.view, alert: delivered(text) });
    expect(details.length).toBeLessThan(detailsCharsMax + 100);
    expect(details).toContain(plain.proposal?.digest ?? 'a digest');
  });

  it('is inert in the details of the cluster', () => {
    expect.hasAssertions();
    const open = {
      asker: { workflowId: `incident/site-a/${text}`, runId: 'r' },
      job: text,
      nodes: [text],
      alertAtMs: 1,
    };
    expectInertMarkdown(renderClusterDetails({ ...newCluster('site-a', 1), open: [open] }));
  });

  it('is inert where people are told', () => {
    expect.hasAssertions();
    expectInertNotification(text);
  });
});
