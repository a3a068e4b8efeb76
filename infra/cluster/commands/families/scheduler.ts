import type { Tool } from '../command.ts';
import { scontrol } from '../scontrol.ts';
import { sacct } from '../slurm/sacct.ts';
import { squeue } from '../slurm/squeue.ts';

/** Slurm's clients; they answer alike wherever they run. */
export const schedulerTools: readonly Tool[] = [scontrol, squeue, sacct];
