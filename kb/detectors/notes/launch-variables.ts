import { noteDetector } from './note-patterns.ts';
import { any, near } from './words.ts';

const variable = '\\b(?:RANK|WORLD_SIZE|LOCAL_RANK|MASTER_ADDR|MASTER_PORT|LOCAL_WORLD_SIZE)\\b';

/** What people tell of the variables that a launcher sets for each process. */
export const launchVariablesSeen = noteDetector('notes-launch-variables', [
  {
    // Who starts the script by hand, without torchrun or srun, has none of them.
    id: 'seen.launch.variable-missing',
    summary: 'a variable that a launcher sets for each process is not set: the program was started without one',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4, 'user-code-error': 1.6, 'rendezvous-resolution': 0.6 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/rendezvous.py',
    pattern: any(
      near(
        `\\b(?:variables?|env(?:ironment)?|reported|complains?|says|error)\\b.{0,40}?${variable}`,
        "\\b(?:(?:is|are|was|were|as|be|but) (?:\\w+ )?(?:not|n['’]t) set|unset|not defined|undefined|missing|expected,? but not set)\\b",
        40,
      ),
      new RegExp(
        `${variable} (?:is|was) (?:the )?(?:next|also|then|another)\\b.{0,20}?\\b(?:missing|unset|not set)\\b`,
      ),
    ),
    saysNot: true,
    sees: [
      'at first the variable RANK was reported as not set',
      'the error is that the environment variable WORLD_SIZE is not set',
      'MASTER_ADDR is the next one missing',
    ],
    ignores: ['MASTER_ADDR was not set on node-02', 'rank 3 is missing', 'the variable RANK is set by srun'],
  },
]);
