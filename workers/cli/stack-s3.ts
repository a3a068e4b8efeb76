import path from 'node:path';
import { openSecrets, type S3AccountName } from '../../infra/stack/secrets.ts';
import { readStackFile } from '../../infra/stack/stack-file.ts';
import type { Config, S3Config } from '../config.ts';

/** An account of the embedded stack of this machine, as its owner may use it; `null` if none was ever up. */
export function stackS3({ stateDir }: Pick<Config, 'stateDir'>, account: S3AccountName): S3Config | null {
  const stack = readStackFile(stateDir);
  if (stack === null) return null;
  const keys = openSecrets(path.join(stateDir, 'secrets')).s3[account];
  const { endpoint, region, evidenceBucket } = stack.s3;
  return { endpoint, region, bucket: evidenceBucket, ...keys };
}
