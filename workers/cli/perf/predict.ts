import { Command } from 'commander';
import { processContext, type CliContext } from '../context.ts';
import { exitCodes } from '../output.ts';
import { screenColumns } from './screen.ts';

/** `wardround perf predict …`: how fast runs should be. */
export function predictCommand(
  { terminal }: Pick<CliContext, 'terminal'> = processContext(),
  columnsWide: number = screenColumns(),
): Command {
  return new Command('predict')
    .description('say how long a step of a training run should take, and why; needs no server')
    .argument('<file>', 'a run or a list of runs in YAML or JSON, or JSONL with a run a line; - is standard input')
    .option('--json', 'one JSON object a line, in the order of the runs')
    .option('--site <file>', 'what your site measured about itself: scale, sigma and runs, as YAML or JSON')
    .addHelpText('after', help)
    .action(async (file: string, { json, site }: { json?: true; site?: string }) => {
      const { runPredict } = await import('./run-predict.ts');
      const { openRuns } = await import('./read-runs.ts');
      const scale = site === undefined ? null : (await import('./site-file.ts')).readSiteFile(site);
      const code = await runPredict(terminal, openRuns(file), { json: json === true, site: scale, columnsWide });
      if (code !== exitCodes.done) process.exitCode = code;
    });
}

const help = `
Only gpu, gpus, a shape and the batch are needed; what else is missing is
assumed by a rule that is printed, or refused by name. Fields are those of
docs/performance.md, section "Job files"; others are let through.

  id: llama-13b
  gpu: A800-SXM4-80GB          # as nvidia-smi writes it
  gpus: 80
  layers: 40
  hidden: 5120
  heads: 40
  seq: 4096                    # tokens a sequence
  vocab: 32000
  tp: 8                        # tensor parallel; also pp, dp, cp, vp
  micro_batch: 1               # sequences
  global_batch: 320
  recompute: selective         # none, selective, full
  network_gbps_per_node: 800   # all adapters of a node together

Bounds hold nine of ten runs of sources that the model has not seen. Rows of
another kind than training are skipped.

Exit codes: 0 all predicted, 1 a run was refused (the others are predicted),
2 wrong usage, or no readable list of runs.

Examples:
  $ wardround perf predict job.yaml
  $ wardround perf predict runs.jsonl --json | jq -c '{id, low, high}'
  $ squeue-to-jobs | wardround perf predict - --site site.yaml`;
