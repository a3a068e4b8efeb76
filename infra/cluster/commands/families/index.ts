import type { Tool } from '../command.ts';
import { gpuTools } from './gpu.ts';
import { hostTools } from './host.ts';
import { jobTools } from './job.ts';
import { managementTools } from './management.ts';
import { measureTools } from './measure.ts';
import { networkTools } from './network.ts';
import { schedulerTools } from './scheduler.ts';
import { storageTools } from './storage.ts';

/** The tools of a node: one list a family, one file a tool. */
export const nodeTools: readonly Tool[] = [
  ...gpuTools,
  ...hostTools,
  ...networkTools,
  ...storageTools,
  ...jobTools,
  ...measureTools,
  ...schedulerTools,
];

/** The tools of the management host. */
export const managementHostTools: readonly Tool[] = [...managementTools, ...schedulerTools];
