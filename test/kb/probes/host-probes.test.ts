import { describe, expect, it } from 'vitest';
import { probeById, probes } from '../../../kb/probes/index.ts';
import { versionNumber } from '../../../kb/probes/version-number.ts';
import type { Probe } from '../../../kb/schemas/probe.ts';
import { hostCases } from './cases/host.ts';
import { probeCases } from './cases.ts';
import { readingOf, type ProbeCase } from './probe-case.ts';

const mine = [...Object.keys(hostCases), 'memory.host', 'memory.processes', 'disk.space', 'disk.inodes'];
const known = (id: string): Probe => {
  const probe = probeById(id);
  if (probe === undefined) throw new Error(`no probe ${id}`);
  return probe;
};
const casesOf = (id: string): readonly ProbeCase[] => {
  const { faulty = [], healthy = [] } = probeCases[id] ?? {};
  return [...faulty, ...healthy];
};
const named = (id: string, name: string): unknown => {
  const one = casesOf(id).find((each) => each.name === name);
  if (one === undefined) throw new Error(`${id} has no case ${name}`);
  return readingOf(known(id), one);
};
const numbers = (id: string, name: string) =>
  Object.fromEntries((known(id).siblings?.numbers(named(id, name)) ?? []).map((one) => [one.name, one.value]));

const readingsOf = (id: string) => casesOf(id).map((one) => ({ one, reading: readingOf(known(id), one) }));

it.each(Object.keys(hostCases))('%s says in a case each thing that it can say', (id) => {
  const probe = known(id);
  const said = readingsOf(id).flatMap(({ one, reading }) => probe.meaning(reading, one.node, one.args));
  const silent = probe.outcomes.filter(({ id: kind }) => !said.some((one) => one.kind === kind));
  const ofWords = readingsOf(id).flatMap(({ one, reading }) => probe.siblings?.words?.(reading, one.node) ?? []);
  const ofSiblings = new Set([probe.siblings?.kind, ...ofWords.map(({ kind }) => kind)].map((kind) => kind?.id));
  expect(silent.map((kind) => kind.id).filter((kind) => !ofSiblings.has(kind))).toEqual([]);
  expect(silent.map((kind) => kind.id)).toEqual(
    expect.arrayContaining(probe.siblings === undefined ? [] : [probe.siblings.kind.id]),
  );
});

it.each(mine.filter((id) => known(id).siblings !== undefined))('%s gives the figures that its rules name', (id) => {
  const { siblings, outcomes } = known(id);
  const rules = siblings?.rules ?? [];
  expect(outcomes).toContain(siblings?.kind);
  const given = readingsOf(id).flatMap(({ reading }) => siblings?.numbers(reading) ?? []);
  expect(given.every(({ value, unit }) => Number.isFinite(value) && unit !== '')).toBe(true);
  const names = given.map(({ name }) => name);
  // Of the packages that a node may have, the cases have some.
  const expected = rules.map(({ name }) => name).filter((name) => !id.startsWith('packages.') || name === 'driver');
  expect(names).toEqual(expect.arrayContaining(expected));
  for (const rule of rules) {
    expect(rule.source).toMatch(/\S/);
    expect(Math.min(rule.relative, rule.absolute)).toBeGreaterThanOrEqual(0);
  }
});

it('every numeric host probe can be compared with siblings', () => {
  const without = mine.filter((id) => known(id).siblings === undefined);
  // Answers that are yes or no.
  expect(without).toEqual(['fs.stale', 'fs.lustre-health']);
});

it('counters and unstable answers are read twice', () => {
  const twice = probes.filter(({ id, again }) => mine.includes(id) && again !== undefined).map(({ id }) => id);
  expect(twice.toSorted()).toEqual(
    ['disk.io-latency', 'fs.nfs', 'fs.stale', 'host.d-state', 'host.oom-kills', 'host.vmstat', 'kernel.mce'].toSorted(),
  );
});

