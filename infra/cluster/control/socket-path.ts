import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A unix socket's path has room for about a hundred bytes.
const socketPathBytesMax = 100;

/** Where the control API of a simulated cluster listens: in its state folder, or beside when that path is too long. */
export function controlSocketPath(clusterDir: string): string {
  const inside = join(clusterDir, 'control.sock');
  if (Buffer.byteLength(inside) <= socketPathBytesMax) return inside;
  const digest = createHash('sha256').update(clusterDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `wardround-cluster-${digest}.sock`);
}
