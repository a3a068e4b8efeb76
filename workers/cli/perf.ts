import { Command } from 'commander';
import { processContext, type CliContext } from './context.ts';
import { calibrateCommand } from './perf/calibrate.ts';
import { compareCommand } from './perf/compare.ts';
import { explainCommand } from './perf/explain.ts';
import { predictCommand } from './perf/predict.ts';
import { watchCommand } from './perf/watch.ts';

/** `wardround perf …`: how fast training should be, and how fast it is. Each command loads its work when it runs. */
export function perfCommand(context: CliContext = processContext()): Command {
  return new Command('perf')
    .description('say how fast a training job should be, where its time goes, and whether it is slow')
    .addCommand(predictCommand(context))
    .addCommand(explainCommand(context))
    .addCommand(compareCommand(context))
    .addCommand(calibrateCommand(context))
    .addCommand(watchCommand(context))
    .addHelpText(
      'after',
      `
Examples:
  $ wardround perf predict job.yaml
  $ wardround perf predict runs.jsonl --json
  $ wardround perf explain job.yaml
  $ wardround perf compare --job llama-70b
  $ wardround perf calibrate site --runs our-runs.jsonl
  $ wardround perf watch list`,
    );
}
