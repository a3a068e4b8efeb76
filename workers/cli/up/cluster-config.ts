import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../../../infra/stack/private-file.ts';
import type { StackSecrets } from '../../../infra/stack/secrets.ts';
import type { Servers } from '../../../infra/stack/servers.ts';
import type { StateDir } from '../../../infra/stack/state-dir.ts';
import type { UpOptions } from '../up.ts';

/** The part of the simulator's own record that its start has to agree with. */
const madeClusterSchema = z.object({
  shape: z.object({ seed: z.int(), nodes: z.int() }),
  clock: z.object({ rate: z.number() }),
});
const newCluster = { nodes: 10, rate: 20 };

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
  const made = madeCluster(stateDir) ?? { seed, ...newCluster };
  const config = {
    seed: made.seed,
    // Another size or speed that somebody asks for is for the simulator to refuse.
    nodes: options.nodes ?? made.nodes,
    rate: options.rate ?? made.rate,
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

/** `null` when the cluster is yet to be made. */
function madeCluster(stateDir: string): { seed: number; nodes: number; rate: number } | null {
  try {
    const { shape, clock } = madeClusterSchema.parse(
      JSON.parse(readFileSync(path.join(stateDir, 'cluster.json'), 'utf8')),
    );
    return { seed: shape.seed, nodes: shape.nodes, rate: clock.rate };
  } catch {
    return null;
  }
}
