import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { observe } from '../../../kb/reasoning/observations.ts';
import { rankHypotheses } from '../../../kb/reasoning/hypotheses.ts';
import { reason } from '../../../kb/reasoning/rounds.ts';
import type { ReasonInput } from '../../../kb/reasoning/scene.ts';
import { judge, type Proof } from '../../../kb/reasoning/verdict.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const names = ['node-01', 'node-02', 'node-03', 'node-04', 'node-05', 'node-06'];
const found = (kindId: string, node?: string, more: Partial<Finding> = {}): Finding => {
  const kind = knowledge.kinds.get(kindId);
  if (kind === undefined) throw new Error(`no kind ${kindId}`);
  return {
    id: `f_${kindId}_${node ?? ''}`,
    kind: kindId,
    role: kind.role,
    count: 1,
    range: {
      evidenceId: `ev_${kindId}_${node ?? ''}`,
      source: `probe ${kindId.replace(/\.[^.]+$/, '')} on ${node ?? 'no node'}`,
    },
    text: 't',
    ...(node === undefined ? {} : { node }),
    ...more,
  };
};
const proof: Proof = {
  from: 'probes',
  ofJob: true,
  alertAtMs: null,
  isMeasured: (kind) => knowledge.measuredKinds.has(kind),
  isMetric: (kind) => knowledge.metricKinds.has(kind),
};
const ranking = (findings: readonly Finding[]) => ({
  observations: observe(findings, knowledge.kinds),
  recalled: [],
  nodes: names,
});
const causes = (findings: readonly Finding[]) =>
  judge(ranking(findings), proof)
    .causes.map(({ category, node }) => `${category} ${node ?? ''}`.trim())
    .toSorted();
const others = (kindId: string, ...without: readonly string[]) =>
  names.filter((name) => !without.includes(name)).map((name) => found(kindId, name));

const slow = [found('metric.training.step-time.jumped'), found('performance.job.slow')];

describe('a second cause on the same node', () => {
  it('is a setting that is wrong, beside work that was not there before', () => {
    const hog = [found('host.load.more-than-cpus', 'node-02'), ...others('host.load.calm', 'node-02')];
    const governor = [
      found('host.cpu-governor.slower-than-siblings', 'node-02'),
      ...others('host.cpu-governor.fast', 'node-02'),
    ];
    expect(causes([...slow, ...hog])).toEqual(['dataloader-stall node-02']);
    expect(causes([...slow, ...hog, ...governor])).toEqual([
      'cpu-affinity-misconfig node-02',
      'dataloader-stall node-02',
    ]);
  });

  it('is none where the first one brings it about by construction', () => {
    const lost = [found('nvidia.xid.79', 'node-02', { device: { kind: 'gpu', index: 3 } })];
    const listed = [found('container.runtime.failed', 'node-02')];
    expect(causes([...lost, ...listed])).toEqual(['gpu-fell-off-bus node-02']);
  });
});

describe('a cause that another one on its node shows as', () => {
  const disk = (node: string) => [
    found('disk.io.busy-with-little', node, { device: { kind: 'disk', name: 'nvme1n1' } }),
    ...others('disk.io.quick', node),
    found('host.d-state.local-storage', node),
  ];
  const waits = (node: string) => [
    found('job.profile.input-everywhere', node),
    found('host.load.io-pressure', node),
    found('scheduler.nodes.load-unlike-siblings', node),
    found('performance.component.input'),
    found('metric.job.power.dropped'),
    found('job.step-time.jumped'),
  ];

  it('is that other one, though it is the more visible', () => {
    const findings = [...slow, ...disk('node-02'), ...waits('node-02')];
    expect(rankHypotheses(ranking(findings))[0]?.category).toBe('dataloader-stall');
    expect(causes(findings)).toEqual(['host-hardware-fault node-02']);
  });

  it('stays where it sits on another node', () => {
    const hog = [found('host.load.more-than-cpus', 'node-04'), ...others('host.load.calm', 'node-04', 'node-02')];
    expect(causes([...slow, ...disk('node-02'), ...hog, ...waits('node-04')])).toEqual([
      'dataloader-stall node-04',
      'host-hardware-fault node-02',
    ]);
  });

  it('stays where somebody has set it so', () => {
    const gpu = { device: { kind: 'gpu' as const, index: 3 } };
    const locked = [found('gpu.clock.locked-low', 'node-02', gpu), ...others('gpu.clock.normal', 'node-02')];
    const supply = [found('bmc.event.processor-error', 'node-02')];
    expect(causes([...slow, ...locked, ...supply])).toEqual([
      'gpu-clock-throttle node-02',
      'host-hardware-fault node-02',
    ]);
  });
});

