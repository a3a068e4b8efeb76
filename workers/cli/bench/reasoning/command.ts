import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { processEnvironment } from '../../../config.ts';
import { processTerminal, renderJson, renderTable, type Terminal } from '../../output.ts';
import { wholeNumber } from '../option-values.ts';
import { describeHost, machineLine } from '../machine.ts';
import type { ReasoningReport, Spread } from './run-reasoning.ts';

interface ReasoningOptions {
  readonly mb: number;
  readonly runs: number;
  readonly records: number;
  readonly findings: number;
  readonly nodes: number;
  readonly log?: string;
  readonly seed: number;
  readonly json: boolean;
}

/** `wardround bench reasoning`: how long `diagnose` takes on a log, and how long a round does. */
export function reasoningCommand(): Command {
  return new Command('reasoning')
    .description(
      'seconds of diagnose on logs of several shapes, milliseconds of a recall and of each round; needs no stack',
    )
    .option('--mb <n>', 'megabytes of each generated log', wholeNumber, 10)
    .option('--runs <n>', 'processes on each log, and at least 20 times the rounds', wholeNumber, 5)
    .option('--records <n>', 'records that are recalled from', wholeNumber, 300)
    .option('--findings <n>', 'findings that a round reasons about', wholeNumber, 100)
    .option('--nodes <n>', 'nodes that they are on', wholeNumber, 10)
    .option('--log <path>', 'a log of your own, beside the generated ones')
    .option('--seed <n>', 'draws lines and findings', wholeNumber, 7)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: ReasoningOptions) => {
      const { mb, runs, records, findings, nodes, seed, json, log = null } = options;
      for (const [name, value] of Object.entries({ mb, runs, records, findings, nodes }))
        if (value < 1) throw new InvalidArgumentError(`--${name}: expected at least 1`);
      const terminal = processTerminal();
      const dir = mkdtempSync(path.join(tmpdir(), 'wardround-reasoning-'));
      const stop = new AbortController();
      const end = (): void => stop.abort(new Error('stopped'));
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
      try {
        const { runReasoningBench } = await import('./run-reasoning.ts');
        const wanted = { megabytes: mb, runs, records, findings, nodes, seed, log, dir, env: processEnvironment() };
        const report = await runReasoningBench(terminal, wanted, stop.signal);
        terminal.out(json ? renderJson(report) : await renderReasoning(terminal, report));
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    });
}

async function renderReasoning(terminal: Terminal, { logs, rounds }: ReasoningReport): Promise<string> {
  const logTable = await renderTable(
    terminal,
    ['DIAGNOSE', 'MB', 'SECONDS: MIN', 'MEDIAN', 'MAX', 'OF A PROCESSOR, MIN'],
    logs.map(({ name, megabytes, seconds, userSeconds }) => [
      name,
      megabytes.toFixed(0),
      ...cells(seconds, 2),
      userSeconds.min.toFixed(2),
    ]),
  );
  const roundTable = await renderTable(
    terminal,
    ['ROUND', 'MILLISECONDS: MIN', 'MEDIAN', 'MAX'],
    [
      ['recall', ...cells(rounds.recall, 1)],
      ...rounds.each.map((spread, at) => [`round ${at + 1}`, ...cells(spread, 1)]),
    ],
  );
  return [
    logTable,
    'aim: under 1 s for 10 MB on 2 cores, without the start of the process; on a machine that others use, the minimum counts',
    '',
    `${rounds.records} records, ${rounds.findings} findings on ${rounds.nodes} nodes`,
    roundTable,
    'aim: under 50 ms a round',
    machineLine(describeHost()),
  ].join('\n');
}

function cells({ min, median, max }: Spread, digits: number): readonly string[] {
  return [min, median, max].map((value) => value.toFixed(digits));
}
