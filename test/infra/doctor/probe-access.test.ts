import { expect, test } from 'vitest';
import { PortError, type ProbeAnswer, type SshHost } from '../../../activities/ports.ts';
import type { Check, DoctorContext } from '../../../infra/doctor/check.ts';
import { probeAccessChecks, type ProbeAccess } from '../../../infra/doctor/probe-access-checks.ts';
import { runDoctor } from '../../../infra/doctor/run-doctor.ts';

const ssh = { host: '127.0.0.2', port: 22, user: 'wardround-probe', hostKeys: ['ssh-ed25519 AAAA'] };
const refused = { stdout: '', stderr: 'wardround-probe: refused: the command is not on the list', exitCode: 126 };

/** Nodes that refuse what is not on their list, but for those that are named. */
function nodes(count: number, answers: Readonly<Record<string, Partial<ProbeAnswer> | Error>> = {}) {
  const asked: string[] = [];
  let closed = false;
  const hosts: readonly SshHost[] = Array.from({ length: count }, (_each, at) => ({ name: `node-${at}`, ssh }));
  const access: ProbeAccess = {
    hosts,
    runner: {
      run: (host, argv) => {
        asked.push(`${host.name} ${argv.join(' ')}`);
        const answer = answers[host.name] ?? {};
        if (answer instanceof Error) return Promise.reject(answer);
        return Promise.resolve({ ...refused, sentAtMs: 0, ...answer });
      },
      close: () => {
        closed = true;
      },
    },
  };
  return { access, asked, isClosed: () => closed };
}

async function check(probeAccess?: () => Promise<ProbeAccess | undefined>): Promise<Check> {
  const endpoints = { temporal: undefined, s3: undefined, chroma: undefined, metrics: undefined };
  const base = { root: '/', stateDir: '/', stackRuns: false, environment: undefined, endpoints };
  const context: DoctorContext = probeAccess === undefined ? base : { ...base, probeAccess };
  for await (const one of runDoctor(context, probeAccessChecks)) return one;
  throw new Error('no check ran');
}

test('a few nodes are asked for something that no list has, and all refuse it', async () => {
  const { access, asked, isClosed } = nodes(9);
  expect(await check(() => Promise.resolve(access))).toMatchObject({
    status: 'ok',
    detail: 'reads and nothing else on node-0, node-4, node-8',
  });
  expect(asked).toEqual(['node-0 true', 'node-4 true', 'node-8 true']);
  expect(isClosed()).toBe(true);
});

test('a node that runs it has no forced command', async () => {
  const { access } = nodes(2, { 'node-1': { stderr: '', exitCode: 0 } });
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
    detail: 'node-0: node-0: no answer',
  });
  expect(lost.isClosed()).toBe(true);
  const other = nodes(1, { 'node-0': { stderr: 'This account is not available.', exitCode: 1 } });
  expect(await check(() => Promise.resolve(other.access))).toMatchObject({ status: 'warn' });
});

test('without nodes or a key there is nothing to check', async () => {
  expect(await check()).toMatchObject({ status: 'ok', detail: 'not configured' });
  expect(await check(() => Promise.resolve(undefined))).toMatchObject({ status: 'ok', detail: 'not configured' });
});
