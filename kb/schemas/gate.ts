/**
 * Gate protocol 1. The remediation key's forced command on a node reads one line from SSH_ORIGINAL_COMMAND:
 *
 *     wardround-gate/1 apply <token> <fence> <step> [arg …]
 *     wardround-gate/1 look  <token>
 *     wardround-gate/1 fence <fence>
 *
 * On the management host, which is no node, the same three follow `manage <node>`, the node that they are about:
 *
 *     wardround-gate/1 manage <node> apply <token> <fence> <step> [arg …]
 *
 * `token` is the idempotency token (32 lower-case hex digits), `fence` a fencing token `<epochMs>.<counter>`.
 * The reply is header lines `name: value`, an empty line, and the command's output (cut at 64 KiB):
 *
 *     gate: 1
 *     outcome: done | refused | unknown | none
 *     replayed: yes | no
 *     exit: <exit code of the command>      (outcome done)
 *     reason: <one line>                    (outcome refused, unknown)
 *
 * done: ran once, now or earlier (`replayed: yes`). refused: nothing ran (lower fence, step not allowed, bad
 * argument). unknown: begun earlier and its end is not recorded; the caller looks at the node, never repeats.
 * none: `look` found no such token; `fence` ran nothing, and lower fences are refused from now on.
 */
export type GateReply =
  | { readonly outcome: 'done'; readonly exitCode: number; readonly replayed: boolean; readonly output: string }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unknown'; readonly reason: string }
  | { readonly outcome: 'none' };

export const gateTokenPattern = /^[0-9a-f]{32}$/;
export const gateFencePattern = /^[0-9]{1,16}\.[0-9]{1,9}$/;
