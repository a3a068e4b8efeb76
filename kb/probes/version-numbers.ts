/**
 * A release as one whole number, so that equal releases are equal figures and newer ones are larger: three digits for
 * each part after the first. `550.90.07` is 550090007. Null for what is not a release of a driver.
 */
export function releaseNumber(release: string): number | null {
  const parts = /^(\d{3,4})\.(\d{1,3})(?:\.(\d{1,3}))?$/.exec(release);
  if (parts === null) return null;
  return Number(parts[1]) * 1_000_000 + Number(parts[2]) * 1_000 + Number(parts[3] ?? 0);
}

/** The same for a VBIOS, five bytes in hexadecimal digits: `92.00.45.00.03`. */
export function vbiosNumber(version: string): number | null {
  return /^[0-9A-Fa-f]{2}(\.[0-9A-Fa-f]{2}){4}$/.test(version) ? Number(`0x${version.replaceAll('.', '')}`) : null;
}
