import type { Tool } from '../command.ts';
import { df } from '../df.ts';
import { lctl } from '../storage/lctl.ts';
import { grepLustre } from '../storage/lustre-files.ts';
import { nvme } from '../storage/nvme.ts';
import { lsShm } from '../storage/shm-listing.ts';
import { stat } from '../storage/stat.ts';
import { wardroundSpace } from '../wardround-space.ts';

/** File systems and what fills them. */
export const storageTools: readonly Tool[] = [df, wardroundSpace, stat, lctl, grepLustre, nvme, lsShm];
