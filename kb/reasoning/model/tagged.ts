import { redact } from '../../logs/redact.ts';

/**
 * Text of logs, nodes and records inside a prompt: redacted, on as few lines as it had, and unable to open or close a
 * tag. It is data; the prompt says so, and nothing that a model answers is believed for its word.
 */
export function tagged(text: string, charsMax: number): string {
  return escapeTags(readable(redact(text)).slice(0, charsMax));
}

export function escapeTags(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(bracketTokens, '&#91;$1');
}

export function unescapeTags(text: string): string {
  return text.replaceAll('&#91;', '[').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

// Models of the Mistral family have control tokens in square brackets, which some servers read in the text of a message
// too: `SpecialTokens` in src/mistral_common/tokens/tokenizers/base.py of mistralai/mistral-common 1.8.
const bracketTokens =
  /\[(\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|CALL_ID|ARGS|THINK|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|PREFIX|MIDDLE|SUFFIX)\])/gi;

/** Without control characters, terminal escapes, and marks that turn the direction of writing. */
export function readable(text: string): string {
  return text.replace(terminalSequences, '').replace(unreadable, ' ');
}

// ESC [ … letter, ESC ] … BEL: what terminals take for commands.
// eslint-disable-next-line no-control-regex
const terminalSequences = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\-_])/g;
const unreadable = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
