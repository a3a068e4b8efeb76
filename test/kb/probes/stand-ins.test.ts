import { describe, expect, it } from 'vitest';
import { knowledge } from '../../../kb/reasoning/index.ts';
import { firstLook } from '../../../kb/reasoning/first-look.ts';
import { canAsk } from '../../../kb/probes/can-ask.ts';
import { probeById, probes } from '../../../kb/probes/index.ts';
import { inventorySchema, type Inventory } from '../../../kb/schemas/inventory.ts';
import { smallInventory } from '../../support/small-inventory.ts';
import { probeCases } from './cases.ts';

const standIns = probes.filter(({ insteadOf }) => insteadOf !== undefined);

describe.each(standIns.map((probe) => [probe.id, probe] as const))('%s', (id, probe) => {
  const other = probeById(probe.insteadOf ?? '');

  it('says the same kinds as the probe that it stands in for', () => {
    expect(other).toBeDefined();
    expect(probe.outcomes).toEqual(other?.outcomes);
    expect(probe.siblings?.kind).toBe(other?.siblings?.kind);
    expect(probe.question).toBe(other?.question);
  });

  it('is asked for by people and by no incident', () => {
    expect(knowledge.probes.map((one) => one.id)).not.toContain(id);
    const looked = firstLook(knowledge, {
      handlerProbes: [],
      nodes: ['node-01'],
      canAsk: canAsk(smallInventory(), probeById),
    });
    expect(looked.flatMap((group) => group.probes)).toContain(other?.id);
    expect(looked.flatMap((group) => group.probes)).not.toContain(id);
  });

  it('reads as missing where its tool or its daemon is missing, never as a fault', () => {
    const [tool = ''] = probe.argv(probe.args.parse({}));
    const missing = [
      { stdout: '', stderr: `bash: line 1: ${tool}: command not found\n`, exitCode: 127 },
      ...(probeCases[id]?.garbage ?? []).filter(({ stderr }) => /refused|not found|not available/.test(stderr)),
    ];
    expect(missing.length).toBeGreaterThan(1);
    for (const output of missing) expect(() => probe.parse(output)).toThrow(/not installed|does not run/);
  });
});

it('a probe of every kind that incidents ask for is there beside the stand-ins', () => {
  expect(standIns.map(({ id }) => id).toSorted()).toEqual([
    'host.clock-ntpd',
    'host.clock-timesyncd',
    'packages.versions-rpm',
  ]);
  expect(knowledge.probes).toHaveLength(probes.length - standIns.length);
});

describe('Redfish', () => {
  const line = (id: string, inventory: Inventory) => {
    const probe = probeById(id);
    const [node] = inventory.nodes;
    const site = { nodes: [], mounts: [], interfaces: [], rendezvous: [] };
    const [given] = node === undefined ? [] : (probe?.devices?.(node, site) ?? []);
    return probe?.argv(probe.args.parse(given)).at(-1);
  };
  const plain = smallInventory();
  const managed = (redfish: object): Inventory =>
    inventorySchema.parse({ ...plain, nodes: plain.nodes.map((node) => ({ ...node, bmc: '10.30.0.7', ...redfish })) });

  it('is asked for the server that most controllers call 1', () => {
    expect(line('bmc.redfish-system', managed({}))).toBe('https://10.30.0.7/redfish/v1/Systems/1');
    expect(line('bmc.redfish-log', managed({}))).toBe('https://10.30.0.7/redfish/v1/Systems/1/LogServices/SEL/Entries');
  });

  it('is asked for what the inventory calls the server and its log', () => {
    const dell = managed({ redfish: { system: 'System.Embedded.1', log: 'Sel' } });
    expect(line('bmc.redfish-system', dell)).toBe('https://10.30.0.7/redfish/v1/Systems/System.Embedded.1');
    expect(line('bmc.redfish-log', dell)).toBe(
      'https://10.30.0.7/redfish/v1/Systems/System.Embedded.1/LogServices/Sel/Entries',
    );
    const allowed = probeById('bmc.redfish-log')?.allow?.map((pattern) => new RegExp(`^${pattern}$`));
    const command = probeById('bmc.redfish-log')?.argv({ bmc: '10.30.0.7', system: 'System.Embedded.1', log: 'Sel' });
    expect(allowed?.some((pattern) => pattern.test(command?.join(' ') ?? ''))).toBe(true);
  });

  it.each(['../Managers', '1/Actions', '', '-1', 'a b'])('is asked for no other path: %s', (system) => {
    expect(() => managed({ redfish: { system } })).toThrow('redfish');
    expect(() => probeById('bmc.redfish-system')?.args.parse({ bmc: '10.30.0.7', system })).toThrow('system');
  });
});
