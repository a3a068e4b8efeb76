import { generateKeyPairSync } from 'node:crypto';

/** A new Ed25519 key for the seals of archives, both halves as PEM. */
export function newSigningKey(): { readonly private: string; readonly public: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    private: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
