import type { LogDetector } from '../schemas/detector.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import { flightKinds } from '../logs/flight-recorder/kinds.ts';
import { sequenceKinds } from './sequences/index.ts';
import { specificReaders } from './lists/specific.ts';
import { hardwareReaders } from './lists/hardware.ts';
import { hostReaders } from './lists/hosts.ts';
import { programReaders } from './lists/programs.ts';
import { collectiveReaders } from './lists/collectives.ts';
import { storageAndDataReaders } from './lists/storage-and-data.ts';
import { unreadTrouble } from './unread-trouble.ts';

/**
 * Those that know what they read, the more specific first: a line that two could read as a cause belongs to the first.
 * A new one: its file, a line in the list it belongs to, and its fixture in test/kb/detectors/fixtures.
 */
export const readers: readonly LogDetector[] = [
  ...specificReaders,
  ...hardwareReaders,
  ...hostReaders,
  ...programReaders,
  ...collectiveReaders,
  ...storageAndDataReaders,
];

/** Every log detector; the last has its say where no other has one. */
export const detectors: readonly LogDetector[] = [...readers, unreadTrouble];

/** All kinds that a scan of logs can report, those of sequences and of flight-recorder dumps included. */
export const logFindingKinds: readonly FindingKind[] = [
  ...detectors.flatMap(({ kinds }) => kinds),
  ...sequenceKinds,
  ...flightKinds,
];
