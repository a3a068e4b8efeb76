import { describe, expect, it } from 'vitest';
import type { Cause, RankedCause, Verdict } from '../../../../../workflows/domain/finding.ts';
import { judgeVerdict, namedCauses } from '../../../../../workers/cli/bench/cluster/judge-verdict.ts';
import type { Truth } from '../../../../../workers/cli/bench/cluster/truth.ts';

const locked = {
  categories: ['gpu-clock-throttle'],
  places: [{ nodes: ['node-03'], mustNameNode: true, device: { kind: 'gpu', index: 4 } }],
} as const;
const optic = {
  categories: ['rdma-link-fault'],
  places: [{ nodes: ['node-02'], mustNameNode: true, device: { kind: 'hca', name: 'mlx5_1' } }],
} as const;
const single: Truth = { kind: 'fault', causes: [locked] };
const dual: Truth = { kind: 'dual', causes: [locked, optic] };
const hot: Truth = {
  kind: 'fault',
  causes: [{ categories: ['facility-fault'], places: [{ nodes: ['node-05', 'node-06'], mustNameNode: false }] }],
};
const jobWide: Truth = {
  kind: 'fault',
  causes: [{ categories: ['nccl-bug'], places: [{ nodes: [], mustNameNode: false }] }],
};

const onGpu: Cause = { category: 'gpu-clock-throttle', node: 'node-03', device: { kind: 'gpu', index: 4 } };
const onHca: Cause = { category: 'rdma-link-fault', node: 'node-02', device: { kind: 'hca', name: 'mlx5_1' } };

const ranked = (cause: Cause): RankedCause => ({ ...cause, probability: 0.9, because: [] });
const said = (...causes: readonly Cause[]): Verdict => ({
  kind: 'attributed',
  disputed: false,
  causes: causes.map(ranked),
});
const unproven = (...causes: readonly Cause[]): Verdict => ({
  kind: 'not-proven',
  candidates: causes.map(ranked),
  reason: 'nothing decides',
});
const noFault: Verdict = { kind: 'no-fault', explanation: { text: '', findingIds: [], ranges: [] } };

describe('a verdict on one fault', () => {
  it.each([
    ['right', single, said(onGpu)],
    ['wrong-cause', single, said({ ...onGpu, category: 'host-oom' })],
    ['wrong-node', single, said({ ...onGpu, node: 'node-04' })],
    ['wrong-node', single, said({ category: 'gpu-clock-throttle' })],
    ['wrong-device', single, said({ ...onGpu, device: { kind: 'gpu', index: 5 } })],
    ['wrong-device', single, said({ category: 'gpu-clock-throttle', node: 'node-03' })],
    ['wrong-cause', single, said(onGpu, onHca)],
    ['not-proven', single, unproven(onGpu)],
    ['no-fault', single, noFault],
    ['right', hot, said({ category: 'facility-fault' })],
    [
      'right',
      hot,
      said({ category: 'facility-fault', node: 'node-05' }, { category: 'facility-fault', node: 'node-06' }),
    ],
    ['wrong-node', hot, said({ category: 'facility-fault', node: 'node-07' })],
    ['right', jobWide, said({ category: 'nccl-bug' })],
    ['wrong-node', jobWide, said({ category: 'nccl-bug', node: 'node-01' })],
  ] as const)('is %s', (outcome, truth, verdict) => {
    expect(judgeVerdict(truth, verdict).outcome).toBe(outcome);
  });

  it('says what was said and what is true', () => {
    const { detail } = judgeVerdict(single, said({ ...onGpu, node: 'node-04' }));
    expect(detail).toBe('said gpu-clock-throttle on node-04 gpu 4; true: gpu-clock-throttle on node-03 gpu 4');
  });
});

describe('a verdict on two faults', () => {
  it.each([
    ['right', said(onHca, onGpu)],
    ['half', said(onGpu)],
    ['wrong-device', said(onGpu, { ...onHca, device: { kind: 'hca', name: 'mlx5_3' } })],
    ['wrong-cause', said(onGpu, { category: 'host-oom', node: 'node-02' })],
  ] as const)('is %s', (outcome, verdict) => {
    expect(judgeVerdict(dual, verdict).outcome).toBe(outcome);
  });
});

describe('where nothing can or should be attributed', () => {
  const twin: Truth = {
    kind: 'twin',
    causes: [{ categories: ['nccl-bug', 'framework-bug'], places: [{ nodes: [], mustNameNode: false }] }],
  };

  it.each(['decoy', 'noisy', 'tool'] as const)('a %s is right unless it is given a cause', (kind) => {
    const truth: Truth = { kind, causes: [] };
    expect(judgeVerdict(truth, noFault).outcome).toBe('right');
    expect(judgeVerdict(truth, unproven(onGpu)).outcome).toBe('right');
    expect(judgeVerdict(truth, said(onGpu)).outcome).toBe('wrong-cause');
  });

  it('twins are right when they are not proven and one of them is a candidate', () => {
    expect(judgeVerdict(twin, unproven({ category: 'framework-bug' })).outcome).toBe('right');
    expect(judgeVerdict(twin, unproven(onGpu)).outcome).toBe('not-proven');
    expect(judgeVerdict(twin, unproven()).outcome).toBe('not-proven');
    expect(judgeVerdict(twin, said({ category: 'nccl-bug' })).outcome).toBe('wrong-cause');
    expect(judgeVerdict(twin, noFault).outcome).toBe('no-fault');
  });
});

describe('what a verdict names of what is true', () => {
  it.each([
    [[locked, optic], said(onGpu, onHca)],
    [[optic], said(onHca)],
    [[optic], said({ ...onGpu, node: 'node-04' }, onHca)],
    [[], unproven(onGpu)],
    [[], noFault],
  ])('is %j', (causes, verdict) => {
    expect(namedCauses(dual, verdict)).toEqual(causes);
  });
});
