import type { Tool } from '../command.ts';
import { wardroundMeasure } from '../measure/index.ts';

/** Active measurements: they load a device, so they ask for an idle one. */
export const measureTools: readonly Tool[] = [wardroundMeasure];
