import { lineDetector } from './line-patterns.ts';

/** More processes than places, and ranks beyond the world: a launcher that counts otherwise than the job. */
export const worldClaims = lineDetector('world-claims', [
  {
    id: 'launcher.world.overbooked',
    summary: 'a rank or a number of processes is larger than what the job or its hosts have',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.6, 'user-code-error': 0.8 },
    source: 'https://github.com/horovod/horovod/blob/master/horovod/runner/common/util/hosts.py',
    literals: [
      'out of bounds for world size',
      'available slots',
      'out of range for world size',
      'world size of',
      'device_id ',
      '--tasks-per-node',
      '--ntasks-per-node',
    ],
    pattern:
      /\b[Rr]ank \d{1,6} is out of (?:bounds|range) for world size|[Rr]equested more processes \(\d{1,6}\) than there are available slots|\b[Rr]ank \d{1,6} (?:exceeds|is (?:larger|greater) than) (?:the )?world size of \d|\bdevice_id \d{1,4} is out of range\. Please use a device index|You set `--n?tasks-per-node=\d/,
    sees: [
      'RuntimeError: Rank 9 is out of bounds for world size 8',
      'horovodrun: ValueError: Requested more processes (16) than there are available slots (8)',
      'RuntimeError: device_id 5 is out of range. Please use a device index within [0, 4)',
      'ValueError: You set `--tasks-per-node=4` in your SLURM bash script, but this variable is not supported. HINT: Use `--ntasks-per-node=4`.',
    ],
    ignores: ['rank 3 of world size of 8', '16 available slots'],
  },
]);
