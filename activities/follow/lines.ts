const lineFeed = 10;
const carriageReturn = 13;

/** Where the last whole line ends, its break included; 0 if there is none. A progress bar's carriage return ends a part. */
export function wholeLinesEnd(bytes: Uint8Array): number {
  return Math.max(bytes.lastIndexOf(lineFeed), bytes.lastIndexOf(carriageReturn)) + 1;
}

export function countLineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

/** Nothing but NUL: a hole that truncation under an open file leaves before what is written next. */
export function isHole(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0] === 0 && bytes.every((byte) => byte === 0);
}
