import ssh2 from 'ssh2';

export interface SshKeyPair {
  /** One OpenSSH line. */
  readonly public: string;
  /** OpenSSH private key text. */
  readonly private: string;
}

// About 0.4 % of the keys that ssh2 1.17 makes cannot be read back (8 of 2,000 tried), so a second try nearly always does.
const triesMax = 20;

/** A new ed25519 key pair that is known to be readable. */
export function newSshKey(comment = ''): SshKeyPair {
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
  throw new Error(`no readable ed25519 key in ${triesMax} tries`);
}
