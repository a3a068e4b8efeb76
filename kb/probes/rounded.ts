/** With at most `digits` decimals, for figures that people read. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
