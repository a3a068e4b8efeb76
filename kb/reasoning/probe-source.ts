import type { Finding } from '../../workflows/domain/finding.ts';

const form = /^probe (\S+) on /;

/** The probe of a range that cites a probe's output; null of every other source. */
export function probeIn(source: string): string | null {
  return form.exec(source)?.[1] ?? null;
}

export function isProbed({ range }: Finding): boolean {
  return probeIn(range.source) !== null;
}
