import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import type { Check, DoctorContext } from '../../infra/doctor/check.ts';
import type { ProbeAccess } from '../../infra/doctor/probe-access-checks.ts';
import { runDoctor } from '../../infra/doctor/run-doctor.ts';
import { readStackFile } from '../../infra/stack/stack-file.ts';
import { loadConfig, type Config } from '../config.ts';
import { exitCodes, paint, plain, processTerminal, renderJson, type Style, type Terminal } from './output.ts';

/** `wardround doctor`: what works here, what does not, and what to do about it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check this machine, the set-up and the configured servers')
    .option('--json', 'print the checks as JSON')
    .addHelpText('after', '\nExit code 0 when nothing fails (warnings are fine), otherwise 1.')
    .action(async ({ json }: { json?: true }) => {
      process.exitCode = await doctor(doctorContext(loadConfig()), processTerminal(), json === true);
    });
}

/** Prints each check as it becomes known; answers the exit code. */
export async function doctor(context: DoctorContext, terminal: Terminal, json: boolean): Promise<number> {
  const checks: Check[] = [];
  for await (const check of runDoctor(context)) {
    checks.push(check);
    if (!json) terminal.out(renderCheck(terminal, check));
  }
  const ended = { ok: count(checks, 'ok'), warn: count(checks, 'warn'), fail: count(checks, 'fail') };
  if (json) terminal.out(renderJson({ ok: ended.fail === 0, counts: ended, checks }));
  else terminal.out(renderSummary(terminal, ended));
  return ended.fail === 0 ? exitCodes.done : exitCodes.failed;
}

const marks: Readonly<Record<Check['status'], readonly [mark: string, style: Style]>> = {
  ok: ['✓', 'green'],
  warn: ['!', 'yellow'],
  fail: ['✗', 'red'],
};
const titleWidth = 16;

function renderCheck(terminal: Terminal, { status, title, detail, advice }: Check): string {
  const [mark, style] = marks[status];
  const line = `${paint(terminal, style, mark)} ${title.padEnd(titleWidth)} ${plain(detail)}`;
  return advice === undefined
    ? line
    : `${line}\n${' '.repeat(titleWidth + 3)}${paint(terminal, 'dim', `→ ${plain(advice)}`)}`;
}

function renderSummary(terminal: Terminal, { warn, fail }: { warn: number; fail: number }): string {
  const warnings = warn === 0 ? '' : `, ${warn} ${warn === 1 ? 'warning' : 'warnings'}`;
  if (fail === 0) return paint(terminal, 'bold', `\nNothing fails${warnings}.`);
  return paint(terminal, 'bold', `\n${fail} ${fail === 1 ? 'check fails' : 'checks fail'}${warnings}.`);
}

function count(checks: readonly Check[], status: Check['status']): number {
  return checks.filter((check) => check.status === status).length;
}

function doctorContext(config: Config): DoctorContext {
  const stack = readStackFile(config.stateDir);
  // The default address means "not configured" unless a stack runs there.
  const temporalSet = stack !== null || config.temporal.address !== defaultTemporalAddress;
  return {
    root: path.resolve(import.meta.dirname, '..', '..'),
    stateDir: config.stateDir,
    stackRuns: stack !== null,
    endpoints: {
      temporal: temporalSet ? config.temporal.address : undefined,
      s3: config.s3?.endpoint ?? stack?.s3.endpoint,
      chroma: config.chromaUrl ?? undefined,
      metrics: config.metricsUrl ?? undefined,
      model: config.model === null ? undefined : `${config.model.url.replace(/\/+$/, '')}/models`,
    },
    environment: undefined,
    probeAccess: () => probeAccess(config),
  };
}

/** The nodes of all inventories, by the key that the configuration or the embedded stack has for probes. */
async function probeAccess(config: Config): Promise<ProbeAccess | undefined> {
  const embedded = path.join(config.stateDir, 'secrets', 'probe_ed25519');
  const keyFile = config.probeKeyFile ?? (existsSync(embedded) ? embedded : null);
  if (config.inventoryPath === null || keyFile === null) return undefined;
  const { loadInventories } = await import('../../activities/adapters/inventory-files.ts');
  const { createSshProbeRunner } = await import('../../activities/adapters/ssh/probe-runner.ts');
  const { routed } = await import('../../activities/ssh-host.ts');
  const inventories = loadInventories(config.inventoryPath);
  return {
    hosts: [...inventories.values()].flatMap((inventory) => inventory.nodes.map((node) => routed(inventory, node))),
    runner: createSshProbeRunner({ privateKey: readFileSync(keyFile, 'utf8') }),
  };
}

const defaultTemporalAddress = '127.0.0.1:7233';
