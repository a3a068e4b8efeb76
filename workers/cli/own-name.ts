import { userInfo } from 'node:os';

/** Who runs this process, for people to read; in a container the account may have no name. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
