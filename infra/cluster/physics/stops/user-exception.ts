import { nextMultipleMs } from '../iterations.ts';
import type { DyingRank, StopCause } from '../job.ts';
import { inMegatron, main, ofRank, train, traceback } from '../traceback.ts';

const untilRaisedMs = 350;

/** A callback of the user fails on the first rank, at the same iteration in every attempt. */
export const userException: StopCause = (question) => {
  const { world, attempt, fact } = question;
  const place = world.job.name;
  if (!fact({ fact: 'job.callback-defect', place })) return null;
  const atMs = nextMultipleMs(question, fact({ fact: 'job.callback-every', place }), untilRaisedMs);
  const node = attempt.nodes[0];
  if (atMs === Infinity || node === undefined) return null;
  const error = errors[fact({ fact: 'job.callback-error', place })] ?? missingKey;
  return { atMs, node, gpu: 0, exitCode: 1, slurmState: 'FAILED', lastWords: (who) => lastWords(who, error) };
};

interface Raised {
  readonly line: number;
  readonly code: string;
  readonly text: string;
}

const missingKey: Raised = {
  line: 119,
  code: "row['tokens_per_domain'] = losses['domain counts']",
  text: "KeyError: 'domain counts'",
};
const errors: Readonly<Record<string, Raised>> = {
  AttributeError: {
    line: 124,
    code: 'row.update(self.table.as_row())',
    text: "AttributeError: 'NoneType' object has no attribute 'as_row'",
  },
  ZeroDivisionError: {
    line: 131,
    code: "row['mean_length'] = tokens / documents",
    text: 'ZeroDivisionError: division by zero',
  },
};

function lastWords({ rank }: DyingRank, { line, code, text }: Raised): readonly string[] {
  return ofRank(
    rank,
    traceback(
      [
        main,
        train,
        [inMegatron('megatron/training/training.py'), 1268, 'train', 'callbacks.on_step_end(iteration, loss_dict)'],
        [inMegatron('pretrain/callbacks.py'), 77, 'on_step_end', 'callback(iteration, losses)'],
        [inMegatron('pretrain/dashboards.py'), line, '__call__', code],
      ],
      text,
    ),
  );
}
