/** MUNGE's credentials live for 300 s (`MUNGE_DEFAULT_TTL`); a clock further off rejects them. */
const credentialMs = 300_000;

export function clockTolerated(offsetMs: number): boolean {
  return Math.abs(offsetMs) < credentialMs;
}