describe('no second cause', () => {
  it('is what the log of the other end says of a path that is set up wrongly', () => {
    const own = [
      found('nccl.env.interface-of-node-differs', 'node-02'),
      found('nccl.bootstrap.bridge-interface', 'node-02'),
    ];
    const peer = found('net.peer.local-only-address', 'node-01', {
      range: { evidenceId: 'ev_log', source: 'logs/site-a/job/rank-0.log', line: 3 },
    });
    expect(causes([...own, peer])).toEqual(['socket-interface-mismatch node-02']);
  });

  it('is that the rank of a GPU whose driver is stuck stands in another call', () => {
    const gpu = { device: { kind: 'gpu' as const, index: 5 } };
    const stuck = found('nvidia.xid.119', 'node-02', gpu);
    const apart = found('job.stack.other-collective', 'node-02', { rank: 13 });
    const waits = names.map((name) => found('job.stack.all-wait', name));
    const stopped = found('performance.job.stopped');
    expect(causes([stuck, apart, ...waits, ...others('job.stack.together', 'node-02'), stopped])).toEqual([
      'gpu-driver-bug node-02',
    ]);
  });
});

describe('what several nodes share', () => {
  const hca = { device: { kind: 'hca' as const, name: 'mlx5_0' } };
  const down = ['node-01', 'node-02'].map((node) => found('ib.link.down', node, hca));
  const fine = others('ib.link.active', 'node-01', 'node-02');

  it('speaks for the switch, and against each of its few adapters', () => {
    const placed = (findings: readonly Finding[]) =>
      rankHypotheses(ranking(findings))
        .filter(({ category, place }) => category === 'rdma-link-fault' && place.device !== undefined)
        .map(({ logOdds }) => logOdds);
    const alone = placed([...down, ...fine]);
    const shared = placed([...down, ...fine, found('place.leaf-shared')]);
    expect(alone).toHaveLength(2);
    for (const [at, logOdds] of shared.entries()) expect(logOdds).toBeLessThan((alone[at] ?? 0) - 3);
  });
});

describe('a job whose slowness no component explains', () => {
  const foreign = [
    found('gpu.process.foreign', 'node-02', { device: { kind: 'gpu', index: 5 } }),
    ...others('gpu.process.as-siblings', 'node-02'),
  ];
  const wished = (findings: readonly Finding[], more: Partial<ReasonInput> = {}) =>
    reason(
      {
        round: 3,
        findings,
        recalled: [],
        nodes: names,
        gpus: [],
        ranks: [],
        window: null,
        firstProbes: [],
        probesRun: [],
        previousGraph: null,
        evidence: new Map(),
        ...more,
      },
      knowledge,
    ).wantedProbes.map(({ probeId }) => probeId);

  it('has its program looked at beside the cause that was named', () => {
    const unexplained = [...slow, ...foreign, found('performance.component.unknown')];
    expect(wished(unexplained)).toContain('job.profile');
    expect(wished(unexplained, { uncritical: true })).not.toContain('job.profile');
  });

  it('is left alone where the named cause explains it', () => {
    expect(wished([...slow, ...foreign])).not.toContain('job.profile');
  });
});

describe('errors that a port counts', () => {
  const hca = { device: { kind: 'hca' as const, name: 'mlx5_2' } };
  const errors = [found('metric.ib.errors.rose', 'node-02', hca), found('ib.counter.growing', 'node-02', hca)];
  const lock = [found('gpu.clock.below-siblings', 'node-04', { device: { kind: 'gpu', index: 3 } })];
  const optics = (findings: readonly Finding[], round: 2 | 3) => {
    const input: ReasonInput = {
      round,
      findings,
      recalled: [],
      nodes: names,
      gpus: [],
      ranks: [],
      window: null,
      firstProbes: [],
      probesRun: [],
      previousGraph: null,
      evidence: new Map(),
    };
    return reason(input, knowledge).wantedProbes.find(({ probeId }) => probeId === 'ib.optics')?.nodes;
  };

  it('are named when the light that its module receives tells them from those of its slot', () => {
    expect(causes([...slow, ...errors])).toEqual([]);
    expect(causes([...slow, ...errors, found('ib.optics.sound', 'node-02', hca)])).toEqual([]);
    for (const kind of ['ib.optics.received-low', 'ib.optics.received-below-siblings', 'ib.optics.laser-weak'])
      expect(causes([...slow, ...errors, found(kind, 'node-02', hca)])).toEqual(['rdma-link-fault node-02']);
  });

  it('have that asked of the port’s node and of some siblings, beside a cause that is named too', () => {
    expect(optics([...slow, ...errors], 2)?.[0]).toBe('node-02');
    expect(optics([...slow, ...errors, ...lock], 3)).toEqual(['node-02', 'node-01', 'node-03', 'node-04']);
    expect(optics([...slow, ...lock], 3)).toBeUndefined();
  });
});
