import ssh2, { type PublicKeyAuthContext } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { authenticate, parseAuthorizedKeys } from '../../../../infra/cluster/ssh/login.ts';
import { newSshKey, type SshKeyPair } from '../../../../infra/ssh-key.ts';

const probe = newSshKey();
const gate = newSshKey();
const stranger = newSshKey();
const authorized = parseAuthorizedKeys(probe.public, gate.public);
const blob = Buffer.from('what the client signs');

/** One request with the public half of `offered`, signed with the private half of `signer`. */
function ask(offered: SshKeyPair, signer: SshKeyPair | null) {
  const answers: string[] = [];
  const context = {
    method: 'publickey',
    username: 'wardround-probe',
    key: { algo: 'ssh-ed25519', data: parsed(offered.public).getPublicSSH() },
    ...(signer !== null && { signature: parsed(signer.private).sign(blob), blob }),
    accept: () => answers.push('accepted'),
    reject: () => answers.push('rejected'),
  };
  // The login reads these members alone.
  const account = authenticate(context as unknown as PublicKeyAuthContext, authorized);
  return { account, answers };
}

function parsed(text: string) {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

describe('a login', () => {
  it('with a listed key and its signature is the account of that key', () => {
    expect(ask(probe, probe)).toEqual({ account: 'probe', answers: ['accepted'] });
    expect(ask(gate, gate)).toEqual({ account: 'gate', answers: ['accepted'] });
  });

  it('that only asks whether a key would do is told so and has no account yet', () => {
    expect(ask(gate, null)).toEqual({ account: null, answers: ['accepted'] });
    expect(ask(stranger, null)).toEqual({ account: null, answers: ['rejected'] });
  });

  it('with the listed public half and the signature of another key is refused', () => {
    expect(ask(gate, stranger)).toEqual({ account: null, answers: ['rejected'] });
    expect(ask(gate, probe)).toEqual({ account: null, answers: ['rejected'] });
  });
});
