import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares hashes, so that neither content nor length of the token shows in the time that it takes. */
export function createBearerCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = sha256(token);
  return (authorization) => {
    const presented = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1];
    return timingSafeEqual(sha256(presented ?? ''), expected) && presented !== undefined;
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
