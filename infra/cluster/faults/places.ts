import type { Target } from '../state/actions.ts';
import type { PlaceKind } from '../state/facts/kind.ts';
import { clusterPlace, gpuPlace, hcaPlace, rankPlace } from '../state/place.ts';
import { findNode, jobOfNode, type World, type WorldNode } from '../world.ts';
import type { DrawPlace } from './draw.ts';

/** A target by its kind. `place` is as facts name it; `node` is the node, or the first one that is hit. */
export interface PlaceOfKind {
  readonly cluster: AnyPlace;
  readonly rack: AnyPlace;
  readonly 'power-unit': AnyPlace;
  readonly switch: AnyPlace;
  readonly node: AnyPlace;
  readonly gpu: AnyPlace & { readonly gpu: number };
  readonly hca: AnyPlace & { readonly hca: string };
  readonly job: AnyPlace & { readonly job: string };
  readonly rank: AnyPlace & { readonly job: string; readonly rank: number };
}
export type PlaceOf<Kind extends PlaceKind> = PlaceOfKind[Kind];

interface AnyPlace {
  readonly place: string;
  readonly node: string;
  readonly target: Target;
}

export function drawTarget(kind: PlaceKind, world: World, random: DrawPlace): Target {
  const node = random.node();
  const { name } = node;
  switch (kind) {
    case 'cluster':
      return { node: world.nodes[0]?.name ?? name };
    case 'node':
      return { node: name };
    case 'gpu':
      return { node: name, gpu: random.gpu() };
    case 'hca':
      return { node: name, hca: random.hca(node).name };
    case 'rack':
      return completed(kind, world, { rack: node.rack });
    case 'power-unit':
      return completed(kind, world, { powerUnit: node.powerUnit });
    case 'switch':
      return completed(kind, world, { switch: node.leaf });
    case 'job':
      return completed(kind, world, { job: jobOfNode(world, node.index)?.name ?? world.job.name });
    case 'rank': {
      const job = jobOfNode(world, node.index) ?? world.job;
      const rank = Math.max(0, job.nodes.indexOf(node.index)) * world.gpusPerNode + random.gpu();
      return completed(kind, world, { job: job.name, rank });
    }
  }
}

/** With the node that belongs to it; a node that was named stays, and stands for its rack, leaf … where those are meant. */
export function completed(kind: PlaceKind, world: World, asked: Partial<Target>): Target {
  const named = asked.node === undefined ? undefined : findNode(world, asked.node);
  const first = (match: (node: WorldNode) => boolean) => world.nodes.find(match)?.name ?? '';
  switch (kind) {
    case 'cluster':
      return { ...asked, node: asked.node ?? first(() => true) };
    case 'node':
    case 'gpu':
    case 'hca':
      return { ...asked, node: asked.node ?? '' };
    case 'rack': {
      const rack = asked.rack ?? named?.rack;
      return { ...asked, ...(rack !== undefined && { rack }), node: first((node) => node.rack === rack) };
    }
    case 'power-unit': {
      const powerUnit = asked.powerUnit ?? named?.powerUnit;
      return {
        ...asked,
        ...(powerUnit !== undefined && { powerUnit }),
        node: first((node) => node.powerUnit === powerUnit),
      };
    }
    case 'switch': {
      const name = asked.switch ?? named?.leaf;
      const members = world.switches.find((one) => one.name === name)?.nodes ?? [];
      return { ...asked, ...(name !== undefined && { switch: name }), node: world.nodes[members[0] ?? 0]?.name ?? '' };
    }
    case 'job': {
      const job = asked.job ?? (named && jobOfNode(world, named.index)?.name) ?? world.job.name;
      const nodes = world.jobs.find((one) => one.name === job)?.nodes ?? [];
      return { ...asked, job, node: world.nodes[nodes[0] ?? 0]?.name ?? '' };
    }
    case 'rank': {
      const job = asked.job ?? (named && jobOfNode(world, named.index)?.name) ?? world.job.name;
      const nodes = world.jobs.find((one) => one.name === job)?.nodes ?? [];
      const byNode =
        named === undefined ? undefined : nodes.indexOf(named.index) * world.gpusPerNode + (asked.gpu ?? 0);
      const rank = asked.rank ?? byNode;
      if (rank === undefined) return { ...asked, job, node: '' };
      const node = world.nodes[nodes[Math.floor(rank / world.gpusPerNode)] ?? -1]?.name ?? '';
      return { ...asked, job, rank, node, gpu: rank % world.gpusPerNode };
    }
  }
}

export function rejectTarget(kind: PlaceKind, world: World, target: Target): string | null {
  const node = findNode(world, target.node);
  const unknownNode = `there is no node ${target.node}`;
  const known = (what: string, name: string | undefined, names: readonly string[]) => {
    if (name === undefined) return `name a ${what}: ${names.slice(0, 8).join(', ')}`;
    return names.includes(name) ? null : `there is no ${what} ${name}`;
  };
  switch (kind) {
    case 'cluster':
      return null;
    case 'node':
      if (node === undefined) return unknownNode;
      return target.gpu === undefined && target.hca === undefined ? null : 'name a node, not a part of it';
    case 'gpu':
      if (node === undefined) return unknownNode;
      if (target.gpu === undefined) return `name a GPU of ${target.node}, 0 to ${world.gpusPerNode - 1}`;
      return node.gpus[target.gpu] === undefined ? `${target.node} has no GPU ${target.gpu}` : null;
    case 'hca': {
      if (node === undefined) return unknownNode;
      const names = node.hcas.map((hca) => hca.name);
      if (target.hca === undefined) return `name an HCA of ${target.node}: ${names.join(', ')}`;
      return names.includes(target.hca) ? null : `${target.node} has no HCA ${target.hca}`;
    }
    case 'rack':
      return known('rack', target.rack, world.racks);
    case 'power-unit':
      return known('power unit', target.powerUnit, world.powerUnits);
    case 'switch':
      return known(
        'switch',
        target.switch,
        world.switches.map((one) => one.name),
      );
    case 'job':
      return known(
        'job',
        target.job,
        world.jobs.map((job) => job.name),
      );
    case 'rank': {
      const job = world.jobs.find((one) => one.name === target.job);
      if (job === undefined) return `there is no job ${target.job ?? ''}`;
      const size = job.nodes.length * world.gpusPerNode;
      if (target.rank === undefined) return `name a rank of ${job.name}, 0 to ${size - 1}`;
      return target.rank >= 0 && target.rank < size ? null : `${job.name} has no rank ${target.rank}`;
    }
  }
}

/** A target that was not rejected, with its place as facts name it. */
export function targetPlace(kind: PlaceKind, target: Target): AnyPlace {
  return { ...target, node: target.node, target, place: factPlace(kind, target) };
}

function factPlace(kind: PlaceKind, { node, gpu, hca, rack, powerUnit, switch: leaf, job, rank }: Target): string {
  switch (kind) {
    case 'cluster':
      return clusterPlace;
    case 'node':
      return node;
    case 'gpu':
      return gpuPlace(node, gpu ?? 0);
    case 'hca':
      return hcaPlace(node, hca ?? '');
    case 'rack':
      return rack ?? '';
    case 'power-unit':
      return powerUnit ?? '';
    case 'switch':
      return leaf ?? '';
    case 'job':
      return job ?? '';
    case 'rank':
      return rankPlace(job ?? '', rank ?? 0);
  }
}
