import { afterEach, describe, expect, it } from 'vitest';
import { rankLines } from '../../../../infra/cluster/logs/rank.ts';
import { endsOfPort, retriesMs, retriesMsOf } from '../../../../infra/cluster/physics/network/rc-transport.ts';
import { downPhases } from '../../../../infra/cluster/physics/link-phases.ts';
import { placeOf } from '../../../../infra/cluster/physics/link.ts';
import { setFact } from '../../../../infra/cluster/state/facts/set-fact.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { findNode, type WorldNode } from '../../../../infra/cluster/world.ts';
import { heldCluster, minutes, stepSeconds, type HeldCluster } from '../held-cluster.ts';
import { iterationNow, segmentNow } from '../job-tools.ts';

let held: HeldCluster;
let simulator: Simulator;

afterEach(() => {
  simulator.close();
  held.remove();
});

const opened = (seed = 7, nodes = 10, before: (open: Simulator) => void = () => undefined) => {
  held = heldCluster({ seed, nodes });
  simulator = held.open();
  before(simulator);
  held.pass(minutes(5));
};
const now = () => simulator.time.nowMs();
const nodeOf = (name: string): WorldNode => {
  const found = findNode(simulator.world, name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const phase = () => segmentNow(simulator).phase.kind;

interface Said {
  readonly atMs: number;
  readonly rank: number;
  readonly node: string;
  readonly text: string;
}

/** What all ranks said since a moment, in the order of time. */
const said = (fromMs: number, about: RegExp): readonly Said[] =>
  simulator.world.job.nodes
    .flatMap((index, place) => {
      const node = simulator.world.nodes[index];
      return (node?.gpus ?? []).flatMap((gpu) =>
        rankLines(simulator.timeline, node as WorldNode, gpu.index, fromMs, now())
          .filter(({ text }) => about.test(text))
          .map(({ atMs, text }) => ({ atMs, text, node: node?.name ?? '', rank: place * 8 + gpu.index })),
      );
    })
    .toSorted((a, b) => a.atMs - b.atMs);
const completions = (fromMs: number) => said(fromMs, /NCCL WARN NET.IB ?: Got completion from peer/);
const watchdogs = (fromMs: number) => said(fromMs, /\] \[Rank \d+\] Watchdog caught/);

describe('reliable connections', () => {
  // InfiniBand architecture 1.4, 9.7.6.1.3: 4.096 us * 2^20 for a time-out of 20; ibv_modify_qp(3) for the retry count.
  it('wait 4.3 s for an acknowledgement, and break when seven retries brought none', () => {
    opened();
    expect(retriesMsOf(20, 1)).toBeCloseTo(4_295, 0);
    expect(retriesMs).toBeCloseTo(7 * 4_295, -1);
    // NCCL's documentation of NCCL_IB_TIMEOUT: 25 are 2.3 minutes, 16 with seven retries; 0 and 32 are infinite.
    expect(retriesMsOf(25, 1) / 60_000).toBeCloseTo(2.3, 1);
    expect(retriesMsOf(25, 7) / 60_000).toBeCloseTo(16, 0);
    expect(retriesMsOf(22, 7) / 60_000).toBeCloseTo(2, 1);
    expect([retriesMsOf(0, 7), retriesMsOf(32, 7)]).toEqual([Infinity, Infinity]);
  });

  it('have two ends, of which an adapter that is dead leaves one', () => {
    opened();
    const { phase: running } = segmentNow(simulator);
    if (running.kind !== 'running') throw new Error('the job runs');
    const [first, second, last] = [0, 1, 9].map((at) => simulator.world.nodes[at] as WorldNode);
    const places = (isSilent: boolean) =>
      endsOfPort(simulator.world, running.attempt, first as WorldNode, 1, isSilent).map(
        ({ node, peer, gpu, request }) => `${node}->${peer} ${gpu} ${request}`,
      );
    const [own, next, before] = [first?.index, second?.index, last?.index];
    const peers = [2, 3].flatMap((gpu) => [`${before}->${own} ${gpu} Send`, `${next}->${own} ${gpu} Recv`]);
    expect(places(true).toSorted()).toEqual(peers.toSorted());
    expect(places(false).toSorted()).toEqual([...peers, `${own}->${next} 2 Send`, `${own}->${next} 3 Send`].toSorted());
  });
});

describe.each([1, 2, 3])('a port that stays down, seed %i', (seed) => {
  const closed = () => {
    opened(seed);
    const atMs = now();
    simulator.act([{ kind: 'port-state', node: 'node-04', hca: 'mlx5_2', up: false }]);
    held.pass(minutes(1.2));
    return atMs;
  };

  it('is reported after some 30 s by the ranks at both ends of its connections and by nobody else', () => {
    const atMs = closed();
    expect(phase()).toBe('ended');
    const lost = completions(atMs);
    expect(new Set(lost.map(({ rank }) => rank))).toEqual(new Set([20, 21, 28, 29, 36, 37]));
    expect(Math.min(...lost.map((one) => one.atMs)) - atMs).toBeGreaterThanOrEqual(30_064);
    expect(Math.max(...lost.map((one) => one.atMs)) - atMs).toBeLessThan(32_100);
    expect(lost[0]?.text).toMatch(/status=12 opcode=0 len=0 vendor err 129 \((Send|Recv)\) hca mlx5_2$/);
    expect(watchdogs(atMs)).toEqual([]);
  });

  it('is told by NCCL first, then by the watchdog of the same rank, then by the agents of all their nodes', () => {
    const atMs = closed();
    const [first] = completions(atMs);
    const ofRank = said(atMs, /\[(rank\d+|\d)\]/).filter(({ rank }) => rank === first?.rank);
    const order = [
      'Got completion',
      '[Progress Thread]',
      'raised the following async exception',
      'entire process down',
    ];
    const places = order.map((part) => ofRank.findIndex(({ text }) => text.includes(part)));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const failed = said(atMs, /failed \(exitcode: -6\) local_rank: [45]/).map(({ node }) => node);
    expect(failed.toSorted()).toEqual(['node-03', 'node-04', 'node-05']);
  });
});

it('a broken connection is first reported by another node than that of the port in about half of the cases', () => {
  const first = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
    opened(seed, 4);
    const atMs = now();
    simulator.act([{ kind: 'port-state', node: 'node-02', hca: 'mlx5_0', up: false }]);
    held.pass(minutes(1));
    const node = completions(atMs)[0]?.node;
    if (seed < 8) {
      simulator.close();
      held.remove();
    }
    return node;
  });
  expect(first).toContain('node-02');
  expect(first.filter((one) => one !== 'node-02').length).toBeGreaterThan(1);
});

