import { Command, InvalidArgumentError } from 'commander';
import { processContext, type CliContext } from './context.ts';
import { CommandFailure, exitCodes, renderJson } from './output.ts';

/** `wardround api …`: what the HTTP API takes, and who may send. */
export function apiCommand(context: CliContext = processContext()): Command {
  return new Command('api')
    .description('describe the HTTP API, and make, list and revoke its bearer tokens')
    .addCommand(openApiCommand(context))
    .addCommand(tokenCommand(context))
    .addHelpText('after', '\nExamples:\n  $ wardround api openapi\n  $ wardround api token create --name alertmanager');
}

function openApiCommand({ terminal }: CliContext): Command {
  return new Command('openapi')
    .description('print the OpenAPI 3.1 document, as GET /openapi.json serves it')
    .addHelpText('after', '\nExample:\n  $ wardround api openapi > wardround-api.json')
    .action(async () => {
      const { openApiDocument } = await import('../api/openapi.ts');
      terminal.out(renderJson(openApiDocument()));
    });
}

interface TokenOptions {
  readonly file?: string;
  readonly json?: true;
}

function tokenCommand(context: CliContext): Command {
  return new Command('token')
    .description('bearer tokens, one for each sender; the API reads the list again when it changes')
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(revokeCommand(context))
    .addHelpText('after', '\nThe list is the file that WARDROUND_API_TOKENS_FILE names. It holds hashes, no tokens.');
}

function createCommand(context: CliContext): Command {
  return withFile(new Command('create'))
    .description('make a token and print it, this once')
    .requiredOption('--name <name>', 'whose it is: shown in the log of the API')
    .option('--days <n>', 'expires after so many days (default: never)', days)
    .addHelpText(
      'after',
      `
To renew a token: make one with another name, give it to the sender, revoke the old one.

Example:
  $ wardround api token create --name alertmanager-2027 --days 365`,
    )
    .action(async ({ name, days: valid, file, json }: TokenOptions & { name: string; days?: number }) => {
      const { createToken } = await import('./api-tokens.ts');
      const expiresAtMs = valid === undefined ? null : context.nowMs() + valid * dayMs;
      createToken(context.terminal, { file: await tokensFile(context, file), name, expiresAtMs, json: json === true });
    });
}

function listCommand(context: CliContext): Command {
  return withFile(new Command('list'))
    .description('list the tokens by name')
    .addHelpText('after', '\nExample:\n  $ wardround api token list')
    .action(async ({ file, json }: TokenOptions) => {
      const { listTokens } = await import('./api-tokens.ts');
      await listTokens(context.terminal, await tokensFile(context, file), context.nowMs(), json === true);
    });
}

function revokeCommand(context: CliContext): Command {
  return withFile(new Command('revoke'))
    .description('take a token off the list; the API refuses it from the next request on')
    .requiredOption('--name <name>', 'whose it is')
    .addHelpText('after', '\nExample:\n  $ wardround api token revoke --name alertmanager-2026')
    .action(async ({ name, file, json }: TokenOptions & { name: string }) => {
      const { revokeToken } = await import('./api-tokens.ts');
      revokeToken(context.terminal, { file: await tokensFile(context, file), name, json: json === true });
    });
}

function withFile(command: Command): Command {
  return command
    .option('--file <path>', 'the list (default: WARDROUND_API_TOKENS_FILE)')
    .option('--json', 'print JSON');
}

async function tokensFile(context: CliContext, named: string | undefined): Promise<string> {
  const file = named ?? (await context.config()).apiTokensFile;
  if (file !== null) return file;
  throw new CommandFailure('no list of tokens is configured', 'set WARDROUND_API_TOKENS_FILE, or add --file PATH', {
    exitCode: exitCodes.usage,
  });
}

const dayMs = 24 * 3_600_000;
/** A token that should live longer needs no end. */
const daysMax = 3_650;

function days(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= daysMax) return number;
  throw new InvalidArgumentError(`expected a whole number of days, 1 to ${daysMax}.`);
}
