import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { ConnectError, type SshHost } from '../../activities/ports.ts';
import type { Check, DoctorContext } from '../../infra/doctor/check.ts';
import type { KeyAccess } from '../../infra/doctor/probe-access-checks.ts';
import { runDoctor } from '../../infra/doctor/run-doctor.ts';
import { readStackFile } from '../../infra/stack/stack-file.ts';
import type { Inventory } from '../../kb/schemas/inventory.ts';
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
    probeAccess: () => keyAccess(config, 'probe'),
    gateAccess: () => keyAccess(config, 'remediation'),
  };
}

/** The hosts of all inventories, by a key that the configuration or the embedded stack has. */
async function keyAccess(config: Config, key: 'probe' | 'remediation'): Promise<KeyAccess | undefined> {
  const embedded = path.join(config.stateDir, 'secrets', `${key}_ed25519`);
  const configured = key === 'probe' ? config.probeKeyFile : config.remediationKeyFile;
  const keyFile = configured ?? (existsSync(embedded) ? embedded : null);
  if (config.inventoryPath === null || keyFile === null) return undefined;
  const { loadInventories } = await import('../../activities/adapters/inventory-files.ts');
  const { createSshProbeRunner } = await import('../../activities/adapters/ssh/probe-runner.ts');
  const { gateUser } = await import('../../activities/adapters/ssh/gate-client.ts');
  const { routed } = await import('../../activities/ssh-host.ts');
  const inventories = [...loadInventories(config.inventoryPath).values()];
  const hosts = (of: (inventory: Inventory) => readonly Pick<SshHost, 'name' | 'ssh'>[]) =>
    inventories.flatMap((inventory) => of(inventory).map((host) => routed(inventory, host)));
  const privateKey = readFileSync(keyFile, 'utf8');
  return {
    hosts: hosts(({ nodes }) => nodes),
    management: hosts(({ management }) => (management === undefined ? [] : [management])),
    // The gate's user is one of nodes; over jump hosts its key comes by the way to them.
    ...(key === 'probe' ? { jumps: hosts(({ jumpHosts }) => jumpHosts) } : {}),
    isUnreached: (error) => error instanceof ConnectError,
    runner: createSshProbeRunner({ privateKey, ...(key === 'probe' ? {} : { user: gateUser }) }),
  };
}

const defaultTemporalAddress = '127.0.0.1:7233';
