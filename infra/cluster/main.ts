import { loadConfig } from './config.ts';
import { startCluster } from './start.ts';

/** `node infra/cluster/main.ts CONFIG.json`: prints one line of JSON when up; SIGTERM or SIGINT ends it. */
const [path] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write('usage: main.ts CONFIG.json\n');
  process.exit(2);
}

try {
  const running = await startCluster(loadConfig(path), {
    onTrouble: (message) => process.stderr.write(`${message}\n`),
  });
  const { cluster, httpUrl, controlSocket, inventoryPath, clock } = running;
  process.stdout.write(`${JSON.stringify({ ready: true, cluster, httpUrl, controlSocket, inventoryPath, clock })}\n`);

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // Everything that matters is on disk already; a part that does not close in time is left to the exit.
    const late = setTimeout(() => process.exit(0), 800);
    running.stop().then(
      () => {
        clearTimeout(late);
        process.exit(0);
      },
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
