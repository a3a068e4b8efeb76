import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConnectError } from '../../../activities/ports.ts';
import { createSshProbeRunner } from '../../../activities/adapters/ssh/probe-runner.ts';
import type { Check } from '../../../infra/doctor/check.ts';
import type { KeyAccess } from '../../../infra/doctor/probe-access-checks.ts';
import { startOpenSsh, type OpenSshServer } from '../../activities/adapters/ssh/openssh-server.ts';
import { newKey, type Key } from '../../activities/adapters/ssh/ssh-node.ts';
import { requireTool } from '../../support/requires.ts';
import { optionalProgram } from '../../support/tools.ts';
import { checkAccess } from './check-access.ts';
import { gateNode, gateScript, probeScript } from '../gate/gate-node.ts';

// With the shipped scripts behind a real OpenSSH server, whose user has four keys.

const tool = optionalProgram('sshd');
const [probeKey, gateKey, jumpKey, anyKey] = [newKey(), newKey(), newKey(), newKey()];
let folder: ReturnType<typeof gateNode>;
let server: OpenSshServer;

beforeEach(async (context) => {
  requireTool(context, tool);
  folder = gateNode();
  const path = `PATH=${folder.root}:/usr/bin:/bin`;
  server = await startOpenSsh({
    program: tool.path ?? '',
    folder: folder.root,
    keys: [
      { key: probeKey, command: `${path} exec /bin/sh ${probeScript}` },
      { key: gateKey, command: `${path} WARDROUND_GATE_DIR=${folder.directory} exec /bin/sh ${gateScript}` },
      { key: jumpKey, command: 'echo This host forwards.' },
      { key: anyKey, command: 'exec sh -c "exec $SSH_ORIGINAL_COMMAND"' },
    ],
  });
});
afterEach(async () => {
  if (!tool.available) return;
  await server.stop();
  folder.remove();
});

type Role = 'hosts' | 'management' | 'jumps';

function check(check: 'probe' | 'gate', key: Key, role: Role = 'hosts'): Promise<Check> {
  const access: KeyAccess = {
    hosts: [],
    [role]: [server.node],
    isUnreached: (error) => error instanceof ConnectError,
    runner: createSshProbeRunner({ privateKey: key.private, user: server.user }),
  };
  return checkAccess(check, () => Promise.resolve(access));
}

test('each key is recognised by its own forced command', async () => {
  expect(await check('probe', probeKey)).toMatchObject({ status: 'ok', detail: 'reads and nothing else on node-01' });
  expect(await check('gate', gateKey, 'management')).toMatchObject({
    status: 'ok',
    detail: 'reaches its gate and nothing else on node-01',
  });
  expect(await check('probe', jumpKey, 'jumps')).toMatchObject({ status: 'ok' });
  expect(folder.calls()).toEqual([]);
});

test('keys that are swapped, free or unknown are warned of', async () => {
  for (const [which, key] of [
    ['probe', gateKey],
    ['gate', probeKey],
  ] as const)
    expect(await check(which, key)).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('not as its forced command would') as unknown,
    });
  for (const which of ['probe', 'gate'] as const)
    for (const role of ['hosts', 'management', 'jumps'] as const)
      expect(await check(which, anyKey, role)).toMatchObject({
        status: 'warn',
        detail: 'node-01: the key may run anything there',
      });
  expect(await check('gate', newKey(), 'management')).toMatchObject({
    status: 'warn',
    detail: `node-01: ${server.user} was not let in; check that its key is in authorized_keys`,
  });
});
