import { join } from 'node:path';
import { z } from 'zod';
import { newSshKey } from '../../ssh-key.ts';
import { readJson, writeJson } from '../state/files.ts';
import type { World } from '../world.ts';

const keysSchema = z.record(z.string(), z.strictObject({ trusted: z.string(), private: z.string() }));

/** One ed25519 key a machine, made once and kept; a thousand take 0.2 s. */
export interface HostKeys {
  privateKey(node: string): string;
  /** The public key that the inventory lists: the one that the node was installed with. */
  trusted(node: string): string;
  /** Gives a node another key, as a reinstallation or an impostor would; the inventory stays as it is. */
  rekey(node: string): void;
}

export function openHostKeys(world: World, stateDir: string): HostKeys {
  const path = join(stateDir, 'host-keys.json');
  const kept = readJson(path, keysSchema) ?? {};
  const keys = new Map(Object.entries(kept));
  for (const { name } of [...world.nodes, world.management])
    if (!keys.has(name)) {
      const made = newSshKey();
      keys.set(name, { trusted: made.public, private: made.private });
    }
  const save = () => writeJson(path, Object.fromEntries(keys));
  save();
  const known = (node: string) => {
    const key = keys.get(node);
    if (key === undefined) throw new Error(`no host key of ${node}`);
    return key;
  };
  return {
    privateKey: (node) => known(node).private,
    trusted: (node) => known(node).trusted,
    rekey(node) {
      keys.set(node, { trusted: known(node).trusted, private: newSshKey().private });
      save();
    },
  };
}
