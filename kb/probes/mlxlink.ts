import { z } from 'zod';
import type { NumberedLine } from './text-table.ts';

// Each length is a line of the sudoers file, which bounds how many there are; names of the kernel such as mlx5_bond_0 and
// rocep129s0f1 fit.
const hcaWord = '[a-z][a-z0-9_]{3,15}';

/** A port of an adapter, as `mlxlink` asks for it. */
export const mlxlinkArgs = z.object({
  hca: z
    .string()
    .regex(new RegExp(`^${hcaWord}$`))
    .default('mlx5_0'),
  port: z.int().min(1).max(4).default(1),
});
export type MlxlinkArgs = z.infer<typeof mlxlinkArgs>;

/** It reads registers of the adapter, for which it needs root's rights. */
export function mlxlink({ hca, port }: MlxlinkArgs, ...more: readonly string[]): readonly string[] {
  return ['sudo', '-n', 'mlxlink', '-d', hca, '-p', String(port), ...more];
}

/** The same, of any port, as a pattern. */
export function mlxlinkAllowed(more = ''): readonly string[] {
  return [`sudo -n mlxlink -d ${hcaWord} -p [1-4]${more}`];
}

export function portText(read: { readonly hca: string; readonly port?: number } | undefined): string {
  if (read === undefined) return 'the port';
  return read.port === undefined || read.port === 1 ? read.hca : `${read.hca} port ${read.port}`;
}

/** `Name : value` of a tool of NVIDIA's firmware tools; of a name that stands twice the first. */
export function namedValues(
  lines: readonly NumberedLine[],
): ReadonlyMap<string, { readonly value: string; readonly line: number }> {
  const values = new Map<string, { readonly value: string; readonly line: number }>();
  for (const { text, line } of lines) {
    const field = /^([A-Z][A-Za-z ().,/]{0,40}?)(?: \[[^\]]{1,12}\])?\s*: (.{0,200})$/.exec(text);
    const name = field?.[1] ?? '';
    if (field !== null && !values.has(name)) values.set(name, { value: (field[2] ?? '').trim(), line });
  }
  return values;
}
