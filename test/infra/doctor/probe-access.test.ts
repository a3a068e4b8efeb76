import { expect, test } from 'vitest';
import { ConnectError, PortError, type ProbeAnswer, type SshHost } from '../../../activities/ports.ts';
import type { KeyAccess } from '../../../infra/doctor/probe-access-checks.ts';
import { checkAccess } from './check-access.ts';

const ssh = { host: '127.0.0.2', port: 22, user: 'wardround-probe', hostKeys: ['ssh-ed25519 AAAA'] };
const refused = { stdout: '', stderr: 'wardround-probe: refused: the command is not on the list', exitCode: 126 };

const ran = { stdout: 'wardround-doctor\n', stderr: '', exitCode: 0 };
const gateRefused = { stdout: 'gate: 1\noutcome: refused\nreplayed: no\nreason: no\n\n', stderr: '', exitCode: 0 };

/** Hosts that refuse what is not on their list, but for those that are named. */
function nodes(count: number, answers: Readonly<Record<string, Partial<ProbeAnswer> | Error>> = {}, usual = refused) {
  const asked: string[] = [];
  let closed = false;
  const hosts: readonly SshHost[] = Array.from({ length: count }, (_each, at) => ({ name: `node-${at}`, ssh }));
  const access: KeyAccess = {
    hosts,
    isUnreached: (error) => error instanceof ConnectError,
    runner: {
      run: (host, argv) => {
        asked.push(`${host.name} ${argv.join(' ')}`);
        const answer = answers[host.name] ?? {};
        if (answer instanceof Error) return Promise.reject(answer);
        return Promise.resolve({ ...usual, sentAtMs: 0, ...answer });
      },
      close: () => {
        closed = true;
      },
    },
  };
  return { access, asked, isClosed: () => closed };
}

const check = (access?: () => Promise<KeyAccess | undefined>, key: 'probe' | 'gate' = 'probe') =>
  checkAccess(key, access);

test('a few nodes are asked for something that no list has, and all refuse it', async () => {
  const { access, asked, isClosed } = nodes(9);
  expect(await check(() => Promise.resolve(access))).toMatchObject({
    status: 'ok',
    detail: 'reads and nothing else on node-0, node-4, node-8',
  });
  expect(asked).toEqual(['node-0', 'node-4', 'node-8'].map((name) => `${name} echo wardround-doctor`));
  expect(isClosed()).toBe(true);
});

test('a node that runs it has no forced command', async () => {
  const { access } = nodes(2, { 'node-1': ran });
  expect(await check(() => Promise.resolve(access))).toMatchObject({
    status: 'warn',
    detail: 'node-1: the key may run anything there',
    advice: expect.stringContaining('infra/gate/README.md') as unknown,
  });
});

test('a node that cannot be asked, or answers something else, is named', async () => {
  const lost = nodes(2, { 'node-0': new PortError('unreachable', 'node-0: no answer') });
  expect(await check(() => Promise.resolve(lost.access))).toMatchObject({
    status: 'warn',
    detail: 'node-0: no answer',
  });
  expect(lost.isClosed()).toBe(true);
  const other = nodes(1, { 'node-0': { stderr: 'This account is not available.', exitCode: 1 } });
  expect(await check(() => Promise.resolve(other.access))).toMatchObject({ status: 'warn' });
});

test('the management host is asked with the nodes, and jump hosts whether they let the key on and nothing else', async () => {
  const around = (answers: Parameters<typeof nodes>[1] = {}) => {
    const world = nodes(1, answers);
    const access = { ...world.access, management: [{ name: 'mgmt', ssh }], jumps: [{ name: 'bastion', ssh }] };
    return { ...world, check: () => check(() => Promise.resolve(access)) };
  };
  const noChannel = new PortError('unreachable', 'bastion: no channel for the command');
  const fine = around({ bastion: noChannel });
  expect(await fine.check()).toMatchObject({
    status: 'ok',
    detail: 'reads and nothing else on node-0, mgmt; goes through bastion',
  });
  expect(fine.asked).toHaveLength(3);
  // Whatever the forced command of a jump host says, it is not what was asked for.
  const greets = { stdout: 'This host forwards.\n', stderr: '', exitCode: 0 };
  expect(await around({ bastion: greets }).check()).toMatchObject({ status: 'ok' });
  expect(await around({ bastion: ran, mgmt: ran }).check()).toMatchObject({
    status: 'warn',
    detail: 'mgmt, bastion: the key may run anything there',
  });
  const away = new ConnectError('unreachable', 'bastion (127.0.0.2 port 22): no answer');
  const denied = new ConnectError('denied', 'mgmt: wardround-probe was not let in');
  expect(await around({ bastion: away, mgmt: denied }).check()).toMatchObject({
    status: 'warn',
    detail: `${denied.message}; ${away.message}`,
  });
});

test('the remediation key has to reach its gate, which refuses what is not of its protocol', async () => {
  const bound = nodes(4, {}, gateRefused);
  expect(await check(() => Promise.resolve(bound.access), 'gate')).toMatchObject({
    title: 'Remediation key',
    status: 'ok',
    detail: 'reaches its gate and nothing else on node-0, node-2, node-3',
  });
  expect(bound.isClosed()).toBe(true);
  const free = nodes(2, { 'node-1': ran }, gateRefused);
  expect(await check(() => Promise.resolve(free.access), 'gate')).toMatchObject({
    status: 'warn',
    detail: 'node-1: the key may run anything there',
  });
  // Bound to the forced command of the other key.
  const other = nodes(1);
  expect(await check(() => Promise.resolve(other.access), 'gate')).toMatchObject({
    status: 'warn',
    detail: 'node-0: answered with exit 126 and not as its forced command would',
  });
  expect(await check(undefined, 'gate')).toMatchObject({ status: 'ok', detail: 'not configured' });
});

test('without nodes or a key there is nothing to check', async () => {
  expect(await check()).toMatchObject({ status: 'ok', detail: 'not configured' });
  expect(await check(() => Promise.resolve(undefined))).toMatchObject({ status: 'ok', detail: 'not configured' });
});
