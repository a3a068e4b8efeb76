import { noteDetector } from './note-patterns.ts';
import { any } from './words.ts';

const work =
  '(?:workloads?|work|ranks?|tasks?|training|trainings?|process(?:es)?|workers?|scripts?|programs?|jobs?|runs?|steps?|epochs?|nodes?|evaluation|results?|output|everything|all)';
const done =
  '(?:finish(?:es|ed)?|complet(?:es|ed)|succeed(?:s|ed)?|ended|ends|exit(?:s|ed)|(?:is|are|was|were) (?:all )?(?:done|finished|complete|correct|written))';
const well =
  '(?:successfully|without (?:an?y? )?(?:errors?|failures?|problems?)|normally|cleanly|correctly|properly|fine|well|(?:with )?(?:exit )?(?:code|status) 0)';
const launcher =
  '(?:job|step|run|task|pod|launcher|orchestrator|scheduler|controller|operator|agent|status|state|torchrun|mpirun|srun|it|sky\\w{0,6}|ray|kubeflow|accelerate|slurm|command|launch|workflow)';
const calledFailed =
  '(?:(?:is|was|gets?|got|are|were|ends?|ended|comes?|goes|went) (?:\\w+ )?(?:reported|marked|shown|counted|declared|recorded|set|flagged|listed|seen|up|treated) (?:as )?(?:a )?(?:failed|failures?|error\\w*|unsuccessful|not ready)|(?:reports?|reported|shows?|showed|says?|said|returns?|returned|raises?|raised|exits?|exited|ends?|ended)(?: (?:with|as|in|it|the job|that it))* (?:an? )?(?:failed|failures?|errors?|non-?zero|(?:exit )?(?:code|status) [1-9]\\d{0,2}|unsuccessful)|(?:is|shows|was) FAILED|fails (?:at|in) (?:its|the) (?:end|cleanup|clean-up|shutdown|teardown|tear-down))';
const yet =
  '(?:,? (?:yet|but|however|nevertheless|still|then|and (?:yet|still|then)|while|whereas|though)|[.:]? ?[Yy]et|, the|[-–(])';

/** Work that was done, and a launcher that says it failed. */
export const doneYetFailed = noteDetector('notes-done-yet-failed', [
  {
    id: 'seen.launcher.failed-after-success',
    summary: 'all work was done well, and what launched it reports a failure',
    role: 'cause',
    // What remains is what the launcher does after the end: to gather, to wait for the others, to clean up.
    weighs: { 'framework-bug': 3.6, 'user-code-error': 0.3, 'scheduler-action': -0.8, 'launcher-rank-misconfig': 0.3 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/elastic/agent/server/api.py',
    pattern: any(
      new RegExp(
        `\\b${work}\\b.{0,30}?\\b${done} (?:\\w+ )?${well}\\b.{0,20}?${yet}.{0,24}?\\b${launcher}\\b(?: \\w{1,10})? ${calledFailed}`,
      ),
      new RegExp(
        `\\b${launcher}\\b(?: \\w{1,10})? ${calledFailed}\\b.{0,20}?\\b(?:although|though|even though|despite|while|when|after)\\b.{0,30}?\\b${work}\\b.{0,30}?\\b${done} (?:\\w+ )?${well}`,
      ),
    ),
    saysNot: true,
    check: (_said, sentence) =>
      !/\b(?:save|saving|saved|upload\w*|evaluat\w+|second|next|first) (?:fails|failed)\b/i.test(sentence),
    sees: [
      'all ranks had finished successfully, yet the job is reported as failed',
      'the training completed without errors but the pod is marked as failed',
      'the job is marked as failed although all workers exited with code 0',
      'every task ended normally, but the launcher exits with code 1',
    ],
    ignores: [
      'rank 0 finished successfully, but rank 1 failed',
      'the job is reported as failed',
      'the first epoch finished successfully, then the loss is NaN',
      'the training completed without errors',
    ],
  },
]);
