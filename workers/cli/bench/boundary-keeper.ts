import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { announcementSchema, type Announcement } from '../../boundaries.ts';

/** An activity that waits at a boundary. */
export interface Held extends Announcement {
  /** Aborted when the process that announced it is gone, or when it was released. */
  readonly over: AbortSignal;
  /** Lets the activity go on; a second time changes nothing. */
  release(): void;
}

export interface BoundaryKeeper {
  readonly socketPath: string;
  /** All that wait now, in the order in which they came. */
  waiting(): readonly Held[];
  close(): void;
}

// A line of an announcement; whatever is longer is not ours.
const lineCharsMax = 10_000;

/** Listens where activities announce their boundaries; `onHeld` decides what becomes of each. */
export async function keepBoundaries(onHeld: (held: Held) => void): Promise<BoundaryKeeper> {
  // In a folder of its own: the path of a unix socket is short, that of a state folder may not be.
  const folder = mkdtempSync(path.join(tmpdir(), 'wardround-bench-'));
  const socketPath = path.join(folder, 'boundaries.sock');
  const waiting = new Set<Held>();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    readLine(socket, (line) => {
      const read = announcementSchema.safeParse(asJson(line));
      if (!read.success) return void socket.destroy();
      const over = new AbortController();
      const held: Held = { ...read.data, over: over.signal, release: () => socket.destroy() };
      waiting.add(held);
      socket.once('close', () => {
        waiting.delete(held);
        over.abort();
      });
      onHeld(held);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    socketPath,
    waiting: () => [...waiting],
    close() {
      for (const held of waiting) held.release();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readLine(socket: Socket, take: (line: string) => void): void {
  let text = '';
  const read = (chunk: Buffer) => {
    text += chunk.toString('utf8');
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= lineCharsMax) return;
    socket.off('data', read);
    socket.resume();
    take(end < 0 ? '' : text.slice(0, end));
  };
  socket.on('data', read);
}

function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
