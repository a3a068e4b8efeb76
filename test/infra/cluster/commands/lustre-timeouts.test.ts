import { afterEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../../../infra/cluster/state/simulator.ts';
import { lustreTargets } from '../../../../infra/cluster/physics/lustre/servers.ts';
import { findNode } from '../../../../infra/cluster/world.ts';
import type { Asked } from '../../../../infra/cluster/state/simulator.ts';
import { answerOf } from '../all-commands.ts';
import { heldCluster, minutes } from '../held-cluster.ts';

const line = "lctl get_param 'osc.*.timeouts' 'mdc.*.timeouts'";
const folders = '/proc/fs/lustre/osc /proc/fs/lustre/mdc /sys/kernel/debug/lustre/osc /sys/kernel/debug/lustre/mdc';
const grep = `sudo -n grep -rH . ${folders} --include=timeouts`;
const sudden = { shape: 'sudden' } as const;

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function cluster(settings: Readonly<Record<string, unknown>> = {}) {
  const held = heldCluster(settings);
  const simulator = held.open();
  opened.push({ close: () => (simulator.close(), held.remove()) });
  held.pass(minutes(3));
  const nodeOf = (name: string) => {
    const node = findNode(simulator.world, name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  };
  const asked = (command: string, name = 'node-02') => answerOf(simulator, nodeOf(name), command);
  return {
    simulator,
    pass: (count: number) => held.pass(minutes(count)),
    asked,
    imports: (name?: string) => importsIn(asked(line, name).stdout),
    nowSeconds: () => Math.floor(simulator.time.nowMs() / 1_000),
  };
}

function injected(fault: string, asked: Asked, settings: Readonly<Record<string, unknown>> = {}) {
  const one = cluster(settings);
  one.simulator.inject(fault, asked);
  return one;
}

interface Row {
  readonly current: number;
  readonly worst: number;
  readonly at: number;
  readonly ago: number;
  readonly bins: readonly number[];
}

interface Import {
  readonly name: string;
  readonly lastReply: number;
  readonly rows: ReadonlyMap<string, Row>;
}

const rowForm =
  /^(network {3}|portal \d+ {1,2}) : cur ([ \d]{2}\d) {2}worst ([ \d]{2}\d) \(at (\d+), (\d+)s ago\) (.*)$/;

function importsIn(text: string): readonly Import[] {
  return text.split(/^(?=osc|mdc)/m).map((block) => {
    const [head = '', reply = '', ...rows] = block.trimEnd().split('\n');
    return {
      name: /^\w+\.(scratch-\w+)-\w+-ffff[0-9a-f]{12}\.timeouts=$/.exec(head)?.[1] ?? `? ${head}`,
      lastReply: Number(/^last reply : (\d+), \d+s ago$/.exec(reply)?.[1]),
      rows: new Map(rows.map(rowIn)),
    };
  });
}

function rowIn(text: string): readonly [string, Row] {
  const [, name = '', current, worst, at, ago, bins = ''] = rowForm.exec(`${text.trimEnd()} `) ?? [];
  if (name === '') throw new Error(`not of the form: ${text}`);
  return [
    name.trim(),
    {
      current: Number(current),
      worst: Number(worst),
      at: Number(at),
      ago: Number(ago),
      bins: bins.trim().split(/\s+/).map(Number),
    },
  ];
}

const high = (imports: readonly Import[], row: string) =>
  imports.filter(({ rows }) => (rows.get(row)?.current ?? 0) > 2).map(({ name }) => name);

/** Which targets a fault made slow, in a cluster whose seed draws data or metadata. */
function slowOf(simulator: Simulator): 'data' | 'metadata' {
  const node = simulator.world.nodes[0];
  if (node === undefined) throw new Error('the cluster has nodes');
  const slow = importsIn(answerOf(simulator, node, line).stdout);
  return high(slow, 'portal 12').length > 0 ? 'metadata' : 'data';
}

describe('adaptive timeouts of a healthy client', () => {
  // lprocfs_timeouts_seq_show of Lustre 2.15.4: "%-10s : %lld, %llds ago", "cur %3u  worst %3u (at %lld, %llds ago) ", "%3u ".
  it('are a block for each target, in the words of 2.15', () => {
    const { asked, imports } = cluster();
    const { stdout, stderr, end } = asked(line);
    expect({ stderr, end }).toEqual({ stderr: '', end: 0 });
    expect(imports().map(({ name }) => name)).toEqual(lustreTargets.map(({ name }) => name));
    expect(stdout).toMatch(
      /^osc\.scratch-OST0000-osc-ffff[0-9a-f]{12}\.timeouts=\nlast reply : \d{10}, \d+s ago\nnetwork {4}: cur {3}1 {2}worst {3}\d \(at \d{10}, \d+s ago\) {3}1 {3}1 {3}1 {3}1 \nportal 28 {2}: cur {3}1 /,
    );
    expect(stdout).not.toMatch(/undefined|NaN|Infinity/);
  });

  it('are small everywhere, and add up', () => {
    const { imports, nowSeconds } = cluster();
    for (const { name, lastReply, rows } of imports()) {
      const portals = name.includes('OST')
        ? ['portal 28', 'portal 6', 'portal 17']
        : ['portal 12', 'portal 23', 'portal 17'];
      expect([...rows.keys()]).toEqual(['network', ...portals]);
      expect(nowSeconds() - lastReply).toBeLessThan(30);
      for (const { current, worst, at, ago, bins } of rows.values()) {
        expect(current).toBe(1);
        expect(worst).toBeLessThan(6);
        expect(at + ago).toBe(nowSeconds());
        for (const bin of bins) expect(bin).toBeLessThanOrEqual(1);
      }
    }
  });

  it('are the same for lctl and grep, for everybody but in debugfs, and again for the same seed', () => {
    const { asked } = cluster();
    const lines = asked(grep).stdout.trimEnd().split('\n');
    const byLctl = asked(line)
      .stdout.trimEnd()
      .split('\n')
      .filter((one) => !one.endsWith('timeouts='));
    expect(lines.map((one) => one.replace(/^[^:]*:/, ''))).toEqual(byLctl);
    expect(lines[0]).toMatch(/^\/proc\/fs\/lustre\/osc\/scratch-OST0000-osc-ffff[0-9a-f]{12}\/timeouts:last reply : /);
    expect(asked(grep.replace('sudo -n ', ''))).toMatchObject({
      stdout: asked(grep).stdout,
      stderr: expect.stringContaining('grep: /sys/kernel/debug/lustre/osc: Permission denied\n'),
      end: 2,
    });
    expect(cluster().asked(line)).toEqual(asked(line));
  });

  it('are not there without a mount, and begin anew with one', () => {
    const { asked, imports, pass, nowSeconds, simulator } = injected('fs-not-mounted', { target: { node: 'node-02' } });
    pass(1);
    expect(asked(line)).toEqual({
      stdout: '',
      stderr:
        "error: get_param: param_path 'osc/*/timeouts': No such file or directory\n" +
        "error: get_param: param_path 'mdc/*/timeouts': No such file or directory\n",
      end: 2,
    });
    expect(asked(grep)).toEqual({ stdout: '', stderr: '', end: 1 });
    simulator.heal('fs-not-mounted');
    pass(0.05);
    const [first] = imports();
    expect(first?.rows.get('network')).toMatchObject({ current: 1, worst: 1, ago: 3, bins: [1, 0, 0, 0] });
    // at_init: INITIAL_CONNECT_TIMEOUT until a service has answered, and no history.
    const waiting = imports().flatMap(({ rows }) => [...rows.values()].filter(({ bins }) => bins[0] === 0));
    expect(waiting.length).toBeGreaterThan(10);
    for (const row of waiting) expect(row).toMatchObject({ current: 5, worst: 5, bins: [0, 0, 0, 0] });
    pass(4);
    for (const { rows } of imports())
      for (const { at, bins } of rows.values()) {
        expect(nowSeconds() - at).toBeLessThan(250);
        expect(bins.slice(2)).toEqual([0, 0]);
      }
  });
});

describe('slow servers', () => {
  it('have high service time on their targets, for all clients, and their network is as before', () => {
    const kinds = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const values = { factor: 12 };
      const { simulator, pass, imports } = injected('lustre-slow', { values, onset: sudden }, { seed });
      pass(8);
      const slow = slowOf(simulator);
      const row = slow === 'data' ? 'portal 6' : 'portal 12';
      const names = high(imports(), row);
      expect([1, 6, 12]).toContain(names.length);
      expect(high(imports('node-04'), row)).toEqual(names);
      for (const { rows } of imports()) expect(rows.get('network')?.current).toBe(1);
      for (const { rows } of imports().filter(({ name }) => !names.includes(name)))
        for (const { current } of rows.values()) expect(current).toBe(1);
      const {
        current = 0,
        worst = 0,
        bins = [],
      } = imports()
        .find(({ name }) => name === names[0])
        ?.rows.get(row) ?? {};
      // 3 s * (factor - 1), three quarters of it at least.
      expect(current).toBeGreaterThanOrEqual(25);
      expect(worst).toBeLessThanOrEqual(33);
      expect(Math.max(...bins)).toBeLessThanOrEqual(worst);
      return slow;
    });
    expect(new Set(kinds)).toEqual(new Set(['data', 'metadata']));
  });

  it('are known of once a request has taken so long, and forgotten 600 s later but for the worst', () => {
    const { simulator, pass, imports, nowSeconds } = injected('lustre-slow', { values: { factor: 12 }, onset: sudden });
    const beganAt = nowSeconds();
    pass(0.25);
    expect(
      imports()
        .flatMap(({ rows }) => [...rows.values()].map(({ current }) => current))
        .every((one) => one <= 15),
    ).toBe(true);
    pass(8);
    const row = slowOf(simulator) === 'data' ? 'portal 6' : 'portal 12';
    const [name] = high(imports(), row);
    const rowOf = () =>
      imports()
        .find((one) => one.name === name)
        ?.rows.get(row);
    const { worst = 0, at = 0 } = rowOf() ?? {};
    expect(at - beganAt).toBeGreaterThanOrEqual(worst);
    simulator.heal('lustre-slow');
    pass(5);
    expect(rowOf()?.current).toBeGreaterThan(20);
    pass(17);
    expect(rowOf()).toMatchObject({ current: 1, worst, at });
    pass(12);
    expect(rowOf()).toMatchObject({ current: 1, worst, at, bins: [1, 1, 1, 1] });
  });

  it('come slowly where the cause does, and stand in the kernel log by their names', () => {
    const { simulator, pass, imports, asked } = injected('lustre-slow', {
      values: { factor: 16 },
      onset: { shape: 'creeping', rampMs: 900_000 },
    });
    pass(3);
    const row = slowOf(simulator) === 'data' ? 'portal 6' : 'portal 12';
    const most = () => Math.max(...imports().map(({ rows }) => rows.get(row)?.current ?? 0));
    const early = most();
    expect(early).toBeGreaterThan(1);
    expect(early).toBeLessThan(20);
    pass(15);
    expect(most()).toBeGreaterThan(30);
    const text = asked('dmesg --time-format iso --level emerg,alert,crit,err,warn').stdout;
    const named = [...text.matchAll(/ o\d+->(scratch-\w+)-(?:osc|mdc)-ffff/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(high(imports(), row)).toContain(name);
  });

  it('are late in a dual fault as they are alone', () => {
    const { pass, simulator, imports } = injected('dual-clock-lock-lustre', { seed: 3 });
    pass(20);
    const row = slowOf(simulator) === 'data' ? 'portal 6' : 'portal 12';
    expect(Math.max(...imports().map(({ rows }) => rows.get(row)?.worst ?? 0))).toBeGreaterThan(9);
    expect(high(imports(), 'network')).toEqual([]);
  });
});

describe('a slow path', () => {
  const networkHigh = (imports: readonly Import[]) => high(imports, 'network').length;

  it('is network time of the node whose port flaps, and service time of nobody', () => {
    const { pass, imports } = injected('ib-port-flap', {
      target: { node: 'node-02', hca: 'mlx5_1' },
      onset: sudden,
      values: {},
    });
    let seen = 0;
    for (let minute = 0; minute < 10; minute += 1) {
      pass(1);
      seen += networkHigh(imports());
      expect(networkHigh(imports('node-03'))).toBe(0);
      for (const name of ['node-02', 'node-03'])
        for (const row of ['portal 6', 'portal 12']) expect(high(imports(name), row)).toEqual([]);
    }
    expect(seen).toBeGreaterThan(0);
  });

  it('is that of all nodes behind a leaf with too few uplinks; behind one without any nothing comes', () => {
    const settings = { nodes: 16 };
    const target = { switch: 'leaf-01' };
    const crowded = injected('leaf-uplinks-lost', { target, values: { lost: 6 }, onset: sudden }, settings);
    crowded.pass(8);
    expect(networkHigh(crowded.imports('node-02'))).toBeGreaterThan(2);
    expect(networkHigh(crowded.imports('node-12'))).toBe(0);
    const cut = injected('leaf-uplinks-lost', { target, values: { lost: 8 }, onset: sudden }, settings);
    cut.pass(8);
    for (const { lastReply } of cut.imports('node-02')) expect(cut.nowSeconds() - lastReply).toBeGreaterThan(470);
    for (const { lastReply } of cut.imports('node-12')) expect(cut.nowSeconds() - lastReply).toBeLessThan(30);
  });
});

// at_measured of 2.15.4 keeps estimates with at_max=0 as well; only what is answered is in them.
describe('long reads of a site with fixed time-outs', () => {
  it('read the same in both twins, byte for byte, and accuse neither servers nor network', () => {
    for (const after of [2, 15]) {
      const [one, other] = ['twin-reads-servers', 'twin-reads-network'].map((fault) => {
        const { pass, asked, imports } = injected(fault, { seed: 11 });
        pass(after);
        for (const { rows } of imports()) for (const { current } of rows.values()) expect(current).toBe(1);
        expect(asked('lctl get_param at_max').stdout).toBe('at_max=0\n');
        return ['node-01', 'node-02', 'node-04'].map((name) => [asked(line, name), asked(grep, name)]);
      });
      expect(one).toEqual(other);
    }
    expect(cluster().asked('lctl get_param at_max').stdout).toBe('at_max=600\n');
  });
});
