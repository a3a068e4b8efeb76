import type { ProbeNumber } from '../schemas/probe.ts';
import { gpuDevice, type GpuRow } from './nvidia-smi.ts';
import type { Earlier } from './second-read.ts';

/** Fields of rows as figures that siblings should agree on; a board that does not offer one has none. */
export function rowNumbers<Field extends string>(
  rows: readonly GpuRow<Field>[],
  figures: readonly { readonly name: string; readonly unit: string; readonly field: Field }[],
): readonly ProbeNumber[] {
  return rows.flatMap((row) =>
    figures.flatMap(({ name, unit, field }): readonly ProbeNumber[] => {
      const value = row.values[field];
      return value === null ? [] : [{ name, value, unit, device: gpuDevice(row), line: row.line }];
    }),
  );
}

/** Rows whose fields hold the larger value of two reads: what is low for a moment only is no finding. */
export function highest<Field extends string>(
  rows: readonly GpuRow<Field>[],
  earlier: Earlier<GpuRow<Field>> | undefined,
  fields: readonly NoInfer<Field>[],
): readonly GpuRow<Field>[] {
  if (earlier === undefined) return rows;
  return rows.map((row) => {
    const before = earlier.rows.find((other) => other.index === row.index && other.uuid === row.uuid);
    if (before === undefined) return row;
    const values: Record<Field, number | null> = { ...row.values };
    for (const field of fields) {
      const [then, now] = [before.values[field], row.values[field]];
      if (then !== null && now !== null) values[field] = Math.max(then, now);
    }
    return { ...row, values };
  });
}
