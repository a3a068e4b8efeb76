import { expect, it } from 'vitest';
import { canAsk } from '../../../kb/probes/can-ask.ts';
import { probeById } from '../../../kb/probes/index.ts';
import type { Inventory } from '../../../kb/schemas/inventory.ts';
import { smallInventory } from '../../support/small-inventory.ts';

const plain = smallInventory();
const [template] = plain.nodes;
const ssh = template?.ssh;
if (ssh === undefined) throw new Error('the inventory of the tests has no node');

it('knows which nodes a probe has something to ask about', () => {
  const nodes = plain.nodes.map((node, at) => (at === 0 ? { ...node, bmc: '10.0.3.1' } : node));
  const managed: Inventory = { ...plain, nodes, management: { name: 'mgmt-01', ssh } };
  const asks = canAsk(managed, probeById);
  expect(asks('bmc.power', 'node-01')).toBe(true);
  expect(asks('bmc.power', 'node-02')).toBe(false);
  expect(asks('net.node-reach', 'node-02')).toBe(true);
  expect(asks('gpu.clocks', 'node-02')).toBe(true);
  expect(asks('gpu.clocks', 'node-99')).toBe(false);
  expect(asks('no.such-probe', 'node-01')).toBe(false);
});

it('asks a management host only where there is one', () => {
  expect(canAsk(plain, probeById)('net.node-reach', 'node-01')).toBe(false);
});
