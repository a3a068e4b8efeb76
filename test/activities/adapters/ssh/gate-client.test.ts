import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSshGateClient } from '../../../../activities/adapters/ssh/gate-client.ts';
import { parseGateReply } from '../../../../activities/adapters/ssh/gate-reply.ts';
import { gateNode, gateScript } from '../../../infra/gate/gate-node.ts';
import { forcedCommand, newKey, startSshNode, type SshNode } from './ssh-node.ts';

const hostKey = newKey();
const clientKey = newKey();
const token = '0123456789abcdef'.repeat(2);

let folder: ReturnType<typeof gateNode>;
let server: SshNode;
beforeEach(async () => {
  folder = gateNode();
  server = await startSshNode({
    hostKey,
    clientKey,
    user: 'wardround-gate',
    answer: forcedCommand(gateScript, { PATH: `${folder.root}:/usr/bin:/bin`, WARDROUND_GATE_DIR: folder.directory }),
  });
});
afterEach(async () => {
  await server.close();
  folder.remove();
});

const gate = createSshGateClient({ privateKey: clientKey.private });
const request = { token, fence: '1700000000000.7', stepId: 'gpu-clocks-lock', args: ['3', '210', '1410'] };

describe('the gate over SSH, with the real script behind the key', () => {
  it('does a step once and answers the repeat from the journal', async () => {
    expect(await gate.look(server.node, token)).toEqual({ outcome: 'none' });
    expect(await gate.apply(server.node, request)).toEqual({
      outcome: 'done',
      exitCode: 0,
      replayed: false,
      output: 'All done.\n',
    });
    expect(await gate.apply(server.node, request)).toMatchObject({ outcome: 'done', replayed: true });
    expect(await gate.look(server.node, token)).toMatchObject({ outcome: 'done', replayed: true });
    expect(folder.calls()).toEqual(['-i 3 -lgc 210,1410']);
  });

  it('brings a refusal back with its reason', async () => {
    await gate.apply(server.node, request);
    const late = await gate.apply(server.node, { ...request, token: 'f'.repeat(32), fence: '1600000000000.9' });
    expect(late).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('lower than 1700000000000.7') as unknown,
    });
  });

  it('cannot be talked into anything by arguments', async () => {
    const reply = await gate.apply(server.node, { ...request, args: ['3', '210', '1410; touch /tmp/owned'] });
    expect(reply).toMatchObject({ outcome: 'refused' });
    expect(folder.calls()).toEqual([]);
  });

  it('sends nothing when token or fence are not of the protocol', async () => {
    await expect(gate.apply(server.node, { ...request, token: 'short' })).rejects.toMatchObject({ kind: 'malformed' });
    await expect(gate.apply(server.node, { ...request, fence: '1' })).rejects.toMatchObject({ kind: 'malformed' });
    expect(server.commands).toEqual([]);
  });
});

describe('a reply', () => {
  it.each([
    ['a shell banner', 'Welcome to node-01\n'],
    ['another protocol', 'gate: 2\noutcome: done\nexit: 0\n\n'],
    ['done without an exit code', 'gate: 1\noutcome: done\n\n'],
    ['an outcome of another kind', 'gate: 1\noutcome: maybe\n\n'],
    ['a header twice', 'gate: 1\ngate: 1\noutcome: none\n\n'],
    ['a header without end', 'gate: 1\noutcome: none\n'],
  ])('that is %s is malformed and says what to check', (_name, text) => {
    expect(() => parseGateReply(text, 'node-01')).toThrow(/^node-01: the gate's reply has .* wardround-gate.sh$/);
  });
});
