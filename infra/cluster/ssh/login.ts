import { timingSafeEqual } from 'node:crypto';
import ssh2, { type AuthContext, type ParsedKey, type PublicKeyAuthContext } from 'ssh2';

/** What a login may do. As in sshd's authorized_keys, the key decides: the gate's key carries the forced command. */
export type Account = 'probe' | 'gate';

export const probeUser = 'wardround-probe';
export const gateUser = 'wardround-gate';

export interface AuthorizedKeys {
  readonly probe: ParsedKey;
  readonly gate: ParsedKey;
}

export function parseAuthorizedKeys(probePublicKey: string, remediationPublicKey: string): AuthorizedKeys {
  return {
    probe: parseLine(probePublicKey, 'probePublicKey'),
    gate: parseLine(remediationPublicKey, 'remediationPublicKey'),
  };
}

/** Answers one authentication request; the account when it is complete. */
export function authenticate(context: AuthContext, keys: AuthorizedKeys): Account | null {
  const knownUser = context.username === probeUser || context.username === gateUser;
  const account = context.method === 'publickey' && knownUser ? accountOf(context.key.data, keys) : null;
  if (context.method !== 'publickey' || account === null || !signatureHolds(context, keys[account])) {
    context.reject(['publickey']);
    return null;
  }
  context.accept();
  return context.signature === undefined ? null : account;
}

function accountOf(offered: Buffer, keys: AuthorizedKeys): Account | null {
  const same = (key: ParsedKey) => {
    const expected = key.getPublicSSH();
    return offered.length === expected.length && timingSafeEqual(offered, expected);
  };
  return same(keys.gate) ? 'gate' : same(keys.probe) ? 'probe' : null;
}

/** Without a signature the client only asks whether the key would do. */
function signatureHolds(context: PublicKeyAuthContext, key: ParsedKey): boolean {
  const { signature, blob, hashAlgo } = context;
  if (signature === undefined) return true;
  return blob !== undefined && key.verify(blob, signature, hashAlgo) === true;
}

function parseLine(line: string, name: string): ParsedKey {
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error) throw new Error(`${name} is not an OpenSSH public key: ${key.message}`);
  return key;
}
