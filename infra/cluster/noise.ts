/** Numbers that look random and are a function of their keys alone: the same seed gives the same cluster, always. */

/** Uniform in [0, 1). */
export function uniform(seed: number, ...keys: readonly (number | string)[]): number {
  return hash(seed, keys) / 2 ** 32;
}

/** Symmetric around 0 within (-1, 1), with a standard deviation of about 0.41: the sum of two uniforms. */
export function spread(seed: number, ...keys: readonly (number | string)[]): number {
  return uniform(seed, 'a', ...keys) + uniform(seed, 'b', ...keys) - 1;
}

/** Lower-case hex digits. */
export function hexDigits(count: number, seed: number, ...keys: readonly (number | string)[]): string {
  let text = '';
  for (let word = 0; text.length < count; word += 1)
    text += hash(seed, [...keys, word])
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, count);
}

export function integer(seed: number, below: number, ...keys: readonly (number | string)[]): number {
  return Math.floor(uniform(seed, ...keys) * below);
}

function hash(seed: number, keys: readonly (number | string)[]): number {
  let state = mix(0x9e3779b9, seed);
  for (const key of keys) {
    if (typeof key === 'string') for (let at = 0; at < key.length; at += 1) state = mix(state, key.charCodeAt(at));
    else {
      state = mix(state, key | 0);
      state = mix(state, Math.floor(key / 2 ** 32) | 0);
    }
  }
  // Finaliser of MurmurHash3 (public domain): every input bit reaches every output bit.
  state ^= state >>> 16;
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

function mix(state: number, value: number): number {
  const folded = Math.imul(state ^ value, 0xcc9e2d51);
  return (Math.imul((folded << 13) | (folded >>> 19), 5) + 0x6b64e654) | 0;
}
