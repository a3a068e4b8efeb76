import { lineDetector } from './line-patterns.ts';

const torque = 'https://github.com/adaptivecomputing/torque/blob/master/src/resmom/mom_main.c';

/** Jobs that ran into a limit of a batch system or of a queue, in the words of those that have no code for it. */
export const wallLimits = lineDetector('wall-limits', [
  {
    id: 'batch.walltime.exceeded',
    summary: 'a job was ended since it ran longer than it may',
    role: 'cause',
    weighs: { 'scheduler-action': 6 },
    source: torque,
    literals: ['wall', 'time limit', 'cpu time', 'run time', 'runtime', 'duration', '|timeout|'],
    pattern:
      /\bjob\b[^\n]{0,40}\bexceed(?:ed|s|ing)\b[^\n]{0,24}(?:\bwall ?-?(?:clock|time)\b|\b(?:cpu |run ?-?|maximum )?time limit\b|\bcpu time\b)|\b(?:killed|cancell?ed|terminated|aborted|stopped)\b[^\n]{0,40}\b(?:exceed(?:ed|s|ing)|reach(?:ed|ing)|(?:ran|run) (?:over|past)|due to)\b[^\n]{0,30}\b(?:wall ?-?(?:clock|time)|time limit|max(?:imum)? (?:run ?time|duration))\b|\bMaximum (?:run ?time|duration) exceeded\b|^\d{1,10}(?:\.\w{1,12})?\|[^|\n]{0,60}\|(?:[^|\n]{0,60}\|){0,4}TIMEOUT\|/i,
    sees: [
      'Job exceeded its walltime limit. Job was aborted',
      'MOAB_INFO:  job exceeded wallclock limit',
      'Job 4242 killed: exceeded the wall clock time limit of the queue',
      'The job was killed because it exceeded the time limit of 24:00:00',
      '4242|train|gpu|TIMEOUT|0:0',
    ],
    ignores: [
      'job 4242 has a time limit of 24:00:00',
      'the job will be killed at its time limit',
      '[Rank 1] Watchdog caught collective operation timeout',
    ],
  },
  {
    id: 'batch.memory.exceeded',
    summary: 'a job was ended since it took more memory than it asked for',
    role: 'cause',
    weighs: { 'host-oom': 5.6, 'scheduler-action': 0.5 },
    source: torque,
    literals: ['memory resource limit', 'memory limit', 'memory usage limit'],
    pattern:
      /\bjob\b[^\n]{0,20}\bexceeded\b[^\n]{0,12}\bmemory (?:resource |usage )?limit\b|\b(?:killed|cancell?ed|terminated|aborted)\b[^\n]{0,40}\b(?:exceed(?:ed|s|ing)|(?:ran|run) over)\b[^\n]{0,30}\bmemory (?:resource |usage )?limit\b/i,
    sees: ['Job exceeded a memory resource limit (vmem, pvmem, etc.). Job was aborted See Administrator for help'],
    ignores: ['memory limit of the job: 120 GB'],
  },
  {
    id: 'batch.job.taken-away',
    summary: 'a job was preempted, or deleted by an administrator',
    role: 'cause',
    weighs: { 'scheduler-action': 5.4 },
    source: 'https://slurm.schedmd.com/sacct.html',
    literals: ['|preempted|', 'preempt', 'administrator', 'operator', 'requeu', 'spot '],
    pattern:
      /^\d{1,10}(?:\.\w{1,12})?\|[^|\n]{0,60}\|(?:[^|\n]{0,60}\|){0,4}PREEMPTED\||\bjob\b[^\n]{0,40}\b(?:was |has been |is being )?(?:deleted|removed|cancell?ed|killed|stopped|drained) by (?:the |an? )?(?:system )?(?:administrator|operator)\b|\bjob\b[^\n]{0,30}\b(?:was|has been|is being) preempted\b|\b(?:will|going to) requeue (?:the|this) job\b|\bSIGTERM\b[^\n]{0,30}\brequeu(?:e|e?ing)\b|\bspot (?:instance|vm|node|machine)\b[^\n]{0,24}\b(?:will be|was|is being|has been) (?:reclaimed|interrupted|terminated|preempted|evicted)\b/i,
    sees: [
      '4242|train|PREEMPTED|0:0',
      'qdel: job 4242 deleted by administrator for maintenance',
      'Job 4242 has been preempted by a job of higher priority',
      'Bypassing sigterm. SIGTERM received, requeueing',
      'The spot instance will be reclaimed in 2 minutes',
    ],
    ignores: ['PREEMPT_MODE=off', 'ask your administrator about the job'],
  },
]);
