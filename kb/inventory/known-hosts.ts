import { SourceError, type Draft, type DraftHost, type Note, type SourceText } from './draft.ts';
import { shown } from './names.ts';

/*
 * Host keys from a file that a person vouches for: an OpenSSH known_hosts, or the output of ssh-keyscan after its
 * fingerprints were compared. man sshd, "SSH_KNOWN_HOSTS FILE FORMAT".
 */

export interface KnownHosts {
  readonly entries: readonly Entry[];
  readonly notes: readonly Note[];
}

interface Entry {
  readonly place: string;
  readonly patterns: readonly string[];
  /** `ssh-ed25519 AAAA…` */
  readonly key: string;
  readonly revoked: boolean;
}

/** HMAC-SHA1 of a text under a salt, both in base64: how OpenSSH hides host names. */
export type HashHost = (saltBase64: string, host: string) => string;

const keyPattern = /^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa)$/;
const keyBytesPattern = /^[A-Za-z0-9+/]{16,2000}={0,2}$/;

export function readKnownHosts({ name: file, text }: SourceText): KnownHosts {
  const entries: Entry[] = [];
  const notes: Note[] = [];
  for (const [at, raw] of text.split('\n').entries()) {
    const place = `${file}:${at + 1}`;
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const marker = /^@(\S+)\s+/.exec(line)?.[1];
    const [hosts = '', type = '', key = ''] = line.replace(/^@\S+\s+/, '').split(/\s+/);
    if (key === '' || !/^[a-z0-9@.-]+$/.test(type) || !keyBytesPattern.test(key))
      throw new SourceError(place, `"${shown(line, 40)}" is no line of a known_hosts file: HOSTS TYPE KEY`);
    if (marker === 'cert-authority')
      notes.push({
        kind: 'left-out',
        about: place,
        text: 'certificate authorities are not supported: list the keys of the hosts',
      });
    else if (!keyPattern.test(type))
      notes.push({ kind: 'left-out', about: place, text: `keys of type ${shown(type, 40)} are not supported` });
    else entries.push({ place, patterns: hosts.split(','), key: `${type} ${key}`, revoked: marker === 'revoked' });
  }
  return { entries, notes };
}

export interface KeysTaken {
  readonly draft: Draft;
  readonly notes: readonly Note[];
  /** Which keys are new in the inventory: a person has to have compared them. */
  readonly taken: readonly { readonly host: string; readonly key: string; readonly place: string }[];
}

/**
 * Gives hosts without keys the ones that the file has for their address, port or name. Keys that the inventory lists
 * already are never changed: a host that shows another one was installed anew, or is somebody else.
 */
export function addHostKeys(draft: Draft, known: KnownHosts, hash: HashHost): KeysTaken {
  const notes: Note[] = [...known.notes];
  const taken: { host: string; key: string; place: string }[] = [];
  const withKeys = <Host extends DraftHost & { readonly address?: string | undefined }>(host: Host): Host => {
    const names = [host.ssh.host, host.name, ...(host.address === undefined ? [] : [host.address])];
    const matching = known.entries.filter(({ patterns }) =>
      names.some((name) => isListed(patterns, name, host.ssh.port, hash)),
    );
    const revoked = new Set(matching.filter((entry) => entry.revoked).map(({ key }) => key));
    const found = matching.filter(({ key }) => !revoked.has(key));
    if (revoked.size > 0)
      notes.push({ kind: 'seen', about: host.name, text: 'a key of it is marked as revoked and not taken' });
    if (host.ssh.hostKeys.length > 0) {
      if (host.ssh.hostKeys.some((key) => revoked.has(key)))
        notes.push({
          kind: 'conflict',
          about: host.name,
          text: 'its key in the inventory is marked as revoked in the file',
        });
      if (found.length > 0 && !found.some(({ key }) => host.ssh.hostKeys.includes(key)))
        notes.push({
          kind: 'conflict',
          about: host.name,
          text: `its host key in the inventory is not the one of ${found[0]?.place ?? ''}; kept. Compare on its console; if it was installed anew, remove the old key by hand`,
        });
      return host;
    }
    const keys = [...new Set(found.map(({ key }) => key))];
    for (const key of keys)
      taken.push({ host: host.name, key, place: found.find((entry) => entry.key === key)?.place ?? '' });
    return keys.length === 0 ? host : { ...host, ssh: { ...host.ssh, hostKeys: keys } };
  };
  const next = {
    ...draft,
    nodes: draft.nodes.map(withKeys),
    jumpHosts: draft.jumpHosts.map(withKeys),
    ...(draft.management === undefined ? {} : { management: withKeys(draft.management) }),
  };
  return { draft: next, notes, taken };
}

function isListed(patterns: readonly string[], host: string, port: number, hash: HashHost): boolean {
  const written = port === 22 ? host : `[${host}]:${port}`;
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), written))) return false;
  return patterns.some((pattern) => {
    const [, salt, digest] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(pattern) ?? [];
    return salt === undefined || digest === undefined ? glob(pattern, written) : hash(salt, written) === digest;
  });
}

/** `*` and `?` as OpenSSH knows them. A pattern for all hosts vouches for none. */
function glob(pattern: string, host: string): boolean {
  if (/^[*?.]*$/.test(pattern)) return false;
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(host);
}
