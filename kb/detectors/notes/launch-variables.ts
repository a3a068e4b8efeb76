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
  {
    // Within a mask devices count from 0 again: code that takes the number of the card itself fits the first ones alone.
    id: 'seen.devices.fails-off-zero',
    summary: 'it fails only where the visible devices are not the first ones: a library or program counts cards itself',
    role: 'symptom',
    weighs: { 'framework-bug': 1.3, 'user-code-error': 0.8, 'launcher-rank-misconfig': 0.5 },
    source: 'https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#cuda-environment-variables',
    pattern: any(
      near(
        '\\b(?:happens|fails?|crash(?:es)?|hangs?|errors?|occurs|breaks|seen|only|invalid device ordinal)\\b',
        "\\b(?:CUDA_VISIBLE_DEVICES|visible (?:devices|gpus)|gpu ids?|device ids?|devices|gpus)\\b.{0,20}?\\b(?:(?:does|do|did)(?: not|n['’]t) (?:begin|start)(?: with| at| from)? (?:gpu )?0|not (?:begin|start)ing (?:with|at|from) (?:gpu )?0|(?:begins?|starts?) (?:with|at|from) (?:another|other|a (?:number|value) (?:other|greater|larger))|(?:is|are) not (?:contiguous from 0|the first ones))\\b",
        40,
      ),
      /\b(?:fails?|crash(?:es)?|happens|hangs?|breaks)\b.{0,20}?\bonly\b.{0,20}?\b(?:gpus|cards|devices) other than (?:gpu )?0\b/,
    ),
    saysNot: true,
    sees: [
      'happens when CUDA_VISIBLE_DEVICES does not begin with 0',
      'it crashes if the visible devices do not start at 0',
      'fails only on GPUs other than 0',
    ],
    ignores: ['CUDA_VISIBLE_DEVICES is 0,1', 'the job hangs with CUDA_VISIBLE_DEVICES=2,3'],
  },
]);
