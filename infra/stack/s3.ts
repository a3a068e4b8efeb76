import path from 'node:path';
import { createS3Client } from '../../activities/adapters/s3-client.ts';
import { ensureBucket, s3Answers, type BucketGrant } from '../../activities/adapters/s3-buckets.ts';
import { writePrivateFile } from './private-file.ts';
import { untilAnswered } from './readiness.ts';
import { s3AccountNames, type StackSecrets } from './secrets.ts';
import type { ProcessSpec } from './supervise.ts';

export const evidenceBucket = 'wardround-evidence';
export const logsBucket = 'wardround-logs';
export const s3Region = 'us-east-1';

/**
 * The S3 gateway on a local folder, with versions and one account a role. Its buckets and their policies are made
 * before it counts as ready, and again after each restart, which changes nothing.
 */
export function s3Spec(options: {
  readonly program: string;
  readonly port: number;
  /** Makes and names a folder for one kind of data. */
  readonly dataDir: (name: string) => string;
  readonly secrets: StackSecrets;
  readonly env: ProcessSpec['env'];
}): ProcessSpec<{ readonly endpoint: string }> {
  const { program, port, dataDir, secrets, env } = options;
  const endpoint = `http://127.0.0.1:${port}`;
  const accountsDir = dataDir('s3/accounts');
  writeAccounts(accountsDir, secrets);
  return {
    name: 's3',
    command: program,
    args: [
      ['--port', `127.0.0.1:${port}`, '--region', s3Region, '--quiet', '--keep-alive', '--iam-dir', accountsDir],
      ['posix', '--versioning-dir', dataDir('s3/versions'), '--sidecar', dataDir('s3/metadata'), dataDir('s3/objects')],
    ].flat(),
    env: { ...env, ROOT_ACCESS_KEY: secrets.s3.root.accessKey, ROOT_SECRET_KEY: secrets.s3.root.secretKey },
    async ready({ signal }) {
      const root = createS3Client({ endpoint, region: s3Region, ...secrets.s3.root });
      try {
        await untilAnswered(signal, (askSignal) => s3Answers(root, askSignal));
        await ensureBucket(root, evidenceBucket, evidenceGrants(secrets));
        await ensureBucket(root, logsBucket, logsGrants(secrets));
      } finally {
        root.destroy();
      }
      return { endpoint };
    },
    readyMsMax: 30_000,
    restart: 'always',
  };
}

/**
 * Design.md section 4: who may read and write what. Nobody may delete. A probe worker may read what probe workers wrote, by
 * a name that is its hash and that it may not list: so a retry elsewhere goes on with what was read. Repairs read nothing.
 */
function evidenceGrants({ s3 }: StackSecrets): readonly BucketGrant[] {
  const read = ['s3:GetObject', 's3:GetObjectVersion'] as const;
  return [
    { account: s3.orchestrator.accessKey, actions: read, prefixes: [''], lists: true },
    {
      account: s3.orchestrator.accessKey,
      actions: ['s3:PutObject'],
      prefixes: ['evidence/orchestrator/', 'archive/', 'knowledge/', 'calibration/'],
      lists: false,
    },
    { account: s3.logs.accessKey, actions: read, prefixes: ['evidence/', 'calibration/'], lists: true },
    { account: s3.logs.accessKey, actions: ['s3:PutObject'], prefixes: ['evidence/logs/'], lists: false },
    // It looks for answers that may not be there, and only who may list is told so.
    // Similar incidents that the site has learned are shown to the model.
    { account: s3.model.accessKey, actions: read, prefixes: ['evidence/', 'knowledge/'], lists: true },
    { account: s3.model.accessKey, actions: ['s3:PutObject'], prefixes: ['evidence/model/'], lists: false },
    {
      account: s3.probes.accessKey,
      actions: ['s3:PutObject', 's3:GetObject'],
      prefixes: ['evidence/probes/'],
      lists: false,
    },
    { account: s3.remediation.accessKey, actions: ['s3:PutObject'], prefixes: ['evidence/remediation/'], lists: false },
  ];
}

function logsGrants({ s3 }: StackSecrets): readonly BucketGrant[] {
  const read = ['s3:GetObject', 's3:GetObjectVersion'] as const;
  return [
    { account: s3.cluster.accessKey, actions: ['s3:PutObject'], prefixes: ['logs/'], lists: false },
    { account: s3.logs.accessKey, actions: read, prefixes: [''], lists: true },
    { account: s3.orchestrator.accessKey, actions: read, prefixes: [''], lists: true },
    { account: s3.model.accessKey, actions: read, prefixes: [''], lists: false },
  ];
}

/**
 * The gateway's own account file. Its admin command would do the same, but takes the secret keys on the command
 * line, where every user of the machine can read them.
 */
function writeAccounts(accountsDir: string, { s3 }: StackSecrets): void {
  const accounts = s3AccountNames
    .filter((name) => name !== 'root')
    .map((name) => ({
      access: s3[name].accessKey,
      secret: s3[name].secretKey,
      role: 'user',
      userID: 0,
      groupID: 0,
      projectID: 0,
    }));
  const file = { accessAccounts: Object.fromEntries(accounts.map((entry) => [entry.access, entry])) };
  writePrivateFile(path.join(accountsDir, 'users.json'), JSON.stringify(file));
}
