import { Command } from 'commander';
import type { Probe } from '../../kb/schemas/probe.ts';
import type { CliContext } from './context.ts';
import { CommandFailure, exitCodes, renderJson, renderTable, type Terminal } from './output.ts';

export function listCommand({ terminal }: Pick<CliContext, 'terminal'>): Command {
  return new Command('list')
    .description('list the probes')
    .option('--json', 'print JSON, with arguments and outcomes')
    .addHelpText('after', '\nExample:\n  $ wardround probe list')
    .action(async ({ json }: { json?: true }) => {
      const { probes } = await import('../../kb/probes/index.ts');
      if (json === true) terminal.out(renderJson({ probes: await Promise.all(probes.map(asJson)) }));
      else terminal.out(await asTable(terminal, probes));
    });
}

export function showCommand({ terminal }: Pick<CliContext, 'terminal'>): Command {
  return new Command('show')
    .description('what a probe asks, how, and what its answers mean')
    .argument('<probe>', 'id of the probe')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ wardround probe show gpu.clocks')
    .action(async (id: string, { json }: { json?: true }) => {
      const probe = await findProbe(id);
      terminal.out(json === true ? renderJson(await asJson(probe)) : await asPage(terminal, probe));
    });
}

export async function findProbe(id: string): Promise<Probe> {
  const { probeById } = await import('../../kb/probes/index.ts');
  const probe = probeById(id);
  if (probe !== undefined) return probe;
  throw new CommandFailure(`there is no probe "${id}"`, 'see them with `wardround probe list`', {
    exitCode: exitCodes.usage,
  });
}

function asTable(terminal: Terminal, probes: readonly Probe[]): Promise<string> {
  const rows = probes.map(({ id, side, aspect, impact, privilege, via = 'node', question }) => [
    id,
    side,
    aspect,
    impact,
    privilege,
    via,
    question,
  ]);
  return renderTable(terminal, ['ID', 'SIDE', 'ASPECT', 'IMPACT', 'AS', 'VIA', 'QUESTION'], rows);
}

async function asPage(terminal: Terminal, probe: Probe): Promise<string> {
  const { args } = await asJson(probe);
  const again = probe.again === undefined ? [] : [['second read', `after ${probe.again.gapMs / 1_000} s`]];
  const siblings = (probe.siblings?.rules ?? []).map(({ name, side, relative, absolute, source }) => [
    'siblings',
    `${name}: ${side === 'both' ? 'off' : side} by more than ${relative * 100} % and ${absolute} (${source})`,
  ]);
  const facts = [
    ['question', probe.question],
    ['reads', probe.summary],
    ['side', probe.side],
    ['aspect', probe.aspect],
    ['impact', `${impacts[probe.impact]}, typically ${probe.costMs} ms`],
    ['as', probe.privilege === 'root' ? 'root, by a rule of sudo' : 'the probe user'],
    ['via', probe.via === 'management' ? 'the management host, about the node' : 'the node'],
    ['limits', `${probe.timeoutMs / 1_000} s, ${probe.outputBytesMax} bytes`],
    ...again,
    ...siblings,
    ['arguments', JSON.stringify(args['properties'] ?? {})],
  ];
  const meanings = probe.outcomes.map(({ id, role, summary }) => [id, role, summary]);
  return [
    await renderTable(terminal, [probe.id, ''], facts),
    '',
    await renderTable(terminal, ['FINDING', 'ROLE', 'WHAT IT MEANS'], meanings),
  ].join('\n');
}

const impacts: Readonly<Record<Probe['impact'], string>> = {
  passive: 'passive: reads what is counted anyway',
  light: 'light: may disturb a job for a moment',
  load: 'load: needs an idle device',
};

async function asJson(probe: Probe) {
  const { z } = await import('zod');
  const { id, platform, summary, question, aspect, side, impact, privilege, via = 'node' } = probe;
  const { costMs, timeoutMs, outputBytesMax, outcomes, again, siblings } = probe;
  const args = z.toJSONSchema(probe.args, { io: 'input', unrepresentable: 'any' });
  return {
    id,
    platform,
    summary,
    question,
    aspect,
    side,
    impact,
    privilege,
    via,
    costMs,
    timeoutMs,
    outputBytesMax,
    againAfterMs: again?.gapMs ?? null,
    siblings: siblings?.rules ?? [],
    args,
    outcomes: outcomes.map(({ id: kind, role, summary: means }) => ({ kind, role, summary: means })),
  };
}
