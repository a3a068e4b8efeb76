/**
 * A version as one number that is larger for a later one: up to four parts of up to three digits each, so `5.15.0-91`
 * is 5015000091. Null for text that does not begin with a version.
 */
export function versionNumber(text: string): number | null {
  const match = /^(?:\d+:)?(\d{1,4})\.(\d{1,3})(?:[.-](\d{1,3}))?(?:[.-](\d{1,3}))?(?!\d)/.exec(text);
  if (match === null) return null;
  return match.slice(1).reduce((sum: number, part: string | undefined) => sum * 1000 + Number(part ?? 0), 0);
}
