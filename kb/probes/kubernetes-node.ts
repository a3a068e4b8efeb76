import { z } from 'zod';
import { namePattern } from '../../workflows/domain/ids.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Probe, ProbeFinding } from '../schemas/probe.ts';
import { orClean } from './clean.ts';
import { jsonIn } from './json-output.ts';

const source = 'https://kubernetes.io/docs/reference/node/node-status/';
const plugin = 'https://github.com/NVIDIA/k8s-device-plugin';

const notReady: FindingKind = {
  id: 'kubernetes.node.not-ready',
  summary: 'the node does not report to the cluster, or reports that it cannot run pods',
  role: 'symptom',
  weighs: { 'host-hardware-fault': 1.5, 'facility-fault': 0.5, 'container-toolkit-misconfig': 0.5 },
  source,
};
const diskPressure: FindingKind = {
  id: 'kubernetes.node.disk-pressure',
  summary: 'the node has little disk space left and evicts pods',
  role: 'symptom',
  weighs: { 'disk-full': 3.2 },
  source,
};
const memoryPressure: FindingKind = {
  id: 'kubernetes.node.memory-pressure',
  summary: 'the node has little memory left and evicts pods',
  role: 'symptom',
  weighs: { 'host-oom': 2.5 },
  source,
};
const pidPressure: FindingKind = {
  id: 'kubernetes.node.pid-pressure',
  summary: 'the node has nearly as many processes as it may',
  role: 'symptom',
  weighs: { 'ulimit-too-low': 1.5, 'foreign-gpu-process': 0.5 },
  source,
};
const noNetwork: FindingKind = {
  id: 'kubernetes.node.network-unavailable',
  summary: 'the network of the node’s pods is not set up',
  role: 'cause',
  weighs: { 'socket-interface-mismatch': 2, 'rendezvous-resolution': 0.7 },
  source,
};
const gpusUnhealthy: FindingKind = {
  id: 'kubernetes.node.gpus-unhealthy',
  summary: 'the device plugin holds back GPUs of the node as unhealthy',
  role: 'symptom',
  weighs: { 'gpu-fell-off-bus': 2.2, 'gpu-ecc-uncorrectable': 1, 'container-toolkit-misconfig': 0.5 },
  source: plugin,
};
const gpusMissing: FindingKind = {
  id: 'kubernetes.node.gpus-missing',
  summary: 'the node offers fewer GPUs than the inventory lists',
  role: 'symptom',
  weighs: { 'container-toolkit-misconfig': 2, 'gpu-fell-off-bus': 1.5, 'driver-version-mismatch': 0.7 },
  source: plugin,
};
const cordoned: FindingKind = {
  id: 'kubernetes.node.closed-to-pods',
  summary: 'somebody or a health check keeps new pods off the node',
  role: 'context',
  weighs: { 'scheduler-action': 1.5 },
  source,
};
const ready: FindingKind = {
  id: 'kubernetes.node.ready',
  summary: 'the node is ready, without pressure, with all its GPUs',
  role: 'clean',
  weighs: {
    'container-toolkit-misconfig': -0.7,
    'disk-full': -0.9,
    'scheduler-action': -0.9,
    'host-hardware-fault': -0.4,
  },
  source,
};
const kinds = [
  notReady,
  diskPressure,
  memoryPressure,
  pidPressure,
  noNetwork,
  gpusUnhealthy,
  gpusMissing,
  cordoned,
  ready,
];

const args = z.object({ node: z.string().regex(namePattern) });

interface Reading {
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly sinceMs: number | null;
  }[];
  readonly unschedulable: boolean;
  /** `nvidia.com/gpu`; `null` where the node knows of no such resource. */
  readonly gpuCapacity: number | null;
  readonly gpusAllocatable: number | null;
  readonly kubeletVersion: string | null;
}

const quantities = z.record(z.string(), z.string()).optional();
const nodeSchema = z.object({
  kind: z.literal('Node'),
  spec: z.object({ unschedulable: z.boolean().optional() }),
  status: z.object({
    capacity: quantities,
    allocatable: quantities,
    conditions: z
      .array(
        z.object({
          type: z.string(),
          status: z.string(),
          reason: z.string().optional(),
          lastTransitionTime: z.string().nullish(),
        }),
      )
      .max(100)
      .default([]),
    nodeInfo: z.object({ kubeletVersion: z.string().optional() }).optional(),
  }),
});

