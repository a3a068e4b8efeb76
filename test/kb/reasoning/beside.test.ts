import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { reason } from '../../../kb/reasoning/rounds.ts';
import { survey, type ReasonInput } from '../../../kb/reasoning/scene.ts';
import { judge } from '../../../kb/reasoning/verdict.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const names = ['node-01', 'node-02', 'node-03', 'node-04', 'node-05', 'node-06'];
const alertAtMs = Date.UTC(2026, 0, 1, 1);

function found(kindId: string, node?: string, more: Partial<Finding> = {}): Finding {
  const kind = knowledge.kinds.get(kindId);
  if (kind === undefined) throw new Error(`no kind ${kindId}`);
  const probe = knowledge.probes.find(({ outcomes }) => outcomes.some(({ id }) => id === kindId));
  const source = probe === undefined ? 'metrics' : `probe ${probe.id} on ${node ?? 'no node'}`;
  return {
    id: `f_${kindId}_${node ?? ''}_${more.device?.index ?? ''}`,
    kind: kindId,
    role: kind.role,
    count: 1,
    range: { evidenceId: `ev_${kindId}_${node ?? ''}`, source },
    text: 't',
    ...(node === undefined ? {} : { node }),
    ...more,
  };
}

const onAll = (kindId: string, ...without: readonly string[]) =>
  names.filter((name) => !without.includes(name)).map((name) => found(kindId, name));

const input = (findings: readonly Finding[], more: Partial<ReasonInput> = {}): ReasonInput => ({
  round: 3,
  findings,
  recalled: [],
  nodes: names,
  gpus: [],
  ranks: names.map((node, rank) => ({ rank, node, gpu: 0 })),
  window: { fromMs: alertAtMs - 1_200_000, alertAtMs },
  firstProbes: [],
  probesRun: [],
  previousGraph: null,
  evidence: new Map(),
  ...more,
});

const wishes = (findings: readonly Finding[], more: Partial<ReasonInput> = {}) =>
  reason(input(findings, more), knowledge).wantedProbes;
const wished = (findings: readonly Finding[], more: Partial<ReasonInput> = {}) =>
  wishes(findings, more).map(({ probeId }) => probeId);
const read = (probeId: string) => ({ probesRun: [{ probeId, nodes: names }] });

function causes(findings: readonly Finding[]): readonly string[] {
  const { ranking, proof } = survey(input(findings), knowledge);
  return judge(ranking, proof)
    .causes.map(({ category, node, device }) =>
      [category, node, device?.index].filter((x) => x !== undefined).join(' '),
    )
    .toSorted();
}

const slow = [found('metric.training.step-time.jumped'), found('performance.job.slow')];
const hca = { device: { kind: 'hca' as const, name: 'mlx5_2' } };
const flap = [
  found('nccl.ib.port-event', 'node-02', hca),
  found('ib.cable.fault', 'node-02'),
  found('ib.port.unstable', 'node-02', hca),
];

describe('a setting beside a fault of the whole node', () => {
  const supply = [
    found('bmc.chassis.power-fault', 'node-02'),
    found('bmc.event.power-supply-failed', 'node-02'),
    found('gpu.clock.below-siblings', 'node-02'),
  ];
  const set = found('gpu.throttle.clock-setting', 'node-02', { device: { kind: 'gpu', index: 3 } });

  it('was made by somebody: a lost power supply does not explain it', () => {
    expect(causes([...slow, ...supply, set])).toEqual(['gpu-clock-throttle node-02 3', 'host-hardware-fault node-02']);
  });

  it('is not where clocks are only low', () => {
    expect(causes([...slow, ...supply])).toEqual(['host-hardware-fault node-02']);
  });
});

