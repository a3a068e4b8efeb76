import { gpuPlace } from '../state/place.ts';
import { factAt } from '../state/facts/fact-at.ts';
import type { Simulator } from '../state/simulator.ts';
import { activeAttempt } from '../physics/job.ts';
import { isUp } from '../physics/node-life.ts';
import { readGpu } from '../physics/reading.ts';
import type { WorldGpu, WorldNode } from '../world.ts';
import type { GpuCell, NodeRow, GpuView } from './api.ts';

/** What a wall of gauges over all GPUs of the cluster would show. */
export function gpuView(simulator: Pick<Simulator, 'world' | 'timeline' | 'time' | 'settings'>): GpuView {
  const { world, timeline, time } = simulator;
  const nowMs = time.nowMs();
  const settings = simulator.settings();
  const row = (node: WorldNode): NodeRow => {
    const its = timeline.of(node);
    const attempt = activeAttempt(its.segmentAt(nowMs).phase);
    const up = isUp(settings, node.name, nowMs);
    return {
      name: node.name,
      rack: node.rack,
      leaf: node.leaf,
      job: attempt?.nodes.includes(node.index) === true ? its.world.job.name : null,
      state: up ? stateOf(settings, node) : 'down',
      gpus: up ? node.gpus.map((gpu) => cell(node, gpu)) : [],
    };
  };
  const cell = (node: WorldNode, gpu: WorldGpu): GpuCell => {
    if (factAt(timeline, { fact: 'gpu.off-bus', place: gpuPlace(node.name, gpu.index) }, nowMs)) return null;
    const { smMhz, powerW, temperatureC, utilizationPercent } = readGpu(timeline, node, gpu, nowMs);
    return { mhz: smMhz, watts: Math.round(powerW), celsius: temperatureC, busy: utilizationPercent };
  };
  return { cluster: world.cluster, clusterTime: new Date(nowMs).toISOString(), nodes: world.nodes.map(row) };
}

function stateOf({ unplugged, drained }: ReturnType<Simulator['settings']>, { name }: WorldNode): NodeRow['state'] {
  if (unplugged.has(name)) return 'unplugged';
  return drained.has(name) ? 'drained' : 'up';
}
