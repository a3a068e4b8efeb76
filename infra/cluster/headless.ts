import type { FaultListing } from './control/api.ts';
import { faultListing } from './control/fault-listing.ts';
import { findFault } from './faults/index.ts';
import { watchAlerts, type FiringAlert } from './headless/alerts.ts';
import { probeCommands, type AskOptions, type CommandRequest } from './headless/commands.ts';
import { inventoryOf } from './headless/inventory.ts';
import { shippedObjects } from './headless/logs.ts';
import { movingTime } from './headless/moving-time.ts';
import type { CommandAnswer } from './headless/running-command.ts';
import { speedOf, type SpeedReading } from './headless/speed.ts';
import type { LogObject } from './logs/windows.ts';
import { alertsMetric } from './metrics/alerts.ts';
import { exposition } from './metrics/exposition.ts';
import { metrics } from './metrics/index.ts';
import { queryRange, type RangeSeries } from './metrics/query.ts';
import type { AskedTarget, Drawn } from './state/actions.ts';
import { place, simulatorOf, SimulatorRefusal, type ActiveFault } from './state/simulator.ts';
import { buildWorld } from './world.ts';
import { jobsByDefault } from './world-jobs.ts';

export { performanceFaults } from './performance-faults.ts';
export type {
  ActiveFault,
  AskOptions,
  CommandAnswer,
  CommandRequest,
  FaultListing,
  FiringAlert,
  LogObject,
  RangeSeries,
};
export type { SpeedReading };

export interface HeadlessOptions {
  readonly nodes: number;
  readonly seed: number;
  /** As many as `jobsByDefault` gives when nothing is said. */
  readonly jobs?: number;
  readonly cluster?: string;
  /** When its recorded past begins, in ms of Unix time. */
  readonly startMs?: number;
}

export interface HeadlessInjection {
  /**
   * Cluster time, not before the present; `before-start` is the beginning of all, seconds before the first job is
   * launched: it has the fault from its first step on. The present when nothing is said.
   */
  readonly onsetMs?: number | 'before-start';
  /** By the names of the fault's ranges. */
  readonly set?: Readonly<Record<string, number>>;
  readonly target?: AskedTarget;
  /** How it comes; drawn when nobody says. */
  readonly onset?: Drawn['onset'];
  /** Draws what nobody asks for; that of the cluster when nothing is said. */
  readonly seed?: number;
}

export interface HeadlessRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** All times are cluster time in ms. What takes a moment later than the present brings time there; none may be past. */
export interface HeadlessCluster {
  /** As the cluster's own, without anything that listens behind it. */
  readonly inventory: object;
  /** Cluster time at which it begins; the jobs are launched seconds later. */
  readonly startMs: number;
  /** Up to where somebody asked. */
  nowMs(): number;
  inject(faultId: string, injection?: HeadlessInjection): void;
  /** Takes away every fault that is there, at this moment or at the present. */
  heal(atMs?: number): void;
  /** Mends one of the two faults of a dual, by that fault's own id; refused when its time comes where it is not there. */
  healPart(partId: string, atMs?: number): void;
  /** Prometheus text of the scrape at or before this moment; of all metrics, or of those whose names begin so. */
  metricsAt(clusterMs: number, prefixes?: readonly string[]): string;
  /** What the query API answers to a selector, `ALERTS` included; of the past too, and time stays where it is. */
  metricsBetween(selector: string, range: HeadlessRange): readonly RangeSeries[];
  /** What the node, or the management host, answers to the probe key; a refused command line is an answer. */
  commandAt(clusterMs: number, node: string, line: string, options?: AskOptions): CommandAnswer;
  /** The same for several that begin at once and run side by side. */
  commandsAt(clusterMs: number, requests: readonly CommandRequest[], options?: AskOptions): readonly CommandAnswer[];
  /**
   * Objects of the log store, window after window: those of windows that lie at least partly within, as far as they are
   * shipped at the present, or at `toMs` if that is later. Made when they are asked for; of keys not `wanted` none is.
   */
  logsBetween(fromMs: number, toMs: number, wanted?: (key: string) => boolean): Iterable<LogObject>;
  /** What the site's rules fire and send at this moment. */
  alertsAt(clusterMs: number): readonly FiringAlert[];
  /** Brings time to the first moment after `fromMs` at which an alert that is sent begins to fire; null: to `untilMs`. */
  nextAlertAfter(fromMs: number, untilMs: number): number | null;
  /** How fast a job goes at this moment. */
  speedAt(job: string, clusterMs: number): SpeedReading;
  activeFaults(): readonly ActiveFault[];
}

