import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findLocalLogs } from '../../../../activities/adapters/local-logs.ts';
import type { Finding } from '../../../../workflows/domain/finding.ts';
import type { Environment } from '../../../config.ts';
import type { Terminal } from '../../output.ts';
import { describeHost, type Machine } from '../machine.ts';
import { burstKind, bursts, writeBurst } from './burst.ts';
import { checkPlanted, type PlantedOutcome } from './check-planted.ts';
import { drainSetups, measureDrain, type DrainRate, type DrainSetup } from './drain3.ts';
import { generateLogs } from './generate-logs.ts';
import { measureProcess, type ProcessMeasure } from './measure-process.ts';
import { measureRipgrep } from './ripgrep.ts';

export interface LogsBenchOptions {
  /** What is generated; not looked at where `path` is given. */
  readonly bytes: number;
  readonly seed: number;
  /** Logs that one has, instead. */
  readonly path: string | null;
  readonly dir: string;
  readonly python: string;
  /** How often each of our own measurements is made; the fastest counts. */
  readonly runs: number;
  readonly env: Environment;
}

export interface LogsBench {
  readonly seed: number;
  readonly input: { readonly generated: boolean; readonly files: number; readonly bytes: number };
  /** Scan and reduction with all detectors, sequences and templates, as `logs reduce --json` into nowhere. */
  readonly reduce: readonly ReduceRate[];
  /** The same over a quarter of the bytes: memory must not grow. Not with logs of one's own. */
  readonly quarter: ReduceRate | null;
  /** Not with logs of one's own. */
  readonly planted: readonly PlantedOutcome[] | null;
  readonly bursts: readonly BurstRate[];
  /** `null`: not installed. */
  readonly ripgrep: (ProcessMeasure & { readonly mbPerS: number }) | null;
  readonly drain3: readonly DrainRate[] | null;
  /** Our megabytes a second on all cores over theirs. */
  readonly ratios: Readonly<Record<string, number>>;
  /** The same of megabytes per processor second, ours on one core: other work on the machine hardly counts. */
  readonly cpuRatios: Readonly<Record<string, number>>;
  readonly machine: Machine;
}

export interface ReduceRate extends ProcessMeasure {
  /** `one`: the process may use a single core. */
  readonly cores: 'one' | 'all';
  readonly bytes: number;
  readonly mbPerS: number;
}

export interface BurstRate {
  readonly name: string;
  readonly lines: number;
  readonly devices: number;
  readonly bytes: number;
  /** Of the findings of the burst's kind. */
  readonly counts: readonly number[];
  /** From the start of the process to its end. */
  readonly scanSeconds: number;
  readonly reduceSeconds: number;
}

const cli = path.resolve(import.meta.dirname, '..', '..', '..', 'cli.ts');
// Long enough for Drain3's tree to fill up.
const drainSeconds = 12;