/** The node as Kubernetes knows it. */
export const kubernetesNode: Probe<z.infer<typeof args>, Reading> = {
  id: 'kubernetes.node',
  platform: 'nvidia-linux',
  summary: 'conditions of the node in Kubernetes, and how many GPUs it offers',
  question: 'Does Kubernetes hold the node ready, with all its GPUs?',
  aspect: 'stability',
  side: 'supply',
  privilege: 'user',
  via: 'management',
  impact: 'passive',
  costMs: 500,
  timeoutMs: 20_000,
  outputBytesMax: 1024 * 1024,
  args,
  argv: ({ node }) => ['kubectl', 'get', 'node', node, '-o', 'json'],
  allow: ['kubectl get node [a-z0-9][a-z0-9.-]{0,62} -o json'],
  parse(output) {
    const { spec, status } = jsonIn(output, 'kubectl', nodeSchema);
    return {
      conditions: status.conditions.map(({ type, status: value, reason = '', lastTransitionTime }) => {
        const since = Date.parse(lastTransitionTime ?? '');
        return { type, status: value, reason, sinceMs: Number.isFinite(since) ? since : null };
      }),
      unschedulable: spec.unschedulable ?? false,
      gpuCapacity: gpusIn(status.capacity),
      gpusAllocatable: gpusIn(status.allocatable),
      kubeletVersion: status.nodeInfo?.kubeletVersion ?? null,
    };
  },
  outcomes: kinds,
  meaning({ conditions, unschedulable, gpuCapacity, gpusAllocatable }, node) {
    const seen: ProbeFinding[] = conditions.flatMap(({ type, status, reason, sinceMs }) => {
      const kind = conditionKinds[type];
      if (kind === undefined || status === (type === 'Ready' ? 'True' : 'False')) return [];
      // A condition of pressure that nobody reports any more says nothing; a node that does not report is not ready.
      if (type !== 'Ready' && status !== 'True') return [];
      return [
        {
          kind: kind.id,
          text: `${type} ${status}: ${reason}`.slice(0, textCharsMax),
          values: { condition: type, status },
          ...(sinceMs === null ? {} : { atMs: sinceMs }),
        },
      ];
    });
    const listed = node?.gpus.length ?? 0;
    if (gpuCapacity !== null && gpusAllocatable !== null && gpusAllocatable < gpuCapacity)
      seen.push({
        kind: gpusUnhealthy.id,
        text: `${gpusAllocatable} of ${gpuCapacity} GPUs are offered`,
        values: { gpusAllocatable, gpuCapacity },
      });
    else if (listed > 0 && (gpuCapacity ?? 0) < listed)
      seen.push({
        kind: gpusMissing.id,
        text: `${gpuCapacity ?? 0} GPUs are offered, ${listed} are in the inventory`,
        values: { gpuCapacity: gpuCapacity ?? 0, gpusListed: listed },
      });
    if (unschedulable) seen.push({ kind: cordoned.id, text: 'the node is cordoned' });
    return orClean(seen, kinds, { kind: ready.id, text: `ready, ${gpusAllocatable ?? 0} GPUs` });
  },
  siblings: {
    numbers: ({ gpusAllocatable }) =>
      gpusAllocatable === null ? [] : [{ name: 'gpusAllocatable', value: gpusAllocatable, unit: 'count' }],
    // Nodes of one kind offer one number of GPUs.
    rules: [{ name: 'gpusAllocatable', side: 'low', relative: 0, absolute: 0, source: plugin }],
    kind: gpusMissing,
  },
};

const textCharsMax = 200;

const conditionKinds: Readonly<Record<string, FindingKind>> = {
  Ready: notReady,
  DiskPressure: diskPressure,
  MemoryPressure: memoryPressure,
  PIDPressure: pidPressure,
  NetworkUnavailable: noNetwork,
};

function gpusIn(resources: z.infer<typeof quantities>): number | null {
  const text = resources?.['nvidia.com/gpu'];
  return text === undefined || !/^\d{1,4}$/.test(text) ? null : Number(text);
}
