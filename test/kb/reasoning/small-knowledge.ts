import type { Finding } from '../../../workflows/domain/finding.ts';
import { kindRegistry } from '../../../kb/reasoning/kinds.ts';
import type { AskableProbe, Knowledge } from '../../../kb/reasoning/knowledge.ts';
import type { FindingKind } from '../../../kb/schemas/finding-kind.ts';

/** A handful of kinds and probes, so that a test says itself what each finding weighs. */
export function kind(id: string, role: FindingKind['role'], weighs: FindingKind['weighs']): FindingKind {
  return { id, role, weighs, summary: `summary of ${id}`, source: 'https://example.org/kinds' };
}

export const lostGpu = kind('log.gpu.lost', 'cause', { 'gpu-fell-off-bus': 5 });
export const portDown = kind('log.port.down', 'cause', { 'rdma-link-fault': 4 });
export const peerGone = kind('log.peer.gone', 'cause', { 'rdma-link-fault': 2.5 });
export const watchdog = kind('log.watchdog.timeout', 'symptom', {
  'rdma-link-fault': 0.7,
  'collective-mismatch': 0.7,
  'gpu-fell-off-bus': 0.5,
  'long-rank0-work-timeout': 0.5,
});
export const diskFull = kind('log.disk.full', 'cause', { 'disk-full': 5 });
export const knownNoise = kind('log.noise.benign', 'context', {});
export const slow = kind('metric.slow', 'symptom', {
  'gpu-clock-throttle': 1,
  'dataloader-stall': 1,
  'rdma-link-fault': 0.8,
});
export const clockLow = kind('probe.clock.low', 'cause', { 'gpu-clock-throttle': 5 });
export const clockFine = kind('probe.clock.fine', 'clean', { 'gpu-clock-throttle': -4 });
export const portBad = kind('probe.port.bad', 'cause', { 'rdma-link-fault': 4 });
export const portFine = kind('probe.port.fine', 'clean', { 'rdma-link-fault': -3 });

export const clockProbe: AskableProbe = {
  id: 'gpu.clocks',
  summary: 'clocks',
  impact: 'passive',
  costMs: 500,
  outcomes: [clockLow, clockFine],
};
export const portProbe: AskableProbe = {
  id: 'ib.ports',
  summary: 'ports',
  impact: 'passive',
  costMs: 500,
  outcomes: [portBad, portFine],
};

const logKinds = [lostGpu, portDown, peerGone, watchdog, diskFull, knownNoise];
const measured = [clockLow, clockFine, portBad, portFine];

export const smallKnowledge: Knowledge = {
  kinds: kindRegistry(logKinds, [slow], measured),
  probes: [clockProbe, portProbe],
  metricKinds: new Set([slow.id]),
  measuredKinds: new Set(measured.map(({ id }) => id)),
};

let made = 0;

export function finding(of: FindingKind, at: Partial<Finding> = {}): Finding {
  made += 1;
  const line = at.range?.line ?? made;
  return {
    id: `f_${made}`,
    kind: of.id,
    role: of.role,
    count: 1,
    text: 'a line',
    range: { evidenceId: 'ev_log', source: 'a.log', line, byteStart: line * 100, byteEnd: line * 100 + 50 },
    ...at,
  };
}
