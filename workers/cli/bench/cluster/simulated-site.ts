import type { HeadlessCluster } from '../../../../infra/cluster/headless.ts';
import { PortError, type LogObject, type LogStore, type MetricsSource } from '../../../../activities/ports.ts';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';
import type { AskHost } from './virtual-probe-runner.ts';

/** The headless cluster as the ports of a site: what its log store, its metrics and its hosts would answer. */
export interface SimulatedSite {
  readonly logs: LogStore;
  readonly metrics: MetricsSource;
  readonly ask: AskHost;
  /** Wall seconds that the simulator itself took so far. */
  simulatorSeconds(): number;
}

export function simulatedSite(
  cluster: Pick<HeadlessCluster, 'startMs' | 'nowMs' | 'logsBetween' | 'metricsBetween' | 'commandAt'>,
  inventory: Pick<Inventory, 'logs'>,
  nowMs: () => number,
): SimulatedSite {
  const { bucket } = inventory.logs;
  let seconds = 0;
  const timed = <T>(work: () => T): T => {
    const startedMs = performance.now();
    const result = work();
    seconds += (performance.now() - startedMs) / 1000;
    return result;
  };
  // What was shipped never changes, and an object is listed and read more than once.
  const shipped = new Map<string, Uint8Array>();

  return {
    logs: {
      async list(prefix, { objectsMax }) {
        const objects: LogObject[] = [];
        const found = timed(() => {
          for (const { key, text } of cluster.logsBetween(cluster.startMs, nowMs(), (one) => one.startsWith(prefix))) {
            if (objects.length === objectsMax) return true;
            const bytes = shipped.get(key) ?? Buffer.from(text);
            shipped.set(key, bytes);
            // A version for each, as a bucket with versions has: what was gathered is read the same again.
            objects.push({ bucket, key, versionId: '1', bytes: bytes.length, lastModifiedMs: 0 });
          }
          return false;
        });
        return { objects, truncated: found };
      },
      async read({ key }, { bytesMax }) {
        const bytes = shipped.get(key);
        if (bytes === undefined) throw new PortError('not-found', `reading log ${key}`);
        if (bytes.length > bytesMax) throw new PortError('too-large', `reading log ${key}`);
        return bytes;
      },
    },
    metrics: {
      async range({ selector, fromMs, toMs, stepMs }) {
        const found = timed(() => cluster.metricsBetween(selector, { fromMs, toMs: Math.min(toMs, nowMs()), stepMs }));
        return found.map(({ metric: { __name__: name, ...labels }, values }) => ({
          name: name ?? selector,
          labels,
          points: values.flatMap(([atSeconds, value]) => {
            const number = Number(value);
            return Number.isFinite(number) ? [[Math.round(atSeconds * 1000), number] as const] : [];
          }),
        }));
      },
    },
    ask: (atMs, node, line, patience) =>
      timed(() => cluster.commandAt(Math.max(atMs, cluster.nowMs()), node, line, patience)),
    simulatorSeconds: () => seconds,
  };
}
