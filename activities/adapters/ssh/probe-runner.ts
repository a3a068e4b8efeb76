import type { ProbeRunner } from '../../ports.ts';
import { quoteCommand } from './quote.ts';
import { execOverSsh } from './ssh-connection.ts';

export interface ProbeRunnerOptions {
  /** Private key text; on nodes bound to the probe allow-list. */
  readonly privateKey: string;
  /** Without it, the user that the inventory names for the node. */
  readonly user?: string;
}

/** Runs probes with a key that can read and nothing else. */
export function createSshProbeRunner(options: ProbeRunnerOptions): ProbeRunner {
  return {
    run: (node, argv, limits) =>
      execOverSsh(
        node,
        { user: options.user ?? node.ssh.user, privateKey: options.privateKey },
        quoteCommand(argv),
        limits,
      ),
  };
}
