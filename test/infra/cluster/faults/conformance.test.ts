import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { drawPlace, DrawRefusal, drawValues } from '../../../../infra/cluster/faults/draw.ts';
import type { Fault, Range } from '../../../../infra/cluster/faults/fault.ts';
import { faults } from '../../../../infra/cluster/faults/index.ts';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { buildWorld } from '../../../../infra/cluster/world.ts';
import { categories } from '../../../../kb/taxonomy.ts';
import { answerOf, clusterCommands, managementAnswerOf, managementCommands, nodeCommands } from '../all-commands.ts';
import { heldCluster, minutes, type HeldCluster } from '../held-cluster.ts';

let held: HeldCluster | null = null;
let simulator: Simulator | null = null;

const opened = (settings: Readonly<Record<string, unknown>>): Simulator => {
  held = heldCluster(settings);
  simulator = held.open();
  held.pass(minutes(3));
  return simulator;
};
const close = () => {
  simulator?.close();
  held?.remove();
  simulator = null;
  held = null;
};
const pass = (ms: number) => held?.pass(ms);
afterEach(close);

const byId = faults.map((fault) => [fault.id, fault] as const);
const seeds = [1, 2, 3];

describe('the list of faults', () => {
  it('has what it takes: kinds and categories in number', () => {
    const count = (kind: Fault['kind']) => faults.filter((fault) => fault.kind === kind).length;
    expect(count('fault')).toBeGreaterThanOrEqual(60);
    expect(count('dual')).toBeGreaterThanOrEqual(12);
    expect(count('decoy')).toBeGreaterThanOrEqual(12);
    expect(count('noisy')).toBeGreaterThanOrEqual(4);
    expect(count('twin')).toBeGreaterThanOrEqual(8);
    expect(count('tool')).toBeGreaterThanOrEqual(8);
  });

  it('names every fault once, in kebab case', () => {
    expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
    expect(faults.map(({ id }) => id).filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  it('covers the categories of the taxonomy', () => {
    const covered = new Set(faults.flatMap((fault) => fault.categories));
    expect(categories.filter((category) => !covered.has(category))).toEqual([]);
  });
});

describe.each(byId)('%s', (_id, fault) => {
  it('says what it is, where it strikes and what takes it away', () => {
    expect(fault.summary.length).toBeGreaterThan(25);
    expect(fault.heals.length).toBeGreaterThan(10);
    expect(fault.categories.filter((category) => !(categories as readonly string[]).includes(category))).toEqual([]);
    expect(categoriesAsTheKindHasThem(fault)).toBe(true);
    expect(namesItsTwin(fault)).toBe(true);
  });

  it('draws its values and its onset inside of their ranges', () => {
    const ranges: readonly (readonly [string, Range])[] = Object.entries(fault.ranges);
    for (const [, range] of ranges) {
      expect(range.min).toBeLessThanOrEqual(range.max);
      expect(range.unit).not.toBe('');
    }
    expect(fault.onsets.length).toBeGreaterThan(0);
    for (let seed = 0; seed < 20; seed += 1) {
      const drawn = drawValues(fault, seed, {});
      expect(Object.keys(drawn.values)).toEqual(ranges.map(([name]) => name));
      for (const [name, { min, max, integer }] of ranges) {
        const value = drawn.values[name] ?? Number.NaN;
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(max);
        expect(integer !== true || Number.isInteger(value)).toBe(true);
      }
      // What is drawn may be asked for as well.
      expect(drawValues(fault, seed + 1, drawn)).toMatchObject({ values: drawn.values, onset: drawn.onset });
    }
    for (const [name, { max }] of ranges)
      expect(() => drawValues(fault, 1, { values: { [name]: max + 1 } })).toThrow(DrawRefusal);
  });

  it.each([
    [10, 1],
    [100, 3],
  ])('changes a cluster of %i nodes, and is taken away again', (nodes, jobs) => {
    const cluster = opened({ nodes, jobs });
    const { world } = cluster;
    const refusals = seeds.map((seed) => fault.reject(world, fault.draw(world, drawPlace(world, seed, fault.id))));
    // A cluster without a spare node has nothing for what happens on one; the larger one has.
    const refused = refusals.filter((reason) => reason !== null);
    expect(refused.filter((reason) => nodes !== 10 || !reason.includes('spare'))).toEqual([]);
    for (const seed of seeds.filter((_, at) => refusals[at] === null)) {
      const { injection } = cluster.inject(fault.id, { seed });
      expect(injection.changes).not.toEqual([]);
      expect([...new Set(cluster.activeFaults().map(({ id }) => id))]).toEqual([fault.id]);
      pass(minutes(4));
      cluster.heal(fault.id);
      expect(cluster.activeFaults()).toEqual([]);
    }
  });

  it('is the same for the same seed', () => {
    const world = buildWorld(
      { seed: 7, cluster: 'test', nodes: 20, gpusPerNode: 8, jobs: 2 },
      Date.UTC(2026, 10, 21, 3),
    );
    const drawn = () => {
      const target = fault.draw(world, drawPlace(world, 5, fault.id));
      const { onset, values } = drawValues(fault, 5, {});
      return { target, onset, values, changes: fault.causes(target, values, { world, onset, seed: 5 }) };
    };
    expect(drawn()).toEqual(drawn());
  });
});

/** Decoys and noise have none, causes have one at least; where only a tool is in trouble it depends. */
function categoriesAsTheKindHasThem({ kind, categories: own }: Fault): boolean {
  switch (kind) {
    case 'decoy':
    case 'noisy':
      return own.length === 0;
    case 'fault':
    case 'twin':
    case 'dual':
      return own.length > 0;
    case 'tool':
      return true;
  }
}

function namesItsTwin(fault: Fault): boolean {
  const twin = faults.find((one) => one.id === fault.twin);
  if (fault.kind !== 'twin') return twin === undefined;
  return (
    twin?.twin === fault.id && fault.summary.includes(twin.id) && !isDeepStrictEqual(twin.categories, fault.categories)
  );
}

/** What says how a node is set up, and not what it has counted, written or is doing at the moment. */
const isSetUp = (line: string) =>
  /compute_mode|mig\.mode|persistence_mode|vbios|nvidia\/version|topo|nvlink --status|nvlink -R|fabricmanager|uname|cmdline|dpkg|lscpu|numactl|lspci|iommu|list-units|sysctl|hugepage|swaps|mounts$|stat -f|health_check|lsmod|ibstat|show_gids|ibv_|infiniband|rdma|ip -o addr|ip -o route|resolv|iptables|nft|ethtool eth0|nvidia-container|docker|is-active/.test(
    line,
  ) && !/^tail|wardround-job/.test(line);

const setUpOf = (cluster: Simulator) => {
  const peer = cluster.world.nodes[1];
  if (peer === undefined) throw new Error('the cluster has two nodes');
  return cluster.world.nodes.flatMap((node) =>
    nodeCommands(node, peer)
      .filter(isSetUp)
      .map((line) => ({ node: node.name, line, answer: answerOf(cluster, node, line) })),
  );
};

const tenNodes = { nodes: 10, jobs: 2 };
let healthy: ReturnType<typeof setUpOf> | null = null;
/** The same cluster at the same time, to which nothing ever happened. */
const healthyTwin = () => {
  if (healthy === null) {
    const cluster = opened(tenNodes);
    pass(minutes(16));
    healthy = setUpOf(cluster);
    close();
  }
  return healthy;
};

describe.each(byId)('under %s', (_id, fault) => {
  it('every command of every node has an answer, and after it all nodes read as if nothing had been', () => {
    const twin = healthyTwin();
    const cluster = opened(tenNodes);
    const [peer] = cluster.world.nodes;
    if (peer === undefined) throw new Error('the cluster has nodes');
    const refused = fault.reject(cluster.world, fault.draw(cluster.world, drawPlace(cluster.world, 2, fault.id)));
    expect(refused).toBeNull();
    cluster.inject(fault.id, { seed: 2 });
    pass(minutes(6));
    const answers = [
      ...cluster.world.nodes.flatMap((node) => [
        ...nodeCommands(node, peer).map((line) => ({ line, ...answerOf(cluster, node, line) })),
        ...managementCommands(node).map((line) => ({ line, ...managementAnswerOf(cluster, line) })),
      ]),
      ...clusterCommands.map((line) => ({ line, ...managementAnswerOf(cluster, line) })),
    ];
    const unknown = answers.filter(({ stdout, end }) => end === 127 || /undefined|NaN|Infinity|\[object/.test(stdout));
    expect(unknown).toEqual([]);
    cluster.heal(fault.id);
    pass(minutes(10));
    const differing = setUpOf(cluster).filter(({ answer }, at) => !isDeepStrictEqual(answer, twin[at]?.answer));
    expect(differing).toEqual([]);
  });
});
