import type { Terminal } from '../../../workers/cli/output.ts';

/** A terminal that keeps what was written, and answers questions with what the test says. */
export function recordingTerminal(options: { readonly replies?: readonly string[]; readonly colour?: boolean } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const replies = [...(options.replies ?? [])];
  const terminal: Terminal = {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    async ask(question) {
      asked.push(question);
      return replies.shift() ?? '';
    },
    colour: options.colour === true,
    interactive: options.replies !== undefined,
  };
  return { terminal, asked, stdout: () => out.join('\n'), stderr: () => err.join('\n') };
}
