import { describe, expect, it } from 'vitest';
import { routed, routeIn } from '../../activities/ssh-host.ts';
import { smallInventory } from '../support/small-inventory.ts';

const ssh = { host: '127.0.1.50', port: 22, user: 'jump', hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=='] };
const jumpTo = (name: string, jump?: string) => ({ name, ssh: { ...ssh, ...(jump === undefined ? {} : { jump }) } });
const inventory = smallInventory({
  jumpHosts: [jumpTo('inner', 'outer'), jumpTo('outer'), jumpTo('a', 'b'), jumpTo('b', 'a')],
});
const node = (jump?: string) => jumpTo('node-01', jump);

describe('the way to a host', () => {
  it('is straight where the inventory says nothing', () => {
    expect(routed(inventory, node())).toEqual({ name: 'node-01', ssh });
  });

  it('begins with the nearest jump host', () => {
    expect(routed(inventory, node('inner')).jumps?.map(({ name }) => name)).toEqual(['outer', 'inner']);
  });

  it('is never endless, and never over a host that nobody knows', () => {
    expect(() => routed(inventory, node('a'))).toThrow('node-01: more than 3 jump hosts in a row');
    expect(() => routed(inventory, node('nobody'))).toThrow('node-01: the inventory has no jump host nobody');
  });
});

describe('the way to a node of some inventory', () => {
  const [first] = inventory.nodes;
  if (first === undefined) throw new Error('the inventory of the test has nodes');
  const behind = { ...first, ssh: { ...first.ssh, jump: 'outer' } };

  it('is looked up where the node is listed', () => {
    const inventories = new Map([
      ['site-b', smallInventory()],
      ['site-a', { ...inventory, nodes: [behind] }],
    ]);
    expect(routeIn(inventories)(behind).jumps?.map(({ name }) => name)).toEqual(['outer']);
    expect(routeIn(new Map())(first)).toBe(first);
    expect(() => routeIn(new Map())(behind)).toThrow('no inventory says how to reach it');
  });
});
