import type { Inventory } from '../../../kb/schemas/inventory.ts';
import { smallInventory } from '../../support/small-inventory.ts';

const two = smallInventory();
const ssh = { host: '127.0.1.99', port: 2222, user: 'probe', hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=='] };
const [template] = two.nodes;
const nodes = [1, 2, 3, 4, 5].map((number) => ({ ...template, name: `node-0${number}` }));

/** Five nodes and a management host. */
// The template is the first of two nodes, so it is there.
export const five = { ...two, nodes, management: { name: 'mgmt-01', ssh } } as Inventory;
