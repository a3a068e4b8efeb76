import type { z } from 'zod';
import { ProbeParseError, type ProbeOutput } from '../schemas/probe.ts';
import { requiredLines } from './text-table.ts';

/** What a tool printed as JSON, of the shape that it should have. */
export function jsonIn<T>(output: ProbeOutput, tool: string, schema: z.ZodType<T>): T {
  requiredLines(output, tool);
  const parsed = schema.safeParse(textToJson(output.stdout, tool));
  if (!parsed.success) {
    const where = parsed.error.issues[0];
    throw new ProbeParseError(
      `${tool}: ${where?.path.map(String).join('.') ?? ''} ${where?.message ?? ''}`.slice(0, 200),
    );
  }
  return parsed.data;
}

function textToJson(text: string, tool: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProbeParseError(`${tool} printed no JSON`, { cause: error });
  }
}
