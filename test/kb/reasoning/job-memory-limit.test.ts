import { describe, expect, it } from 'vitest';
import { placeMemoryLimit } from '../../../kb/reasoning/job-memory-limit.ts';
import type { Finding } from '../../../workflows/domain/finding.ts';

const on = (kind: string, node: string, limitMib?: number): Finding => ({
  id: `fi_${kind}_${node}`,
  kind,
  role: 'cause',
  node,
  rank: 3,
  count: 1,
  range: { evidenceId: `ev_${kind}_${node}`, source: `probe cgroup.memory on ${node}`, line: 3 },
  text: kind,
  ...(limitMib === undefined ? {} : { values: { limitMib } }),
});
const near = (...nodes: readonly string[]) => nodes.map((node) => on('cgroup.memory.near-limit', node, 220_000));
const killed = [
  on('cgroup.memory.oom-kill', 'node-01'),
  on('kernel.oom.killed', 'node-01'),
  on('host.memory.enough', 'node-01'),
];
const placesOfKill = (findings: readonly Finding[]) =>
  placeMemoryLimit(findings)
    .filter(({ kind }) => /\boom\b/.test(kind))
    .map(({ node, rank }) => [node, rank]);

describe('a kill for memory', () => {
  it('is of the job where most nodes have used up the limit that all of them have', () => {
    const nowhere = [undefined, undefined];
    expect(placesOfKill([...killed, ...near('node-01', 'node-02', 'node-03')])).toEqual([nowhere, nowhere]);
  });

  it('takes with it what the kernel writes around it', () => {
    const reported = [...killed, on('kernel.oom.reported', 'node-01')];
    const places = placesOfKill([...reported, ...near('node-01', 'node-02', 'node-03')]);
    expect(places).toEqual(Array.from({ length: 3 }, () => [undefined, undefined]));
  });

  it.each([
    [
      'the others have room',
      near('node-01').concat(on('cgroup.memory.room', 'node-02'), on('cgroup.memory.room', 'node-03')),
    ],
    ['there are only two nodes', near('node-01', 'node-02')],
    ['their limits differ', near('node-01', 'node-02').concat(on('cgroup.memory.near-limit', 'node-03', 100_000))],
  ])('is of its node where %s', (_why, others) => {
    expect(placesOfKill([...killed, ...others])).toEqual([
      ['node-01', 3],
      ['node-01', 3],
    ]);
  });

  it('is of its node where that node has another limit than the others', () => {
    const [kill, ...more] = killed;
    const own = { ...kill, values: { limitMib: 50_000 } } as Finding;
    expect(placesOfKill([own, ...more, ...near('node-02', 'node-03', 'node-04')])[0]).toEqual(['node-01', 3]);
  });

  it('is of its node where the host itself has no memory left', () => {
    const short = killed.filter(({ kind }) => kind !== 'host.memory.enough');
    expect(placesOfKill([...short, ...near('node-01', 'node-02', 'node-03')])).toHaveLength(2);
    expect(placesOfKill([...short, ...near('node-01', 'node-02', 'node-03')])[0]).toEqual(['node-01', 3]);
  });

  it('leaves what stands on other nodes where it is', () => {
    const other = on('kernel.oom.killed', 'node-05');
    expect(placeMemoryLimit([...killed, other, ...near('node-01', 'node-02', 'node-03')])).toContain(other);
  });
});
