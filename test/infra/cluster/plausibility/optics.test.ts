import { afterEach, describe, expect, it } from 'vitest';
import { minutes } from '../held-cluster.ts';
import { networkCluster, type NetworkCluster } from './network-tools.ts';

let cluster: NetworkCluster;
afterEach(() => {
  cluster.simulator.close();
  cluster.held.remove();
});

const read = (node: string, hca: string, options = '-m -c -e') =>
  cluster.on(node, `mlxlink -d ${hca} -p 1 ${options}`).stdout;
const field = (text: string, name: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.replace(/^.*? : /, '') ?? 'none';
const lanesOf = (text: string, name: string) => field(text, name).replace(/ \[.*/, '').split(',').map(Number);
const received = (text: string) => lanesOf(text, 'Rx Power Current [dBm]');
const sent = (text: string) => lanesOf(text, 'Tx Power Current [dBm]');
const rateOf = (text: string) => Number(field(text, 'Raw Physical BER'));

const struck = (fault: string, seed: number, values: Readonly<Record<string, number>> = {}) => {
  cluster = networkCluster(seed);
  const { target } = cluster.simulator.inject(fault, { onset: { shape: 'sudden' }, values });
  cluster.held.pass(minutes(3));
  return { node: target.node, hca: target.hca ?? '' };
};

describe.each([1, 2, 3, 4, 5, 6])('transceivers, seed %i', (seed) => {
  it('send and receive about a milliwatt a lane where nothing is wrong', () => {
    cluster = networkCluster(seed);
    for (const { name, hcas } of cluster.simulator.world.nodes)
      for (const hca of hcas) {
        const text = read(name, hca.name);
        for (const dbm of [...received(text), ...sent(text)]) {
          expect(dbm).toBeGreaterThan(-2.5);
          expect(dbm).toBeLessThan(2.5);
        }
        expect(received(text)).toHaveLength(4);
        expect(field(text, 'Symbol Errors')).toBe('0');
        // Public read-outs of HDR ports: 4E-9 to 1E-7 before correction, and not one symbol lost.
        expect(rateOf(text)).toBeLessThan(2e-8);
        expect(field(text, 'Temperature [C]')).toMatch(/^[34]\d \[-5\.\.75\]$|^5[0-5] \[-5\.\.75\]$/);
      }
  });

  it('receive decibels less behind dust, and send as before', () => {
    const { node, hca } = struck('ib-dirty-optic', seed, { errors: 4_000 });
    const text = read(node, hca);
    expect(Math.min(...received(text))).toBeLessThan(-3.9);
    expect(Math.min(...sent(text))).toBeGreaterThan(-2.5);
    expect(rateOf(text)).toBeGreaterThan(1e-7);
    expect(Number(field(text, 'Symbol Errors'))).toBeGreaterThan(10_000);
    expect(Math.min(...received(read(cluster.sibling(node), hca)))).toBeGreaterThan(-2.5);
    cluster.simulator.act([{ kind: 'happen', event: 'cable-replaced', place: `${node}/${hca}` }]);
    expect(Math.min(...received(read(node, hca)))).toBeGreaterThan(-2.5);
  });

  it('that age take more current and send less; the HCA itself reads as well as before', () => {
    const { node, hca } = struck('switch-port-errors', seed, { errors: 4_000 });
    const text = read(node, hca);
    expect(Math.min(...sent(text))).toBeLessThan(-3.5);
    expect(Math.max(...lanesOf(text, 'Bias Current [mA]'))).toBeGreaterThan(11);
    expect(Math.min(...received(text))).toBeGreaterThan(-2.5);
    expect(field(text, 'Symbol Errors')).toBe('0');
  });

  it.each(['twin-errors-cable', 'twin-errors-slot'])(
    '%s: symbols are lost behind the optic, whose light is as it was; the electrical eye closes',
    (id) => {
      cluster = networkCluster(seed);
      const { node, hca = '' } = cluster.simulator.inject(id, { seed }).target;
      cluster.held.pass(minutes(5));
      const text = read(node, hca);
      expect(Number(field(text, 'Symbol Errors'))).toBeGreaterThan(5_000);
      expect(rateOf(text)).toBeGreaterThan(1e-7);
      // SFF-8636, the specification of what such modules say of themselves: power is that of the light, not of what is behind it.
      expect(Math.min(...received(text), ...sent(text))).toBeGreaterThan(-2.5);
      const height = (of: string, port: string) => Math.min(...lanesOf(read(of, port), 'Height Eye Opening [mV]'));
      expect(height(node, hca)).toBeLessThan(30);
      expect(height(cluster.sibling(node), hca)).toBeGreaterThan(34);
    },
  );

  it('have as many lanes as their link', () => {
    const { node, hca } = struck('ib-width-1x', seed);
    const text = read(node, hca);
    expect(received(text)).toHaveLength(Number(field(text, 'Width').replace('x', '')));
  });
});

describe('mlxlink', () => {
  it('shows more only when it is asked, and the same in the same second', () => {
    cluster = networkCluster(2);
    const plain = read('node-03', 'mlx5_1', '');
    expect(plain).not.toContain('Module Info');
    const more = read('node-03', 'mlx5_1', '-c -m');
    expect(more).toBe(read('node-03', 'mlx5_1', '--show_module --show_counters'));
    expect(more.indexOf('Module Info')).toBeLessThan(more.indexOf('Physical Counters and BER Info'));
    expect(more.startsWith(plain.trimEnd())).toBe(true);
    expect(more).not.toContain('EYE Opening Info');
  });

  it('reads the module of a port that is closed, whose laser is off', () => {
    cluster = networkCluster(2);
    cluster.root('node-03', 'mlxlink -d mlx5_1 -p 1 -a DN');
    const text = read('node-03', 'mlx5_1');
    expect(sent(text)).toEqual([-40, -40, -40, -40]);
    expect(Math.min(...received(text))).toBeGreaterThan(-2.5);
    expect(field(text, 'Raw Physical BER')).toBe('N/A');
  });
});
