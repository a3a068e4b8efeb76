import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openPorts } from '../../../infra/stack/ports.ts';
import { searchAttributes } from '../../../workflows/domain/search-attributes.ts';
import { openSecrets } from '../../../infra/stack/secrets.ts';
import { startServers, ToolMissingError, type Servers } from '../../../infra/stack/servers.ts';
import { openStateDir, type StateDir } from '../../../infra/stack/state-dir.ts';
import { createSupervisor, type ProcessEvent, type Supervisor } from '../../../infra/stack/supervise.ts';
import { temporaryFolder } from '../../support/servers.ts';

let folder: ReturnType<typeof temporaryFolder>;
let state: StateDir;
let supervisor: Supervisor;
let servers: Servers;
let connection: Connection;
const events: ProcessEvent[] = [];

const start = async () => {
  supervisor = createSupervisor({ logsDir: state.logsDir, onEvent: (event) => events.push(event) });
  servers = await startServers(state, {
    supervisor,
    secrets: openSecrets(state.secretsDir),
    ports: openPorts(state.dir),
    namespace: 'default',
    env: process.env,
  });
  connection = await Connection.connect({ address: servers.temporal.address });
};
const stop = async () => {
  await connection.close();
  await supervisor.stop();
};

beforeAll(async () => {
  folder = temporaryFolder('servers');
  state = await openStateDir(folder.path);
  await start();
});
afterAll(async () => {
  await stop();
  state.close();
  folder.remove();
});

const startWorkflow = (workflowId: string) =>
  connection.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId,
    workflowType: { name: 'incident' },
    taskQueue: { name: 'incidents' },
    requestId: workflowId,
    searchAttributes: {
      indexedFields: {
        Cluster: { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"site-a"') },
        NeedsHuman: { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('true') },
      },
    },
  });
const describeWorkflow = (workflowId: string) =>
  connection.workflowService.describeWorkflowExecution({ namespace: 'default', execution: { workflowId } });

describe('embedded servers', () => {
  test('all three answer on loopback, and a workflow with our search attributes starts right away', async () => {
    await expect(startWorkflow('first')).resolves.toMatchObject({ runId: expect.any(String) });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(searchAttributes)));
    expect((await fetch(servers.temporal.uiUrl)).ok).toBe(true);
    expect((await fetch(`${servers.chromaUrl}/api/v2/heartbeat`)).ok).toBe(true);
    expect(
      [servers.temporal.uiUrl, servers.chromaUrl, servers.s3.endpoint].every((url) =>
        url.startsWith('http://127.0.0.1:'),
      ),
    ).toBe(true);
  });

  test('killed servers come back at the same addresses with what they held', async () => {
    for (const pid of Object.values(supervisor.pids())) process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => events.filter(({ kind }) => kind === 'restarted').length === 3, { timeout: 20_000 });
    expect((await describeWorkflow('first')).workflowExecutionInfo?.type?.name).toBe('incident');
    await expect(startWorkflow('second')).resolves.toBeDefined();
  });

  test('the next start finds the same ports and the same data', async () => {
    const before = servers;
    await stop();
    await start();
    expect(servers).toEqual(before);
    expect((await describeWorkflow('second')).workflowExecutionInfo?.type?.name).toBe('incident');
  });

  test('a program that is not installed is an error that says where it was looked for', async () => {
    const missing = startServers(state, {
      supervisor,
      secrets: openSecrets(state.secretsDir),
      ports: openPorts(state.dir),
      namespace: 'default',
      env: { PATH: '/nowhere', WARDROUND_TEMPORAL_BIN: '/nowhere/temporal' },
    });
    await expect(missing).rejects.toBeInstanceOf(ToolMissingError);
    await expect(missing).rejects.toThrow(/WARDROUND_TEMPORAL_BIN=\/nowhere\/temporal: no such file/);
  });
});
