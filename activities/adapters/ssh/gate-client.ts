import { gateFencePattern, gateTokenPattern, type GateReply } from '../../../kb/schemas/gate.ts';
import { PortError, type FenceRaiser, type GateClient, type GateHost, type SshHost } from '../../ports.ts';
import { parseGateReply } from './gate-reply.ts';
import { quoteCommand } from './quote.ts';
import { execOverSsh } from './ssh-connection.ts';

export interface GateClientOptions {
  /** Private key text; on nodes bound to the gate. */
  readonly privateKey: string;
  readonly user?: string;
  readonly timeoutMs?: number;
  /** The way to a node where it leads over jump hosts. */
  readonly route?: (node: GateHost) => SshHost;
}

/** The user whose key is bound to the gate (infra/gate/README.md). */
export const gateUser = 'wardround-gate';

// The gate waits up to 20 s for a step at work and lets a command run for 60 s.
const gateTimeoutMs = 95_000;
// 64 KiB of output, which the gate cuts, and its header.
const replyBytesMax = 80 * 1024;

/** Speaks gate protocol 1 (kb/schemas/gate.ts) over SSH. */
export function createSshGateClient(options: GateClientOptions): GateClient & FenceRaiser {
  const login = { user: options.user ?? gateUser, privateKey: options.privateKey };
  const ask = async (node: GateHost, words: readonly string[], signal?: AbortSignal): Promise<GateReply> => {
    const host = options.route?.(node) ?? node;
    const about = node.about === undefined ? [] : ['manage', node.about];
    const reply = await execOverSsh(host, login, quoteCommand(['wardround-gate/1', ...about, ...words]), {
      timeoutMs: options.timeoutMs ?? gateTimeoutMs,
      outputBytesMax: replyBytesMax,
      ...(signal === undefined ? {} : { signal }),
    });
    return parseGateReply(reply.stdout, node.name);
  };
  return {
    async apply(node, { token, fence, stepId, args }, signal) {
      if (!gateTokenPattern.test(token)) throw new PortError('malformed', 'a gate token has 32 lower-case hex digits');
      if (!gateFencePattern.test(fence)) throw new PortError('malformed', 'a fence is <epochMs>.<counter>');
      return ask(node, ['apply', token, fence, stepId, ...args], signal);
    },
    async look(node, token, signal) {
      if (!gateTokenPattern.test(token)) throw new PortError('malformed', 'a gate token has 32 lower-case hex digits');
      return ask(node, ['look', token], signal);
    },
    async raiseFence(node, fence, signal) {
      if (!gateFencePattern.test(fence)) throw new PortError('malformed', 'a fence is <epochMs>.<counter>');
      return ask(node, ['fence', fence], signal);
    },
  };
}
