import { createPrometheus } from '../../activities/adapters/prometheus.ts';
import type { MetricsSource, ProbeRunner } from '../../activities/ports.ts';
import { siteGeneration } from '../../activities/site-generation.ts';
import { counted } from '../../kb/reasoning/narrative/words.ts';
import type { RecallFilter } from '../../kb/retrieval/filter.ts';
import { toClusterMs, type Inventory } from '../../kb/schemas/inventory.ts';
import type { Finding } from '../../workflows/domain/finding.ts';
import type { Config } from '../config.ts';
import type { CliContext } from './context.ts';
import { weightsOf, type Recalled, type SimilarIncident } from './diagnose-recall.ts';
import { readPhases } from './diagnose-phases.ts';
import type { Told } from './diagnose-read.ts';
import type { Concluded, ReportedBatch } from './diagnose-report.ts';
import { firstLookName, reasonOnSite, type SiteDiagnosis, type SiteProgress } from './diagnose-site.ts';
import { batchLines } from './diagnose-text.ts';
import { CommandFailure, paint, plain, type Terminal } from './output.ts';
import { pickInventory, untilSignalled, type OpenRunner } from './probe-run-command.ts';

type Recall = (findings: readonly Finding[], filter: RecallFilter) => Promise<Recalled>;

/** A cluster that can be asked. */
export interface OpenSite {
  /** What the rounds come to with its answers. Ctrl-C ends the commands on the nodes. */
  conclude(told: Told, recall: Recall): Promise<Concluded>;
}

/** Where a cluster's metrics are asked; `null` where nothing says. */
export type OpenMetrics = (inventory: Inventory, config: Config) => MetricsSource | null;

interface Way {
  readonly inventory: Inventory;
  readonly runner: ProbeRunner;
  readonly metrics: MetricsSource | null;
  /** When the trouble began, cluster milliseconds; `null`: the logs say. */
  readonly atMs: number | null;
  readonly terminal: Terminal;
}

/** Opens the way to a cluster, and closes it whatever happens. */
export async function withSite<T>(
  context: CliContext,
  { cluster, atMs }: { readonly cluster: string; readonly atMs: number | null },
  { openRunner, openMetrics = prometheusOf }: { readonly openRunner: OpenRunner; readonly openMetrics?: OpenMetrics },
  work: (site: OpenSite) => Promise<T>,
): Promise<T> {
  const inventory = await pickInventory(context, cluster);
  const config = await context.config();
  const runner = await openRunner(config);
  try {
    const way = { inventory, runner, metrics: openMetrics(inventory, config), atMs, terminal: context.terminal };
    return await work({ conclude: (told, recall) => concludeOnSite(told, recall, way) });
  } finally {
    runner.close?.();
  }
}

function prometheusOf({ metrics }: Inventory, { metricsUrl }: Config): MetricsSource | null {
  const url = metrics?.url ?? metricsUrl;
  return url === null ? null : createPrometheus(url);
}

async function concludeOnSite(
  told: Told,
  recall: Recall,
  { inventory, runner, metrics, atMs, terminal }: Way,
): Promise<Concluded> {
  const alertAtMs = atMs ?? told.lastMs ?? toClusterMs(inventory.clock, Date.now());
  const phases = metrics === null ? [] : await readPhases(told.rankZero);
  const generation = siteGeneration(inventory);
  let similar: readonly SimilarIncident[] = [];
  const known = {
    findings: [...told.logged, ...told.noted],
    phases,
    recall: async (findings: readonly Finding[]) => {
      const recalled = await recall(findings, generation === null ? {} : { generation });
      similar = recalled.similar;
      return weightsOf(recalled);
    },
  };
  const { signal, release } = untilSignalled();
  try {
    const nowMs = (): number => performance.now();
    const site = { inventory, runner, metrics, alertAtMs, signal, progress: shownTo(terminal), nowMs };
    return concluded(told, similar, await reasonOnSite(known, site), inventory.cluster, alertAtMs);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CommandFailure(
      'stopped; the commands on the nodes were ended',
      'without --cluster the logs alone are diagnosed',
    );
  } finally {
    terminal.transient?.('');
    release();
  }
}

function concluded(
  { logged, noted }: Told,
  similar: readonly SimilarIncident[],
  { verdict, last, findings, job, nodes, batches, metrics, without }: SiteDiagnosis,
  cluster: string,
  alertAtMs: number,
): Concluded {
  const deciding = verdict.kind === 'not-proven' ? verdict.decidingProbe : undefined;
  const told = new Set([...logged, ...noted].map(({ id }) => id));
  return {
    logged,
    noted,
    measured: findings.filter(({ id }) => !told.has(id)),
    similar,
    verdict,
    hypotheses: last.hypotheses,
    nextProbes: deciding === undefined ? [] : [deciding],
    graph: last.graph,
    alertAtMs,
    degraded: [...without, ...batches.flatMap((batch) => missingText(batch, batch.batch === firstLookName))],
    site: { cluster, job, nodes, alertAt: new Date(alertAtMs).toISOString(), batches, metrics },
  };
}

/** A tool that a site does not have is nothing to tell; a node that gives one reason for several readings is. */
const readingsOfOneReasonMin = 3;

function missingText({ batch, unread, unreadCount, overdue }: ReportedBatch, isLook: boolean): readonly string[] {
  const missing = `${counted(unreadCount, 'reading')} of ${isLook ? 'the ' : ''}${batch} could not be had`;
  if (overdue > 0) return [`${missing}, ${overdue} for want of time`];
  const silent = unread.find(
    ({ node, reason }) =>
      !isLook ||
      unread.filter((other) => other.node === node && other.reason === reason).length >= readingsOfOneReasonMin,
  );
  return silent === undefined ? [] : [`${missing}: ${silent.id} on ${silent.node}: ${silent.reason}`];
}

const probesNamedMax = 4;

function shownTo(terminal: Terminal): SiteProgress {
  let [batch, metrics] = ['', ''];
  let doing = '';
  const show = (): void => {
    const text = [batch, metrics].filter((part) => part !== '').join(' · ');
    terminal.transient?.(text === '' ? '' : paint(terminal, 'dim', `  … ${text}`));
  };
  return {
    onBatch(name, wanted) {
      const probes = wanted.map(({ probeId }) => probeId);
      const more = probes.length - probesNamedMax;
      doing = `${name}: ${probes.slice(0, probesNamedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    },
    onRead(done, of) {
      batch = `${doing}  ${done} of ${of}`;
      show();
    },
    onEnd(read) {
      batch = '';
      for (const line of batchLines(read, terminal)) terminal.err(line.slice(2));
      show();
    },
    onMetrics(done, of) {
      metrics = done === of ? '' : `metrics  ${done} of ${of}`;
      show();
    },
    onWithout: (what) => terminal.err(`${paint(terminal, 'yellow', 'Note:')} ${plain(what)}`),
  };
}
