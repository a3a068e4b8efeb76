import { createOpenAiChat } from '../../../activities/adapters/openai-chat.ts';
import type { ModelClient } from '../../../activities/ports.ts';
import { loadConfig } from '../../config.ts';
import { CommandFailure } from '../output.ts';

/** The model that a benchmark asks: one named on the command line, else the configured one, else none. */
export async function modelFor({
  baseUrl,
  model,
}: {
  readonly baseUrl?: string;
  readonly model?: string;
}): Promise<{ readonly client: ModelClient; readonly timeoutMs: number } | null> {
  const configured = loadConfig().model;
  if (baseUrl === undefined)
    return configured === null ? null : { client: createOpenAiChat(configured), timeoutMs: configured.timeoutMs };
  if (!URL.canParse(baseUrl))
    throw new CommandFailure(`--base-url ${baseUrl} is no address`, 'such as http://127.0.0.1:8080/v1');
  // The configured key is that server's alone.
  const named = { url: baseUrl, model: model ?? 'default', key: baseUrl === configured?.url ? configured.key : null };
  const client = createOpenAiChat(named);
  const known = await client.models({ timeoutMs: lookMs }).catch((cause: unknown) => {
    throw new CommandFailure(`no model server answers at ${baseUrl}`, 'start it, or mend --base-url', { cause });
  });
  if (model === undefined && known[0] !== undefined)
    return { client: createOpenAiChat({ ...named, model: known[0] }), timeoutMs: answerMsMax };
  return { client, timeoutMs: answerMsMax };
}

const lookMs = 5_000;
/** Of one answer; small models on two cores write a few tokens a second while others use them. */
const answerMsMax = 300_000;
