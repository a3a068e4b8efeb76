import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import getPort from 'get-port';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { findTool } from '../../infra/setup/tools.cjs';
import { baseEnvironment } from '../../infra/stack/base-environment.ts';
import { chromaSpec } from '../../infra/stack/chroma.ts';
import { s3Region, s3Spec } from '../../infra/stack/s3.ts';
import { openSecrets, type S3AccountName } from '../../infra/stack/secrets.ts';
import { createSupervisor } from '../../infra/stack/supervise.ts';

/** A real S3 gateway with the stack's buckets and accounts, in a temporary folder. */
export interface TestS3 {
  readonly endpoint: string;
  client(account: S3AccountName): S3Client;
  stop(): Promise<void>;
}

export async function startTestS3(): Promise<TestS3> {
  const { tool } = findTool('versitygw');
  if (tool === undefined) throw new Error('no S3 gateway found; run `node infra/setup/prepare.cjs` first');
  const folder = temporaryFolder('s3');
  const secrets = openSecrets(folder.of('secrets'));
  const supervisor = createSupervisor({ logsDir: folder.of('logs') });
  const port = await getPort({ host: '127.0.0.1' });
  const [{ endpoint }] = await supervisor.start(
    s3Spec({ program: tool.path, port, dataDir: folder.of, secrets, env: baseEnvironment(process.env) }),
  );
  const clients: S3Client[] = [];
  return {
    endpoint,
    client(account) {
      const client = createS3Client({ endpoint, region: s3Region, ...secrets.s3[account] });
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.destroy();
      await supervisor.stop();
      folder.remove();
    },
  };
}

export interface TestChroma {
  readonly url: string;
  /** Of the process now running: one that is killed is started again on the same data. */
  pid(): number;
  stop(): Promise<void>;
}

export async function startTestChroma(): Promise<TestChroma> {
  const folder = temporaryFolder('chroma');
  const supervisor = createSupervisor({ logsDir: folder.of('logs') });
  const port = await getPort({ host: '127.0.0.1' });
  const [{ url }] = await supervisor.start(
    chromaSpec({ port, dataDir: folder.of('data'), env: baseEnvironment(process.env) }),
  );
  return {
    url,
    pid() {
      const pid = supervisor.pids()['chroma'];
      if (pid === undefined) throw new Error('Chroma does not run at the moment');
      return pid;
    },
    async stop() {
      await supervisor.stop();
      folder.remove();
    },
  };
}

/** A folder that the test removes; `of` makes and names a folder inside it. */
export function temporaryFolder(purpose: string): {
  readonly path: string;
  readonly of: (name: string) => string;
  readonly remove: () => void;
} {
  const root = mkdtempSync(path.join(tmpdir(), `wardround-${purpose}-`));
  return {
    path: root,
    of(name) {
      const folder = path.join(root, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}
