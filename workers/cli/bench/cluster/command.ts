import { Command, InvalidArgumentError } from 'commander';
import { exitCodes, processTerminal, renderJson } from '../../output.ts';
import { ablations } from './ablations.ts';
import { faultKinds } from './truth.ts';
import { list, oneOf, wholeNumber } from '../option-values.ts';

interface ClusterOptions {
  readonly faults?: readonly string[];
  readonly kinds?: readonly string[];
  readonly seeds: readonly string[];
  readonly nodes: number;
  readonly ablate: readonly string[];
  readonly alertsOnly: boolean;
  readonly jobs: number;
  readonly rows: boolean;
  readonly json: boolean;
}

/** `wardround bench cluster`: the whole diagnosis on every fault of the simulated cluster, without servers. */
export function clusterBenchCommand(): Command {
  return new Command('cluster')
    .description('every fault of the simulated cluster over seeds: is the cause found, with how many probes')
    .option('--faults <ids>', 'separated by commas (default: all of the kinds)', list)
    .option('--kinds <kinds>', `of ${faultKinds.join(', ')} (default: all)`, list)
    .option('--seeds <numbers>', 'draw the cluster and the parameters of each fault', list, ['1', '2', '3', '4', '5'])
    .option('--nodes <n>', 'nodes of the cluster, eight GPUs each', wholeNumber, 10)
    .option('--ablate <parts>', `leave out: ${ablations.join(', ')}`, list, [])
    .option('--alerts-only', 'without the incidents that only the own watch of the jobs opens', false)
    .option('--jobs <n>', 'worker processes', wholeNumber, 2)
    .option('--rows', 'every case, not only those that are not right', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .addHelpText(
      'after',
      `
Examples:
  $ wardround bench cluster --seeds 1
  $ wardround bench cluster --kinds decoy,noisy,tool --rows
  $ wardround bench cluster --ablate no-recall --seeds 1 --json`,
    )
    .action(async (options: ClusterOptions) => {
      const terminal = processTerminal();
      const left = oneOf('part', ablations, options.ablate);
      const kinds = oneOf('kind', faultKinds, options.kinds ?? faultKinds);
      const { listedFaults } = await import('./stage-fault.ts');
      const { runClusterBench } = await import('./run-cluster-bench.ts');
      const { renderClusterBench } = await import('./cluster-table.ts');
      const ids = listedFaults().map(({ id }) => id);
      const faults = options.faults === undefined ? null : oneOf('fault', ids, options.faults);
      if (options.nodes < nodesMin || options.nodes > nodesMax)
        throw new InvalidArgumentError(`--nodes: expected ${nodesMin} to ${nodesMax}`);
      const stop = stopOnSignal();
      const { nodes, jobs, json, rows } = options;
      const wanted = {
        faults,
        kinds,
        seeds: options.seeds.map(wholeNumber),
        nodes,
        ablations: left,
        watches: !options.alertsOnly,
        processes: jobs,
      };
      const report = await runClusterBench(terminal, wanted, stop);
      terminal.out(json ? renderJson(report) : await renderClusterBench(terminal, report, { allRows: rows }));
      // Aims that are missed are a result, not a failure of the command; what broke is.
      const broke = report.stopped || report.rows.some(({ outcome }) => outcome === 'failed');
      process.exitCode = broke ? exitCodes.failed : exitCodes.done;
    });
}

// Below there are faults that have no second node, above it a run takes hours.
const nodesMin = 4;
const nodesMax = 100;

function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  return stop.signal;
}
