import type { Device, Finding, RankedCause } from '../../workflows/domain/finding.ts';

export interface TargetGpu {
  readonly node: string;
  readonly device: Device & { readonly index: number };
}

/** The one GPU that a cause names; targets come from the cause and from nowhere else. */
export function targetGpu(cause: RankedCause): TargetGpu | { readonly notApplicable: string } {
  if (cause.node === undefined) return { notApplicable: 'the cause names no node' };
  const { device } = cause;
  if (device === undefined || device.kind !== 'gpu' || device.index === undefined)
    return { notApplicable: `the cause names no single GPU of ${cause.node}` };
  return { node: cause.node, device: { ...device, index: device.index } };
}

/** Findings of the target, the latest last. */
export function findingsOn(target: TargetGpu, findings: readonly Finding[]): readonly Finding[] {
  return findings
    .filter(
      (finding) =>
        finding.node === target.node && finding.device?.kind === 'gpu' && finding.device.index === target.device.index,
    )
    .toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
}

export function numberOf(finding: Finding, name: string): number | null {
  const value = finding.values?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
