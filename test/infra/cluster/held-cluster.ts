import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig, type ClusterConfig } from '../../../infra/cluster/config.ts';
import { readGpu, type GpuReading } from '../../../infra/cluster/physics/reading.ts';
import { startCluster } from '../../../infra/cluster/start.ts';
import { openSimulator, type Simulator } from '../../../infra/cluster/state/simulator.ts';
import { findNode } from '../../../infra/cluster/world.ts';
import { newSshKey } from '../../../infra/ssh-key.ts';

const epochMs = Date.UTC(2026, 10, 21, 3);
const minuteMs = 60_000;
const keys = { probe: newSshKey(), remediation: newSshKey() };

/** A configuration in a folder of its own, and a clock that moves only when the test says so. */
export function heldCluster(settings: Readonly<Record<string, unknown>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'wr-cluster-'));
  const config = parseConfig({
    seed: 7,
    nodes: 4,
    stateDir: join(root, 'state'),
    probePublicKey: keys.probe.public,
    remediationPublicKey: keys.remediation.public,
    gateScript: fileURLToPath(new URL('../../../infra/gate/wardround-gate.sh', import.meta.url)),
    ...settings,
  });
  let wallMs = epochMs;
  return {
    config,
    keys,
    wallNowMs: () => wallMs,
    /** Lets cluster time go by. */
    pass(clusterMs: number) {
      wallMs += clusterMs / config.rate;
    },
    open: (changed: Partial<ClusterConfig> = {}) => openSimulator({ ...config, ...changed }, () => wallMs),
    /** The whole cluster with its servers; logs and alerts move only when asked to. */
    start: (changed: Partial<ClusterConfig> = {}) =>
      startCluster({ ...config, ...changed }, { wallNowMs: () => wallMs, loops: false }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export type HeldCluster = ReturnType<typeof heldCluster>;

export function minutes(count: number): number {
  return count * minuteMs;
}

/** What the sensors of one GPU show now. */
export function readingOf(simulator: Simulator, node: string, gpu: number): GpuReading {
  const found = findNode(simulator.world, node);
  const board = found?.gpus[gpu];
  if (found === undefined || board === undefined) throw new Error(`there is no ${node} GPU ${gpu}`);
  return readGpu(simulator.timeline, found, board, simulator.time.nowMs());
}

/** Mean step time now, in seconds. */
export function stepSeconds(simulator: Simulator): number {
  const { meanStepMs } = simulator.timeline.segmentAt(simulator.time.nowMs());
  if (meanStepMs === null) throw new Error('the job makes no steps');
  return meanStepMs / 1000;
}

/** Every reading of every GPU, as text to compare. */
export function allReadings(simulator: Simulator): string {
  return JSON.stringify(
    simulator.world.nodes.map((node) => node.gpus.map((gpu) => readingOf(simulator, node.name, gpu.index))),
  );
}
