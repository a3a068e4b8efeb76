import type { KnownCategory } from '../../../kb/taxonomy.ts';
import type { Change, Target } from '../state/actions.ts';
import type { Settings } from '../state/settings.ts';
import type { World } from '../world.ts';

/** A way in which a cluster goes wrong, or seems to: a change of causes, with every effect left to the physics. */
export interface Fault {
  readonly id: string;
  readonly summary: string;
  /** The truth that a diagnosis is judged by; nothing in the cluster shows it. `no-fault`: all is as somebody wants it. */
  readonly expects: 'cause' | 'no-fault';
  /** Null where there is no fault. */
  readonly category: KnownCategory | null;
  /** Where it strikes when nobody says where: a function of the seed. */
  draw(world: World): Target;
  /** Why this target is impossible, or null. */
  reject(world: World, target: Target): string | null;
  /** The changes that bring it about. */
  apply(target: Target, world: World): readonly Change[];
  /** The changes by which a person who knows the cause would undo it. */
  undo(target: Target): readonly Change[];
  /** Whether the cause is (still) there, whoever or whatever removed it. */
  present(settings: Settings, target: Target): boolean;
}
