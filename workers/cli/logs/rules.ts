import { Command, InvalidArgumentError } from 'commander';
import { readFilterRules, writeFilterRules } from './rules-file.ts';
import { detectors } from '../../../kb/detectors/index.ts';
import { excerpt } from '../../../kb/logs/excerpt.ts';
import { proposeRules, templateSum, type RuleProposal } from '../../../kb/logs/filter-rules/propose.ts';
import {
  addRule,
  guardsOf,
  rememberFaults,
  revokeRule,
  type RuleChange,
} from '../../../kb/logs/filter-rules/rule-set.ts';
import { compileMatchers } from '../../../kb/logs/matchers.ts';
import { keptFaultsMax, type FilterRules } from '../../../kb/schemas/filter-rule.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, renderTable, type Terminal } from '../output.ts';
import { ownName } from '../own-name.ts';
import { scanPaths, type ScanContext } from './scan-paths.ts';
import { ruleGuards, usableSiteRules } from './site-rules.ts';

export interface RulesContext extends ScanContext {
  readonly rulesFile: () => Promise<string>;
}

/** `wardround logs rules …`: what `logs reduce` need not show even once. */
export function rulesCommand(context: RulesContext): Command {
  return new Command('rules')
    .description('learned rules for routine lines: propose, add, list, revoke')
    .addCommand(proposeCommand(context))
    .addCommand(addCommand(context))
    .addCommand(listCommand(context))
    .addCommand(revokeCommand(context))
    .addHelpText(
      'after',
      `
A rule is an RE2 pattern of a whole line. It is held against a line of every fault that detectors know, and against the
fault lines of the logs that it was learned from, before it is added and each time it is used. What a detector matches
is kept whatever the rules say.

Examples:
  $ wardround logs rules propose /var/log/job/ --add
  $ wardround logs rules revoke fr_0123456789ab --reason "the collector was the fault"`,
    );
}

function proposeCommand(context: RulesContext): Command {
  return new Command('propose')
    .description('rules for the lines that repeat and that no detector knows')
    .argument('<path...>', 'logs, as for scan')
    .option('--min-lines <n>', 'only for what repeats so often', wholeNumber, 100)
    .option('--add', 'add those that nothing speaks against')
    .option('--json', 'JSON on stdout')
    .action(async (paths: readonly string[], options: { minLines: number; add?: true; json?: true }) => {
      const { terminal } = context;
      const file = await context.rulesFile();
      const faults = new Set<string>();
      const hosts = new Set<string>();
      const seen = templateSum();
      await scanPaths(paths, context, {
        onReduced(_input, entries) {
          for (const entry of entries)
            if (entry.kind === 'line' && entry.why === 'fault' && faults.size < keptFaultsMax)
              faults.add(excerpt(entry.text));
        },
        onScanned(_input, { report, reduction }) {
          for (const host of hostsOf(report)) hosts.add(host);
          seen.add(reduction?.templates ?? []);
        },
      });
      const matchers = compileMatchers(detectors);
      const rules = rememberFaults(readFilterRules(file), [...faults]);
      const proposals = proposeRules(seen.templates(), {
        isKnown: (line) => matchers.matchText({ text: line }).length > 0,
        hosts,
        guards: guardsOf(rules, ruleGuards),
        linesMin: options.minLines,
      }).map((proposal) => held(proposal, rules));
      if (options.add === true) writeFilterRules(file, withProposals(rules, proposals, context.terminal));
      if (options.json === true) return terminal.out(renderJson({ proposals, added: options.add === true }));
      terminal.out(await proposalTable(proposals, terminal));
    });
}

function hostsOf({ facts, findings }: { facts: { node?: string }; findings: readonly { node?: string }[] }): string[] {
  return [facts, ...findings].flatMap(({ node }) => (node === undefined ? [] : [node]));
}

