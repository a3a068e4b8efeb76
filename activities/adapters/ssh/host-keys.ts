import { createHash } from 'node:crypto';
import { ConnectError, type PortError, type SshHost } from '../../ports.ts';

/** Is this the key of a host as the inventory lists it? Keys are compared byte by byte. */
export function isKnownHostKey(host: SshHost, key: Buffer): boolean {
  return host.ssh.hostKeys.some((line) => key.equals(keyBytes(line)));
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export function changedHostKey(host: SshHost, seen: Buffer): PortError {
  const expected = host.ssh.hostKeys.map((line) => `${fingerprint(keyBytes(line))} (${line.split(' ')[0] ?? ''})`);
  return new ConnectError(
    'tampered',
    `${host.name}: the host key is not one of the inventory; expected ${expected.join(' or ')}, seen ${fingerprint(seen)}. ` +
      'Nothing was sent. If the host was installed anew, compare the fingerprint on its console and put the new key ' +
      'into the inventory; otherwise somebody answers in its place.',
  );
}

/** Key types of the inventory first, so that a host with several keys shows one that can be compared. */
export function preferredAlgorithms(host: SshHost): readonly string[] {
  return [...new Set(host.ssh.hostKeys.flatMap((line) => algorithms[line.split(' ')[0] ?? ''] ?? []))];
}

const algorithms: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

function keyBytes(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}