describe.each([1, 2, 3])('a loose cable, seed %i', (seed) => {
  const flap = (downMs: number) => {
    opened(seed, 4);
    const atMs = now();
    const { target } = simulator.inject('ib-port-flap', { values: { everyMs: 24_000, downMs } });
    const node = nodeOf(target.node);
    const hca = node.hcas.find((one) => one.name === target.hca);
    if (hca === undefined) throw new Error('it strikes an HCA');
    return { atMs, phases: () => downPhases(placeOf(simulator.world, simulator.settings(), node, hca), atMs, now()) };
  };

  it('whose outages are shorter than the retries breaks nothing', () => {
    const { atMs, phases } = flap(9_000);
    held.pass(minutes(10));
    expect(Math.max(...phases().map((one) => one.toMs - one.fromMs))).toBeLessThan(retriesMs);
    expect(phase()).toBe('running');
    expect(completions(atMs)).toEqual([]);
  });

  it('ends the job in the first outage that the retries do not outlast, and the next attempt as well', () => {
    const { atMs, phases } = flap(39_000);
    held.pass(minutes(12));
    const fatal = phases().find((one) => one.toMs - one.fromMs > retriesMs + 1_900);
    const lost = completions(atMs);
    expect((lost[0]?.atMs ?? 0) - (fatal?.fromMs ?? 0)).toBeGreaterThanOrEqual(retriesMs);
    expect((lost[0]?.atMs ?? 0) - (fatal?.fromMs ?? 0)).toBeLessThan(retriesMs + 1_900);
    expect(phase()).toBe('ended');
    simulator.act([{ kind: 'job-requeue', hold: false }]);
    const againMs = now();
    held.pass(minutes(15));
    expect(completions(againMs).length).toBeGreaterThan(0);
    simulator.heal('ib-port-flap');
    held.pass(minutes(4));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBe(8);
  });
});

