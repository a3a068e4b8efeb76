import { Command } from 'commander';
import type { CliContext } from './context.ts';
import { renderJson } from './output.ts';

/** What a site's administrators install on nodes for the probe key; infra/gate/README.md says where. */
export function allowListCommand({ terminal }: CliContext): Command {
  return new Command('allow-list')
    .description("print the commands that the probe key's forced command lets run, as extended regular expressions")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ wardround probe allow-list')
    .action(async ({ json }: { json?: true }) => {
      const { allowList } = await import('../../infra/gate/allow-list.ts');
      const { probes } = await import('../../kb/probes/index.ts');
      const patterns = allowList(probes);
      terminal.out(json === true ? renderJson({ patterns }) : patterns.join('\n'));
    });
}

export function sudoersCommand({ terminal }: CliContext): Command {
  return new Command('sudoers')
    .description("print the sudoers file for the probes that need root's rights")
    .addHelpText('after', '\nExample:\n  $ wardround probe sudoers > wardround-probe && visudo -cf wardround-probe')
    .action(async () => {
      const { sudoers } = await import('../../infra/gate/sudoers.ts');
      const { probes } = await import('../../kb/probes/index.ts');
      terminal.out(sudoers(probes).trimEnd());
    });
}
