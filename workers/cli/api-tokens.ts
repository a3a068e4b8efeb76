import { randomBytes } from 'node:crypto';
import { sha256Hex, type SourceToken } from '../api/bearer.ts';
import { changeTokenFile, readTokenFile, TokenFileError } from '../api/token-file.ts';
import { sourceNameSchema, tokensMax } from '../api/token-list.ts';
import { age, CommandFailure, exitCodes, plain, renderJson, renderTable, type Cell, type Terminal } from './output.ts';

/** Makes a token, keeps its hash, and prints it: nobody can look it up later. */
export function createToken(
  terminal: Terminal,
  options: {
    readonly file: string;
    readonly name: string;
    readonly expiresAtMs: number | null;
    readonly json: boolean;
  },
): void {
  const { file, name, expiresAtMs, json } = options;
  checkName(name);
  const token = newToken();
  change(file, (tokens) => {
    if (tokens.some((each) => each.name === name))
      throw new CommandFailure(
        `there is a token of "${name}" already`,
        'choose another name, or revoke that one first',
      );
    if (tokens.length >= tokensMax)
      throw new CommandFailure(`${tokensMax} tokens are as many as a list holds`, 'revoke those that nobody uses');
    return [...tokens, { name, sha256: sha256Hex(token), expiresAtMs }];
  });
  const expiresAt = iso(expiresAtMs);
  if (json) {
    terminal.out(renderJson({ name, token, expiresAt }));
    return;
  }
  // The token alone on stdout, so that it can go into a file.
  terminal.out(token);
  terminal.err(`The token of ${name}, ${expiresAt === null ? 'without an end' : `valid until ${expiresAt}`}.`);
  terminal.err('It is not shown again: put it into the file that the sender reads its credentials from.');
}

export async function listTokens(terminal: Terminal, file: string, nowMs: number, json: boolean): Promise<void> {
  const tokens = reading(() => readTokenFile(file)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (json) {
    const rows = tokens.map(({ name, expiresAtMs }) => ({
      name,
      expiresAt: iso(expiresAtMs),
      expired: isExpired(expiresAtMs, nowMs),
    }));
    terminal.out(renderJson({ tokens: rows }));
    return;
  }
  if (tokens.length === 0) terminal.out('There are no tokens.');
  else
    terminal.out(
      await renderTable(
        terminal,
        ['NAME', 'EXPIRES', ''],
        tokens.map(({ name, expiresAtMs }) => [name, iso(expiresAtMs) ?? 'never', validity(expiresAtMs, nowMs)]),
      ),
    );
}

export function revokeToken(
  terminal: Terminal,
  { file, name, json }: { readonly file: string; readonly name: string; readonly json: boolean },
): void {
  change(file, (tokens) => {
    if (!tokens.some((each) => each.name === name))
      throw new CommandFailure(`there is no token of "${plain(name)}"`, 'see them with `wardround api token list`');
    return tokens.filter((each) => each.name !== name);
  });
  terminal.out(json ? renderJson({ name, revoked: true }) : `The token of ${name} is revoked.`);
}

/** Like 256 bits of any other secret; the first letters tell scanners for lost secrets what it is. */
function newToken(): string {
  return `wardround_${randomBytes(32).toString('base64url')}`;
}

function checkName(name: string): void {
  const parsed = sourceNameSchema.safeParse(name);
  if (parsed.success) return;
  const why = parsed.error.issues.map(({ message }) => message).join('; ');
  throw new CommandFailure(`"${plain(name)}" can not be a name`, why, { exitCode: exitCodes.usage });
}

const soonMs = 14 * 24 * 3_600_000;

function validity(expiresAtMs: number | null, nowMs: number): Cell {
  if (expiresAtMs === null) return '';
  if (isExpired(expiresAtMs, nowMs)) return { text: 'expired', style: 'red' };
  const left = `${age(expiresAtMs - nowMs)} left`;
  return expiresAtMs - nowMs < soonMs ? { text: left, style: 'yellow' } : left;
}

function isExpired(expiresAtMs: number | null, nowMs: number): boolean {
  return expiresAtMs !== null && nowMs >= expiresAtMs;
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function change(file: string, by: (tokens: readonly SourceToken[]) => readonly SourceToken[]): void {
  reading(() => changeTokenFile(file, by));
}

function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error;
    throw new CommandFailure('the list of tokens can not be used', error.message, { cause: error });
  }
}
