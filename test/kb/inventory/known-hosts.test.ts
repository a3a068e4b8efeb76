import { describe, expect, test } from 'vitest';
import { hashHost } from '../../../activities/adapters/inventory-drafts.ts';
import { draftSchema } from '../../../kb/inventory/draft.ts';
import { addHostKeys, readKnownHosts } from '../../../kb/inventory/known-hosts.ts';

const key = (letter: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(42)}`;
const host = (name: string, address: string, port = 22, hostKeys: readonly string[] = []) => ({
  name,
  ssh: { host: address, port, user: 'probe', hostKeys: [...hostKeys] },
});
const draft = draftSchema.parse({
  cluster: 'site-a',
  nodes: [host('node-01', '10.0.0.1'), host('node-02', '10.0.0.2', 2222), host('node-03', '10.0.0.3', 22, [key('C')])],
  jumpHosts: [host('bastion', '203.0.113.10')],
});
const taken = (text: string) => addHostKeys(draft, readKnownHosts({ name: 'kh', text }), hashHost);
const keysOf = (result: ReturnType<typeof taken>) => result.draft.nodes.map(({ ssh }) => ssh.hostKeys);

describe('host keys from a file', () => {
  test('are taken for address, port and name, with their places', () => {
    // Comments as ssh-keyscan writes them.
    const text = `# 10.0.0.1:22 SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10\n10.0.0.1 ${key('A')}\n[10.0.0.2]:2222 ${key('B')} comment\nbastion,203.0.113.10 ${key('J')}\n`;
    const result = taken(text);
    expect(keysOf(result)).toEqual([[key('A')], [key('B')], [key('C')]]);
    expect(result.draft.jumpHosts[0]?.ssh.hostKeys).toEqual([key('J')]);
    expect(result.taken.map(({ host: name, place }) => [name, place])).toEqual([
      ['node-01', 'kh:2'],
      ['node-02', 'kh:3'],
      ['bastion', 'kh:4'],
    ]);
  });

  test('a key of another port, a pattern for all hosts and a negated host vouch for nothing', () => {
    expect(keysOf(taken(`10.0.0.2 ${key('B')}\n* ${key('X')}\n10.0.0.?,!10.0.0.1 ${key('Y')}\n`)).slice(0, 2)).toEqual([
      [],
      [],
    ]);
  });

  test('names that OpenSSH has hashed are found', () => {
    const salt = Buffer.from('0123456789abcdefghij').toString('base64');
    const hashed = `|1|${salt}|${hashHost(salt, '10.0.0.1')}`;
    expect(keysOf(taken(`${hashed} ${key('A')}\n`))[0]).toEqual([key('A')]);
  });

  test('a key that the inventory has is never changed, and a different one is named', () => {
    const result = taken(`10.0.0.3 ${key('D')}\n`);
    expect(keysOf(result)[2]).toEqual([key('C')]);
    expect(result.notes).toContainEqual(expect.objectContaining({ kind: 'conflict', about: 'node-03' }));
    expect(result.taken).toEqual([]);
  });

  test('revoked keys are not taken, authorities and unknown types are named', () => {
    const result = taken(
      `10.0.0.1 ${key('A')}\n@revoked 10.0.0.1 ${key('A')}\n@cert-authority *.x ${key('Z')}\n10.0.0.1 ssh-dss AAAAB3NzaC1kc3MAAACBAAAA\n`,
    );
    expect(keysOf(result)[0]).toEqual([]);
    expect(result.notes.filter(({ kind }) => kind === 'left-out').map(({ about }) => about)).toEqual(['kh:3', 'kh:4']);
  });

  test('a line that is none names its place', () => {
    expect(() => taken('10.0.0.1\n')).toThrow(/^kh:1: /);
  });
});