/** What a person took out of use comes back only by a person's hand. */
function held(proposal: RuleProposal, { rules }: FilterRules): RuleProposal {
  const known = rules.find(({ id }) => id === proposal.id);
  if (known === undefined || proposal.flaw !== null) return proposal;
  if (known.status === 'active') return { ...proposal, flaw: 'it is a rule already' };
  return { ...proposal, flaw: `${known.revokedBy ?? 'somebody'} revoked it: ${known.reason ?? 'no reason given'}` };
}

function withProposals(rules: FilterRules, proposals: readonly RuleProposal[], terminal: Terminal): FilterRules {
  let current = rules;
  for (const { pattern, template, lines, flaw } of proposals) {
    if (flaw !== null) continue;
    const change = addRule(
      current,
      { pattern, example: template, lines, addedBy: ownName(), addedAtMs: Date.now() },
      ruleGuards,
    );
    if ('flaw' in change) terminal.err(`${paint(terminal, 'yellow', 'Note:')} not added: ${change.flaw}`);
    else current = change.rules;
  }
  return current;
}

async function proposalTable(proposals: readonly RuleProposal[], terminal: Terminal): Promise<string> {
  if (proposals.length === 0) return 'Nothing repeats often enough that no detector knows.';
  return renderTable(
    terminal,
    ['ID', 'LINES', '', 'EXAMPLE'],
    proposals.map(({ id, lines, flaw, example }) => [
      id,
      String(lines),
      flaw === null ? { text: 'ok', style: 'green' } : { text: flaw, style: 'yellow' },
      example,
    ]),
  );
}

function addCommand(context: RulesContext): Command {
  return new Command('add')
    .description('add a rule by hand')
    .requiredOption('--pattern <re2>', 'RE2 syntax, of the whole line')
    .option('--by <name>', 'who adds it', ownName())
    .action(async ({ pattern, by }: { pattern: string; by: string }) => {
      const file = await context.rulesFile();
      const added = { pattern, addedBy: by, addedAtMs: Date.now(), example: 'added by hand', lines: 0 };
      writeFilterRules(file, changed(addRule(readFilterRules(file), added, ruleGuards)));
      context.terminal.out('Added.');
    });
}

function listCommand(context: RulesContext): Command {
  return new Command('list')
    .description('list the rules, revoked ones too, and whether each may still be used')
    .option('--json', 'JSON on stdout')
    .action(async ({ json }: { json?: true }) => {
      const file = await context.rulesFile();
      const { version, rules } = readFilterRules(file);
      if (json === true) return context.terminal.out(renderJson({ version, rules }));
      const used = new Set(usableSiteRules(file, context.terminal).used.map(({ id }) => id));
      const rows = rules.map(({ id, status, addedBy, addedAtMs, revokedBy, pattern }) => [
        id,
        status === 'active' && !used.has(id) ? 'refused' : status,
        `${addedBy}, ${new Date(addedAtMs).toISOString().slice(0, 10)}${revokedBy === undefined ? '' : `; revoked by ${revokedBy}`}`,
        pattern,
      ]);
      context.terminal.out(
        rules.length === 0
          ? 'There are no rules.'
          : await renderTable(context.terminal, ['ID', 'STATUS', 'BY', 'PATTERN'], rows),
      );
    });
}

function revokeCommand(context: RulesContext): Command {
  return new Command('revoke')
    .description('take a rule out of use; it stays in the list with who and why')
    .argument('<id>')
    .requiredOption('--reason <text>')
    .option('--by <name>', 'who revokes it', ownName())
    .action(async (id: string, { reason, by }: { reason: string; by: string }) => {
      const file = await context.rulesFile();
      writeFilterRules(file, changed(revokeRule(readFilterRules(file), id, { by, atMs: Date.now(), reason })));
      context.terminal.out(`Revoked ${plain(id)}.`);
    });
}

function changed(change: RuleChange): FilterRules {
  if ('rules' in change) return change.rules;
  throw new CommandFailure(`refused: ${change.flaw}`, 'see `wardround logs rules list`', { exitCode: exitCodes.usage });
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1');
  return Number(text);
}