/** 1 January 2026, 0:00 UTC. */
const usualStartMs = Date.UTC(2026, 0, 1);

/**
 * A simulated cluster without servers and files, whose time is what somebody asks for and only moves forward: days of it
 * pass in minutes. The same seed and the same calls give the same text. Ten nodes, a scrape every 30 s, one busy core:
 * 17 days a minute with all metrics, 40 with those of training, clocks, power and activity, over 1,000 with those of
 * training alone.
 *
 * What is injected for later happens when time comes to it. Faults that make a job slower are in
 * `performance-faults.ts`.
 */
export function headlessCluster(options: HeadlessOptions): HeadlessCluster {
  const { nodes, seed, jobs = jobsByDefault(nodes), cluster = 'site-a', startMs = usualStartMs } = options;
  const world = buildWorld({ seed, cluster, nodes, gpusPerNode: 8, jobs }, startMs);
  const time = movingTime(startMs);
  const simulator = simulatorOf(world, time, { recorded: [], append: () => {}, close: () => {} });
  const { timeline } = simulator;
  // The series of a cluster never change, and listing them costs as much as reading them.
  const listed = metrics.map((metric) => {
    const series = metric.series(timeline);
    return { ...metric, series: () => series };
  });
  const alerts = watchAlerts(timeline, time);
  const queried = [...listed, alertsMetric(() => alerts.all())];
  const ask = probeCommands(simulator, time);
  const passTo = (clusterMs: number) => time.passTo(clusterMs);

  return {
    inventory: inventoryOf(simulator),
    startMs,
    nowMs: () => time.nowMs(),
    inject(faultId, { onsetMs = time.nowMs(), set, target, onset, seed: drawnBy } = {}) {
      if (findFault(faultId) === undefined) throw new SimulatorRefusal(`there is no fault ${faultId}`);
      time.plan(onsetMs === 'before-start' ? startMs : onsetMs, () => {
        simulator.inject(faultId, {
          ...(set !== undefined && { values: set }),
          ...(target !== undefined && { target }),
          ...(onset !== undefined && { onset }),
          ...(drawnBy !== undefined && { seed: drawnBy }),
        });
      });
    },
    heal(atMs = time.nowMs()) {
      time.plan(atMs, () => {
        for (const { id, target } of simulator.activeFaults())
          // One may have gone with another.
          if (simulator.activeFaults().some((one) => one.id === id && place(one.target) === place(target)))
            simulator.heal(id, target);
      });
    },
    healPart(partId, atMs = time.nowMs()) {
      time.plan(atMs, () => void simulator.healPart(partId));
    },
    metricsAt(clusterMs, prefixes) {
      passTo(clusterMs);
      const asked =
        prefixes === undefined
          ? listed
          : listed.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
      return exposition(asked, timeline, clusterMs);
    },
    metricsBetween(selector, { fromMs, toMs, stepMs }) {
      const source = { metrics: queried, timeline, nowMs: time.nowMs() };
      return queryRange(source, selector, {
        startSeconds: fromMs / 1_000,
        endSeconds: toMs / 1_000,
        stepSeconds: stepMs / 1_000,
      });
    },
    commandAt(clusterMs, node, line, asking = {}) {
      passTo(clusterMs);
      const [answer] = ask([{ node, line }], asking);
      if (answer === undefined) throw new Error(`no answer of ${node}`);
      return answer;
    },
    commandsAt(clusterMs, requests, asking = {}) {
      passTo(clusterMs);
      return ask(requests, asking);
    },
    logsBetween(fromMs, toMs, wanted = () => true) {
      passTo(Math.max(time.nowMs(), toMs));
      return shippedObjects(timeline, { fromMs, toMs, nowMs: time.nowMs() }, wanted);
    },
    alertsAt(clusterMs) {
      passTo(clusterMs);
      return alerts.firing();
    },
    nextAlertAfter: (fromMs, untilMs) => alerts.next(fromMs, untilMs),
    speedAt(job, clusterMs) {
      passTo(clusterMs);
      return speedOf(simulator, job, clusterMs);
    },
    activeFaults: () => simulator.activeFaults(),
  };
}

/** Of a dual: the ids of the two faults that it is made of; of any other none. */
export function partsOf(faultId: string): readonly string[] {
  return findFault(faultId)?.parts ?? [];
}

/** Every fault that can be injected, with its kind, categories and place. */
export function injectableFaults(): readonly FaultListing[] {
  return faultListing([]);
}
