import { readFileSync } from 'node:fs';
import { Client, type ConnectConfig } from 'ssh2';
import { z } from 'zod';
import { inventorySchema, type InventoryNode } from '../../../../kb/schemas/inventory.ts';

export interface SshReply {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A node as the published inventory describes it. */
export function listedNode(inventoryPath: string, name: string): InventoryNode {
  const inventory = inventorySchema.parse(JSON.parse(readFileSync(inventoryPath, 'utf8')));
  const node = inventory.nodes.find((one) => one.name === name);
  if (node === undefined) throw new Error(`the inventory does not list ${name}`);
  return node;
}

const managementSchema = z.object({
  management: z.object({
    name: z.string(),
    ssh: z.object({ host: z.string(), port: z.int(), user: z.string(), hostKeys: z.array(z.string()) }),
  }),
});

/** The management host as the published inventory describes it. */
export function listedManagement(inventoryPath: string) {
  return managementSchema.parse(JSON.parse(readFileSync(inventoryPath, 'utf8'))).management;
}

/** A real ssh2 login that trusts only the listed host key. */
export function login(
  node: Pick<InventoryNode, 'ssh'>,
  privateKey: string | undefined,
  settings: ConnectConfig = {},
): Promise<Client> {
  const { host, port, user, hostKeys } = node.ssh;
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once('ready', () => resolve(client));
    client.on('error', reject);
    client.connect({
      host,
      port,
      username: user,
      ...(privateKey !== undefined && { privateKey }),
      hostVerifier: (key: Buffer): boolean => hostKeys.includes(`ssh-ed25519 ${key.toString('base64')}`),
      ...settings,
    });
    client.setNoDelay(true);
  });
}

export function exec(client: Client, command: string): Promise<SshReply> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      let code: number | null = null;
      channel.on('data', (chunk: Buffer) => out.push(chunk));
      channel.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      channel.once('exit', (status: number | null) => (code = status));
      channel.once('close', () =>
        resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
      );
    });
  });
}
