import { reachable } from '../metrics/reachable.ts';
import { sshState, type SshState } from '../physics/tool-troubles.ts';
import type { Timeline } from '../physics/timeline.ts';
import type { WorldNode } from '../world.ts';

/** What happens to a TCP connection before any SSH is spoken on it. */
export interface Admission {
  readonly kind: 'serves' | Exclude<SshState, 'answers' | 'rejects-key'>;
  /** Cluster milliseconds until the server says who it is. */
  readonly bannerMs: number;
}

export function admission(timeline: Timeline, machine: WorldNode, ms: number): Admission {
  const { state, bannerMs } = sshState(timeline, machine, ms);
  if (state === 'silent' || !reachable(timeline, machine, ms)) return { kind: 'silent', bannerMs };
  return { kind: state === 'closes' || state === 'resets' ? state : 'serves', bannerMs };
}
