import { paint, plain, type Terminal } from '../../output.ts';
import { describeHost, type Machine } from '../machine.ts';
import { ablationTexts, type Ablation } from './ablations.ts';
import { inProcesses } from './case-processes.ts';
import type { CaseAnswer } from './case-worker.ts';
import { notWorked, type BenchCase, type CaseRow } from './run-case.ts';
import { listedFaults } from './stage-fault.ts';
import { summarise, type Summary } from './summarise-rows.ts';
import type { FaultKind, ListedFault } from './truth.ts';

export interface ClusterBenchOptions {
  /** Ids; all of the kinds when null. */
  readonly faults: readonly string[] | null;
  readonly kinds: readonly FaultKind[];
  readonly seeds: readonly number[];
  readonly nodes: number;
  readonly ablations: readonly Ablation[];
  /** Where no rule of the site fires, the product's own watch may open the incident. */
  readonly watches: boolean;
  readonly processes: number;
}

export interface ClusterBenchReport {
  readonly nodes: number;
  readonly seeds: readonly number[];
  readonly ablations: readonly Ablation[];
  readonly embedder: string;
  readonly summary: Summary;
  readonly rows: readonly CaseRow[];
  readonly stopped: boolean;
  readonly seconds: number;
  readonly machine: Machine;
}

/** Every chosen fault with every seed, each on a headless cluster of its own. */
export async function runClusterBench(
  terminal: Terminal,
  options: ClusterBenchOptions,
  stop: AbortSignal,
): Promise<ClusterBenchReport> {
  const startedMs = performance.now();
  const chosen = listedFaults().filter(
    ({ id, kind }) => options.kinds.includes(kind) && (options.faults?.includes(id) ?? true),
  );
  const cases = chosen.flatMap(({ id }) =>
    options.seeds.map((seed): BenchCase => ({
      watches: options.watches,
      fault: id,
      seed,
      nodes: options.nodes,
      ablations: options.ablations,
    })),
  );
  const faults = new Map(chosen.map((fault) => [fault.id, fault]));
  const rows = new Map<string, CaseRow>();
  const tell = (one: BenchCase, answer: CaseAnswer): void => {
    const fault = faults.get(one.fault);
    if (fault === undefined) return;
    const row = answer.kind === 'row' ? answer.row : failedRow(fault, one, answer.message);
    rows.set(nameOf(one), row);
    const colour = row.outcome === 'right' ? 'green' : 'red';
    const outcome = paint(terminal, colour, row.outcome);
    terminal.err(`${rows.size} of ${cases.length}  ${one.fault} seed ${one.seed}: ${outcome} ${plain(row.detail)}`);
  };
  await inProcesses(cases, options.processes, tell, stop);
  // In the order of the list, whichever process was first.
  const inOrder = cases.flatMap((one) => rows.get(nameOf(one)) ?? []);
  return {
    nodes: options.nodes,
    seeds: options.seeds,
    ablations: options.ablations,
    embedder: 'hashed words',
    summary: summarise(inOrder),
    rows: inOrder,
    stopped: inOrder.length < cases.length,
    seconds: (performance.now() - startedMs) / 1000,
    machine: describeHost(),
  };
}

export function ablatedText(ablations: readonly Ablation[]): string {
  return ablations.length === 0 ? 'nothing left out' : ablations.map((one) => ablationTexts[one]).join('; ');
}

function nameOf({ fault, seed }: BenchCase): string {
  return `${fault} ${seed}`;
}

function failedRow({ id, kind, categories }: ListedFault, { seed, nodes }: BenchCase, message: string): CaseRow {
  return {
    fault: id,
    kind,
    categories,
    seed,
    nodes,
    place: '',
    outcome: 'failed',
    detail: message,
    openedBy: null,
    alertname: null,
    alertAfterSeconds: null,
    ...notWorked,
    cpuSeconds: 0,
  };
}
