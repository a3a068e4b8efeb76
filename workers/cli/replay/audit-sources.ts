import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createExecutionReader } from '../../../activities/adapters/history-archive-executions.ts';
import { createHistoryArchive } from '../../../activities/adapters/history-archive.ts';
import { createS3Client } from '../../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../../activities/adapters/s3-evidence.ts';
import { assemble, codeIdentity } from '../../../activities/audit/assemble.ts';
import { readExecutions, type ExecutionReader } from '../../../activities/audit/executions.ts';
import { PortError } from '../../../activities/ports.ts';
import { archivePublicKeyFileIn } from '../../../infra/stack/secrets.ts';
import { knowledge } from '../../../kb/reasoning/index.ts';
import type { Config } from '../../config.ts';
import { connectTemporal } from '../../temporal-client.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure, exitCodes } from '../output.ts';
import { resolveIncidentId } from '../resolve-id.ts';
import { stackS3 } from '../stack-s3.ts';
import { archivedRuns, sealedFiles, unsealedFiles, type AuditStores, type Gathered } from './sealed-files.ts';

export interface GatherOptions {
  readonly runId?: string;
  readonly withoutLogs: boolean;
}

/** A run's archive, or where there is none what the server and S3 hold of it now. */
export async function gatherIncident(
  context: CliContext,
  given: string,
  options: GatherOptions,
): Promise<Gathered & { readonly sealed: boolean }> {
  const config = await context.config();
  const s3 = config.s3 ?? stackS3(config, 'orchestrator');
  if (s3 === null)
    throw new CommandFailure(
      'no S3 is configured',
      'is `wardround up` running? Otherwise set WARDROUND_S3_BUCKET, WARDROUND_S3_ACCESS_KEY and WARDROUND_S3_SECRET_KEY',
    );
  const s3Client = createS3Client(s3);
  const client = connectTemporal(config.temporal);
  const stores = {
    archive: createHistoryArchive(s3Client, s3.bucket),
    evidence: createS3Evidence(s3Client, s3.bucket, 'orchestrator'),
    evidenceBucket: s3.bucket,
  };
  try {
    const workflowId = await context.withDesk((desk) => resolveIncidentId(desk, given));
    const reader = createExecutionReader(client);
    const runId = options.runId ?? (await pickRun(stores, reader, workflowId));
    const sealed = await sealedFiles(stores, workflowId, runId, options);
    if (sealed !== null) return { ...sealed, sealed: sealed.manifest.signer !== null };
    return { ...(await fromServer(context, stores, client, reader, { workflowId, runId }, options)), sealed: false };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    throw new CommandFailure(error.message, adviceFor(error.kind), { cause: error });
  } finally {
    s3Client.destroy();
    await client.connection.close();
  }
}

/** The latest run, or once the server has forgotten it the only one that was archived. */
async function pickRun(stores: AuditStores, reader: ExecutionReader, workflowId: string): Promise<string> {
  const latest = await reader.describe(workflowId, null).catch((error: unknown) => {
    // An archive needs no server.
    if (error instanceof PortError && error.kind === 'unreachable') return null;
    throw error;
  });
  if (latest !== null) return latest.runId;
  const runs = await archivedRuns(stores.archive, workflowId);
  const [only] = runs;
  if (only !== undefined && runs.length === 1) return only;
  throw runs.length === 0
    ? new CommandFailure(
        `neither the server nor the archive knows ${workflowId}`,
        'see `wardround incident list --all`',
      )
    : new CommandFailure(`${workflowId} was archived ${runs.length} times`, `name one with --run: ${runs.join(', ')}`, {
        exitCode: exitCodes.usage,
      });
}

async function fromServer(
  context: CliContext,
  stores: AuditStores,
  client: Client,
  reader: ExecutionReader,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
  options: GatherOptions,
): Promise<Gathered> {
  const cluster = workflowId.split('/')[1] ?? '';
  const inventory = (await context.inventories().catch(() => null))?.get(cluster) ?? null;
  const executions = await readExecutions(reader, { cluster, workflowId, runId }, (execution) =>
    Promise.resolve(execution),
  );
  const chart = await openChart(client, workflowId, runId);
  const ports = { ...stores, inventory, knowledge, code: codeIdentity(knowledge, null) };
  const assembled = await assemble(ports, executions, { cluster, workflowId, runId }, { signer: null, chart });
  return unsealedFiles(stores, assembled, options);
}

const queryMsMax = 5_000;

/** Of an open incident, where a worker answers. */
async function openChart(client: Client, workflowId: string, runId: string): Promise<unknown> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    return await client.withDeadline(Date.now() + queryMsMax, () => handle.query<unknown>('incidentView'));
  } catch {
    // No worker, or none that knows it: the bundle goes without a chart, and says so.
    return undefined;
  }
}

/** The embedded stack's own account, for the person whose stack it is. */
/** PEM of the key that this machine trusts: the one that is configured, or that of its own embedded stack. */
export function trustedKeyOf({ archivePublicKeyFile, stateDir }: Config): string | null {
  if (archivePublicKeyFile !== null) return readFileSync(archivePublicKeyFile, 'utf8');
  const own = archivePublicKeyFileIn(path.join(stateDir, 'secrets'));
  return existsSync(own) ? readFileSync(own, 'utf8') : null;
}

function adviceFor(kind: PortError['kind']): string {
  switch (kind) {
    case 'unreachable':
      return 'is `wardround up` running? `wardround doctor` checks every endpoint';
    case 'denied':
      return 'check the keys and rights of the account';
    case 'not-found':
      return 'see incidents with `wardround incident list --all`; the server forgets closed ones after its retention time';
    case 'tampered':
    case 'malformed':
    case 'too-large':
    case 'refused':
      return 'look at the object that the message names';
  }
}
