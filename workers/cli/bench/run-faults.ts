import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Environment } from '../../config.ts';
import { placeOf } from '../fault-place.ts';
import { paint, renderTable, type Terminal } from '../output.ts';
import type { DemoResult } from '../up/demo.ts';

export interface FaultRun {
  readonly fault: string;
  readonly seed: number;
  readonly asExpected: boolean;
  /** Where it was, such as `node-07 gpu 3`. */
  readonly place: string;
  readonly verdict: string;
  readonly end: string;
  readonly alertToVerdictMs: number | null;
  readonly seconds: number;
  readonly differences: readonly string[];
}

/** Every fault with every seed, each on a new stack as `up --demo --yes --exit` runs it, one after the other. */
export async function runFaults(
  terminal: Terminal,
  options: {
    readonly faults: readonly string[];
    readonly seeds: readonly number[];
    readonly rate: number;
    readonly stateDir: string;
    readonly env: Environment;
  },
  stop: AbortSignal,
): Promise<readonly FaultRun[]> {
  const runs: FaultRun[] = [];
  for (const fault of options.faults)
    for (const seed of options.seeds) {
      if (stop.aborted) return runs;
      const run = await runOne(fault, seed, options);
      runs.push(run);
      const word = run.asExpected ? paint(terminal, 'green', 'as expected') : paint(terminal, 'red', 'not as expected');
      terminal.err(`${fault} with seed ${seed}: ${word} in ${run.seconds.toFixed(0)} s`);
    }
  return runs;
}

export async function renderFaultRuns(terminal: Pick<Terminal, 'colour'>, runs: readonly FaultRun[]): Promise<string> {
  const rows = runs.map((run) => [
    run.fault,
    String(run.seed),
    run.place,
    run.verdict,
    run.end,
    run.alertToVerdictMs === null ? '-' : `${(run.alertToVerdictMs / 1000).toFixed(1)} s`,
    `${run.seconds.toFixed(0)} s`,
    run.asExpected
      ? { text: 'as expected', style: 'green' as const }
      : { text: run.differences.join('; ') || 'no result', style: 'red' as const },
  ]);
  const good = runs.filter(({ asExpected }) => asExpected).length;
  const heads = ['FAULT', 'SEED', 'INJECTED ON', 'VERDICT', 'END', 'TO VERDICT', 'WHOLE RUN', 'RESULT'];
  return `${await renderTable(terminal, heads, rows)}\n\n${good} of ${runs.length} as expected`;
}

const cli = path.resolve(import.meta.dirname, '..', '..', 'cli.ts');
/** A run takes one to two minutes on two cores. */
const runMsMax = 6 * 60_000;

async function runOne(
  fault: string,
  seed: number,
  { rate, stateDir, env }: { readonly rate: number; readonly stateDir: string; readonly env: Environment },
): Promise<FaultRun> {
  const folder = path.join(stateDir, `${fault}-${seed}`);
  const started = performance.now();
  const words = ['up', '--demo', '--yes', '--exit', '--json', '--fault', fault, '--seed', String(seed)];
  const stdout = await output([cli, ...words, '--rate', String(rate), '--state-dir', folder], env);
  const seconds = (performance.now() - started) / 1000;
  const result = readResult(stdout);
  if (result === null) {
    const nothing = { place: '-', verdict: '-', end: '-', alertToVerdictMs: null };
    return { fault, seed, asExpected: false, ...nothing, seconds, differences: [`no result; see ${folder}/logs`] };
  }
  const cause = result.causes[0];
  return {
    fault,
    seed,
    asExpected: result.asExpected,
    place: placeOf(result.fault),
    verdict:
      cause === undefined
        ? (result.verdict ?? '-')
        : `${cause.category} on ${placeOf({ ...cause, node: cause.node ?? 'no node', gpu: cause.gpu ?? null })}`,
    end: result.closing?.kind ?? '-',
    alertToVerdictMs: result.alertToVerdictMs,
    seconds,
    differences: result.differences,
  };
}

/** Our own command's output: one JSON object, or nothing when it could not come that far. */
function readResult(stdout: string): DemoResult | null {
  try {
    return JSON.parse(stdout) as DemoResult;
  } catch {
    return null;
  }
}

function output(args: readonly string[], env: Environment): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const late = setTimeout(() => child.kill('SIGINT'), runMsMax);
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(late);
      resolve(stdout);
    });
  });
}
