/** `Nov 12 04:10` as ls prints times of the last half year in the C locale. */
export function lsTime(ms: number, nowMs: number): string {
  const text = new Date(Math.min(ms, nowMs)).toUTCString();
  return `${text.slice(8, 11)} ${String(Number(text.slice(5, 7))).padStart(2)} ${text.slice(17, 22)}`;
}
