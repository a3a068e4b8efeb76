import { describe, expect, it } from 'vitest';
import { unifyDevices } from '../../../kb/reasoning/devices.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const finding = (id: string, rest: Pick<Finding, 'node'> | Pick<Finding, 'device'> | Partial<Finding>): Finding => ({
  id,
  kind: 'net.link.no-carrier',
  role: 'symptom',
  node: 'node-04',
  count: 1,
  range: { evidenceId: 'ev_0', source: 'probe' },
  text: id,
  ...rest,
});
const of = (name: string) => ({ device: { kind: 'hca' as const, name } });
const names = (findings: readonly Finding[]) => unifyDevices(findings).map(({ device }) => device?.name);

describe('a port under its two names', () => {
  const interfaces = finding('read', { kind: 'ib.interfaces.named', values: { ib3: 'mlx5_5', ens9: 'mlx5_3' } });

  it('is one device where the node said which belong together', () => {
    expect(names([finding('a', of('ib3')), finding('b', of('mlx5_5')), finding('c', of('ens9')), interfaces])).toEqual([
      'mlx5_5',
      'mlx5_5',
      'mlx5_3',
      undefined,
    ]);
  });

  it('is one device by its number where nothing was read', () => {
    expect(names([finding('a', of('ib3')), finding('b', of('mlx5_3')), finding('c', of('ib2'))])).toEqual([
      'mlx5_3',
      'mlx5_3',
      'ib2',
    ]);
  });

  it('stays two where both are of other nodes', () => {
    expect(names([finding('a', of('ib3')), finding('b', { ...of('mlx5_3'), node: 'node-05' })])).toEqual([
      'ib3',
      'mlx5_3',
    ]);
  });
});

describe('a node whose ports were read', () => {
  it('has none that is guessed by its number', () => {
    const read = finding('read', { kind: 'ib.interfaces.named', values: { ib0: 'mlx5_1' } });
    expect(names([finding('a', of('ib0')), finding('b', of('ib1')), finding('c', of('mlx5_1')), read])).toEqual([
      'mlx5_1',
      'ib1',
      'mlx5_1',
      undefined,
    ]);
  });
});
