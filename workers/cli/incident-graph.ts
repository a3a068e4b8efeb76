import { getJson } from '../../activities/json-evidence.ts';
import type { EvidenceStore } from '../../activities/ports.ts';
import { graphMermaid } from '../../kb/reasoning/dot/as-mermaid.ts';
import { graphText } from '../../kb/reasoning/dot/as-text.ts';
import { graphSchema, type Graph } from '../../kb/reasoning/graph.ts';
import type { EvidenceRef } from '../../workflows/domain/evidence.ts';
import type { CliContext } from './context.ts';
import type { IncidentDesk } from './incident-desk.ts';
import { readChart } from './incident-show.ts';
import { CommandFailure, paint, renderJson, type Terminal } from './output.ts';

export const graphForms = ['text', 'mermaid'] as const;
export type GraphForm = (typeof graphForms)[number];

/** Reads a stored graph; tests hand in another. */
export type ReadGraph = (ref: EvidenceRef) => Promise<Graph>;

const columnsMax = 120;

/** Prints what was thought of an incident until now: its latest graph. */
export async function showGraph(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'read'>,
  workflowId: string,
  options: { readonly runId?: string; readonly form: GraphForm; readonly json: boolean },
  read: ReadGraph,
): Promise<void> {
  const { view } = await readChart(desk, workflowId, options.runId);
  const latest = view.rounds.at(-1);
  if (latest === undefined)
    throw new CommandFailure(
      `${workflowId} has not thought yet: there is no graph`,
      'look again when a round has ended',
    );
  const graph = await read(latest.graphRef);
  if (options.json) return terminal.out(renderJson(graph));
  terminal.out(
    options.form === 'mermaid'
      ? graphMermaid(graph).trimEnd()
      : graphText(graph, { width: columnsMax, colour: (style, text) => paint(terminal, style, text) }),
  );
}

/** From S3 as configured, or of the stack that is up. */
export function graphFromS3({ config: load }: Pick<CliContext, 'config'>): ReadGraph {
  return async (ref) => {
    const [{ stackS3 }, { createS3Client }, { createS3Evidence }, { PortError }] = await Promise.all([
      import('./stack-s3.ts'),
      import('../../activities/adapters/s3-client.ts'),
      import('../../activities/adapters/s3-evidence.ts'),
      import('../../activities/ports.ts'),
    ]);
    const config = await load();
    const settings = config.s3 ?? stackS3(config, 'orchestrator');
    if (settings === null)
      throw new CommandFailure(
        'no S3 is configured, and graphs are kept there',
        'is `wardround up` running? Otherwise set WARDROUND_S3_BUCKET, WARDROUND_S3_ACCESS_KEY and WARDROUND_S3_SECRET_KEY',
      );
    const client = createS3Client(settings);
    try {
      return await readGraph(createS3Evidence(client, settings.bucket, 'orchestrator'), ref);
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      throw new CommandFailure(error.message, 'is `wardround up` running? `wardround doctor` checks every endpoint', {
        cause: error,
      });
    } finally {
      client.destroy();
    }
  };
}

export function readGraph(evidence: EvidenceStore, ref: EvidenceRef): Promise<Graph> {
  return getJson(evidence, ref, graphSchema);
}
