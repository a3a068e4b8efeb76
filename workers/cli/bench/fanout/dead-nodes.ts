import { createServer, type Socket } from 'node:net';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';

export interface DeadNodes {
  readonly inventory: Inventory;
  readonly silent: readonly string[];
  readonly refusing: readonly string[];
  close(): Promise<void>;
}

/** The inventory with a share of its nodes at an address that takes connections and says nothing, and as many where nobody listens. */
export async function withDeadNodes(inventory: Inventory, share: number): Promise<DeadNodes> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  const silentPort = await listening(server);
  const closed = createServer();
  const closedPort = await listening(closed);
  await new Promise((resolve) => closed.close(resolve));
  const count = Math.round(share * inventory.nodes.length);
  // Evenly spread, so that no place in the order is luckier than another.
  const every = count === 0 ? Infinity : Math.floor(inventory.nodes.length / (2 * count));
  const chosen = inventory.nodes.filter((_, at) => at % every === every - 1).slice(0, 2 * count);
  const silent = chosen.filter((_, at) => at % 2 === 0).map(({ name }) => name);
  const refusing = chosen.filter((_, at) => at % 2 === 1).map(({ name }) => name);
  const portOf = (name: string) => (silent.includes(name) ? silentPort : refusing.includes(name) ? closedPort : null);
  return {
    silent,
    refusing,
    inventory: {
      ...inventory,
      nodes: inventory.nodes.map((node) => {
        const port = portOf(node.name);
        return port === null ? node : { ...node, ssh: { ...node.ssh, host: '127.0.0.1', port } };
      }),
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listening(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('a TCP server has a port'));
      else resolve(address.port);
    });
  });
}
