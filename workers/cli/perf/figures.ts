/** Three digits, without an exponent: 0.0124, 3.57, 23.9, 1240. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(places, placesMax));
}

const placesMax = 6;

/** 294 k, 1.65 M: for counts that nobody reads to the last digit. */
export function compact(value: number): string {
  const size = Math.abs(value);
  for (const [unit, name] of units) if (size >= unit) return `${digits(value / unit)} ${name}`;
  return digits(value);
}

const units = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** +12 %, -3.4 %; of a share where 0 is "the same". */
export function signedPercent(share: number): string {
  const size = Math.abs(share * 100);
  const text = size < 10 ? size.toFixed(1) : size.toFixed(0);
  const sign = Number(text) === 0 ? '' : share > 0 ? '+' : '-';
  return `${sign}${text} %`;
}

/** At most so many columns; what is cut is marked. */
export function shortened(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
