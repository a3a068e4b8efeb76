import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

/** What people tell of the cores that the processes of a job use. */
export const coresSeen = noteDetector('notes-cores', [
  {
    id: 'seen.cores.crowded',
    summary: 'processes share one core, or half of the cores, while others are idle',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4.4, 'dataloader-stall': 0.5 },
    source: 'https://slurm.schedmd.com/mc_support.html',
    pattern: any(
      /\b(?:all|every|each|the)\b.{0,30}\b(?:processes|workers|ranks|threads|tasks)\b.{0,30}\b(?:on|to|use|share|using)\b ?(?:only )?(?:one|the same|a single|half of the|core|cpu) ?(?:core|cpu|0)?s?\b(?=.{0,10}\b(?:core|cpu|0|idle|$))/,
      /\b(?:only|just) (?:one|a single|half of the) (?:of the )?(?:cpu )?cores?\b/,
      /\buse only half of the cores\b/,
      /\baffinity (?:mask|list)\b.{0,20}\b(?:is |of |shows )?(?:0x)?0*1\b(?! ?-)/,
      /\b(?:cpu )?affinity (?:mask|list)\b.{0,20}\bis (?:an )?empty\b/,
    ),
    sees: [
      'all worker processes run on one core, the other 7 are idle',
      'taskset -p shows affinity mask 1 for all ranks',
      'jobs launched with this hint use only half of the cores',
      'the affinity list of the GPU is empty',
    ],
    ignores: ['all worker processes run on node-03', 'the affinity mask is ffff'],
  },
  {
    id: 'seen.cores.binding-option',
    summary: 'an option or a variable of the binding to cores made the difference',
    role: 'cause',
    weighs: { 'cpu-affinity-misconfig': 4 },
    source: 'https://slurm.schedmd.com/srun.html#OPT_cpu-bind',
    pattern:
      /(?:--cpu[-_]bind\S{0,20}|--bind-to\S{0,12}|--hint=(?:no)?multithread|\bKMP_AFFINITY\b|\bOMP_PROC_BIND\b|\bGOMP_CPU_AFFINITY\b|\bOMP_PLACES\b|sched_setaffinity\S{0,60}).{0,60}\b(?:works?|fast(?:er)?|runs?|busy|fine|idle|fails?|half|solved|helps?|without|again)\b/,
    saysNot: true,
    sees: [
      'with --cpu-bind=none it is as fast as before',
      'KMP_AFFINITY is set; without it the GPUs are busy again',
      'with --hint=nomultithread half of the cores are idle',
    ],
    ignores: ['started with --cpu-bind=cores', 'KMP_AFFINITY is set'],
  },
]);
