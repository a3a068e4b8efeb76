import type { Message } from '../../notify-message.ts';
import type { PostRequest } from './post.ts';
import type { TargetOf } from './target.ts';

// https://docs.slack.dev/reference/block-kit/blocks: header 150, text of a section 3000 characters.
const headerCharsMax = 150;
const sectionCharsMax = 3_000;
// https://docs.slack.dev/changelog/2018-truncating-really-long-messages: text is cut above 40,000; ours stays far below.
const textCharsMax = 4_000;

/**
 * An incoming webhook of Slack, or of what understands the same. What others wrote goes into `plain_text`, which knows
 * no markup; servers without blocks (Mattermost) show `text`, in which it stands in a code block.
 */
export function slackRequest(target: TargetOf<'slack'>, message: Message): PostRequest {
  return { url: target.url, body: JSON.stringify(slackBody(message)), explain };
}

function slackBody(message: Message): unknown {
  const { title, lines, link, command } = message;
  const details = [...lines, ...proposalLines(message)];
  const linkText = link === null ? '' : `<${escapeUrl(link)}|Open it in the Temporal Web UI>`;
  return {
    text: fallbackText(message, details),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plainText(title, headerCharsMax) },
      ...(details.length === 0 ? [] : [{ type: 'section', text: plainText(details.join('\n'), sectionCharsMax) }]),
      // A link rather than a button: buttons make Slack call an interactivity address that we do not have.
      ...(link === null || linkText.length > sectionCharsMax
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: linkText, verbatim: true } }]),
      ...(command === null ? [] : [{ type: 'section', text: plainText(command, sectionCharsMax) }]),
    ],
  };
}

/** Telephones and servers without blocks show this. */
function fallbackText({ title, link, command }: Message, details: readonly string[]): string {
  const fenced = [title, ...details, ...(command === null ? [] : [command])].join('\n').replaceAll('`', "'");
  return `Wardround\n\`\`\`\n${escapeCut(fenced, textCharsMax)}\n\`\`\`${link === null ? '' : `\n${escapeUrl(link)}`}`;
}

function proposalLines({ proposal }: Message): readonly string[] {
  if (proposal === null || proposal === undefined) return [];
  return [
    `Proposal ${proposal.number}, open until ${new Date(proposal.expiresAtMs).toISOString()}`,
    `Digest ${proposal.digest}`,
  ];
}

function plainText(text: string, charsMax: number) {
  return { type: 'plain_text', text: escapeCut(text, charsMax), emoji: false };
}

/** `&`, `<` and `>` are what Slack wants escaped, and only these; an entity is never cut in half. */
export function escapeCut(text: string, charsMax: number): string {
  const whole = escape(text);
  if (whole.length <= charsMax) return whole;
  let kept = '';
  for (const character of text) {
    const next = escape(character);
    if (kept.length + next.length > charsMax - 1) break;
    kept += next;
  }
  return `${kept}…`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escape(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character] ?? character);
}

/** In `<address|words>` a bar ends the address. */
function escapeUrl(url: string): string {
  return escape(url).replaceAll('|', '%7C');
}

/** Slack answers in one word, such as `no_service` or `invalid_blocks`. */
function explain(answer: string): string | null {
  const word = answer.trim();
  return /^[a-z]{1,20}(_[a-z]{1,20}){0,6}$/.test(word) ? word : null;
}
