/**
 * A 106-bit name for a text, as 27 hex digits: the same on every machine and attempt. Not for security; two 53-bit
 * cyrb53 hashes with different seeds.
 */
export function fingerprint(text: string): string {
  return (
    cyrb53(text, 0x9e3779b9).toString(16).padStart(14, '0') +
    cyrb53(text, 0x7f4a7c15).toString(16).padStart(14, '0').slice(1)
  );
}

/** For logs that are read where they lie and are not kept as evidence: the same path has the same id. */
export function localEvidenceId(name: string): string {
  return `file_${fingerprint(name)}`;
}

/** cyrb53 by bryc, public domain: https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js */
function cyrb53(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