describe('two reads', () => {
  it('of counters that were cleared in between count nothing', () => {
    const probe = known('host.oom-kills');
    const read = (kills: number) =>
      probe.parse({ stdout: `/proc/vmstat:oom_kill ${kills}\n`, stderr: '', exitCode: 0 });
    expect(probe.again?.combine(read(5), read(2), 2_000)).toMatchObject({ kills: 2, grown: 0 });
  });

  it('of disks give the mean time of the requests in between', () => {
    expect(numbers('disk.io-latency', 'slow')).toEqual({ waitMs: 250 });
    expect(numbers('disk.io-latency', 'quick')).toEqual({ waitMs: 0.1 });
  });

  it('of memory management give rates by the time that passed in the cluster', () => {
    expect(numbers('host.vmstat', 'swaps')).toMatchObject({ swappedIn: 45_000, majorFaults: 0 });
    expect(numbers('host.vmstat', 'read once')).toEqual({});
  });
});

describe('figures for siblings', () => {
  it.each([
    ['kernel.version', 'Ubuntu 22.04', { release: 5_015_000_101 }],
    ['kernel.version', 'RHEL 8, too old for Accelerate', { release: 4_018_000_553 }],
    [
      'packages.versions',
      'no NVSwitch',
      { driver: 535_183_001_001, nccl: 2_018_003_001, ofed: 23_010_000_000, slurm: 23_011_004_001 },
    ],
    ['host.cpus', 'one CPU was taken out', { cpusInUse: 255, sockets: 2, numaNodes: 8 }],
    ['host.numa', 'two sockets', { memory: 1_547_299, nodes: 2 }],
    ['host.clock-sync', 'two seconds off', { offMs: 2_113 }],
    ['host.clock-sync', 'no source yet', {}],
    ['disk.smart', 'too hot', { celsius: 88, mediaErrors: 0 }],
    ['host.sysctl', 'few ports', { 'net.ipv4.ip_local_port_range': 1_000 }],
    ['fs.nfs', 'slow between two reads', { answerMs: 500 }],
  ])('%s: %s', (id, name, expected) => {
    expect(numbers(id, name)).toMatchObject(expected);
  });
});

describe('versions as numbers', () => {
  it('are in the order of the versions', () => {
    const releases = ['4.18.0-553.el8_10', '5.4.0-124', '5.15.0-91-generic', '5.15.0-101-generic', '6.8'];
    const values = releases.map((release) => versionNumber(release) ?? 0);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(new Set(values).size).toBe(releases.length);
  });

  it.each(['', 'none', '43', 'v1.2'])('%s is none', (text) => {
    expect(versionNumber(text)).toBeNull();
  });
});

it('fs.mounts asks for the mount points of the site, with one command', () => {
  const probe = known('fs.mounts');
  const site = { nodes: [], mounts: ['/lustre', '/raid'], interfaces: [], rendezvous: [] };
  const [given, ...more] = probe.devices?.({ gpus: [] }, site) ?? [];
  expect(more).toEqual([]);
  expect(probe.argv(probe.args.parse(given))).toEqual(['cat', '/proc/mounts']);
  expect(() => probe.args.parse({ needed: '/lustre,../etc' })).toThrow('mount points');
});

it('fs.stale asks each mount point of the site, and nothing that is not one', () => {
  const probe = known('fs.stale');
  const site = { nodes: [], mounts: ['/lustre', '/raid'], interfaces: [], rendezvous: [] };
  const commands = probe.devices?.({ gpus: [] }, site).map((args) => probe.argv(probe.args.parse(args)).join(' '));
  expect(commands).toEqual(['timeout -k 1 5 stat -f -t /lustre', 'timeout -k 1 5 stat -f -t /raid']);
  for (const mount of ['lustre', '/a b', '/$(reboot)', '-f'])
    expect(() => probe.args.parse({ mount })).toThrow('mount');
});

it('disk.smart takes names of drives alone', () => {
  const probe = known('disk.smart');
  expect(probe.argv(probe.args.parse({ drive: 'nvme3n1' })).at(-3)).toBe('/dev/nvme3n1');
  for (const drive of ['sda', 'nvme0', 'nvme0n1; id', '../nvme0n1'])
    expect(() => probe.args.parse({ drive })).toThrow('an NVMe drive');
});
