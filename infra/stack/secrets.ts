import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { newSigningKey } from '../signing-key.ts';
import { newSshKey } from '../ssh-key.ts';
import { writePrivateFile } from './private-file.ts';

/** The secrets of one embedded stack, made on its first start and kept in its `secrets` folder. */
export interface StackSecrets {
  readonly apiToken: string;
  readonly s3: Readonly<Record<S3AccountName, S3Account>>;
  readonly probeKey: SshKeyFiles;
  readonly remediationKey: SshKeyFiles;
  readonly archiveKey: SigningKeyFiles;
}

export interface S3Account {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface SshKeyFiles {
  readonly privateFile: string;
  readonly publicFile: string;
  /** The public key as one OpenSSH line. */
  readonly publicLine: string;
}

/** Ed25519 as PEM; the public half is for everybody who wants to check a seal. */
export interface SigningKeyFiles {
  readonly privateFile: string;
  readonly publicFile: string;
}

/** Where the public half lies, whether or not the stack runs. */
export function archivePublicKeyFileIn(secretsDir: string): string {
  return path.join(secretsDir, 'archive_signing.pub.pem');
}

/** `cluster` is the log shipper; `root` is used for making buckets alone. */
export const s3AccountNames = ['root', 'orchestrator', 'logs', 'model', 'probes', 'remediation', 'cluster'] as const;
export type S3AccountName = (typeof s3AccountNames)[number];

/** Reads the secrets; makes those that are missing. */
export function openSecrets(secretsDir: string): StackSecrets {
  const file = path.join(secretsDir, 'secrets.json');
  const stored = existsSync(file) ? parseStored(file) : null;
  const kept = {
    apiToken: stored?.apiToken ?? token(),
    // Every account is listed; one that came with a later version is made now.
    s3: Object.fromEntries(s3AccountNames.map((name) => [name, stored?.s3[name] ?? newAccount(name)])) as Record<
      S3AccountName,
      S3Account
    >,
  };
  const isWhole = s3AccountNames.every((name) => stored?.s3[name] !== undefined);
  if (!isWhole) writePrivateFile(file, `${JSON.stringify(kept, null, 2)}\n`);
  return {
    ...kept,
    probeKey: sshKey(secretsDir, 'probe'),
    remediationKey: sshKey(secretsDir, 'remediation'),
    archiveKey: signingKey(secretsDir),
  };
}

const account = z.object({ accessKey: z.string().min(3), secretKey: z.string().min(16) });
const storedSchema = z.object({ apiToken: z.string().min(16), s3: z.partialRecord(z.enum(s3AccountNames), account) });

function parseStored(file: string): z.infer<typeof storedSchema> {
  const parsed = storedSchema.safeParse(tryJson(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} cannot be read any more. Move it away; new secrets are then made at the next start.`);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function newAccount(name: S3AccountName): S3Account {
  return { accessKey: `wardround-${name}`, secretKey: token() };
}

function token(): string {
  return randomBytes(32).toString('base64url');
}

function sshKey(secretsDir: string, name: string): SshKeyFiles {
  const privateFile = path.join(secretsDir, `${name}_ed25519`);
  const publicFile = `${privateFile}.pub`;
  if (!existsSync(privateFile) || !existsSync(publicFile)) {
    const pair = newSshKey(`wardround-${name}`);
    writePrivateFile(publicFile, `${pair.public}\n`);
    writePrivateFile(privateFile, pair.private);
  }
  return { privateFile, publicFile, publicLine: readFileSync(publicFile, 'utf8').trim() };
}

function signingKey(secretsDir: string): SigningKeyFiles {
  const privateFile = path.join(secretsDir, 'archive_signing.pem');
  const publicFile = archivePublicKeyFileIn(secretsDir);
  if (!existsSync(privateFile) || !existsSync(publicFile)) {
    const pair = newSigningKey();
    writePrivateFile(publicFile, pair.public);
    writePrivateFile(privateFile, pair.private);
  }
  return { privateFile, publicFile };
}
