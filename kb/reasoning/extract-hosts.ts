import { Desk } from './extract/desk.ts';
import { goingOn } from './extract/going-on.ts';
import type { Said } from './extract/said.ts';

export interface ExtractedHosts {
  /** In the order in which the conversation settles on them. */
  readonly hosts: readonly { readonly address: string; readonly port: number }[];
  /** Whether the diagnosis goes on by what was said last. */
  readonly next: 'continue' | 'stop';
}

/**
 * Which nodes a conversation is about, with their SSH ports, and whether there is still something to do: by rules, without
 * a model. Only what the operator says names a node; logs, tools and the assistant name none, whatever they ask for. What
 * the assistant offers counts once the operator takes it up.
 */
export function extractHosts(conversation: readonly Said[]): ExtractedHosts {
  const desk = new Desk();
  conversation.forEach((said, message) => {
    if (said.role === 'user') desk.hear(said.text, message, conversation[message - 1]);
    else desk.overhear(said, message);
  });
  const { roster, heard } = desk;
  return {
    hosts: roster.active().map((address) => ({ address, port: roster.portOf(address) })),
    next: goingOn(conversation, heard),
  };
}
