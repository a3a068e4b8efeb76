import { describe, expect, it } from 'vitest';
import { placing } from '../../../../kb/logs/watch/placing.ts';
import { sightingOf } from '../../../../kb/logs/watch/sighting.ts';
import type { FindingKind } from '../../../../kb/schemas/finding-kind.ts';

const line = { source: 'a.log', evidenceId: 'file_a', line: 1, byteStart: 0, byteEnd: 9, text: 'something', rank: 5 };
const kind: FindingKind = {
  id: 'some.kind.seen',
  summary: 'something was seen',
  role: 'cause',
  weighs: { 'gpu-oom': 0.5, 'disk-full': 3 },
  source: 'this test',
};
const nowMs = 1_000_000;
const nowhere = () => ({});

describe('what a match is worth', () => {
  it('is nothing for what is healthy or only explains', () => {
    for (const role of ['clean', 'context'] as const)
      expect(sightingOf(line, { kind: kind.id }, { ...kind, role }, nowhere, nowMs)).toBeNull();
  });

  it('is what weighs most, and telling only if that weighs enough', () => {
    expect(sightingOf(line, { kind: kind.id }, kind, nowhere, nowMs)).toMatchObject({
      category: 'disk-full',
      telling: true,
    });
    const weak = { ...kind, weighs: { 'disk-full': 0.7 } };
    expect(sightingOf(line, { kind: kind.id }, weak, nowhere, nowMs)?.telling).toBe(false);
    expect(sightingOf(line, { kind: kind.id }, { ...kind, role: 'symptom' }, nowhere, nowMs)?.telling).toBe(false);
  });

  it("is of the line's own time, unless that is ahead", () => {
    const at = (atMs: number) => sightingOf({ ...line, atMs }, { kind: kind.id }, kind, nowhere, nowMs)?.atMs;
    expect([at(5), at(nowMs + 30_000), at(nowMs + 3_600_000)]).toEqual([5, nowMs + 30_000, nowMs]);
  });
});

describe('where it is', () => {
  const node = (name: string) => ({
    name,
    ssh: { host: name, port: 22, user: 'root', hostKeys: [] },
    gpus: [],
    hcas: [],
  });
  const inventory = {
    nodes: [node('node-01'), node('node-02')],
    jobs: [
      {
        name: 'main',
        framework: 'torch',
        ranks: [
          { rank: 5, node: 'node-01', gpu: 0 },
          { rank: 6, node: 'node-02', gpu: 0 },
        ],
      },
    ],
  };

  it('is completed from the inventory: the node of a rank, the job of a node, the short name', () => {
    const place = placing(inventory, {});
    expect(place(undefined, 6)).toEqual({ node: 'node-02', job: 'main' });
    expect(place('NODE-01.example.com', undefined)).toEqual({ node: 'node-01', job: 'main' });
    expect(place('elsewhere', undefined)).toEqual({ node: 'elsewhere' });
    expect(place(undefined, undefined)).toEqual({});
  });

  it('is what the person who watches says, where nothing else tells', () => {
    const place = placing(inventory, { node: 'node-09', job: 'mine' });
    expect(place(undefined, undefined)).toEqual({ node: 'node-09', job: 'mine' });
    expect(place('node-02', 5)).toEqual({ node: 'node-02', job: 'mine' });
    expect(placing(null, {})('node-3', 1)).toEqual({ node: 'node-3' });
  });
});
