import { expect, it } from 'vitest';
import { ibOptics } from '../../../kb/probes/ib-optics.ts';
import { siblingOutliers } from '../../../kb/probes/siblings.ts';
import type { SiblingRule } from '../../../kb/schemas/probe.ts';
import { ibOpticsCases } from './cases/network-optics.ts';

const whole = ibOpticsCases.healthy[0]?.output.stdout ?? '';
const received = '1.945,1.892,2.167,2.025 [-5.003..3.998]';
const sent = '0.867,1.139,1.011,1.069 [-3.468..3.998]';

/** Four ports, the last one of them as given. */
const odd = (name: string, from: string, to: string, all: readonly [string, string] = ['', '']) => {
  expect(whole).toContain(from);
  const rule: SiblingRule | undefined = ibOptics.siblings?.rules.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`no rule for ${name}`);
  const texts = [whole, whole, whole, whole.replace(from, to)].map((text) => text.replace(...all));
  const figures = texts.flatMap((stdout, at) => {
    const reading = ibOptics.parse({ stdout, stderr: '', exitCode: 0 });
    return ibOptics.siblings?.numbers(reading, undefined, { hca: `mlx5_${at}`, port: 1 }) ?? [];
  });
  return siblingOutliers(
    figures.filter((figure) => figure.name === name),
    rule,
  ).map(({ measured }) => `${measured.device?.name ?? ''} ${measured.value}`);
};

it('reads module and counters as root, of each port that the inventory lists', () => {
  const node = { gpus: [], hcas: [1, 2].map((port) => ({ name: 'mlx5_0', port })) };
  const site = { nodes: [], mounts: [], interfaces: [], rendezvous: [] };
  const commands = ibOptics.devices?.(node, site).map((one) => ibOptics.argv(ibOptics.args.parse(one)).join(' '));
  expect(commands).toEqual(['sudo -n mlxlink -d mlx5_0 -p 1 -m -c', 'sudo -n mlxlink -d mlx5_0 -p 2 -m -c']);
  expect(() => ibOptics.args.parse({ hca: 'mlx5_0; reboot' })).toThrow('hca');
});

it('one dark lane stands out among the worst lanes of the siblings, within the limits of its module too', () => {
  expect(odd('receivedDbm', received, '1.945,-3.9,2.167,2.025 [-5.003..3.998]')).toEqual(['mlx5_3 -3.9']);
  expect(odd('sentDbm', sent, '0.867,-3.3,1.011,1.069 [-3.468..3.998]')).toEqual(['mlx5_3 -3.3']);
});

it('what a plug and a fibre may lose is no odd lane', () => {
  expect(odd('receivedDbm', received, '1.945,-0.6,2.167,2.025 [-5.003..3.998]')).toEqual([]);
});

it('lanes that a splitter leaves dark on all ports are no odd ones', () => {
  const split = '1.945,1.892,-40,-40 [-5.003..3.998]';
  expect(odd('receivedDbm', received, split, [received, split])).toEqual([]);
});
