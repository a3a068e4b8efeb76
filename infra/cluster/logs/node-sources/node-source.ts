import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';
import type { LogLine } from '../line.ts';

/** The logs that daemons of a node write besides the kernel's, by the names under which they are shipped. */
export const nodeLogs = ['fabricmanager', 'slurmd', 'syslog'] as const;
export type NodeLog = (typeof nodeLogs)[number];

/**
 * What goes into one of these logs about one kind of thing; pure. Lines outside of the two moments are dropped by the
 * caller, and those of a node that was down. `timeline` is that of the node's job; lines are whole, with their stamps
 * (`stamps.ts`). A new one is a file here and a line in `index.ts`.
 */
export interface NodeSource {
  readonly log: NodeLog;
  lines(timeline: Timeline, node: WorldNode, fromMs: number, toMs: number): readonly LogLine[];
}
