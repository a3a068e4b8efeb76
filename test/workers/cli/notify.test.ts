import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../workers/config.ts';
import { notifyCommand } from '../../../workers/cli/notify.ts';
import { startReceiver } from '../../activities/adapters/notify/receiver.ts';
import { temporaryFolder } from '../../support/servers.ts';
import { runCli } from '../support/cli-runs.ts';

let folder: ReturnType<typeof temporaryFolder>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  folder = temporaryFolder('notify-cli');
  receiver = await startReceiver();
});
beforeEach(() => {
  receiver.received.length = 0;
});
afterAll(async () => {
  await receiver.stop();
  folder.remove();
});

const routingKey = 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00';

async function notify(argv: readonly string[], targets?: readonly object[]) {
  const file = path.join(folder.path, 'targets.json');
  writeFileSync(file, JSON.stringify(targets ?? []));
  chmodSync(file, 0o600);
  const env = { WARDROUND_STATE_DIR: folder.path, ...(targets === undefined ? {} : { WARDROUND_NOTIFY_FILE: file }) };
  return runCli((context) => notifyCommand({ ...context, config: async () => loadConfig(env) }), ['notify', ...argv]);
}

const chat = () => ({ name: 'chat', kind: 'slack', url: `${receiver.url}/ok/T0/B0/SECRET` });
const pager = () => ({
  name: 'pager',
  kind: 'pagerduty',
  url: `${receiver.url}/ok/v2`,
  routingKey,
  escalationOnly: true,
});
const broken = () => ({ name: 'broken', kind: 'slack', url: `${receiver.url}/says-no_service/SECRET` });

describe('notify targets', () => {
  it('lists what is configured without secrets', async () => {
    const { stdout, exitCode } = await notify(['targets'], [chat(), pager()]);
    const { host } = new URL(receiver.url);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NAME', 'KIND', 'HOST', 'IS TOLD'],
      ['chat', 'slack', host, 'everything'],
      ['pager', 'pagerduty', host, 'escalations'],
    ]);
    const asJson = await notify(['targets', '--json'], [chat(), pager()]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ targets: [{ name: 'chat', host }, { name: 'pager' }] });
    for (const hidden of ['SECRET', routingKey]) expect(stdout + asJson.stdout).not.toContain(hidden);
  });

  it('says what to do when there are none, or the file is wrong', async () => {
    for (const targets of [undefined, []]) {
      const { stderr, exitCode } = await notify(['targets'], targets);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('WARDROUND_NOTIFY_FILE');
    }
    const wrong = await notify(['targets'], [{ ...chat(), kinds: ['lunch'] }]);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toContain('/0/kinds/0');
    expect(wrong.stderr).not.toContain('SECRET');
  });
});

describe('notify test', () => {
  it('reaches every target whatever its filters, and resolves what it opened', async () => {
    const { stdout, exitCode } = await notify(['test'], [chat(), pager()]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^chat +slack .* yes /m);
    expect(stdout).toMatch(/^pager +pagerduty .* yes /m);
    const events = receiver.received.filter(({ path: place }) => place === '/ok/v2').map(({ body }) => body);
    expect(events.map((body) => /"event_action":"(\w+)"/.exec(body)?.[1])).toEqual(['trigger', 'resolve']);
    expect(events[0]).toContain('nothing has to be done');
  });

  it('ends with 3 when some took it and with 1 when none did, with the reasons', async () => {
    const some = await notify(['test'], [chat(), broken()]);
    expect(some.exitCode).toBe(3);
    expect(some.stdout).toMatch(/^broken +slack .* no .*no_service/m);
    const none = await notify(['test', '--json'], [broken()]);
    expect(none.exitCode).toBe(1);
    expect(JSON.parse(none.stdout)).toMatchObject({ targets: [{ name: 'broken', taken: false }] });
    expect(some.stdout + none.stdout).not.toContain('SECRET');
  });
});
