import { factAt } from '../state/facts/fact-at.ts';
import type { Settings } from '../state/settings.ts';
import type { WorldNode } from '../world.ts';
import type { Timeline } from './timeline.ts';

/** What is wrong with one tool of one node at a moment. */
export interface ToolTroubles {
  /** It answers this much later, in cluster milliseconds. */
  readonly slowMs: number;
  /** It never answers; `term` and `kill` say which signal ends it. */
  readonly hangs: 'no' | 'term' | 'kill';
  /** Share of its output that arrives, from the beginning. */
  readonly keptShare: number;
  /** Share of the characters that arrive as rubbish. */
  readonly garbledShare: number;
  /** Share of the values of a table that could not be read. */
  readonly unreadShare: number;
}

/** Null when the tool is as it should be. */
export function toolTroubles(timeline: Timeline, node: WorldNode, tool: string, ms: number): ToolTroubles | null {
  const { settings } = timeline.segmentAt(ms);
  if (!toolFacts.some((fact) => settings.facts.has(fact))) return null;
  const of = { place: node.name, key: tool };
  const hangs = factAt(settings, { fact: 'tool.hangs', ...of }, ms);
  const slowness = [tool, 'all'].map((key) =>
    factAt(settings, { fact: 'tool.slow-seconds', place: node.name, key }, ms),
  );
  const troubles: ToolTroubles = {
    slowMs: Math.max(0, ...slowness) * 1_000,
    hangs:
      hangs === 'until-kill' ? 'kill' : hangs === 'until-term' || daemonStuck(settings, node, tool, ms) ? 'term' : 'no',
    keptShare: share(factAt(settings, { fact: 'tool.output-share', ...of }, ms)),
    garbledShare: share(factAt(settings, { fact: 'tool.garbled-share', ...of }, ms)),
    unreadShare: share(factAt(settings, { fact: 'tool.read-error-share', ...of }, ms)),
  };
  const { slowMs, keptShare, garbledShare, unreadShare } = troubles;
  const isWell = slowMs === 0 && troubles.hangs === 'no' && keptShare === 1 && garbledShare === 0 && unreadShare === 0;
  return isWell ? null : troubles;
}

const toolFacts = [
  'tool.hangs',
  'tool.slow-seconds',
  'tool.output-share',
  'tool.garbled-share',
  'tool.read-error-share',
  'tool.daemon-stuck',
] as const;

/** Clients that only pass on what a daemon tells them. */
const daemonOf: Readonly<Record<string, string>> = { dcgmi: 'nvidia-dcgm' };

function daemonStuck(settings: Settings, node: WorldNode, tool: string, ms: number): boolean {
  const key = daemonOf[tool];
  return key !== undefined && factAt(settings, { fact: 'tool.daemon-stuck', place: node.name, key }, ms);
}

/** Whether sudo asks the probe user for a password that it does not have. */
export function sudoRefuses(timeline: Timeline, node: WorldNode, ms: number): boolean {
  const { settings } = timeline.segmentAt(ms);
  return (
    settings.facts.has('tool.sudoers') &&
    factAt(settings, { fact: 'tool.sudoers', place: node.name }, ms) !== 'complete'
  );
}

export type SshState = 'answers' | 'closes' | 'resets' | 'rejects-key' | 'silent';

/** What the SSH server of a node does with a client that comes at this moment, and how late it speaks (cluster ms). */
export function sshState(
  timeline: Timeline,
  node: WorldNode,
  ms: number,
): { readonly state: SshState; readonly bannerMs: number } {
  const { settings } = timeline.segmentAt(ms);
  const state = factAt(settings, { fact: 'ssh.state', place: node.name }, ms);
  const bannerMs = 1_000 * Math.max(0, factAt(settings, { fact: 'ssh.banner-seconds', place: node.name }, ms));
  return { state: sshStates.find((one) => one === state) ?? 'answers', bannerMs };
}

const sshStates: readonly SshState[] = ['answers', 'closes', 'resets', 'rejects-key', 'silent'];

/** How far the clock of a node is ahead, in ms: what the node stamps with its own clock is shifted by it. */
export function clockOffsetMs(timeline: Timeline, node: WorldNode, ms: number): number {
  return factAt(timeline, { fact: 'host.clock-offset-ms', place: node.name }, ms);
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}
