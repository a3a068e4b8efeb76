import { createServer, type Server, type Socket } from 'node:net';
import type { Inventory } from '../../../../kb/schemas/inventory.ts';

export interface DeadNodes {
  readonly inventory: Inventory;
  readonly silent: readonly string[];
  readonly refusing: readonly string[];
  close(): Promise<void>;
}

/**
 * The inventory with a share of its nodes at addresses that take connections and say nothing, and as many where nobody
 * listens; each at one of its own, as hosts are.
 */
export async function withDeadNodes(inventory: Inventory, share: number): Promise<DeadNodes> {
  const count = Math.round(share * inventory.nodes.length);
  // Evenly spread, so that no place in the order is luckier than another.
  const every = count === 0 ? Infinity : Math.floor(inventory.nodes.length / (2 * count));
  const chosen = inventory.nodes.filter((_, at) => at % every === every - 1).slice(0, 2 * count);
  const silent = chosen.filter((_, at) => at % 2 === 0).map(({ name }) => name);
  const refusing = chosen.filter((_, at) => at % 2 === 1).map(({ name }) => name);
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const ports = new Map<string, number>();
  for (const { name } of chosen) {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    });
    servers.push(server);
    ports.set(name, await listening(server));
  }
  // Closed after all have a port, so that none is given out twice.
  await Promise.all(servers.filter((_, at) => at % 2 === 1).map(closed));
  return {
    silent,
    refusing,
    inventory: {
      ...inventory,
      nodes: inventory.nodes.map((node) => {
        const port = ports.get(node.name);
        return port === undefined ? node : { ...node, ssh: { ...node.ssh, host: '127.0.0.1', port } };
      }),
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.filter(({ listening: open }) => open).map(closed));
    },
  };
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('a TCP server has a port'));
      else resolve(address.port);
    });
  });
}
