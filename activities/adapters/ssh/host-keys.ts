import { createHash } from 'node:crypto';
import type { InventoryNode } from '../../../kb/schemas/inventory.ts';
import { PortError } from '../../ports.ts';

/** Is this the key of a node as the inventory lists it? Keys are compared byte by byte. */
export function isKnownHostKey(node: InventoryNode, key: Buffer): boolean {
  return node.ssh.hostKeys.some((line) => key.equals(keyBytes(line)));
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export function changedHostKey(node: InventoryNode, seen: Buffer): PortError {
  const expected = node.ssh.hostKeys.map((line) => `${fingerprint(keyBytes(line))} (${line.split(' ')[0] ?? ''})`);
  return new PortError(
    'tampered',
    `${node.name}: the host key is not one of the inventory; expected ${expected.join(' or ')}, seen ${fingerprint(seen)}. ` +
      'Nothing was sent. If the node was installed anew, compare the fingerprint on its console and put the new key ' +
      'into the inventory; otherwise somebody answers in its place.',
  );
}

/** Key types of the inventory first, so that a node with several keys shows one that can be compared. */
export function preferredAlgorithms(node: InventoryNode): readonly string[] {
  return [...new Set(node.ssh.hostKeys.flatMap((line) => algorithms[line.split(' ')[0] ?? ''] ?? []))];
}

const algorithms: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

function keyBytes(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}
