import type { Change, Target } from '../state/actions.ts';
import { setFact } from '../state/facts/set-fact.ts';
import { findNode, jobOfNode, type World, type WorldJob, type WorldNode } from '../world.ts';
import type { DrawPlace } from './draw.ts';

/** For faults that show when a job is launched: its owner starts it anew. The changes before take part in that launch. */
export function relaunch(world: World, node: string): readonly Change[] {
  const job = jobOf(world, node);
  return job === undefined ? [] : [{ kind: 'job-requeue', hold: false, job: job.name }];
}

/** The job of a node goes over RoCE from its next launch on; as such that is no fault. */
export function overRoce(world: World, node: string): readonly Change[] {
  const job = jobOf(world, node);
  return job === undefined ? [] : [setFact('job.transport', job.name, 'roce', { onset: { shape: 'sudden' } })];
}

/** The node on which the job of a node has its rendezvous. */
export function firstOf(world: World, node: string): WorldNode | undefined {
  return world.nodes[jobOf(world, node)?.nodes[0] ?? -1];
}

function jobOf(world: World, node: string): WorldJob | undefined {
  const at = findNode(world, node);
  return at === undefined ? undefined : jobOfNode(world, at.index);
}

export function memberOfLargestJob(world: World, random: DrawPlace): Target {
  return { node: random.pick('member', membersOf(world)).name };
}

export function firstOfLargestJob(world: World, random: DrawPlace): Target {
  return { node: (membersOf(world)[0] ?? random.node()).name };
}

export function followerOfLargestJob(world: World, random: DrawPlace): Target {
  const followers = membersOf(world).slice(1);
  return { node: (followers.length === 0 ? random.node() : random.pick('follower', followers)).name };
}

/** Smaller jobs may have a node only, which needs nobody. */
function membersOf(world: World): readonly WorldNode[] {
  const members = world.job.nodes.flatMap((index) => world.nodes[index] ?? []);
  return members.length === 0 ? world.nodes : members;
}

export function rejectUnlessFirst(world: World, { node }: Target): string | null {
  const first = firstOf(world, node);
  return first?.name === node
    ? null
    : `only the first node of the job matters${first === undefined ? '' : `: ${first.name}`}`;
}

export function rejectUnlessFollower(world: World, { node }: Target): string | null {
  if (findNode(world, node) === undefined) return `there is no node ${node}`;
  return firstOf(world, node)?.name === node ? `${node} has the rendezvous of the job: the others look for it` : null;
}
