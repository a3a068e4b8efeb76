import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** Signs manifests. Ed25519 signs the same bytes always in the same way, so a repeat makes nothing new. */
export interface Signer {
  readonly keyId: string;
  /** The public half as PEM (SPKI). */
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

/** A key that cannot be used; the message says what is wrong and never shows the key. */
export class SealKeyError extends Error {
  override readonly name = 'SealKeyError';
}

export function openSigner(privateKeyPem: string): Signer {
  const key = readKey(() => createPrivateKey(privateKeyPem), 'private');
  const publicKey = publicPem(createPublicKey(key));
  return { keyId: keyIdOf(publicKey), publicKey, sign: (bytes) => sign(null, bytes, key) };
}

/** Lower-case hex SHA-256 of the public key's DER form (SPKI). */
export function keyIdOf(publicKeyPem: string): string {
  const der = readPublic(publicKeyPem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

/** The key as this program writes it; other PEM files of the same key have other bytes. */
export function normalPublicKey(publicKeyPem: string): string {
  return publicPem(readPublic(publicKeyPem));
}

export function isSignedBy(publicKeyPem: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, bytes, readPublic(publicKeyPem), signature);
}

function readPublic(pem: string): KeyObject {
  return readKey(() => createPublicKey(pem), 'public');
}

function readKey(read: () => KeyObject, half: 'private' | 'public'): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // The cause is left out: it may hold bytes of the key.
    throw new SealKeyError(`the ${half} key cannot be read; expected an Ed25519 key in PEM form`);
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new SealKeyError(`the ${half} key is of type ${key.asymmetricKeyType ?? 'unknown'}; expected Ed25519`);
  return key;
}

function publicPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
