/**
 * Symbol and receive errors that a sound link may show in an hour. The InfiniBand specification allows one bit error in
 * 10^12 bits, which a busy link of 10 Gb/s reaches 36 times an hour and one of 200 Gb/s 720 times, before its errors are
 * corrected; in between is our judgement.
 * https://docs.nvidia.com/dgx-superpod/design-guide-cabling-data-centers/latest/widths-rates.html (bit error rate)
 */
export const soundErrorsPerHourMax = 120;

/** Counters of which a sound link counts some, now and then; of all others one is an event. */
const soundToo: readonly string[] = ['SymbolErrorCounter', 'PortRcvErrors'];
// They come in bursts with congestion.
const burstsPerSecondMax = 10;
const inBursts: readonly string[] = ['PortXmitDiscards', 'PortRcvRemotePhysicalErrors'];

/**
 * Counts a second between two reads, above which a link is sick. Reads lie seconds apart: what a sound link may show in an
 * hour falls into such a gap once in fifteen looks, so that `few` has to stand for several counts.
 */
export function errorRateMax(counter: string, few: number): number {
  if (inBursts.includes(counter)) return burstsPerSecondMax;
  return soundToo.includes(counter) ? few : 0;
}