export async function runLogsBench(
  terminal: Terminal,
  options: LogsBenchOptions,
  signal: AbortSignal,
): Promise<LogsBench> {
  const { dir, seed, env, runs } = options;
  const told = (text: string): void => terminal.err(text);
  const commands = { env, signal };
  mkdirSync(dir, { recursive: true });

  const own = options.path === null;
  const generated = own ? generateTold(terminal, path.join(dir, 'logs'), options.bytes, seed) : null;
  const input = options.path ?? path.join(dir, 'logs');
  const files = (await findLocalLogs(input)).logs.filter(({ content }) => content === 'text');
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);

  const reduced = async (cores: ReduceRate['cores'], where: string, size: number): Promise<ReduceRate | null> => {
    const best = await fastest(runs, () => runCli(['logs', 'reduce', '--json', where], { ...commands, cores }));
    if (best === null) return null;
    const rate = { cores, bytes: size, mbPerS: rateOf(size, best), ...best };
    told(`reduced ${mb(size)} on ${cores === 'one' ? 'one core' : 'all cores'}: ${rate.mbPerS.toFixed(1)} MB/s`);
    return rate;
  };
  const reduce = [await reduced('all', input, bytes), await reduced('one', input, bytes)].filter((one) => one !== null);

  const planted = generated === null ? null : await plantedOutcomes(input, generated.planted, dir, commands);
  if (planted !== null)
    told(
      `planted faults found and kept: ${planted.filter(({ found, kept }) => found && kept).length} of ${planted.length}`,
    );

  const quarter = own ? await quarterRate(terminal, path.join(dir, 'quarter'), options, reduced) : null;
  const burstRates: BurstRate[] = [];
  for (const burst of bursts) burstRates.push(await burstRate(burst, dir, runs, commands, told));

  const paths = files.map((file) => file.path);
  const rg = await fastest(runs, () => measureRipgrep([input], path.join(dir, 'literals.txt'), commands));
  if (rg !== null) told(`ripgrep: ${rateOf(bytes, rg).toFixed(1)} MB/s`);
  const drain3: DrainRate[] = [];
  // The keys are the setups.
  for (const setup of Object.keys(drainSetups) as DrainSetup[]) {
    const rate = await measureDrain(options.python, setup, paths, { ...commands, seconds: drainSeconds });
    if (rate === null) break;
    drain3.push(rate);
    told(`Drain3, ${drainSetups[setup]}: ${rate.mbPerS.toFixed(1)} MB/s`);
  }

  const ripgrep = rg === null ? null : { ...rg, mbPerS: rateOf(bytes, rg) };
  const ours = reduce.find(({ cores }) => cores === 'all')?.mbPerS ?? 0;
  const onOne = reduce.find(({ cores }) => cores === 'one') ?? reduce[0];
  const oursByCpu = perCpuSecond(bytes, onOne?.cpuSeconds ?? null);
  return {
    seed,
    input: { generated: own, files: files.length, bytes },
    reduce,
    quarter,
    planted,
    bursts: burstRates,
    ripgrep,
    drain3: drain3.length === 0 ? null : drain3,
    ratios: {
      ...Object.fromEntries(drain3.map(({ setup, mbPerS }) => [`drain3-${setup}`, ours / mbPerS])),
      ...(ripgrep === null ? {} : { ripgrep: ours / ripgrep.mbPerS }),
    },
    cpuRatios: cpuRatiosOf(oursByCpu, drain3, bytes, ripgrep),
    machine: describeHost(),
  };
}

function cpuRatiosOf(
  ours: number | null,
  drain3: readonly DrainRate[],
  bytes: number,
  ripgrep: ProcessMeasure | null,
): Readonly<Record<string, number>> {
  const theirs = new Map<string, number | null>(
    drain3.map((one) => [`drain3-${one.setup}`, perCpuSecond(one.bytes, one.cpuSeconds)]),
  );
  if (ripgrep !== null) theirs.set('ripgrep', perCpuSecond(bytes, ripgrep.cpuSeconds));
  const ratios: Record<string, number> = {};
  for (const [name, rate] of theirs) if (ours !== null && rate !== null) ratios[name] = ours / rate;
  return ratios;
}

/** Megabytes; `null` where processor time was not measured. */
export function perCpuSecond(bytes: number, cpuSeconds: number | null): number | null {
  return cpuSeconds === null || cpuSeconds === 0 ? null : bytes / 1e6 / cpuSeconds;
}

type Commands = { readonly env: Environment; readonly signal: AbortSignal };

function generateTold(terminal: Terminal, dir: string, bytes: number, seed: number) {
  const made = generateLogs(dir, { bytes, seed }, (soFar) =>
    terminal.transient?.(`  … generated ${mb(soFar)} of ${mb(bytes)}`),
  );
  terminal.err(
    `generated ${mb(made.bytes)}, ${made.lines.toLocaleString('en-US')} lines in ${made.files} files, seed ${seed}`,
  );
  return made;
}

