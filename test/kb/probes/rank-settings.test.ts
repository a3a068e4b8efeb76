import { describe, expect, it } from 'vitest';
import { jobEnvironment, rankSettings } from '../../../kb/probes/job-environment.ts';
import { ifnameIsLocal, ifnameSelects, ruleFor } from '../../../kb/probes/job-setting-rules.ts';
import { disagreements, mayDiffer, type RankSettings } from '../../../kb/probes/rank-settings.ts';
import { ranks } from './cases/job-output.ts';

const rank = (name: string, settings: Readonly<Record<string, string>>, job = 'one'): RankSettings => ({
  name,
  job,
  settings: Object.fromEntries(Object.entries(settings).map(([key, value], at) => [key, { value, line: at + 2 }])),
});

describe('settings of ranks', () => {
  it('that must agree and do not are named, with who differs from most', () => {
    const found = disagreements([
      rank('0', { NCCL_ALGO: 'Ring', RANK: '0' }),
      rank('1', { NCCL_ALGO: 'Tree', RANK: '1' }),
      rank('2', { NCCL_ALGO: 'Ring', RANK: '2' }),
    ]);
    expect(found).toEqual([{ setting: 'NCCL_ALGO', usual: 'Ring', others: [{ name: '1', value: 'Tree', line: 2 }] }]);
  });

  it('that one rank alone has, or lacks, differ too', () => {
    const found = disagreements([rank('0', { NCCL_DEBUG: 'INFO' }), rank('1', {}), rank('2', {})]);
    expect(found).toEqual([{ setting: 'NCCL_DEBUG', usual: null, others: [{ name: '0', value: 'INFO', line: 2 }] }]);
  });

  it('of different jobs are not compared', () => {
    expect(disagreements([rank('0', { WORLD_SIZE: '8' }, 'a'), rank('0', { WORLD_SIZE: '16' }, 'b')])).toEqual([]);
  });

  it('are compared over nodes by the same rule', () => {
    const reading = (more: string) =>
      jobEnvironment.parse(ranks([`NCCL_IB_GID_INDEX=3\nRANK=0${more}`, `NCCL_IB_GID_INDEX=3\nRANK=1${more}`]));
    const settings = [
      ...rankSettings(reading(''), 'node-01'),
      ...rankSettings(reading(''), 'node-02'),
      ...rankSettings(reading('\nNCCL_IB_DISABLE=1'), 'node-03'),
    ];
    const [found, ...more] = disagreements(settings);
    expect(more).toEqual([]);
    expect(found?.setting).toBe('NCCL_IB_DISABLE');
    expect(found?.others.map(({ name }) => name)).toEqual(['40 on node-03', '41 on node-03']);
  });

  it.each(['RANK', 'LOCAL_RANK', 'CUDA_VISIBLE_DEVICES', 'SLURM_PROCID', 'NCCL_DEBUG_FILE'])(
    '%s may differ',
    (name) => {
      expect(mayDiffer(name)).toBe(true);
    },
  );

  it.each(['NCCL_ALGO', 'MASTER_ADDR', 'WORLD_SIZE', 'LD_LIBRARY_PATH', 'NCCL_IB_HCA', 'SLURM_JOB_ID'])(
    '%s may not differ',
    (name) => {
      expect(mayDiffer(name)).toBe(false);
    },
  );
});

describe('rules over values', () => {
  it.each([
    ['NCCL_P2P_DISABLE', '1', 'job.environment.transport-off'],
    ['NCCL_P2P_DISABLE', '0', undefined],
    ['NCCL_P2P_LEVEL', 'LOC', 'job.environment.transport-off'],
    ['NCCL_P2P_LEVEL', 'NVL', undefined],
    ['NCCL_NET', 'Socket', 'job.environment.transport-off'],
    ['NCCL_IB_GID_INDEX', '3', undefined],
    ['NCCL_DEBUG', 'trace', 'job.environment.debug-output'],
    ['NCCL_DEBUG', 'INFO', undefined],
    ['NCCL_DEBUG_SUBSYS', 'INIT,COLL', 'job.environment.debug-output'],
    ['NCCL_DEBUG_SUBSYS', 'INIT,ENV', undefined],
    ['NCCL_ASYNC_ERROR_HANDLING', '0', 'job.environment.watchdog-off'],
    ['OMP_NUM_THREADS', '1', undefined],
  ])('%s=%s: %s', (setting, value, kind) => {
    expect(ruleFor(setting, value)?.kind.id).toBe(kind);
  });

  // https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname
  it.each([
    ['eth', 'eth0', true],
    ['=eth0', 'eth0', true],
    ['=eth', 'eth0', false],
    ['=eth0,eth1', 'eth1', true],
    ['^docker', 'docker0', false],
    ['^docker', 'eth0', true],
    ['^=docker0', 'docker01', true],
  ])('the filter %s selects %s: %s', (filter, name, selects) => {
    expect(ifnameSelects(filter, name)).toBe(selects);
  });

  it.each([
    ['lo', true],
    ['=lo', true],
    ['docker0', true],
    ['lo,eth0', false],
    ['^lo', false],
    ['bond0', false],
    ['', false],
  ])('the filter %s reaches no other node: %s', (filter, local) => {
    expect(ifnameIsLocal(filter)).toBe(local);
  });
});
