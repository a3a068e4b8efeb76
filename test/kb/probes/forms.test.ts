import { describe, expect, it } from 'vitest';
import { probeById, probes } from '../../../kb/probes/index.ts';
import { siblingOutliers } from '../../../kb/probes/siblings.ts';
import type { Probe } from '../../../kb/schemas/probe.ts';
import { probeCases } from './cases.ts';
import { readingOf } from './probe-case.ts';

const casesOf = ({ id }: Probe) => [...(probeCases[id]?.faulty ?? []), ...(probeCases[id]?.healthy ?? [])];

describe('the differential form', () => {
  /** Figures that siblings need not share, by the probe that reports them. */
  const withoutSiblings: Readonly<Record<string, string>> = {
    'gpu.holders': 'numbers of processes, and how many a GPU has: the one that no job owns is told by itself',
    'gpu.presence': 'GPUs are counted against the inventory, which knows how many there should be',
    'kernel.log': 'codes of errors and numbers of processes',
    'disk.reclaimable': 'what policies may move away, which differs as what was stored does, and harms nobody',
    'fabricmanager.log': 'starts within the lines of a log that covers days on one node and months on another',
    'scheduler.jobs': 'numbers of jobs and settings of theirs, of which all nodes read the same list',
    'scheduler.accounting': 'jobs that ended on the node, as many as were sent there',
    'net.ports-reachable': 'the port that was tried',
    'net.listeners': 'a queue is held against its own room; which ports there are, the role of the node says',
    'fs.lustre-health': 'devices that Lustre itself calls unhealthy: one is too many',
    'container.runtime': 'GPUs are counted against the inventory',
    'job.processes': 'ranks, numbers of processes, and times that are held against the other ranks of the node already',
    'job.arguments': 'ranks and numbers of processes; the arguments themselves are told by the ranks that differ',
    'job.stacks': 'ranks and numbers of processes; where the others stand is part of the reading',
  };
  const figuresOf = (probe: Probe) =>
    casesOf(probe).flatMap((one) =>
      probe
        .meaning(readingOf(probe, one), one.node, one.args)
        .flatMap(({ values = {} }) => Object.values(values).filter((value) => typeof value === 'number')),
    );
  const alone = probes.filter((probe) => probe.siblings === undefined && figuresOf(probe).length > 0);

  it('is there for every probe that reports figures, or stands among those that need none, with the reason', () => {
    expect(alone.map(({ id }) => id).toSorted()).toEqual(Object.keys(withoutSiblings).toSorted());
  });

  it.each(probes.filter(({ siblings }) => siblings !== undefined).map((probe) => [probe.id, probe] as const))(
    'of %s compares figures that its readings have, and reports kinds of its own',
    (_id, probe) => {
      const { siblings } = probe;
      const readings = casesOf(probe).map((one) => ({ one, reading: readingOf(probe, one) }));
      const names = readings.flatMap(({ one, reading }) => siblings?.numbers(reading, one.node) ?? []);
      const words = readings.flatMap(({ one, reading }) => siblings?.words?.(reading, one.node) ?? []);
      expect(names.length + words.length).toBeGreaterThan(0);
      const ruled = new Set(siblings?.rules.map(({ name }) => name));
      expect(names.map(({ name }) => name).filter((name) => !ruled.has(name))).toEqual([]);
      for (const kind of [siblings?.kind, ...(siblings?.rules ?? []).map((rule) => rule.kind)])
        expect(kind === undefined || probe.outcomes.includes(kind)).toBe(true);
    },
  );

  it('finds the node whose ranks see fewer devices than those of like nodes', () => {
    const probe = probeById('container.devices');
    const whole = probeCases['container.devices']?.healthy[0]?.output.stdout ?? '';
    const reading = (stdout: string) => probe?.parse({ stdout, stderr: '', exitCode: 0 });
    const lines = whole.split('\n');
    const gone = lines.findIndex((line) => line.startsWith('infiniband/uverbs'));
    expect(gone).toBeGreaterThan(0);
    const nodes = [whole, whole, whole, lines.toSpliced(gone, 1).join('\n')];
    const figures = nodes.flatMap((stdout) => probe?.siblings?.numbers(reading(stdout)) ?? []);
    const odd = (probe?.siblings?.rules ?? []).flatMap((rule) =>
      siblingOutliers(
        figures.filter(({ name }) => name === rule.name),
        rule,
      ).map(({ measured, median }) => [rule.kind?.id, measured.value - median]),
    );
    expect(odd).toEqual([['container.devices.rdma-count-differs', -1]]);
  });
});

it('every probe that is read twice has cases of two reads, one that is well among them', () => {
  const twice = probes.filter(({ again }) => again !== undefined);
  expect(twice.length).toBeGreaterThan(15);
  const lacking = twice.filter((probe) => {
    const two = (probeCases[probe.id]?.healthy ?? []).filter(({ second }) => second !== undefined);
    return two.length === 0;
  });
  expect(lacking.map(({ id }) => id)).toEqual([]);
});