describe.each([1, 2, 3])('a link that loses much, but not all, seed %i', (seed) => {
  const struck = () => {
    opened(seed);
    const atMs = now();
    const { target } = simulator.inject('ib-dirty-optic', {
      onset: { shape: 'sudden' },
      values: { errors: 1_200_000 },
    });
    return { atMs, node: target.node, rail: Number(target.hca?.slice(-1)) };
  };

  it('breaks no connection: after ten minutes in one collective the watchdogs speak, on ranks of other nodes too', () => {
    const { atMs, node, rail } = struck();
    held.pass(minutes(9));
    const iteration = iterationNow(simulator);
    expect(phase()).toBe('hung');
    expect(watchdogs(atMs)).toEqual([]);
    held.pass(minutes(3));
    expect(phase()).toBe('ended');
    expect(iterationNow(simulator)).toBe(iteration);
    expect(completions(atMs)).toEqual([]);
    const spoke = watchdogs(atMs);
    expect(spoke).toHaveLength(80);
    expect(spoke.every((one) => one.atMs - atMs > 600_000 && one.atMs - atMs < 606_000)).toBe(true);
    // Who reduces over the slow link waits in that; the others of a node wait for those in what follows.
    const isOfRail = (one: Said) => Math.floor((one.rank % 8) / 2) === rail;
    expect(spoke.filter(isOfRail).every(({ text }) => text.includes('OpType=_REDUCE_SCATTER_BASE'))).toBe(true);
    expect(
      spoke.filter((one) => !isOfRail(one)).every(({ text }) => text.includes('OpType=ALLREDUCE, NumelIn=1,')),
    ).toBe(true);
    expect(isOfRail(spoke[0] as Said)).toBe(true);
    expect(spoke.slice(0, 8).some((one) => one.node !== node)).toBe(true);
    const blamed = said(atMs, /finished collective #\d+, but didn't join collective #\d+/);
    expect(blamed).toHaveLength(60);
    expect(blamed[0]?.text).toContain(
      `[${[0, 1].map((at) => (blamed[0]?.rank ?? 0) - ((blamed[0]?.rank ?? 0) % 8) + 2 * rail + at).join(', ')}]`,
    );
  });

  it('lets the collective come to its end when it gets better in time', () => {
    const { node, rail } = struck();
    held.pass(minutes(8));
    const before = iterationNow(simulator);
    simulator.act([{ kind: 'happen', event: 'cable-replaced', place: `${node}/mlx5_${rail}` }]);
    held.pass(minutes(4));
    expect(phase()).toBe('running');
    expect(iterationNow(simulator)).toBeGreaterThan(before + 10);
  });

  it('says the same with the same seed', () => {
    const run = () => {
      const { atMs } = struck();
      held.pass(minutes(11));
      const text = said(atMs, /./).map((one) => `${one.atMs} ${one.rank} ${one.text}`);
      simulator.close();
      held.remove();
      return text.join('\n');
    };
    const first = run();
    const again = run();
    opened(seed, 4);
    expect(again).toBe(first);
  });
});

describe('how long a step sends', () => {
  it.each([
    ['ib-dirty-optic', { errors: 30_000 }],
    ['switch-port-errors', { errors: 400_000 }],
    ['ib-width-1x', {}],
    ['ib-rate-low', {}],
  ] as const)('decides: %s with %j makes the job slower and ends nothing', (fault, values) => {
    opened();
    simulator.inject(fault, {
      ...(fault.startsWith('ib-w') || fault.startsWith('ib-r') ? {} : { onset: { shape: 'sudden' } }),
      values,
    });
    held.pass(minutes(20));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBeGreaterThan(9.5);
    expect(stepSeconds(simulator)).toBeLessThan(600);
  });

  it('decides together with the time-out of the job', () => {
    opened();
    simulator.act([setFact('job.watchdog-seconds', simulator.world.job.name, 7_200)]);
    simulator.inject('ib-dirty-optic', { onset: { shape: 'sudden' }, values: { errors: 1_200_000 } });
    held.pass(minutes(20));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBeGreaterThan(600);
  });

  it('decides over RoCE as well', () => {
    opened();
    const atMs = now();
    simulator.inject('roce-lossy', { onset: { shape: 'sudden' }, values: { lost: 0.998 } });
    held.pass(minutes(14));
    expect(completions(atMs)).toEqual([]);
    expect(watchdogs(atMs).length).toBe(80);
  });
});

describe('a leaf', () => {
  it('with one uplink left makes its nodes slow, without any it breaks the connections across its border', () => {
    opened(3);
    const atMs = now();
    simulator.inject('leaf-uplinks-lost', { onset: { shape: 'sudden' }, values: { lost: 7 } });
    held.pass(minutes(3));
    expect(phase()).toBe('running');
    expect(stepSeconds(simulator)).toBeGreaterThan(12);
    simulator.heal('leaf-uplinks-lost');
    held.pass(minutes(1));
    const cutMs = now();
    simulator.inject('leaf-uplinks-lost', { onset: { shape: 'sudden' }, values: { lost: 8 } });
    held.pass(minutes(2));
    expect(completions(atMs).every((one) => one.atMs > cutMs + retriesMs)).toBe(true);
    // node-09 and node-10 are on the other leaf: the ring crosses the border twice, on all rails.
    expect(new Set(completions(cutMs).map(({ node }) => node))).toEqual(
      new Set(['node-01', 'node-08', 'node-09', 'node-10']),
    );
    expect(completions(cutMs)).toHaveLength(32);
    expect(phase()).toBe('ended');
  });
});

describe('a job that asks for longer retries', () => {
  const closed = (variable: string, value: string) => {
    held = heldCluster({ seed: 5, nodes: 4 });
    simulator = held.open();
    const { name } = simulator.world.job;
    simulator.act([setFact('job.environment', name, value, { key: variable }), { kind: 'job-requeue', hold: false }]);
    held.pass(minutes(6));
    const atMs = now();
    simulator.act([{ kind: 'port-state', node: 'node-03', hca: 'mlx5_1', up: false }]);
    return atMs;
  };

  it('loses its connections later: after two minutes with NCCL_IB_TIMEOUT=22', () => {
    const atMs = closed('NCCL_IB_TIMEOUT', '22');
    held.pass(minutes(1.9));
    expect(phase()).toBe('running');
    held.pass(minutes(1));
    expect((completions(atMs)[0]?.atMs ?? 0) - atMs).toBeGreaterThanOrEqual(120_259);
    expect((completions(atMs)[0]?.atMs ?? 0) - atMs).toBeLessThan(122_200);
  });

  it('never sees them break when they outlast the collective: the watchdogs of all nodes speak, and no error 12', () => {
    const atMs = closed('NCCL_IB_TIMEOUT', '25');
    held.pass(minutes(12));
    expect(phase()).toBe('ended');
    expect(completions(atMs)).toEqual([]);
    expect(new Set(watchdogs(atMs).map(({ node }) => node)).size).toBe(4);
    expect((watchdogs(atMs)[0]?.atMs ?? 0) - atMs).toBeGreaterThanOrEqual(600_000);
  });

  it('goes on where it was when the port is back in time', () => {
    closed('NCCL_IB_RETRY_CNT', '7');
    held.pass(20_000);
    simulator.act([{ kind: 'port-state', node: 'node-03', hca: 'mlx5_1', up: true }]);
    held.pass(minutes(2));
    expect(phase()).toBe('running');
    simulator.close();
    held.remove();
    closed('NCCL_IB_TIMEOUT', '25');
    held.pass(minutes(8));
    expect(phase()).toBe('hung');
    const before = iterationNow(simulator);
    simulator.act([{ kind: 'port-state', node: 'node-03', hca: 'mlx5_1', up: true }]);
    held.pass(minutes(3));
    expect(phase()).toBe('running');
    expect(iterationNow(simulator)).toBeGreaterThan(before + 10);
  });
});

describe('an NCCL that keeps its errors to itself', () => {
  const old = () => {
    held = heldCluster({ seed: 5, nodes: 4 });
    simulator = held.open();
    simulator.act([setFact('job.nccl-version', simulator.world.job.name, '2.18.5')]);
    simulator.act([{ kind: 'job-requeue', hold: false }]);
    held.pass(minutes(6));
    const atMs = now();
    simulator.act([{ kind: 'port-state', node: 'node-03', hca: 'mlx5_1', up: false }]);
    return atMs;
  };

  // src/init.cc of v2.18.5-1 and v2.19.3-1; facebookresearch/nccl pull request 53 tells of the time-outs.
  it('prints error 12 where the connections break, and leaves it to the watchdogs to end the job after ten minutes', () => {
    const atMs = old();
    held.pass(minutes(5));
    expect(phase()).toBe('hung');
    const lost = completions(atMs);
    expect(new Set(lost.map(({ node }) => node))).toEqual(new Set(['node-02', 'node-03', 'node-04']));
    expect(lost[0]?.text).toMatch(/transport\/net_ib\.cc:1295 .* with error 12, opcode 0, len 0, vendor err 129 \(/);
    expect(said(atMs, /async exception/)).toEqual([]);
    held.pass(minutes(7));
    expect(phase()).toBe('ended');
    const spoke = watchdogs(atMs);
    expect(spoke.length).toBe(32);
    expect((spoke[0]?.atMs ?? 0) - atMs).toBeGreaterThanOrEqual(600_000);
    expect((spoke[0]?.atMs ?? 0) - atMs).toBeLessThan(602_000);
    expect(completions(atMs)).toEqual(lost);
  });
});
