import { z } from 'zod';
import { askNodes } from '../../../activities/ask-nodes.ts';
import type { SshHost } from '../../../activities/ports.ts';
import { routed } from '../../../activities/ssh-host.ts';
import type { Draft, Note } from '../../../kb/inventory/draft.ts';
import type { NodeFacts } from '../../../kb/inventory/node-facts.ts';
import { inventorySchema, sshAddressSchema } from '../../../kb/schemas/inventory.ts';
import type { CliContext } from '../context.ts';
import type { OpenRunner } from '../probe-run-command.ts';
import { ticking } from '../ticking.ts';

export interface Asked {
  readonly facts: ReadonlyMap<string, NodeFacts>;
  /** Nodes that could not be asked, and why. */
  readonly notes: readonly Note[];
}

/** Asks the nodes of which user and host key are known; nobody else is talked to. Ctrl-C ends the commands. */
export async function askInventory(context: CliContext, openRunner: OpenRunner, draft: Draft): Promise<Asked> {
  const notes: Note[] = [];
  const silent = (about: string, text: string) => {
    notes.push({ kind: 'not-told', about, text });
    return [];
  };
  const jumpHosts = draft.jumpHosts.flatMap((host) => {
    const whole = z.object(inventorySchema.shape.jumpHosts.unwrap().element.shape).safeParse(host);
    return whole.success ? [whole.data] : silent(host.name, 'jump host without user or host key');
  });
  const hosts = draft.nodes.flatMap(({ name, ssh }): readonly SshHost[] => {
    const whole = sshAddressSchema.safeParse(ssh);
    if (!whole.success) return silent(name, 'not asked: its SSH user or host key is not known');
    if (ssh.jump !== undefined && !jumpHosts.some((host) => host.name === ssh.jump))
      return silent(name, `not asked: its jump host ${ssh.jump} is not known`);
    return [routed({ jumpHosts }, { name, ssh: whole.data })];
  });
  if (hosts.length === 0) return { facts: new Map(), notes };
  const runner = await openRunner(await context.config());
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error('stopped'));
  process.once('SIGINT', onSignal);
  try {
    const answers = await ticking(
      context.terminal,
      () => `asking ${hosts.length} nodes`,
      () => askNodes(hosts, runner, stop.signal),
    );
    for (const answer of answers)
      if (answer.kind === 'silent')
        silent(
          answer.node,
          `could not be asked: ${answer.reason.startsWith(`${answer.node}: `) ? answer.reason.slice(answer.node.length + 2) : answer.reason}`,
        );
    return {
      facts: new Map(
        answers.flatMap((answer) => (answer.kind === 'facts' ? [[answer.node, answer.facts] as const] : [])),
      ),
      notes,
    };
  } finally {
    process.removeListener('SIGINT', onSignal);
    runner.close?.();
  }
}
