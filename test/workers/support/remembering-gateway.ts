import type { AlertObservation } from '../../../workflows/domain/alert.ts';
import { TemporalUnavailable, type IncidentGateway, type IncidentRun } from '../../../workers/api/incident-gateway.ts';
import type { IncidentStart } from '../../../workers/incident-start.ts';

export interface RememberedRun extends IncidentRun {
  readonly start: IncidentStart;
  readonly observations: AlertObservation[];
}

/** An engine in memory: runs by workflow id, signals reach open ones only, and it can be down or broken. */
export function rememberingGateway() {
  const runs = new Map<string, RememberedRun[]>();
  const clusters = new Set<string>();
  const state = { down: false, broken: false };
  let started = 0;

  const answering = async () => {
    await Promise.resolve();
    if (state.down) throw new TemporalUnavailable('connect ECONNREFUSED 127.0.0.1:7233');
    if (state.broken) throw new Error('no mapping defined for search attribute Cluster, secret-of-the-server');
  };
  const latest = (workflowId: string) => runs.get(workflowId)?.at(-1);

  const gateway: IncidentGateway = {
    within: (_waitMs, work) => work(),
    async find(workflowId) {
      await answering();
      return latest(workflowId) ?? null;
    },
    async ensureCluster(cluster) {
      await answering();
      clusters.add(cluster);
    },
    async signalWithStart(start, observation) {
      await answering();
      if (!clusters.has(start.input.cluster)) throw new Error(`no entity of ${start.input.cluster} to ask`);
      const open = latest(start.workflowId);
      if (open?.open === true) {
        open.observations.push(observation);
        return open.latestRunId;
      }
      started += 1;
      const runId = `run-${started}`;
      const { alertStartsAtMs } = start;
      const run = {
        firstRunId: runId,
        latestRunId: runId,
        open: true,
        alertStartsAtMs,
        start,
        observations: [observation],
      };
      runs.set(start.workflowId, [...(runs.get(start.workflowId) ?? []), run]);
      return runId;
    },
    async signal(workflowId, observation) {
      await answering();
      const run = latest(workflowId);
      if (run?.open !== true) return false;
      run.observations.push(observation);
      return true;
    },
    check: answering,
  };

  return {
    gateway,
    state,
    clusters,
    runsOf: (workflowId: string): readonly RememberedRun[] => runs.get(workflowId) ?? [],
    allRuns: (): readonly RememberedRun[] => [...runs.values()].flat(),
    forget: () => runs.clear(),
    close(workflowId: string) {
      const run = latest(workflowId);
      if (run === undefined) throw new Error(`no run of ${workflowId} to close`);
      runs.set(workflowId, [...(runs.get(workflowId) ?? []).slice(0, -1), { ...run, open: false }]);
    },
  };
}
