import type { Timeline } from '../../physics/timeline.ts';
import type { WorldNode } from '../../world.ts';

/** One entry of a system event log, in the words of `ipmitool sel elist`. */
export interface SelEntry {
  readonly atMs: number;
  /** `Power Supply PSU2_Status`, `System Boot Initiated BIOS_Boot` */
  readonly sensor: string;
  /** `Power Supply AC lost`, `Initiated by power up` */
  readonly event: string;
  readonly direction: 'Asserted' | 'Deasserted';
}

/** What the management controller of a node notes about one kind of thing; pure, and there while the node is off too. */
export type BmcSource = (timeline: Timeline, node: WorldNode, fromMs: number, toMs: number) => readonly SelEntry[];
