import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';
import type { LogLine } from '../line.ts';

export interface KernelLine extends LogLine {
  readonly level: 'emerg' | 'alert' | 'crit' | 'err' | 'warn' | 'notice' | 'info';
}

/**
 * What the kernel of a node says about one kind of thing; pure. Lines outside of the two moments are dropped by the
 * caller. `timeline` is that of the node's job. A new one is a file here and a line in `index.ts`.
 */
export type KernelSource = (timeline: Timeline, node: WorldNode, fromMs: number, toMs: number) => readonly KernelLine[];
