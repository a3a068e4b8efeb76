import { PortError } from '../ports.ts';

/**
 * Evidence beside the rules' own, or null where it can't be used: of another version, gone, refused, or not what it was.
 * Trouble that passes is the caller's.
 */
export async function usable<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PortError && error.kind !== 'unreachable') return null;
    throw error;
  }
}
