import { spawn } from 'node:child_process';
import path from 'node:path';

/** Ends process groups when this process is killed without a chance to do so; see `tether.sh`. */
export interface Tether {
  add(pid: number): void;
  remove(pid: number): void;
  /** Everything has been stopped in order. */
  release(): void;
}

export function createTether(): Tether {
  const groups = new Set<number>();
  let released = false;
  let reconnects = 0;
  let say = connect();

  function connect(): (line: string) => void {
    const child = spawn('/bin/sh', [path.join(import.meta.dirname, 'tether.sh')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin' },
      detached: true, // not in the terminal's group: Ctrl-C must not end it
    });
    child.on('error', () => {}); // no /bin/sh: the lock file still lets the next start clean up
    child.stdin.on('error', () => {});
    child.once('exit', () => {
      if (released || reconnects >= reconnectsMax) return;
      reconnects += 1;
      say = connect();
      for (const pid of groups) say(`+ ${pid}`);
    });
    child.unref();
    return (line) => child.stdin.write(`${line}\n`);
  }

  return {
    add(pid) {
      groups.add(pid);
      say(`+ ${pid}`);
    },
    remove(pid) {
      groups.delete(pid);
      say(`- ${pid}`);
    },
    release() {
      released = true;
      say('bye');
    },
  };
}

// Somebody may kill the tether once or twice; a shell that ends by itself is not started forever.
const reconnectsMax = 10;
