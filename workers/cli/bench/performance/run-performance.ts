import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Environment } from '../../../config.ts';
import { CommandFailure, paint, type Terminal } from '../../output.ts';
import { describeHost, type Machine } from '../machine.ts';
import { aimsOf, type Aim } from './aims.ts';
import { compareCalculon, type CalculonReport } from './calculon/compare-calculon.ts';
import { naiveCandidate, type Case } from './candidate.ts';
import { modelCandidate } from './model-candidate.ts';
import { prepareCases } from './prepare-cases.ts';
import { compareSet, type Protocol, type SetResult } from './protocols.ts';
import { readRuns, type PublishedRun } from './published-runs.ts';
import { digestOf, frozenSplit } from './split.ts';

export interface PerformanceBench {
  /** SHA-256 of the table of runs that were tested. */
  readonly digest: string;
  /** FNV-1a over which run lies in which half and what would be measured first. */
  readonly splitDigest: string;
  readonly runs: number;
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  /** Runs whose time follows from a printed FLOP rate. */
  readonly converted: readonly string[];
  readonly results: readonly SetResult[];
  readonly calculon: CalculonReport | null;
  readonly aims: readonly Aim[];
  readonly seconds: number;
  readonly machine: Machine;
}

export async function runPerformanceBench(
  terminal: Terminal,
  options: {
    /** The published runs, that constants are fitted on. */
    readonly published: string;
    /** Other runs to test in their place. */
    readonly runs: string | null;
    readonly sets: readonly string[] | null;
    readonly protocols: readonly Protocol[];
    readonly calculon: { readonly checkout: string; readonly python: string } | null;
    readonly stateDir: string;
    readonly env: Environment;
  },
  stop: AbortSignal,
): Promise<PerformanceBench> {
  const startedMs = performance.now();
  const progress = (text: string): void => terminal.transient?.(paint(terminal, 'dim', `  … ${text}`));
  const published = readRuns(options.published);
  const file = options.runs === null ? published : readRuns(options.runs);
  const tested = prepareCases(chosen(file.runs, options.sets));
  const pool = prepareCases(published.runs).cases;
  const results: SetResult[] = [];
  for (const [set, own] of Map.groupBy(tested.cases, (one) => one.set)) {
    stop.throwIfAborted();
    progress(`${set}: ${own.length} runs`);
    await nextTurn();
    const others = pool.filter((one) => isOther(one, own));
    const both = { model: modelCandidate, naive: naiveCandidate };
    results.push(...compareSet(both, own, others, { protocols: options.protocols, split: frozenSplit }));
  }
  const calculon =
    options.calculon === null
      ? null
      : await compareCalculon(tested.cases, { ...options.calculon, ...options, progress, stop });
  terminal.transient?.('');
  return {
    digest: file.digest,
    splitDigest: digestOf(file.runs),
    runs: tested.cases.length,
    refused: tested.refused,
    skipped: file.skipped,
    converted: tested.cases.filter(({ convertedFrom }) => convertedFrom !== null).map(({ id }) => id),
    results,
    calculon,
    aims: aimsOf(results),
    seconds: (performance.now() - startedMs) / 1_000,
    machine: describeHost(),
  };
}

function chosen(runs: readonly PublishedRun[], sets: readonly string[] | null): readonly PublishedRun[] {
  const known = new Set(runs.map(({ set }) => set));
  const unknown = (sets ?? []).filter((set) => !known.has(set));
  if (unknown.length > 0)
    throw new CommandFailure(`there is no set "${unknown.join('", "')}"`, `known: ${[...known].join(', ')}`);
  return sets === null ? runs : runs.filter(({ set }) => sets.includes(set));
}

/** Neither of the set nor of the source that is tested: two sets of one source share machines and software. */
function isOther(one: Case, own: readonly Case[]): boolean {
  return !own.some(({ set, source }) => set === one.set || source === one.source);
}
