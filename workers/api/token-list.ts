import { z } from 'zod';
import { environmentSource, type SourceToken } from './bearer.ts';

/** More sources than this send to one API only by mistake. */
export const tokensMax = 1_000;

/** Stands in log lines and in quoted header values: nothing in it needs escaping. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export const sourceNameSchema = z
  .string()
  .regex(namePattern, 'expected lower-case letters, digits, dots, dashes and underscores, at most 63')
  .refine((name) => name !== environmentSource, `"${environmentSource}" means the token of WARDROUND_API_TOKEN`);

const entrySchema = z.strictObject({
  name: sourceNameSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected the 64 lower-case hex digits of a SHA-256'),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

const listSchema = z
  .array(entrySchema)
  .max(tokensMax)
  .refine((entries) => new Set(entries.map(({ name }) => name)).size === entries.length, 'two tokens have one name');

/** Reads the JSON of a token file; throws with what is wrong in words, never with a hash. */
export function parseTokenList(text: string): readonly SourceToken[] {
  const parsed = listSchema.safeParse(JSON.parse(text === '' ? '[]' : text));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
  return parsed.data.map(({ name, sha256, expiresAt }) => ({
    name,
    sha256,
    expiresAtMs: expiresAt === undefined ? null : Date.parse(expiresAt),
  }));
}

export function renderTokenList(tokens: readonly SourceToken[]): string {
  const entries = tokens.map(({ name, sha256, expiresAtMs }) => ({
    name,
    sha256,
    ...(expiresAtMs === null ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
}