async function quarterRate(
  terminal: Terminal,
  dir: string,
  { bytes, seed }: LogsBenchOptions,
  reduced: (cores: ReduceRate['cores'], where: string, size: number) => Promise<ReduceRate | null>,
): Promise<ReduceRate | null> {
  const made = generateTold(terminal, dir, bytes / 4, seed);
  const rate = await reduced('all', dir, made.bytes);
  rmSync(dir, { recursive: true });
  return rate;
}

async function plantedOutcomes(
  input: string,
  planted: Parameters<typeof checkPlanted>[0],
  dir: string,
  commands: Commands,
): Promise<readonly PlantedOutcome[]> {
  const scanFile = path.join(dir, 'scan.json');
  const reducedFile = path.join(dir, 'reduced.jsonl');
  await runCli(['logs', 'scan', '--json', input], { ...commands, cores: 'all', outFile: scanFile });
  await runCli(['logs', 'reduce', '--json', input], { ...commands, cores: 'all', outFile: reducedFile });
  return checkPlanted(planted, scanFile, reducedFile);
}

async function burstRate(
  burst: (typeof bursts)[number],
  dir: string,
  runs: number,
  commands: Commands,
  told: (text: string) => void,
): Promise<BurstRate> {
  const file = path.join(dir, 'burst.log');
  const outFile = path.join(dir, 'burst.json');
  const bytes = writeBurst(file, burst);
  const scan = await fastest(runs, () =>
    runCli(['logs', 'scan', '--json', file], { ...commands, cores: 'all', outFile }),
  );
  const reduce = await fastest(runs, () => runCli(['logs', 'reduce', '--json', file], { ...commands, cores: 'all' }));
  // Our own command's output.
  const { findings } = JSON.parse(readFileSync(outFile, 'utf8')) as { readonly findings: readonly Finding[] };
  const counts = findings.filter(({ kind }) => kind === burstKind).map(({ count }) => count);
  rmSync(file);
  const { name, lines, devices } = burst;
  const rate = {
    name,
    lines,
    devices,
    bytes,
    counts,
    scanSeconds: scan?.seconds ?? 0,
    reduceSeconds: reduce?.seconds ?? 0,
  };
  told(`burst of ${lines.toLocaleString('en-US')} lines, ${name}: ${rate.scanSeconds.toFixed(2)} s`);
  return rate;
}

/** Our own command as a process of its own; `null` where it cannot be bound to one core. */
async function runCli(
  words: readonly string[],
  { cores, ...options }: Commands & { readonly cores: ReduceRate['cores']; readonly outFile?: string },
): Promise<ProcessMeasure | null> {
  const node = [process.execPath, cli, ...words];
  const bound = cores === 'one' ? ['taskset', '--cpu-list', firstCore(), ...node] : node;
  const measure = await measureProcess(bound[0] ?? '', bound.slice(1), options);
  if (measure !== null && measure.exitCode !== 0)
    throw new Error(`wardround ${words.join(' ')} ended with exit code ${measure.exitCode}`);
  return measure;
}

/** The first that this process may use: in a container it need not be 0. */
function firstCore(): string {
  try {
    return /^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  } catch {
    return '0'; // no Linux, and no taskset either
  }
}

async function fastest(runs: number, measure: () => Promise<ProcessMeasure | null>): Promise<ProcessMeasure | null> {
  const all: ProcessMeasure[] = [];
  for (let run = 0; run < runs; run += 1) {
    const one = await measure();
    if (one === null) return null;
    all.push(one);
  }
  const [best] = all.toSorted((a, b) => a.seconds - b.seconds);
  if (best === undefined) return null;
  // Time is the least, memory the most that was ever seen.
  const peaks = all.map(({ peakMiB }) => peakMiB).filter((peak) => peak !== null);
  return { ...best, peakMiB: peaks.length === 0 ? null : Math.max(...peaks) };
}

function rateOf(bytes: number, { seconds }: ProcessMeasure): number {
  return bytes / 1e6 / seconds;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
