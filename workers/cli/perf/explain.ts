import { Command } from 'commander';
import { processContext, type CliContext } from '../context.ts';
import { screenColumns } from './screen.ts';

/** `wardround perf explain …`: where the time of a run goes. */
export function explainCommand(
  { terminal }: Pick<CliContext, 'terminal'> = processContext(),
  columnsWide: number = screenColumns(),
): Command {
  return new Command('explain')
    .description('show where the time of a step goes, and what would change it; needs no server')
    .argument('<file>', 'a run in YAML, JSON or JSONL, as for `perf predict`; - is standard input')
    .option('--run <id>', 'which run, where the file holds several')
    .option('--json', 'print JSON')
    .option('--site <file>', 'what your site measured about itself: scale, sigma and runs, as YAML or JSON')
    .addHelpText('after', help)
    .action(async (file: string, { run, json, site }: { run?: string; json?: true; site?: string }) => {
      const { runExplain } = await import('./run-explain.ts');
      const { openRuns } = await import('./read-runs.ts');
      const scale = site === undefined ? null : (await import('./site-file.ts')).readSiteFile(site);
      await runExplain(terminal, openRuns(file), {
        json: json === true,
        id: run ?? null,
        site: scale,
        columnsWide,
      });
    });
}

const help = `
Only what cannot hide behind other work is counted, so the parts add up to the
step. Each change is one knob turned by one step, everything else as it is,
computed by the same model; what does not fit the layout or the memory is left
out and named. The lower clock is that of one GPU of the job: a synchronous job
waits for its slowest rank.

Exit codes: 0 done, 1 the run is refused, 2 wrong usage, or no readable list of
runs.

Examples:
  $ wardround perf explain job.yaml
  $ wardround perf explain runs.jsonl --run llama-13b --json | jq '.whatIf[0]'`;
