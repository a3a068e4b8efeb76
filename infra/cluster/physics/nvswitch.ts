/** Buses of the six NVSwitches of an HGX A100 baseboard, as `lspci` lists them there. */
export const switchBuses = ['c4', 'c5', 'c6', 'c7', 'c8', 'c9'] as const;

/** The port of a switch on which its errors are seen. */
export function switchPort(at: number): number {
  return 8 + ((at * 7) % 24);
}
