import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChannels } from '../../activities/adapters/notify/open-channels.ts';
import { targetsSchema } from '../../activities/adapters/notify/target.ts';
import { createNotify } from '../../activities/notify.ts';
import { sendJson, startHttpServer, type TestHttpServer } from '../support/http-server.ts';
import { openWorld, type IncidentWorld } from '../support/incident-world.ts';
import { aProposal } from '../support/proposals.ts';
import { scriptedActivities } from '../support/scripted-activities.ts';

/** Asks the first delivery to wait a second, and takes the others. */
const arrived: { atMs: number; id: string; type: string; link: string }[] = [];
let receiver: TestHttpServer;
let world: IncidentWorld;
beforeAll(async () => {
  receiver = await startHttpServer(({ body, raw }, response) => {
    const event = JSON.parse(body) as { type: string; data: { link: string } }; // what the adapter under test sends
    arrived.push({ atMs: Date.now(), id: String(raw.headers['webhook-id']), type: event.type, link: event.data.link });
    if (arrived.length > 1) return sendJson(response, 202, {});
    response.writeHead(429, { 'retry-after': '1' }).end();
  });
  world = await openWorld();
});
afterAll(async () => {
  await receiver.stop();
  await world.close();
});

describe('an incident on a Temporal server', () => {
  it('tells a receiver that it waits, again after the wait that was asked for, and when it is settled', async () => {
    const targets = targetsSchema.parse([
      { name: 'tickets', kind: 'webhook', url: `${receiver.url}/SECRET`, secret: 'a-shared-secret-of-ours' },
    ]);
    const channels = openChannels(targets, { nowMs: Date.now });
    const webUi = { uiUrl: 'https://temporal.example.com', namespace: world.namespace };
    const { activities } = scriptedActivities();
    const stopWorkers = await world.startWorkers({ ...activities, notify: createNotify({ channels, webUi }) });
    try {
      const handle = await world.startIncident({ notify: true });
      while (arrived.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
      const digest = aProposal().digest;
      await handle.signal('approveProposal', { decisionId: 'd-1', proposal: 1, digest, approver: 'Ada', comment: '' });
      const { workflowId, runId } = await handle.describe();
      const view = await handle.result();
      expect(view.closing).toMatchObject({ kind: 'repaired' });

      const link = `https://temporal.example.com/namespaces/${world.namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}/user-metadata`;
      expect(arrived.map(({ id, type, link: shown }) => [id, type, shown])).toEqual([
        [`${runId}/1`, 'wardround.incident.proposal-waits', link],
        [`${runId}/1`, 'wardround.incident.proposal-waits', link],
        [`${runId}/2`, 'wardround.incident.settled', link],
      ]);
      expect(arrived.map(({ atMs }) => atMs)[1]).toBeGreaterThanOrEqual((arrived[0]?.atMs ?? Infinity) + 1_000);
      expect(view.notified).toMatchObject([
        { kind: 'proposal-waits', sent: ['tickets'], failed: 0 },
        { kind: 'settled', sent: ['tickets'], failed: 0 },
      ]);
    } finally {
      await stopWorkers();
    }
  });
});