describe('a job that stands still beside a named cause', () => {
  const waits = onAll('gpu.series.all-wait');
  const stands = onAll('job.stack.all-wait');
  const apart = found('job.stack.other-collective', 'node-04', { rank: 3 });
  const normal = found('performance.job.normal');

  it.each([2, 3] as const)('has its stacks read in round %i', (round) => {
    expect(wished([...flap, ...waits], { round })).toContain('job.stacks');
    expect(wished([...flap, ...waits.slice(0, 2)], { round })).not.toContain('job.stacks');
    expect(wished([...flap, ...waits], { round, uncritical: true })).not.toContain('job.stacks');
  });

  it('is not well for having been well before the alert', () => {
    const against = (findings: readonly Finding[]) =>
      survey(input([...flap, apart, normal, ...findings]), knowledge)
        .ranked.find(({ category }) => category === 'collective-mismatch')
        ?.against.map(({ observation }) => observation.kind.id);
    expect(against([...waits, ...stands])).toEqual([]);
    expect(against(waits)).toEqual([normal.kind]);
    expect(against(stands)).toEqual([normal.kind]);
  });
});

describe('a profile that shows nothing of a job that is slow for an unknown reason', () => {
  const unknown = [...slow, found('performance.component.unknown')];
  const pauses = found('job.profile.pauses-high', 'node-04', { rank: 3 });
  const foreign = found('gpu.process.foreign', 'node-02', { device: { kind: 'gpu', index: 1 } });

  it('is taken once more in round 3, whether or not a cause is named', () => {
    expect(wished([...unknown, ...onAll('job.profile.alike')], read('job.profile'))).toContain('job.profile');
    expect(wished([...unknown, foreign], read('job.profile'))).toContain('job.profile');
  });

  it('is not where it has shown something, or was taken twice', () => {
    expect(wished([...unknown, foreign, pauses], read('job.profile'))).not.toContain('job.profile');
    const twice = { probesRun: [...read('job.profile').probesRun, ...read('job.profile').probesRun] };
    expect(wished([...unknown, foreign], twice)).not.toContain('job.profile');
  });

  it('is not before round 3', () => {
    expect(wished([...unknown, foreign], { ...read('job.profile'), round: 2 })).not.toContain('job.profile');
  });
});

describe('a clean reading that is older than what it speaks against', () => {
  const denied = found('permission.denied', 'node-04', {
    range: { evidenceId: 'ev_log', source: 'logs/site-a/job/rank-3.log', line: 3 },
    atMs: alertAtMs - 60_000,
  });
  const full = (atMs: number, node = 'node-02') => found('metric.disk.full', node, { atMs });
  const enough = onAll('disk.space.enough');
  const again = (findings: readonly Finding[], round: 2 | 3) =>
    wishes([denied, found('performance.job.stopped'), ...enough, ...findings], { ...read('disk.space'), round }).find(
      ({ probeId }) => probeId === 'disk.space',
    )?.nodes;

  it.each([2, 3] as const)('is made once more, in round %i', (round) => {
    expect(again([full(alertAtMs + 30_000)], round)).toEqual(['node-02']);
    expect(again([full(alertAtMs - 30_000)], round)).toBeUndefined();
    const both = again([full(alertAtMs + 30_000), full(alertAtMs + 30_000, 'node-03')], round);
    expect(both?.toSorted()).toEqual(['node-02', 'node-03']);
  });
});

describe('processes that wait for the shared storage beside a named cause', () => {
  const lock = found('gpu.clock.locked-low', 'node-02', { device: { kind: 'gpu', index: 3 } });
  const waiting = onAll('host.d-state.shared-storage');

  it('are looked at again', () => {
    expect(wished([...slow, lock, ...waiting], read('host.d-state'))).toContain('host.d-state');
    expect(wished([...slow, lock, ...waiting.slice(0, 2)], read('host.d-state'))).not.toContain('host.d-state');
    expect(wished([...slow, lock, ...waiting, found('place.storage-shared')], read('host.d-state'))).not.toContain(
      'host.d-state',
    );
  });
});

describe('probes beside a named cause', () => {
  it('are of causes that what is left over speaks for', () => {
    const supply = [found('bmc.chassis.power-fault', 'node-02'), found('bmc.event.power-supply-failed', 'node-02')];
    const links = (findings: readonly Finding[]) =>
      wished(findings).filter((probeId) =>
        knowledge.probes
          .find(({ id }) => id === probeId)
          ?.outcomes.some(({ weighs }) => (weighs['rdma-link-fault'] ?? 0) >= 2),
      );
    expect(links([...slow, ...supply])).toEqual([]);
    expect(links([...slow, ...supply, found('metric.ib.link-downed.rose', 'node-05', hca)])).not.toEqual([]);
  });
});
