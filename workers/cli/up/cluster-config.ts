import path from 'node:path';
import { writePrivateFile } from '../../../infra/stack/private-file.ts';
import type { StackSecrets } from '../../../infra/stack/secrets.ts';
import type { Servers } from '../../../infra/stack/servers.ts';
import type { StateDir } from '../../../infra/stack/state-dir.ts';
import type { UpOptions } from '../up.ts';
import { shapeOf } from './made-cluster.ts';

/** The cluster keeps the seed, the size and the rate with which it was made; only addresses change. */
export function writeClusterConfig(
  state: StateDir,
  servers: Servers,
  secrets: StackSecrets,
  apiUrl: string,
  options: UpOptions,
  seed: number,
): string {
  const stateDir = state.dataDir('cluster');
  const file = path.join(stateDir, 'config.json');
  const { nodes, rate, jobs } = options;
  const asked = {
    ...(nodes !== undefined && { nodes }),
    ...(rate !== undefined && { rate }),
    ...(jobs !== undefined && { jobs }),
  };
  const config = {
    ...shapeOf(stateDir, seed, asked),
    stateDir,
    s3: {
      endpoint: servers.s3.endpoint,
      region: servers.s3.region,
      bucket: servers.s3.logsBucket,
      accessKeyId: secrets.s3.cluster.accessKey,
      secretAccessKey: secrets.s3.cluster.secretKey,
    },
    alertTargets: [{ url: `${apiUrl}/v1/alerts`, bearerToken: secrets.apiToken }],
    probePublicKey: secrets.probeKey.publicLine,
    remediationPublicKey: secrets.remediationKey.publicLine,
    gateScript: path.resolve(import.meta.dirname, '..', '..', '..', 'infra/gate/wardround-gate.sh'),
    nodeExecutable: process.execPath,
  };
  writePrivateFile(file, `${JSON.stringify(config, null, 2)}\n`);
  return file;
}
